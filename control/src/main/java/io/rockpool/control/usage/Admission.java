package io.rockpool.control.usage;

import io.rockpool.control.money.Rate;
import io.rockpool.control.usage.Quota.Measure;
import io.rockpool.control.usage.Verdict.Busy;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Throttled;
import io.rockpool.control.usage.Verdict.Unpriced;
import io.rockpool.control.usage.Verdict.UsedUp;
import io.rockpool.control.usage.Verdict.Wait;
import java.time.Duration;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Whether a call may begin, by all budgets and quotas that bind it. Pure. */
final class Admission {
  private static final Duration SOON = Duration.ofSeconds(5);

  private Admission() {}

  /**
   * Decides. What lasts is said before what passes: nobody waits a minute to hear that the day is
   * used up.
   *
   * @param into what the currency of the call's price is worth in another
   */
  static Verdict decide(
      Ask ask,
      List<Purse> purses,
      Function<Currency, Optional<Rate>> into,
      List<Meter> meters,
      boolean mayWait) {
    if (meters.isEmpty()) {
      return Purse.decide(ask, purses, into, mayWait);
    }
    var usesTokens = ask.read() > 0 || ask.written() > 0;
    var days = meters.stream().filter(it -> usesTokens && it.isOfDay()).toList();
    var usedUp = days.stream().filter(it -> it.left() < ask.expected()).findFirst();
    if (usedUp.isPresent()) {
      return new UsedUp(usedUp.get().owner(), usedUp.get().quota().tokensPerDay().orElseThrow());
    }
    var room = days.stream().mapToLong(Meter::room).min().orElse(Long.MAX_VALUE);
    var money = Purse.decide(ask.writing(room - ask.read()), purses, into, mayWait);
    return switch (money) {
      case Spent _, Unpriced _, UsedUp _, Verdict.Unbookable _ -> money;
      case Granted _, Wait _, Busy _, Throttled _ ->
          meters.stream()
              .flatMap(it -> it.throttles(ask).stream())
              .max(Comparator.comparing(Throttled::pause))
              .<Verdict>map(it -> it)
              .or(() -> held(ask, days, mayWait))
              .orElseGet(() ->
                  money instanceof Granted(var written, var reserved, _) && !days.isEmpty()
                      ? new Granted(written, reserved, ask.alone() ? room : ask.read() + written)
                      : money);
    };
  }

  /** Whether calls in flight hold what is missing of a day's tokens; see {@link Purse#decide}. */
  private static Optional<Verdict> held(Ask ask, List<Meter> days, boolean mayWait) {
    if (days.isEmpty()) {
      return Optional.empty();
    }
    var tightest = days.stream().min(Comparator.comparingLong(Meter::room)).orElseThrow();
    var least = days.stream().mapToLong(Meter::left).min().orElseThrow();
    var whole = ask.read() + Math.min(ask.written(), Long.MAX_VALUE - ask.read());
    var others = days.stream().filter(it -> ask.alone() && it.tokensReserved() > 0).findFirst();
    if (mayWait && tightest.room() < Math.min(whole, least)) {
      return Optional.of(new Wait(tightest.owner()));
    }
    if (mayWait && others.isPresent()) {
      return Optional.of(new Wait(others.get().owner()));
    }
    return tightest.room() < ask.expected() || others.isPresent()
        ? Optional.of(
            new Throttled(
                tightest.owner(),
                Measure.TOKENS_PER_DAY,
                tightest.quota().tokensPerDay().orElseThrow(),
                SOON))
        : Optional.empty();
  }
}
