package io.rockpool.control.billing;

import static io.rockpool.control.billing.Given.NOW;
import static io.rockpool.control.billing.Given.PAID_UNTIL;
import static io.rockpool.control.billing.Given.TERMS;
import static io.rockpool.control.billing.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.billing.Access.Grace;
import io.rockpool.control.billing.Access.Never;
import io.rockpool.control.billing.Access.Off;
import io.rockpool.control.billing.Access.On;
import io.rockpool.payment.Purchase.State;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AccessTest {
  private static final Instant GRACE_ENDS = PAID_UNTIL.plus(TERMS.grace());

  record Row(String name, Subscription subscription, Instant now, Access expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          row("a trial is on", State.TRIAL, NOW, new On()),
          row("what is paid for is on", State.ACTIVE, NOW, new On()),
          row(
              "a failed payment leaves it on for the grace",
              State.OVERDUE,
              GRACE_ENDS.minusMillis(1),
              new Grace(GRACE_ENDS)),
          row("the grace ends", State.OVERDUE, GRACE_ENDS, new Off(GRACE_ENDS)),
          row("what is given up is off", State.UNPAID, NOW, new Off(NOW)),
          row("what is paused is off", State.PAUSED, NOW, new Off(NOW)),
          row("what has ended is off since then", State.ENDED, NOW, new Off(PAID_UNTIL)),
          new Row(
              "a new purchase of who paid before is off until it is paid",
              Given.begun(true),
              NOW,
              new Off(NOW)),
          new Row("who never paid has nothing", Given.begun(false), NOW, new Never()),
          row("an open purchase gives nothing", State.OPEN, NOW, new Never()),
          row("one that was given up gives nothing", State.EXPIRED, NOW, new Never()),
          row("a first payment on its way gives nothing", State.PENDING, NOW, new Never()));

  private static Row row(String name, State state, Instant now, Access expected) {
    return new Row(name, subscription(state), now, expected);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void gives(Row row) {
    assertThat(Access.of(row.subscription(), TERMS, row.now())).isEqualTo(row.expected());
  }
}
