package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A budget, as it stands in the window of now.
 *
 * @param owner whom it binds
 * @param spent by calls that ended; what they cost in other currencies is converted
 * @param reserved set aside for calls in flight
 */
public record Purse(BudgetOwner owner, Budget budget, Money spent, Money reserved) {
  /** What a budget has, in the currency of a call's price. */
  private record Means(Purse purse, long unspent, long room) {
    BudgetOwner owner() {
      return purse.owner;
    }

    Budget budget() {
      return purse.budget;
    }
  }

  /**
   * Decides on a call. Pure.
   *
   * @param into what the currency of its price is worth in another; empty where nobody said
   */
  static Verdict decide(
      Ask ask, List<Purse> purses, Function<Currency, Optional<Rate>> into, boolean mayWait) {
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
    var all = new ArrayList<Means>();
    for (var purse : hard) {
      var means = purse.means(price.currency(), into);
      if (means.isEmpty()) {
        return new Verdict.Unpriced(purse.owner, purse.budget);
      }
      all.add(means.get());
    }
    var least = price.atMost(ask.read(), ask.least()).nanos();
    var poorest = all.stream().min(Comparator.comparingLong(Means::unspent)).orElseThrow();
    if (poorest.unspent() < least) {
      return new Verdict.Spent(poorest.owner(), poorest.budget());
    }
    var tightest = all.stream().min(Comparator.comparingLong(Means::room)).orElseThrow();
    var room = tightest.room();
    var inFlight = hard.stream().filter(it -> it.reserved.nanos() > 0).findFirst();
    var attainable = Math.min(whole, poorest.unspent()); // once all in flight have left everything
    if (mayWait && room < attainable) {
      return new Verdict.Wait(tightest.owner());
    }
    if (mayWait && ask.alone() && inFlight.isPresent()) {
      return new Verdict.Wait(inFlight.get().owner);
    }
    if (room < least || (ask.alone() && inFlight.isPresent())) {
      return new Verdict.Busy(tightest.owner(), tightest.budget());
    }
    var currency = price.currency();
    var written = Math.min(ask.written(), price.affordable(new Money(currency, room), ask.read()));
    return new Verdict.Granted(
        written, ask.alone() ? room : price.atMost(ask.read(), written).nanos());
  }

  /** What it has in {@code currency}: rather too little, so that what is set aside fits. */
  private Optional<Means> means(Currency currency, Function<Currency, Optional<Rate>> into) {
    return budget.amount().currency().equals(currency)
        ? Optional.of(new Means(this, unspent(), room()))
        : into.apply(budget.amount().currency())
            .map(rate -> new Means(this, rate.down(unspent()), rate.down(room())));
  }

  /** The same with more spent, in its own currency. */
  Purse after(long nanos) {
    return new Purse(
        owner, budget, spent.plusAtMost(new Money(budget.amount().currency(), nanos)), reserved);
  }

  private long unspent() {
    return budget.amount().minus(spent).nanos();
  }

  /** What may still be set aside; below zero where more was spent than the budget has. */
  long room() {
    return budget.amount().minus(spent.plusAtMost(reserved)).nanos();
  }
}
