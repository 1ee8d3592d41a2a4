package io.rockpool.control.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermTest {
  private static final Instant END = Instant.parse("2026-12-31T08:00:00Z");
  private static final Term TERM = Term.UNLIMITED.until(END).renewing(true);

  private static Instant before(int days) {
    return END.minus(Duration.ofDays(days));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T08:00:00Z, 1, 2026-02-28T08:00:00Z",
    "2026-01-31T08:00:00Z, 2, 2026-03-31T08:00:00Z",
    "2027-12-31T08:00:00Z, 2, 2028-02-29T08:00:00Z",
    "2026-11-30T23:59:59Z, 1, 2026-12-30T23:59:59Z",
    "2026-12-15T00:00:00Z, 1, 2027-01-15T00:00:00Z"
  })
  void months_are_added_and_a_inFebruaryone_shifts_none_behind_it(
      Instant end, int months, Instant expected) {
    var term = Term.UNLIMITED.until(end).renewing(true);
    for (int i = 0; i < months; i++) {
      term = term.renewed(end);
    }

    assertThat(term.expiresAt()).isEqualTo(expected);
  }

  @Test
  void whoever_pays_late_gets_an_end_that_is_not_over() {
    var renewed = TERM.renewed(Instant.parse("2027-03-01T00:00:00Z"));

    assertThat(renewed.expiresAt()).isEqualTo("2027-03-31T08:00:00Z");
    assertThat(renewed.told()).isZero();
  }

  @Test
  void notices_come_seven_three_and_one_days_before_and_then_its_end() {
    assertThat(TERM.reviewAt()).isEqualTo(before(7));
    assertThat(TERM.told(7).reviewAt()).isEqualTo(before(3));
    assertThat(TERM.told(3).reviewAt()).isEqualTo(before(1));
    assertThat(TERM.told(1).reviewAt()).isEqualTo(END);
  }

  @Test
  void nobody_looks_at_what_never_expires_or_has() {
    var expired = new Hold(Hold.Reason.EXPIRED, "It is over.", END, true);

    assertThat(Term.UNLIMITED.reviewAt()).isNull();
    assertThat(TERM.held(expired).reviewAt()).isNull();
    assertThat(TERM.held(new Hold(Hold.Reason.UNPAID, "Pay.", END, true)).reviewAt()).isNotNull();
  }

  @Test
  void another_end_is_announced_anew_and_the_same_one_is_not() {
    assertThat(TERM.told(3).until(END.plusSeconds(1)).told()).isZero();
    assertThat(TERM.told(3).until(END).renewing(false).told()).isEqualTo(3);
  }

  @Test
  void whether_it_is_renewed_does_not_shift_its_months() {
    var late = Term.UNLIMITED.until(Instant.parse("2026-01-31T08:00:00Z")).renewed(END);
    var inFebruary =
        Term.UNLIMITED.until(Instant.parse("2026-01-31T08:00:00Z")).renewed(Instant.EPOCH);

    assertThat(late.renewing(true).day()).isEqualTo(31);
    assertThat(
            inFebruary
                .until(Instant.parse("2026-02-28T08:00:00Z"))
                .renewed(Instant.EPOCH)
                .expiresAt())
        .isEqualTo("2026-03-31T08:00:00Z");
  }

  @Test
  void it_is_over_at_its_end() {
    assertThat(TERM.isOver(END.minusMillis(1))).isFalse();
    assertThat(TERM.isOver(END)).isTrue();
    assertThat(Term.UNLIMITED.isOver(Instant.MAX)).isFalse();
  }
}
