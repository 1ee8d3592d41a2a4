package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Optional;

/**
 * A budget, as it stands in the window of now.
 *
 * @param owner whom it binds
 * @param spent by calls that ended
 * @param reserved set aside for calls in flight
 */
public record Purse(BudgetOwner owner, Budget budget, Money spent, Money reserved) {
  private static final List<Integer> ANNOUNCED = List.of(100, 80, 50);

  /** Decides on a call. Pure. */
  static Verdict decide(Ask ask, List<Purse> purses, boolean mayWait) {
    var hard = purses.stream().filter(it -> it.budget.hard()).toList();
    if (hard.isEmpty()) {
      return new Verdict.Granted(ask.written(), 0);
    }
    if (ask.price().isEmpty()) {
      var first = hard.getFirst();
      return new Verdict.Unpriced(first.owner, first.budget);
    }
    var price = ask.price().get();
    var whole = price.atMost(ask.read(), ask.written()).nanos();
    if (whole == 0) {
      return new Verdict.Granted(ask.written(), 0); // a budget is no bar to what is free
    }
    var foreign = hard.stream().filter(it -> !it.isIn(price.currency())).findFirst();
    if (foreign.isPresent()) {
      return new Verdict.Unpriced(foreign.get().owner, foreign.get().budget);
    }
    var least = price.atMost(ask.read(), ask.least()).nanos();
    var poorest = hard.stream().min(Comparator.comparingLong(Purse::unspent)).orElseThrow();
    if (poorest.unspent() < least) {
      return new Verdict.Spent(poorest.owner, poorest.budget);
    }
    var tightest = hard.stream().min(Comparator.comparingLong(Purse::room)).orElseThrow();
    var room = tightest.room();
    var inFlight = hard.stream().anyMatch(it -> it.reserved.nanos() > 0);
    var attainable = Math.min(whole, poorest.unspent()); // once all in flight have left everything
    if (mayWait && (room < attainable || (inFlight && ask.alone()))) {
      return new Verdict.Wait();
    }
    if (room < least || (inFlight && ask.alone())) {
      return new Verdict.Busy(tightest.owner, tightest.budget);
    }
    var currency = price.currency();
    var written = Math.min(ask.written(), price.affordable(new Money(currency, room), ask.read()));
    return new Verdict.Granted(
        written, ask.alone() ? room : price.atMost(ask.read(), written).nanos());
  }

  /** The largest part of it that is spent and worth an announcement. */
  Optional<Integer> announced() {
    var hundredfold = BigInteger.valueOf(spent.nanos()).multiply(BigInteger.valueOf(100));
    return ANNOUNCED.stream()
        .filter(percent ->
            hundredfold.compareTo(
                    BigInteger.valueOf(budget.amount().nanos())
                        .multiply(BigInteger.valueOf(percent)))
                >= 0)
        .findFirst();
  }

  private boolean isIn(Currency currency) {
    return budget.amount().currency().equals(currency);
  }

  private long unspent() {
    return budget.amount().minus(spent).nanos();
  }

  /** What may still be set aside; below zero where more was spent than the budget has. */
  long room() {
    return budget.amount().minus(spent).minus(reserved).nanos();
  }
}
