package io.rockpool.control.reconcile;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.plan.SocketPolicy;
import io.rockpool.control.reconcile.Ladder.Lead;
import io.rockpool.control.reconcile.Ladder.Move;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class LadderTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final SleepPolicy POLICY =
      new SleepPolicy(false, Duration.ofMinutes(2), Duration.ofDays(7));
  private static final Duration DAYS = POLICY.stopAfter();

  /** Looks for 45 seconds in half an hour. */
  private static final SleepPolicy LOOKS =
      new SleepPolicy(
          false,
          POLICY.dozeAfter(),
          POLICY.stopAfter(),
          new SocketPolicy.Looks(Duration.ofMinutes(30), Duration.ofSeconds(45)));

  private static final Lead LEAD = new Lead(Duration.ofSeconds(5), Duration.ofSeconds(90));
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(30));

  record Row(
      String name,
      Phase rung,
      Instant since,
      Rest rest,
      SleepPolicy policy,
      boolean canDoze,
      Move move) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> running =
      List.of(
          row(
              "what was needed just now stays",
              awake(LONG_AGO, NOW, LONG_AGO),
              stay(NOW.plusSeconds(120))),
          row(
              "a little before its time it stays",
              awake(LONG_AGO, NOW.minusMillis(119_999), LONG_AGO),
              stay(NOW.plusMillis(1))),
          row(
              "idle for long enough it dozes",
              awake(LONG_AGO, NOW.minusSeconds(120), LONG_AGO),
              go(Level.DOZING, "Idle", "Nobody needed it for 2 minutes.")),
          row(
              "what was woken and not used is idle from then",
              awake(NOW.minusSeconds(20), LONG_AGO, LONG_AGO),
              stay(NOW.plusSeconds(100))),
          row(
              "what was busy is not asked again at once",
              awake(LONG_AGO, LONG_AGO, NOW.plusSeconds(20)),
              stay(NOW.plusSeconds(20))),
          new Row(
              "what came up slowly is idle from when it was up",
              Phase.RUNNING,
              NOW.minusSeconds(1),
              awake(LONG_AGO, LONG_AGO, LONG_AGO),
              POLICY,
              true,
              stay(NOW.plusSeconds(119))),
          new Row(
              "what never sleeps stays",
              Phase.RUNNING,
              LONG_AGO,
              awake(LONG_AGO, LONG_AGO, LONG_AGO),
              POLICY.never(true),
              true,
              stay(Instant.MAX)),
          new Row(
              "what cannot doze runs on",
              Phase.RUNNING,
              LONG_AGO,
              awake(LONG_AGO, NOW.minus(Duration.ofDays(6)), LONG_AGO),
              POLICY,
              false,
              stay(NOW.plus(Duration.ofDays(1)))),
          new Row(
              "what cannot doze is stopped in the end",
              Phase.RUNNING,
              LONG_AGO,
              awake(LONG_AGO, NOW.minus(Duration.ofDays(7)), LONG_AGO),
              POLICY,
              false,
              go(Level.STOPPED, "Idle", "Nobody needed it for 7 days.")));

  static final List<Row> dozing =
      List.of(
          row(
              "what dozes and has no job dozes until it is stopped",
              dozing(NOW, null),
              stay(NOW.plus(Duration.ofDays(7)))),
          row(
              "nobody needed it for too long",
              dozing(NOW.minus(Duration.ofDays(7)), null),
              go(Level.STOPPED, "LongIdle", "Nobody needed it for 7 days.")),
          row("a job is due later", dozing(NOW, NOW.plusSeconds(60)), stay(NOW.plusSeconds(55))),
          row(
              "a job is due, but for the time to wake",
              dozing(NOW, NOW.plusSeconds(5)),
              go(Level.AWAKE, "JobDue", "A job of its own is due at 2026-11-21T08:00:05Z.")),
          row(
              "a job was missed",
              dozing(NOW, NOW.minusSeconds(900)),
              go(Level.AWAKE, "JobDue", "A job of its own is due at 2026-11-21T07:45:00Z.")),
          row(
              "it is not stopped just before a job",
              dozing(LONG_AGO, NOW.plusSeconds(100)),
              stay(NOW.plusSeconds(95))),
          new Row(
              "its plan lets it sleep when its owner asked for that",
              Phase.DOZING,
              LONG_AGO,
              dozing(NOW, null).down(Level.DOZING, Rest.ASKED, "", NOW),
              POLICY.never(true),
              true,
              stay(NOW.plus(Duration.ofDays(7)))),
          new Row(
              "its plan does not let it sleep any more",
              Phase.DOZING,
              LONG_AGO,
              dozing(NOW, null),
              POLICY.never(true),
              true,
              go(Level.AWAKE, "NeverSleeps", "Its plan keeps it awake.")));

  static final List<Row> stopped =
      List.of(
          row("it sleeps on", stopped(null), stay(Instant.MAX)),
          row("a job is due later", stopped(NOW.plusSeconds(100)), stay(NOW.plusSeconds(10))),
          row(
              "a job is due, but for the time to start",
              stopped(NOW.plusSeconds(90)),
              go(Level.AWAKE, "JobDue", "A job of its own is due at 2026-11-21T08:01:30Z.")));

  @ParameterizedTest
  @FieldSource({"running", "dozing", "stopped"})
  void moves(Row row) {
    assertThat(
            Ladder.next(
                row.rung(), row.since(), row.rest(), LEAD, row.policy(), false, row.canDoze(), NOW))
        .isEqualTo(row.move());
  }

  static final List<Row> withSocket =
      List.of(
          row(
              "what holds a connection stays awake",
              awake(LONG_AGO, LONG_AGO, LONG_AGO),
              stay(Instant.MAX)),
          row(
              "what came to hold one while it slept is woken",
              dozing(NOW, null),
              go(
                  Level.AWAKE,
                  "SocketHeld",
                  "Its plan keeps it awake while it has a live connection to a chat platform.")),
          row("what its owner put to sleep sleeps on", asked(NOW), stay(NOW.plus(DAYS))),
          looking(
              "where it looks now and then it sleeps, and says when it looks",
              awake(LONG_AGO, NOW.minusSeconds(120), LONG_AGO),
              go(
                  Level.DOZING,
                  "Idle",
                  "Nobody needed it for 2 minutes. It looks for messages of its live chat connection at 2026-11-21T08:30:00Z.")),
          looking(
              "it sleeps until it is time to look",
              slept(Level.DOZING, NOW, NOW),
              stay(NOW.plusSeconds(1_800))),
          looking(
              "it is time to look",
              slept(Level.DOZING, NOW.minusSeconds(1_800), NOW.minusSeconds(1_800)),
              go(Level.AWAKE, "SocketDue", "It looks for messages of its live chat connection.")),
          looking(
              "without a process it is time, too",
              slept(Level.STOPPED, NOW.minusSeconds(1_800), LONG_AGO),
              go(Level.AWAKE, "SocketDue", "It looks for messages of its live chat connection.")),
          looking(
              "a job that is due before wakes it first",
              slept(Level.DOZING, NOW, NOW).until(NOW.plusSeconds(60)),
              stay(NOW.plusSeconds(55))),
          looking("its owner put it to sleep: it does not look", asked(NOW), stay(NOW.plus(DAYS))),
          looking(
              "woken to look it stays for as long as the plan says",
              woken(NOW.minusSeconds(30)),
              stay(NOW.plusSeconds(15))),
          looking(
              "nothing came: it sleeps again, though others would wait longer",
              woken(NOW.minusSeconds(45)),
              go(
                  Level.DOZING,
                  "Idle",
                  "Nobody needed it for 45 seconds. It looks for messages of its live chat connection at 2026-11-21T08:30:00Z.")),
          new Row(
              "what never sleeps does not look either",
              Phase.RUNNING,
              LONG_AGO,
              awake(LONG_AGO, LONG_AGO, LONG_AGO),
              LOOKS.never(true),
              true,
              stay(Instant.MAX)),
          new Row(
              "what cannot doze is stopped after a look",
              Phase.RUNNING,
              LONG_AGO,
              woken(NOW.minusSeconds(45)),
              LOOKS,
              false,
              go(
                  Level.STOPPED,
                  "Idle",
                  "Nobody needed it for 45 seconds. It looks for messages of its live chat connection at 2026-11-21T08:30:00Z.")));

  @ParameterizedTest
  @FieldSource("withSocket")
  void moves_with_a_live_connection(Row row) {
    assertThat(
            Ladder.next(
                row.rung(), row.since(), row.rest(), LEAD, row.policy(), true, row.canDoze(), NOW))
        .isEqualTo(row.move());
  }

  @Test
  void between_two_looks_is_the_time_that_the_plan_says() {
    var rest = slept(Level.DOZING, NOW, NOW);
    var woken = NOW.plusSeconds(1_800);
    assertThat(next(rest, Phase.DOZING, woken.minusMillis(1))).isEqualTo(new Move.Stay(woken));
    assertThat(next(rest, Phase.DOZING, woken)).isInstanceOf(Move.Go.class);

    var awake = rest.awake("SocketDue", "", woken);
    assertThat(next(awake, Phase.RUNNING, woken)).isEqualTo(new Move.Stay(woken.plusSeconds(45)));
    assertThat(next(awake, Phase.RUNNING, woken.plusSeconds(45))).isInstanceOf(Move.Go.class);
  }

  private static Move next(Rest rest, Phase rung, Instant now) {
    return Ladder.next(rung, LONG_AGO, rest, LEAD, LOOKS, true, true, now);
  }

  private static Row looking(String name, Rest rest, Move move) {
    return new Row(name, rung(rest), LONG_AGO, rest, LOOKS, true, move);
  }

  private static Rest slept(Level level, Instant since, Instant activeAt) {
    return new Rest(level, "Idle", "", since, LONG_AGO, null, activeAt, 1);
  }

  private static Rest asked(Instant activeAt) {
    return new Rest(Level.DOZING, Rest.ASKED, "", LONG_AGO, LONG_AGO, null, activeAt, 1);
  }

  private static Rest woken(Instant since) {
    return new Rest(Level.AWAKE, "SocketDue", "", since, since, null, since, 1);
  }

  @Test
  void jobs_that_are_due_together_do_not_wake_their_instances_together() {
    var leads = new ArrayList<Lead>();
    var random = new Random(7);
    for (int i = 0; i < 60; i++) {
      leads.add(
          Lead.of(new InstanceId("i" + Long.toString(random.nextLong(1L << 40, 1L << 50), 36))));
    }

    assertThat(leads)
        .allSatisfy(it -> {
          assertThat(it.thaw()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(60));
          assertThat(it.start()).isBetween(Duration.ofSeconds(90), Duration.ofSeconds(690));
        });
    var seconds = leads.stream().collect(groupingBy(it -> it.thaw().toSeconds(), counting()));
    assertThat(seconds.values()).as(seconds.toString()).allMatch(it -> it <= 6);
  }

  @Test
  void an_instance_is_always_woken_equally_early() {
    var id = new InstanceId("hello");

    assertThat(Lead.of(id)).isEqualTo(Lead.of(new InstanceId("hello")));
  }

  private static Phase rung(Rest rest) {
    return switch (rest.level()) {
      case AWAKE -> Phase.RUNNING;
      case DOZING -> Phase.DOZING;
      case STOPPED -> Phase.STOPPED;
    };
  }

  private static Row row(String name, Rest rest, Move move) {
    return new Row(name, rung(rest), LONG_AGO, rest, POLICY, true, move);
  }

  private static Rest awake(Instant since, Instant activeAt, Instant notBefore) {
    return new Rest(Level.AWAKE, "Message", "A message came.", since, notBefore, null, activeAt, 0);
  }

  private static Rest dozing(Instant activeAt, @Nullable Instant nextRun) {
    return new Rest(
        Level.DOZING, "Idle", "Nobody needed it.", LONG_AGO, LONG_AGO, nextRun, activeAt, 0);
  }

  private static Rest stopped(@Nullable Instant nextRun) {
    return new Rest(
        Level.STOPPED, "LongIdle", "Nobody needed it.", LONG_AGO, LONG_AGO, nextRun, LONG_AGO, 0);
  }

  private static Move stay(Instant until) {
    return new Move.Stay(until);
  }

  private static Move go(Level level, String reason, String message) {
    return new Move.Go(level, reason, message);
  }
}
