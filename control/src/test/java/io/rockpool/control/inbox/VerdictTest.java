package io.rockpool.control.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.inbox.Verdict.Retry;
import io.rockpool.control.inbox.Verdict.Settled;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class VerdictTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  private static final InboxRules RULES = InboxRules.DEFAULT;
  private static final Outcome AGAIN = new Outcome.Again("It sleeps.");
  private static final Outcome UNKNOWN = new Outcome.Unknown("The line broke.");

  record Row(
      String name,
      Outcome outcome,
      int attempts,
      boolean mayRepeat,
      double draw,
      Verdict expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "what was delivered is done",
              new Outcome.Delivered(),
              1,
              true,
              0.5,
              new Settled(State.DELIVERED, null)),
          new Row(
              "what was rejected is done",
              new Outcome.Rejected("Not wanted."),
              1,
              true,
              0.5,
              new Settled(State.REJECTED, "Not wanted.")),
          new Row(
              "the first retry comes within a second",
              AGAIN,
              1,
              true,
              0.5,
              new Retry(NOON.plusMillis(500), "It sleeps.", false, true)),
          new Row(
              "the third within four",
              AGAIN,
              3,
              true,
              0.5,
              new Retry(NOON.plusSeconds(2), "It sleeps.", false, true)),
          new Row(
              "a late one within five minutes",
              AGAIN,
              50,
              true,
              0.999_999,
              new Retry(NOON.plusMillis(299_999), "It sleeps.", false, true)),
          new Row(
              "a destination that wants longer gets it",
              new Outcome.Again(Duration.ofMinutes(20), "Too much."),
              1,
              true,
              0.5,
              new Retry(NOON.plusSeconds(1_200), "Too much.", false, true)),
          new Row(
              "one that wants shorter does not",
              new Outcome.Again(Duration.ofMillis(1), "Too much."),
              1,
              true,
              0.5,
              new Retry(NOON.plusMillis(500), "Too much.", false, true)),
          new Row(
              "one that is held waits as long as its destination says, however often",
              new Outcome.Held(Duration.ofSeconds(30), "Stopped."),
              100,
              false,
              0.5,
              new Retry(NOON.plusSeconds(30), "Stopped.", false, false)),
          new Row(
              "and no longer than it may live",
              new Outcome.Held(Duration.ofDays(3), "Stopped."),
              1,
              false,
              0.5,
              new Retry(NOON.plus(Duration.ofHours(1)), "Stopped.", false, false)),
          new Row(
              "the last attempt was the last",
              AGAIN,
              100,
              true,
              0.5,
              new Settled(State.DEAD, "Given up after 100 attempts: It sleeps.")),
          new Row(
              "what would come too late is given up",
              new Outcome.Again(Duration.ofHours(1), "It sleeps."),
              1,
              true,
              0.5,
              new Settled(
                  State.DEAD, "Given up, it would be too old at the next attempt: It sleeps.")),
          new Row(
              "what may have been delivered is repeated where that does no harm",
              UNKNOWN,
              1,
              true,
              0.5,
              new Retry(NOON.plusMillis(500), "The line broke.", true, true)),
          new Row(
              "and nowhere else",
              UNKNOWN,
              1,
              false,
              0.5,
              new Settled(State.DEAD, "It is not known whether it was delivered: The line broke.")),
          new Row(
              "what was surely not delivered is tried again everywhere",
              AGAIN,
              1,
              false,
              0.5,
              new Retry(NOON.plusMillis(500), "It sleeps.", false, true)));

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    assertThat(
            Verdict.of(
                row.outcome(), tried(row.attempts()), row.mayRepeat(), NOON, row.draw(), RULES))
        .isEqualTo(row.expected());
  }

  @Test
  void reasons_are_one_short_line() {
    var verdict =
        Verdict.of(
            new Outcome.Rejected("a\nb" + "c".repeat(10_000)), tried(1), true, NOON, 0, RULES);

    assertThat(((Settled) verdict).reason()).startsWith("a bccc").hasSize(300).endsWith("…");
  }

  private static InboxMessage tried(int attempts) {
    return new InboxMessage(
        "key",
        1,
        new InstanceId("x"),
        "ada",
        "bot",
        "1",
        "telegram",
        "chat",
        State.DELIVERING,
        attempts,
        false,
        NOON,
        NOON.plus(Duration.ofHours(1)),
        NOON,
        NOON,
        null,
        null);
  }
}
