package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.usage.Verdict.Busy;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Unpriced;
import io.rockpool.control.usage.Verdict.Wait;
import io.rockpool.runtime.InstanceId;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PurseTest {
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Currency USD = Currency.getInstance("USD");
  private static final BudgetOwner ADA = BudgetOwner.account("ada");
  private static final BudgetOwner X = BudgetOwner.of(new InstanceId("x"));

  /** A billionth for each token. */
  private static final Price PRICE = price(1_000_000, 1_000_000);

  /** Costs 100 at most; with 50 it is worth having. */
  private static final Ask ASK = ask(10, 90, 40, PRICE);

  private static final boolean MAY_WAIT = true;
  private static final boolean NOW = false;

  record Row(String name, Ask ask, List<Purse> purses, boolean mayWait, Verdict expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("no budget", ASK, List.of(), MAY_WAIT, new Granted(90, 0)),
          new Row(
              "a soft budget is no bar",
              ASK,
              List.of(soft(ADA, 100, 100, 0)),
              MAY_WAIT,
              new Granted(90, 0)),
          new Row(
              "a free model passes a budget that is used up",
              ask(10, 90, 40, price(0, 0)),
              List.of(hard(ADA, 100, 100, 0)),
              MAY_WAIT,
              new Granted(90, 0)),
          new Row(
              "an unpriced model passes a soft budget",
              unpriced(),
              List.of(soft(ADA, 100, 0, 0)),
              MAY_WAIT,
              new Granted(90, 0)),
          new Row(
              "an unpriced model is refused under a hard budget",
              unpriced(),
              List.of(soft(ADA, 100, 0, 0), hard(X, 100, 0, 0)),
              MAY_WAIT,
              new Unpriced(X, budget(100, true))),
          new Row(
              "the whole fits exactly",
              ASK,
              List.of(hard(ADA, 300, 150, 50)),
              MAY_WAIT,
              new Granted(90, 100)),
          new Row(
              "it fits once those in flight have settled",
              ASK,
              List.of(hard(ADA, 300, 150, 51)),
              MAY_WAIT,
              new Wait(ADA)),
          new Row(
              "those in flight hold everything",
              ASK,
              List.of(hard(ADA, 100, 0, 100)),
              MAY_WAIT,
              new Wait(ADA)),
          new Row(
              "it waits no longer, and gets what is free",
              ASK,
              List.of(hard(ADA, 300, 150, 51)),
              NOW,
              new Granted(89, 99)),
          new Row(
              "it waits no longer, and the least is free",
              ASK,
              List.of(hard(ADA, 300, 150, 100)),
              NOW,
              new Granted(40, 50)),
          new Row(
              "it waits no longer, and less than the least is free",
              ASK,
              List.of(hard(ADA, 300, 150, 101)),
              NOW,
              new Busy(ADA, budget(300, true))),
          new Row(
              "nobody is in flight: it gets the rest at once",
              ASK,
              List.of(hard(ADA, 300, 201, 0)),
              MAY_WAIT,
              new Granted(89, 99)),
          new Row(
              "the rest is the least",
              ASK,
              List.of(hard(ADA, 300, 250, 0)),
              MAY_WAIT,
              new Granted(40, 50)),
          new Row(
              "the rest is below the least",
              ASK,
              List.of(hard(ADA, 300, 251, 0)),
              MAY_WAIT,
              new Spent(ADA, budget(300, true))),
          new Row(
              "below the least, whatever those in flight leave",
              ASK,
              List.of(hard(ADA, 300, 251, 49)),
              MAY_WAIT,
              new Spent(ADA, budget(300, true))),
          new Row(
              "more was spent than there is",
              ASK,
              List.of(hard(ADA, 300, 400, 100)),
              MAY_WAIT,
              new Spent(ADA, budget(300, true))),
          new Row(
              "a budget of nothing",
              ASK,
              List.of(hard(X, 0, 0, 0)),
              MAY_WAIT,
              new Spent(X, budget(0, true))),
          new Row(
              "the rest does for reading, and that is worth having",
              ask(10, 90, 0, PRICE),
              List.of(hard(X, 10, 0, 0)),
              MAY_WAIT,
              new Granted(0, 10)),
          new Row(
              "the rest does not do for reading",
              ask(10, 90, 0, PRICE),
              List.of(hard(X, 9, 0, 0)),
              MAY_WAIT,
              new Spent(X, budget(9, true))),
          new Row(
              "what writes nothing fits",
              ask(10, 0, 0, PRICE),
              List.of(hard(X, 10, 0, 0)),
              MAY_WAIT,
              new Granted(0, 10)),
          new Row(
              "what writes nothing fits once those in flight have settled",
              ask(10, 0, 0, PRICE),
              List.of(hard(X, 100, 0, 91)),
              MAY_WAIT,
              new Wait(X)),
          new Row(
              "what writes for nothing fits once those in flight have settled",
              ask(10, 90, 90, price(1_000_000, 0)),
              List.of(hard(X, 100, 0, 91)),
              MAY_WAIT,
              new Wait(X)),
          new Row(
              "both budgets have room",
              ASK,
              List.of(hard(ADA, 100, 0, 0), hard(X, 100, 0, 0)),
              MAY_WAIT,
              new Granted(90, 100)),
          new Row(
              "the tighter one lowers it",
              ASK,
              List.of(hard(ADA, 80, 0, 0), hard(X, 70, 0, 0)),
              MAY_WAIT,
              new Granted(60, 70)),
          new Row(
              "the account's is used up",
              ASK,
              List.of(hard(ADA, 300, 300, 0), hard(X, 100, 0, 0)),
              MAY_WAIT,
              new Spent(ADA, budget(300, true))),
          new Row(
              "the instance's is used up",
              ASK,
              List.of(hard(ADA, 300, 0, 0), hard(X, 100, 100, 0)),
              MAY_WAIT,
              new Spent(X, budget(100, true))),
          new Row(
              "other instances hold the account's",
              ASK,
              List.of(hard(ADA, 300, 0, 300), hard(X, 100, 0, 0)),
              MAY_WAIT,
              new Wait(ADA)),
          new Row(
              "other instances hold the account's, and it waits no longer",
              ASK,
              List.of(hard(ADA, 300, 0, 300), hard(X, 100, 0, 0)),
              NOW,
              new Busy(ADA, budget(300, true))),
          new Row(
              "both are held: the tighter one is named",
              ASK,
              List.of(hard(ADA, 300, 0, 260), hard(X, 100, 0, 70)),
              NOW,
              new Busy(X, budget(100, true))),
          new Row(
              "waiting for the account's is in vain where the instance's lowers it further",
              ASK,
              List.of(hard(ADA, 300, 0, 210), hard(X, 80, 0, 0)),
              MAY_WAIT,
              new Granted(70, 80)),
          new Row(
              "others of the account in flight are no reason to wait for what the instance lacks",
              ASK,
              List.of(hard(ADA, 9_000, 0, 100), hard(X, 80, 0, 0)),
              MAY_WAIT,
              new Granted(70, 80)),
          new Row(
              "of two that are used up, the poorest is named",
              ASK,
              List.of(hard(ADA, 300, 300, 0), hard(X, 100, 120, 0)),
              MAY_WAIT,
              new Spent(X, budget(100, true))),
          new Row(
              "who must be alone sets aside all there is",
              alone(),
              List.of(hard(ADA, 300, 20, 0), hard(X, 250, 0, 0)),
              MAY_WAIT,
              new Granted(90, 250)),
          new Row(
              "who must be alone waits for those in flight",
              alone(),
              List.of(hard(ADA, 300, 0, 1)),
              MAY_WAIT,
              new Wait(ADA)),
          new Row(
              "who must be alone does not begin beside others",
              alone(),
              List.of(hard(ADA, 300, 0, 1)),
              NOW,
              new Busy(ADA, budget(300, true))),
          new Row(
              "without a hard budget nobody need be alone",
              alone(),
              List.of(soft(ADA, 300, 0, 1)),
              NOW,
              new Granted(90, 0)),
          new Row(
              "a soft budget that is used up does not lower what a hard one grants",
              ASK,
              List.of(soft(ADA, 10, 10, 50), hard(X, 100, 20, 0)),
              MAY_WAIT,
              new Granted(70, 80)),
          new Row(
              "a price in another currency is set aside as it is, by what a budget pays for",
              dollars(),
              List.of(hard(X, 900, 100, 100)),
              MAY_WAIT,
              new Granted(90, 100)),
          new Row(
              "a billionth too little pays for a token less",
              dollars(),
              List.of(hard(X, 899, 100, 100)),
              NOW,
              new Granted(89, 99)),
          new Row(
              "what is left in another currency is too little",
              dollars(),
              List.of(hard(X, 449, 100, 0)),
              MAY_WAIT,
              new Spent(X, budget(449, true))),
          new Row(
              "the tightest of two currencies counts, by what it is worth",
              dollars(),
              List.of(hard(ADA, 630, 0, 0), inDollars(X, 95)),
              MAY_WAIT,
              new Granted(80, 90)),
          new Row(
              "a currency without a rate cannot be counted",
              ASK,
              List.of(hard(ADA, 630, 0, 0), inDollars(X, 95)),
              MAY_WAIT,
              new Unpriced(X, inDollars(X, 95).budget())));

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    assertThat(Purse.decide(row.ask(), row.purses(), PurseTest::worth, row.mayWait()))
        .isEqualTo(row.expected());
  }

  /** A dollar is seven yuan; nobody says what anything is worth in dollars. */
  private static Optional<Rate> worth(Currency to) {
    return to.equals(CNY) ? Optional.of(Rate.parse(USD, CNY, "7")) : Optional.empty();
  }

  /** Costs 100 billionths of a dollar at most; with 50 it is worth having. */
  private static Ask dollars() {
    return ask(10, 90, 40, new Price(USD, 1_000_000, 1_000_000, 0, 0, 0));
  }

  private static Purse inDollars(BudgetOwner owner, long amount) {
    var budget = new Budget(new Money(USD, amount), Period.MONTH, true);
    return new Purse(owner, budget, Money.zero(USD), Money.zero(USD));
  }

  private static Purse hard(BudgetOwner owner, long amount, long spent, long reserved) {
    return new Purse(owner, budget(amount, true), cny(spent), cny(reserved));
  }

  private static Purse soft(BudgetOwner owner, long amount, long spent, long reserved) {
    return new Purse(owner, budget(amount, false), cny(spent), cny(reserved));
  }

  private static Budget budget(long amount, boolean hard) {
    return new Budget(cny(amount), Period.MONTH, hard);
  }

  private static Money cny(long nanos) {
    return new Money(CNY, nanos);
  }

  private static Price price(long input, long output) {
    return new Price(CNY, input, output, input, input, input);
  }

  private static Ask ask(long read, long written, long least, Price price) {
    return ask(read, written, least, Optional.of(price));
  }

  private static Ask alone() {
    return new Ask(
        "call", new InstanceId("x"), "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
  }

  private static Ask unpriced() {
    return ask(10, 90, 40, Optional.empty());
  }

  private static Ask ask(long read, long written, long least, Optional<Price> price) {
    return new Ask(
        "call", new InstanceId("x"), "ada", "key", "model", read, written, least, false, price);
  }
}
