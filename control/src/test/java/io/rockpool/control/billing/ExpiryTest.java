package io.rockpool.control.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.billing.Expiry.Step;
import io.rockpool.control.instance.Term;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ExpiryTest {
  private static final Instant END = Instant.parse("2026-12-31T08:00:00Z");
  private static final Term TERM = Term.UNLIMITED.until(END).renewing(false);
  private static final Term RENEWING = Term.UNLIMITED.until(END).renewing(true);

  record Row(String name, Term term, boolean pays, Instant now, Step expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          row("without an end there is nothing", Term.UNLIMITED, 0, new Step.Nothing()),
          row("eight days before, nothing is said", TERM, 8, new Step.Nothing()),
          row("seven days before, it is announced", TERM, 7, new Step.Notice(7, true)),
          row("six days before, it was said", TERM.told(7), 6, new Step.Nothing()),
          row("three days before, once more", TERM.told(7), 3, new Step.Notice(3, true)),
          row("one day before, once more", TERM.told(3), 1, new Step.Notice(1, true)),
          row("who was away is told the latest only", TERM, 2, new Step.Notice(3, true)),
          row("then it is over", TERM.told(1), 0, new Step.End()),
          row("whatever was told", TERM, -9, new Step.End()),
          row("what is renewed comes to no end", RENEWING, 7, new Step.Notice(7, false)),
          row("it is renewed a day before", RENEWING.told(3), 1, new Step.Renew()),
          row("or when it is late", RENEWING, -40, new Step.Renew()),
          unpaid("what is not paid for is announced", RENEWING, 7, new Step.Notice(7, true)),
          unpaid("and not renewed", RENEWING.told(3), 1, new Step.Notice(1, true)),
          unpaid("and ends", RENEWING.told(1), 0, new Step.End()));

  private static Row row(String name, Term term, int daysBefore, Step expected) {
    return new Row(name, term, true, END.minus(Duration.ofDays(daysBefore)), expected);
  }

  private static Row unpaid(String name, Term term, int daysBefore, Step expected) {
    return new Row(name, term, false, END.minus(Duration.ofDays(daysBefore)), expected);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    assertThat(Expiry.next(row.term(), row.pays(), row.now())).isEqualTo(row.expected());
  }
}
