package io.rockpool.control.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class StreakTest {
  private static final Instant NOW = Instant.parse("2026-11-30T08:00:00Z");

  record Row(
      String name, @Nullable Streak before, Duration after, Duration since, boolean tooLong) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("a first failure begins one", null, days(0), days(0), false),
          new Row("another goes on with it", failing(0), hours(1), days(0), false),
          new Row("four days are borne", failing(71), days(4), days(0), false),
          new Row("five days are too many", failing(100), days(5), days(0), true),
          new Row(
              "one that failed before a long silence begins anew",
              failing(1),
              days(5),
              days(5),
              false),
          new Row(
              "a day between two attempts is no silence", failing(24), hours(50), days(0), false));

  private static Duration days(int days) {
    return Duration.ofDays(days);
  }

  private static Duration hours(int hours) {
    return Duration.ofHours(hours);
  }

  /** Since {@link #NOW}, for so many hours. */
  private static Streak failing(int hours) {
    return new Streak(NOW, NOW.plus(hours(hours)));
  }

  @ParameterizedTest
  @FieldSource("rows")
  void counts(Row row) {
    var now = NOW.plus(row.after());

    var streak = Streak.with(row.before(), now);

    assertThat(streak).isEqualTo(new Streak(NOW.plus(row.since()), now));
    assertThat(streak.isTooLong()).isEqualTo(row.tooLong());
  }
}
