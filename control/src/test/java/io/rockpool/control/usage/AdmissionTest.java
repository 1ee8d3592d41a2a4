package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Quota.Measure;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Throttled;
import io.rockpool.control.usage.Verdict.UsedUp;
import io.rockpool.control.usage.Verdict.Wait;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AdmissionTest {
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final BudgetOwner ADA = BudgetOwner.account("ada");
  private static final BudgetOwner X = BudgetOwner.of(new InstanceId("x"));
  private static final Level EMPTY = Level.EMPTY.at(Instant.EPOCH.plusSeconds(60), 1);

  /** A billionth for each token. */
  private static final Price PRICE = new Price(CNY, 1_000_000, 1_000_000, 0, 0, 0);

  /** 100 tokens at most; with 50 it is worth having. */
  private static final Ask ASK = ask(90, 40, false);

  private static final boolean MAY_WAIT = true;
  private static final boolean NOW = false;

  record Row(
      String name,
      Ask ask,
      List<Purse> purses,
      List<Meter> meters,
      boolean mayWait,
      Verdict expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("nothing binds it", ASK, List.of(), List.of(), NOW, new Granted(90, 0, 0)),
          new Row(
              "a day's tokens suffice",
              ASK,
              List.of(),
              List.of(day(X, 300, 100, 100)),
              MAY_WAIT,
              new Granted(90, 0, 100)),
          new Row(
              "the rest of a day's tokens limits the answer",
              ASK,
              List.of(),
              List.of(day(X, 300, 240, 0)),
              MAY_WAIT,
              new Granted(50, 0, 60)),
          new Row(
              "the rest of a day's tokens is too little",
              ASK,
              List.of(),
              List.of(day(X, 300, 251, 0)),
              MAY_WAIT,
              new UsedUp(X, 300)),
          new Row(
              "more was used than a lowered quota has",
              ASK,
              List.of(),
              List.of(day(X, 300, 900, 0)),
              MAY_WAIT,
              new UsedUp(X, 300)),
          new Row(
              "others may give back what it needs",
              ASK,
              List.of(),
              List.of(day(X, 300, 100, 150)),
              MAY_WAIT,
              new Wait(X)),
          new Row(
              "who may not wait takes the rest",
              ASK,
              List.of(),
              List.of(day(X, 300, 100, 140)),
              NOW,
              new Granted(50, 0, 60)),
          new Row(
              "who may not wait comes again where the rest is too little",
              ASK,
              List.of(),
              List.of(day(X, 300, 100, 151)),
              NOW,
              throttled(X, Measure.TOKENS_PER_DAY, 300, 5)),
          new Row(
              "the smaller of two rooms counts",
              ASK,
              List.of(),
              List.of(day(ADA, 300, 230, 0), day(X, 300, 240, 0)),
              MAY_WAIT,
              new Granted(50, 0, 60)),
          new Row(
              "a model that nobody knows takes the whole room",
              ask(90, 40, true),
              List.of(),
              List.of(day(X, 1_000, 0, 0)),
              MAY_WAIT,
              new Granted(90, 0, 1_000)),
          new Row(
              "and goes alone",
              ask(90, 40, true),
              List.of(),
              List.of(day(X, 1_000, 0, 100)),
              MAY_WAIT,
              new Wait(X)),
          new Row(
              "one place of two is free",
              ASK,
              List.of(),
              List.of(calls(X, 2, 1)),
              NOW,
              new Granted(90, 0, 0)),
          new Row(
              "no place is free",
              ASK,
              List.of(),
              List.of(calls(X, 2, 2)),
              MAY_WAIT,
              throttled(X, Measure.CALLS_AT_ONCE, 2, 1)),
          new Row(
              "the minute has requests left",
              ASK,
              List.of(),
              List.of(minute(X, 60, 59, 1_000, 0)),
              NOW,
              new Granted(90, 0, 0)),
          new Row(
              "the minute has no request left",
              ASK,
              List.of(),
              List.of(minute(X, 60, 60, 1_000, 0)),
              MAY_WAIT,
              throttled(X, Measure.REQUESTS_PER_MINUTE, 60, 1)),
          new Row(
              "the minute has too few tokens left for what is expected",
              ASK,
              List.of(),
              List.of(minute(X, 60, 0, 1_000, 1_000)),
              MAY_WAIT,
              throttled(X, Measure.TOKENS_PER_MINUTE, 1_000, 3)),
          new Row(
              "the longest pause is told",
              ASK,
              List.of(),
              List.of(minute(ADA, 60, 60, 1_000, 0), minute(X, 60, 70, 1_000, 1_000)),
              MAY_WAIT,
              throttled(X, Measure.REQUESTS_PER_MINUTE, 60, 11)),
          new Row(
              "a spent budget is said before a pause",
              ASK,
              List.of(budget(100, 60, 0)),
              List.of(calls(X, 2, 2)),
              MAY_WAIT,
              new Spent(X, hard(100))),
          new Row(
              "a used-up day is said before a pause",
              ASK,
              List.of(),
              List.of(calls(ADA, 2, 2), day(X, 300, 300, 0)),
              MAY_WAIT,
              new UsedUp(X, 300)),
          new Row(
              "it pauses for a quota before it waits for a budget",
              ASK,
              List.of(budget(200, 0, 150)),
              List.of(calls(X, 2, 2)),
              MAY_WAIT,
              throttled(X, Measure.CALLS_AT_ONCE, 2, 1)),
          new Row(
              "a budget keeps it waiting where the quota would not",
              ASK,
              List.of(budget(200, 0, 150)),
              List.of(day(X, 900, 0, 0)),
              MAY_WAIT,
              new Wait(X)),
          new Row(
              "money is set aside for what the tokens allow",
              ASK,
              List.of(budget(1_000, 0, 0)),
              List.of(day(X, 300, 240, 0)),
              MAY_WAIT,
              new Granted(50, 60, 60)),
          new Row(
              "tokens are set aside for what the money allows",
              ASK,
              List.of(budget(70, 0, 0)),
              List.of(day(X, 300, 0, 0)),
              MAY_WAIT,
              new Granted(60, 70, 70)),
          new Row(
              "an answer without a limit does not overflow",
              ask(Long.MAX_VALUE, 40, false),
              List.of(),
              List.of(day(X, 300, 0, 0)),
              MAY_WAIT,
              new Granted(290, 0, 300)));

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    assertThat(
            Admission.decide(
                row.ask(), row.purses(), _ -> Optional.empty(), row.meters(), row.mayWait()))
        .isEqualTo(row.expected());
  }

  private static Ask ask(long written, long least, boolean alone) {
    return new Ask(
        "id",
        new InstanceId("x"),
        "ada",
        "key",
        "model",
        10,
        written,
        least,
        alone,
        Optional.of(PRICE));
  }

  private static Throttled throttled(BudgetOwner owner, Measure measure, long limit, int seconds) {
    return new Throttled(owner, measure, limit, Duration.ofSeconds(seconds));
  }

  private static Meter day(BudgetOwner owner, long limit, long used, long reserved) {
    var none = OptionalLong.empty();
    var quota = new Quota(OptionalLong.of(limit), none, none, none);
    return new Meter(owner, quota, used, reserved, 0, Level.EMPTY, Level.EMPTY);
  }

  private static Meter calls(BudgetOwner owner, long limit, long calls) {
    var none = OptionalLong.empty();
    var quota = new Quota(none, none, none, OptionalLong.of(limit));
    return new Meter(owner, quota, 0, 0, calls, Level.EMPTY, Level.EMPTY);
  }

  private static Meter minute(
      BudgetOwner owner, long requests, long requested, long tokens, long used) {
    var none = OptionalLong.empty();
    var quota = new Quota(none, OptionalLong.of(requests), OptionalLong.of(tokens), none);
    return new Meter(owner, quota, 0, 0, 0, EMPTY.plus(requested), EMPTY.plus(used));
  }

  private static Purse budget(long amount, long spent, long reserved) {
    return new Purse(X, hard(amount), new Money(CNY, spent), new Money(CNY, reserved));
  }

  private static Budget hard(long amount) {
    return new Budget(new Money(CNY, amount), Period.MONTH, true);
  }
}
