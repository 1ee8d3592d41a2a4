package io.rockpool.control.webhook;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.webhook.Outcome.Answered;
import io.rockpool.control.webhook.Outcome.Unreachable;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class VerdictTest {
  private static final Instant NOW = Instant.parse("2026-11-30T08:00:00Z");
  private static final double MIDDLE = 0.5;

  /**
   * @param next until the next attempt; null where there is none
   * @param pause for which nothing at all is sent there; null for none
   */
  record Row(
      String name,
      Outcome outcome,
      int attempts,
      Class<? extends Verdict> kind,
      String status,
      @Nullable Duration next,
      @Nullable Duration pause) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          delivered("200 is a success", 200),
          delivered("204 is a success", 204),
          delivered("any 2xx is", 299),
          retry("the first failure is tried again in 5 s", 500, null, 1, ofSeconds(5), null),
          retry("the second in 5 min", 500, null, 2, ofMinutes(5), null),
          retry("the third in 30 min", 500, null, 3, ofMinutes(30), null),
          retry("the fourth in 2 h", 500, null, 4, ofHours(2), null),
          retry("the fifth in 5 h", 500, null, 5, ofHours(5), null),
          retry("the sixth in 10 h", 500, null, 6, ofHours(10), null),
          retry("the seventh in 14 h", 500, null, 7, ofHours(14), null),
          retry("the eighth in 20 h", 500, null, 8, ofHours(20), null),
          retry("the ninth in 24 h", 500, null, 9, ofHours(24), null),
          row("the tenth is the last", 500, null, 10, Verdict.GivenUp.class, "5xx", null, null),
          row(
              "one that was taken over after the last ends, too",
              500,
              null,
              11,
              Verdict.GivenUp.class,
              "5xx",
              null,
              null),
          retry("a redirect is a failure", 302, null, 1, ofSeconds(5), null),
          retry("so is what the receiver refuses", 400, null, 1, ofSeconds(5), null),
          retry("or does not know", 404, null, 2, ofMinutes(5), null),
          row("410 ends all", 410, null, 1, Verdict.Unwanted.class, "4xx", null, null),
          row("at any attempt", 410, null, 10, Verdict.Unwanted.class, "4xx", null, null),
          retry("429 slows down for a minute", 429, null, 1, ofMinutes(1), ofMinutes(1)),
          retry("as does 502", 502, null, 1, ofMinutes(1), ofMinutes(1)),
          retry("and 504", 504, null, 2, ofMinutes(5), ofMinutes(1)),
          retry("for as long as it says", 429, ofMinutes(7), 1, ofMinutes(7), ofMinutes(7)),
          retry("but for an hour at most", 429, ofHours(9), 1, ofHours(1), ofHours(1)),
          retry("or a second", 429, ofSeconds(1), 1, ofSeconds(5), ofSeconds(1)),
          retry("a time in the past is none", 429, ofSeconds(-9), 1, ofMinutes(1), ofMinutes(1)),
          retry("503 says when to try this one", 503, ofMinutes(3), 1, ofMinutes(3), null),
          row(
              "the last one slows down, too",
              429,
              ofMinutes(7),
              10,
              Verdict.GivenUp.class,
              "4xx",
              null,
              ofMinutes(7)),
          new Row(
              "whoever does not answer is tried again",
              new Unreachable("It does not answer."),
              1,
              Verdict.Retry.class,
              "none",
              ofSeconds(5),
              null),
          new Row(
              "but not for ever",
              new Unreachable("It does not answer."),
              10,
              Verdict.GivenUp.class,
              "none",
              null,
              null));

  private static Row delivered(String name, int status) {
    return row(name, status, null, 1, Verdict.Delivered.class, "2xx", null, null);
  }

  private static Row retry(
      String name,
      int status,
      @Nullable Duration retryAfter,
      int attempts,
      Duration next,
      @Nullable Duration pause) {
    return row(
        name, status, retryAfter, attempts, Verdict.Retry.class, status / 100 + "xx", next, pause);
  }

  private static Row row(
      String name,
      int status,
      @Nullable Duration retryAfter,
      int attempts,
      Class<? extends Verdict> kind,
      String group,
      @Nullable Duration next,
      @Nullable Duration pause) {
    return new Row(name, new Answered(status, retryAfter), attempts, kind, group, next, pause);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    var verdict = Verdict.of(row.outcome(), row.attempts(), NOW, MIDDLE);

    assertThat(verdict).isInstanceOf(row.kind());
    assertThat(verdict.status()).isEqualTo(row.status());
    assertThat(next(verdict)).isEqualTo(row.next());
    assertThat(pause(verdict)).isEqualTo(row.pause());
  }

  private static @Nullable Duration next(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Retry retry -> Duration.between(NOW, retry.at());
      case Verdict.Delivered _, Verdict.GivenUp _, Verdict.Unwanted _ -> null;
    };
  }

  private static @Nullable Duration pause(Verdict verdict) {
    var until =
        switch (verdict) {
          case Verdict.Retry retry -> retry.pause();
          case Verdict.GivenUp over -> over.pause();
          case Verdict.Delivered _, Verdict.Unwanted _ -> null;
        };
    return until == null ? null : Duration.between(NOW, until);
  }

  @Test
  void waits_are_spread_by_a_tenth_to_both_sides() {
    assertThat(Verdict.wait(3, 0)).isEqualTo(ofMinutes(27));
    assertThat(Verdict.wait(3, 0.999_999_999)).isEqualTo(ofMinutes(33));
    assertThat(Verdict.wait(1, 0)).isEqualTo(Duration.ofMillis(4_500));
  }

  @Test
  void one_that_is_never_taken_is_tried_ten_times_in_about_three_days() {
    var clock = new ManualClock(NOW);
    var attempts = new ArrayList<Duration>();
    Verdict verdict;
    do {
      attempts.add(Duration.between(NOW, clock.instant()));
      verdict = Verdict.of(new Answered(500, null), attempts.size(), clock.instant(), MIDDLE);
      if (verdict instanceof Verdict.Retry retry) {
        clock.advance(Duration.between(clock.instant(), retry.at()));
      }
    } while (verdict instanceof Verdict.Retry);

    assertThat(attempts)
        .containsExactly(
            Duration.ZERO,
            ofSeconds(5),
            Duration.parse("PT5M5S"),
            Duration.parse("PT35M5S"),
            Duration.parse("PT2H35M5S"),
            Duration.parse("PT7H35M5S"),
            Duration.parse("PT17H35M5S"),
            Duration.parse("PT31H35M5S"),
            Duration.parse("PT51H35M5S"),
            Duration.parse("PT75H35M5S"));
    assertThat(verdict)
        .isEqualTo(
            new Verdict.GivenUp(
                "5xx", "Given up after 10 attempts: It failed: see its log.", null));
  }
}
