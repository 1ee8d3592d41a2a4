package io.rockpool.control.billing;

import static io.rockpool.control.billing.Given.NOW;
import static io.rockpool.control.billing.Given.PAID_UNTIL;
import static io.rockpool.control.billing.Given.TERMS;
import static io.rockpool.control.billing.Given.subscription;
import static io.rockpool.control.billing.Given.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.billing.Told.Rung;
import io.rockpool.payment.Purchase.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DunningTest {
  private static final Instant STOPPED = PAID_UNTIL.plus(TERMS.grace());
  private static final Instant KEPT = STOPPED.plus(TERMS.dataKept());
  private static final Subscription OVERDUE =
      subscription(State.OVERDUE, 2, NOW.plus(Duration.ofDays(1)));

  record Row(String name, Subscription subscription, Instant now, List<String> said, Told told) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "whoever pays hears nothing",
              subscription(State.ACTIVE),
              NOW,
              List.of(),
              Told.NOTHING),
          new Row(
              "a failure is told", OVERDUE, NOW, List.of("PaymentFailed"), new Told(2, Rung.NONE)),
          new Row(
              "the same failure is told once",
              told(OVERDUE, new Told(2, Rung.NONE)),
              NOW,
              List.of(),
              new Told(2, Rung.NONE)),
          new Row(
              "the next failure is told",
              told(OVERDUE, new Told(1, Rung.NONE)),
              NOW,
              List.of("PaymentFailed"),
              new Told(2, Rung.NONE)),
          new Row(
              "the end of the grace is told",
              told(OVERDUE, new Told(2, Rung.NONE)),
              STOPPED,
              List.of("PaymentStopped"),
              new Told(2, Rung.STOPPED)),
          new Row(
              "it is told once",
              told(OVERDUE, new Told(2, Rung.STOPPED)),
              STOPPED,
              List.of(),
              new Told(2, Rung.STOPPED)),
          new Row(
              "the last week of the data is told",
              told(OVERDUE, new Told(2, Rung.STOPPED)),
              KEPT.minus(Duration.ofDays(7)),
              List.of("DataKeptUntil"),
              new Told(2, Rung.LAST_WEEK)),
          new Row(
              "its end is told",
              told(OVERDUE, new Told(2, Rung.LAST_WEEK)),
              KEPT,
              List.of("DataNoLongerKept"),
              new Told(2, Rung.OVER)),
          new Row(
              "who was told nothing for weeks is told the last only",
              OVERDUE,
              KEPT,
              List.of("DataNoLongerKept"),
              new Told(0, Rung.OVER)),
          new Row(
              "who has paid is told so, and it begins anew",
              told(subscription(State.ACTIVE), new Told(2, Rung.STOPPED)),
              NOW,
              List.of("Paid"),
              Told.NOTHING),
          new Row(
              "who never paid owes nothing",
              subscription(State.EXPIRED),
              NOW,
              List.of(),
              Told.NOTHING));

  @ParameterizedTest
  @FieldSource("rows")
  void tells(Row row) {
    var step = Dunning.next(row.subscription(), TERMS, row.now());

    assertThat(step.words()).extracting(Dunning.Word::kind).isEqualTo(row.said());
    assertThat(step.told()).isEqualTo(row.told());
    assertThat(step.lookAt()).isAfter(row.now());
  }

  @Test
  void a_failure_says_when_it_is_tried_again_and_until_when_to_pay() {
    assertThat(Dunning.next(OVERDUE, TERMS, NOW).words().getFirst().message())
        .contains("'pro'", "23 November 2026", "27 November 2026");
    var last = subscription(State.OVERDUE, 8, null);
    assertThat(Dunning.next(last, TERMS, NOW).words().getFirst().message())
        .contains("not tried again");
  }

  @Test
  void the_end_of_the_grace_is_looked_at_when_it_comes() {
    var before = STOPPED.minusSeconds(60);

    assertThat(Dunning.next(OVERDUE, TERMS, before).lookAt()).isEqualTo(STOPPED);
  }
}
