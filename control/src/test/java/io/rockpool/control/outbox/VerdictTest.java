package io.rockpool.control.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class VerdictTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Place PLACE = new Place("7", "");
  private static final OutboxRules RULES = OutboxRules.DEFAULT;

  record Row(String name, Outcome<Posted> outcome, OutboxMessage message, Verdict expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "said",
              new Outcome.Done<>(new Posted(PLACE, "12")),
              message(null, 1),
              new Verdict.Settled(State.SENT, "12", null)),
          new Row(
              "a pause is kept",
              new Outcome.Later<>(Duration.ofSeconds(35), "Wait."),
              message(null, 1),
              new Verdict.Pause(NOW.plusSeconds(35), false, "Wait.")),
          new Row(
              "a pause that is too long ends it",
              new Outcome.Later<>(Duration.ofHours(24), "Wait."),
              message(null, 1),
              new Verdict.Settled(
                  State.DEAD, null, "Given up, it would be too old at the next attempt: Wait.")),
          new Row(
              "a token that is refused holds the whole bot",
              new Outcome.Refused<>(Cause.TOKEN, "No."),
              message(null, 1),
              new Verdict.Pause(NOW.plusSeconds(60), true, "No.")),
          new Row(
              "who does not let us in gets nothing",
              new Outcome.Refused<>(Cause.PLACE, "No."),
              message("12", 1),
              new Verdict.Settled(State.DEAD, null, "No.")),
          new Row(
              "words that are refused are not said",
              new Outcome.Refused<>(Cause.REQUEST, "No."),
              message(null, 1),
              new Verdict.Settled(State.DEAD, null, "No.")),
          new Row(
              "an edit that is refused is said anew",
              new Outcome.Refused<>(Cause.REQUEST, "No such message."),
              message("12", 1),
              new Verdict.Anew("No such message.")),
          new Row(
              "what may have been said is not said again",
              new Outcome.Unknown<>("No answer."),
              message(null, 1),
              new Verdict.Settled(
                  State.UNKNOWN, null, "It is not known whether it was said: No answer.")),
          new Row(
              "an edit may be repeated",
              new Outcome.Unknown<>("No answer."),
              message("12", 3),
              new Verdict.Retry(NOW.plusSeconds(4), "No answer.")),
          new Row(
              "but not for ever",
              new Outcome.Unknown<>("No answer."),
              message("12", RULES.attempts()),
              new Verdict.Settled(State.DEAD, null, "Given up after 20 attempts: No answer.")));

  private static OutboxMessage message(@Nullable String posted, int attempts) {
    return new OutboxMessage(
        "k/0",
        "k",
        0,
        "bot",
        "telegram",
        null,
        "admin",
        PLACE,
        posted,
        State.SENDING,
        attempts,
        NOW,
        NOW.plus(Duration.ofHours(24)),
        NOW,
        NOW,
        null,
        null);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void judges(Row row) {
    assertThat(Verdict.of(row.outcome(), row.message(), NOW, 0.5, RULES)).isEqualTo(row.expected());
  }
}
