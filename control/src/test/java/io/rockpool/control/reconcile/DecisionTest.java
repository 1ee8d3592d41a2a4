package io.rockpool.control.reconcile;

import static io.rockpool.control.instance.Goal.GONE;
import static io.rockpool.control.instance.Goal.RUNNING;
import static io.rockpool.control.instance.Goal.STOPPED;
import static io.rockpool.control.reconcile.Decision.Health.ANSWERS;
import static io.rockpool.control.reconcile.Decision.Health.NOT_ASKED;
import static io.rockpool.control.reconcile.Decision.Health.SILENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.reconcile.Decision.Files;
import io.rockpool.control.reconcile.Decision.Health;
import io.rockpool.control.reconcile.Decision.Look;
import io.rockpool.control.reconcile.Decision.Rules;
import io.rockpool.control.reconcile.Decision.Step;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Placement;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

class DecisionTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant SOON = NOW.plusMillis(1);
  private static final Timing TIMING = Timing.DEFAULT;
  private static final Rules RULES = new Rules(TIMING, SleepPolicy.DEFAULT, false, true);
  private static final Instant LOOK = NOW.plus(TIMING.lookEvery());
  private static final Instant REST = NOW.plus(TIMING.restEvery());
  private static final Instant PROBE = NOW.plus(TIMING.probeEvery());
  private static final Exited CRASHED = new Exited(1, "It ended with status 1.");
  private static final Exited BAD_CONFIG = new Exited(78, "Its configuration cannot work.");
  private static final Step STARTING = new Step.Wait(PROBE, "Starting", "Its gateway is starting.");
  private static final Step SETTLED = new Step.Settled(Phase.RUNNING, LOOK);
  private static final Files DUE = new Files.Due();
  private static final Files TAKEN = new Files.Taken();
  private static final Step SILENCE =
      new Step.Wait(LOOK, "Silent", "Its gateway does not answer; if that lasts, it is restarted.");

  /** Process generation 2 of generation 3 is what every row wants. */
  private static final Trial FRESH = Trial.of(2);

  private static final Trial TRIED = tried(1, NOW);
  private static final Trial READY = TRIED.placed(NOW).ready(NOW);

  record Row(
      String name,
      Goal goal,
      Trial trial,
      Observation seen,
      Health health,
      Files files,
      long applied,
      Step step) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> gone =
      List.of(
          row("what is to go and runs is destroyed", GONE, FRESH, process(2), new Step.Destroy()),
          row("an old process goes as well", GONE, FRESH, process(1), new Step.Destroy()),
          row("what has stopped is destroyed", GONE, FRESH, new Stopped(), new Step.Destroy()),
          row("what has ended by itself is destroyed", GONE, TRIED, CRASHED, new Step.Destroy()),
          row("what was given up is destroyed", GONE, failed(), new Stopped(), new Step.Destroy()),
          row(
              "going does not wait for a back-off",
              GONE,
              tried(3, SOON),
              CRASHED,
              new Step.Destroy()),
          row("what is not there is forgotten", GONE, TRIED, new Absent(), new Step.Forget()));

  static final List<Row> stopped =
      List.of(
          row(
              "what is to stop and runs is stopped",
              STOPPED,
              READY,
              process(2),
              new Step.Stop("The account asked for it.")),
          row(
              "an old process is stopped as well",
              STOPPED,
              READY,
              process(1),
              new Step.Stop("The account asked for it.")),
          row(
              "what has stopped is as wanted",
              STOPPED,
              READY,
              new Stopped(),
              new Step.Settled(Phase.STOPPED, REST)),
          row(
              "what never started is as wanted",
              STOPPED,
              FRESH,
              new Absent(),
              new Step.Settled(Phase.STOPPED, REST)),
          row(
              "what ended by itself is as wanted",
              STOPPED,
              READY,
              CRASHED,
              new Step.Settled(Phase.STOPPED, REST)),
          row(
              "a bad configuration does not matter to what is to stop",
              STOPPED,
              TRIED,
              BAD_CONFIG,
              new Step.Settled(Phase.STOPPED, REST)));

  static final List<Row> notRunning =
      List.of(
          row("a new instance is started", RUNNING, FRESH, new Absent(), new Step.Start()),
          row("a stopped one is started", RUNNING, FRESH, new Stopped(), new Step.Start()),
          row("an old process is replaced", RUNNING, FRESH, process(1), new Step.Start()),
          row(
              "a process from the future is replaced",
              RUNNING,
              FRESH,
              process(3),
              new Step.Start()),
          row("one that died is started again", RUNNING, READY, CRASHED, new Step.Start()),
          row(
              "notes about an older process do not count",
              RUNNING,
              Trial.of(1).givenUp("It was hopeless."),
              new Stopped(),
              new Step.Start()),
          row(
              "back-off is respected",
              RUNNING,
              tried(1, SOON),
              new Stopped(),
              new Step.Wait(SOON, "BackingOff", "Try 2 follows at %s.".formatted(NOW))),
          row(
              "back-off says what went wrong",
              RUNNING,
              tried(1, SOON).failed("No room."),
              new Absent(),
              new Step.Wait(SOON, "BackingOff", "Try 2 follows at %s. No room.".formatted(NOW))),
          row(
              "back-off says how the process ended",
              RUNNING,
              tried(2, SOON).failed("No room."),
              CRASHED,
              new Step.Wait(
                  SOON,
                  "BackingOff",
                  "Try 3 follows at %s. It ended with status 1.".formatted(NOW))),
          row(
              "back-off is over at its very end",
              RUNNING,
              tried(1, NOW),
              new Stopped(),
              new Step.Start()),
          row(
              "the last try is made",
              RUNNING,
              tried(TIMING.attempts() - 1, NOW),
              new Stopped(),
              new Step.Start()),
          row(
              "there is no try after the last one",
              RUNNING,
              tried(TIMING.attempts(), NOW).failed("No room."),
              new Stopped(),
              new Step.GiveUp("It did not come up in 6 tries. No room.")),
          row(
              "giving up does not wait for a back-off",
              RUNNING,
              tried(TIMING.attempts(), SOON),
              CRASHED,
              new Step.GiveUp("It did not come up in 6 tries. It ended with status 1.")),
          row(
              "what was given up is left alone",
              RUNNING,
              failed(),
              new Stopped(),
              new Step.Settled(Phase.FAILED, REST)),
          row(
              "what was given up and ended is left alone",
              RUNNING,
              failed(),
              CRASHED,
              new Step.Settled(Phase.FAILED, REST)),
          row(
              "a bad configuration is given up at the first try",
              RUNNING,
              TRIED,
              BAD_CONFIG,
              new Step.GiveUp("Its configuration cannot work.")),
          row(
              "a bad configuration is given up without waiting for a back-off",
              RUNNING,
              tried(1, SOON),
              BAD_CONFIG,
              new Step.GiveUp("Its configuration cannot work.")),
          row(
              "a bad configuration that was given up is left alone",
              RUNNING,
              failed(),
              BAD_CONFIG,
              new Step.Settled(Phase.FAILED, REST)),
          row(
              "the bad configuration of an older process does not count",
              RUNNING,
              FRESH,
              BAD_CONFIG,
              new Step.Start()));

  static final List<Row> running =
      List.of(
          row("what runs is asked first", RUNNING, FRESH, process(2), new Step.Probe()),
          row("what ran is asked again", RUNNING, READY, process(2), new Step.Probe()),
          answers("what answers is as wanted", TRIED, TAKEN, 3, SETTLED),
          answers(
              "what answers is as wanted, even if it was given up", failed(), TAKEN, 3, SETTLED),
          answers(
              "what was never handed its files is handed them", READY, DUE, 3, new Step.Apply()),
          answers("what answers is handed its newer files", READY, DUE, 2, new Step.Apply()),
          answers(
              "what was handed its files is asked for them",
              READY,
              new Files.Handed(NOW, false),
              2,
              new Step.Ask()),
          answers(
              "what works by older files is asked again",
              READY,
              new Files.Handed(NOW.minus(TIMING.startLimit()), true),
              2,
              new Step.Wait(
                  NOW.plusMillis(500), "Applying", "Its gateway is taking its new configuration.")),
          answers(
              "what never takes its files gets a new process",
              READY,
              new Files.Handed(NOW.minus(TIMING.startLimit()).minusMillis(1), true),
              2,
              new Step.Replace("It did not take its new configuration within PT3M.")),
          answers(
              "what reads its files only at a start gets a new process for newer ones",
              READY,
              new Files.Fixed(),
              2,
              new Step.Replace("It reads its new configuration at a start only.")),
          answers(
              "what reads its files only at a start and has them is as wanted",
              READY,
              new Files.Fixed(),
              3,
              SETTLED),
          silent("what was just started gets time", tried(1, NOW).placed(NOW), STARTING),
          silent(
              "what starts gets time up to its limit",
              TRIED.placed(NOW.minus(TIMING.startLimit())),
              STARTING),
          silent(
              "what takes longer to start is stopped",
              TRIED.placed(NOW.minus(TIMING.startLimit()).minusMillis(1)),
              new Step.Stop("It did not answer within PT3M.")),
          silent("what was found running gets the same time", FRESH, STARTING),
          silent(
              "what was found running and stays silent is stopped",
              FRESH.silent(NOW.minus(TIMING.startLimit()).minusMillis(1)),
              new Step.Stop("It did not answer within PT3M.")),
          silent("one silence is no reason", READY, SILENCE),
          silent(
              "silence is borne up to its limit",
              READY.silent(NOW.minus(TIMING.silenceLimit())),
              SILENCE),
          silent(
              "what is silent for longer is restarted",
              READY.silent(NOW.minus(TIMING.silenceLimit()).minusMillis(1)),
              new Step.Stop("It no longer answers, since 2026-11-21T07:58:59.999Z.")),
          silent(
              "how long it had run before does not matter",
              TRIED.placed(NOW.minus(Duration.ofDays(9))).ready(NOW.minus(Duration.ofDays(9))),
              SILENCE));

  private static final Rest DOZE =
      new Rest(Level.DOZING, "Idle", "Nobody needed it.", NOW, NOW, null, NOW, 0);
  private static final Rest STOP =
      new Rest(Level.STOPPED, "LongIdle", "Nobody needed it for days.", NOW, NOW, null, NOW, 0);
  private static final Frozen FROZEN = new Frozen(process(2));

  record Sleeper(
      String name,
      Rest rest,
      Phase phase,
      String reason,
      Observation seen,
      boolean paused,
      Step step) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Sleeper> sleepers =
      List.of(
          new Sleeper(
              "nobody passes to what shall doze before it is asked",
              DOZE,
              Phase.RUNNING,
              "Answering",
              process(2),
              false,
              new Step.Fence()),
          new Sleeper(
              "it is asked once nobody passes any more",
              DOZE,
              Phase.DOZING,
              "FallingAsleep",
              process(2),
              false,
              new Step.Pause()),
          new Sleeper(
              "it is frozen when it has paused",
              DOZE,
              Phase.DOZING,
              "FallingAsleep",
              process(2),
              true,
              new Step.Doze()),
          new Sleeper(
              "it is stopped when it has paused and shall stop",
              STOP,
              Phase.DOZING,
              "FallingAsleep",
              process(2),
              true,
              new Step.Stop("Nobody needed it for days.")),
          new Sleeper(
              "what somebody left half frozen is frozen",
              DOZE,
              Phase.DOZING,
              "FallingAsleep",
              FROZEN,
              false,
              new Step.Doze()),
          new Sleeper(
              "what was frozen just now is as wanted",
              DOZE,
              Phase.DOZING,
              "FallingAsleep",
              FROZEN,
              true,
              new Step.Settled(Phase.DOZING, REST)),
          new Sleeper(
              "what dozes is as wanted",
              DOZE,
              Phase.DOZING,
              "Idle",
              FROZEN,
              false,
              new Step.Settled(Phase.DOZING, REST)),
          new Sleeper(
              "what dozes and shall stop is not asked again",
              STOP,
              Phase.DOZING,
              "Idle",
              FROZEN,
              false,
              new Step.Stop("Nobody needed it for days.")),
          new Sleeper(
              "what sleeps without a process is as wanted",
              STOP,
              Phase.STOPPED,
              "LongIdle",
              new Stopped(),
              false,
              new Step.Settled(Phase.STOPPED, REST)),
          new Sleeper(
              "one whose host was restarted sleeps on, without a process",
              DOZE,
              Phase.DOZING,
              "Idle",
              CRASHED,
              false,
              new Step.Sleep(
                  new Ladder.Move.Go(
                      Level.STOPPED, "ProcessEnded", "Its process ended while it dozed."))),
          new Sleeper(
              "an old process of what sleeps is stopped, a new one can wait",
              DOZE,
              Phase.DOZING,
              "Idle",
              process(1),
              false,
              new Step.Stop("What is wanted needs a new process, which can wait.")),
          new Sleeper(
              "what is frozen and needed is woken",
              DOZE.awake("Message", "A message came.", NOW),
              Phase.DOZING,
              "Idle",
              FROZEN,
              false,
              new Step.Wake()),
          new Sleeper(
              "what is frozen and needs a new process anyway is started anew",
              DOZE.awake("Message", "A message came.", NOW),
              Phase.DOZING,
              "Idle",
              new Frozen(process(1)),
              false,
              new Step.Start()),
          new Sleeper(
              "what slept without a process and is needed is started",
              DOZE.awake("Message", "A message came.", NOW),
              Phase.STOPPED,
              "LongIdle",
              new Stopped(),
              false,
              new Step.Start()));

  @ParameterizedTest
  @FieldSource("sleepers")
  void puts_to_sleep_and_wakes(Sleeper row) {
    var conditions = List.of(new Condition("Ready", false, row.reason(), "", NOW));
    var status = new Status(row.phase(), NOW, 100, 3, null, conditions, null, null, FRESH);
    var look = new Look(row.seen(), NOT_ASKED, TAKEN, row.paused());

    assertThat(Decision.decide(instance(RUNNING, status, row.rest()), look, RULES, NOW))
        .isEqualTo(row.step());
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void what_its_owner_stopped_stays_stopped_however_deep_it_had_slept(Level level) {
    var status = new Status(Phase.DOZING, NOW, 100, 3, null, List.of(), null, null, FRESH);
    var instance = instance(STOPPED, status, DOZE.down(level, "Idle", "", NOW));

    assertThat(Decision.decide(instance, new Look(FROZEN, NOT_ASKED, TAKEN, false), RULES, NOW))
        .isEqualTo(new Step.Stop("The account asked for it."));
    assertThat(
            Decision.decide(instance, new Look(new Stopped(), NOT_ASKED, TAKEN, false), RULES, NOW))
        .isEqualTo(new Step.Settled(Phase.STOPPED, REST));
  }

  @ParameterizedTest
  @FieldSource({"gone", "stopped", "notRunning", "running"})
  void decides(Row row) {
    var status =
        new Status(
            Phase.PROVISIONING, NOW, 0, row.applied(), null, List.of(), null, null, row.trial());
    var look = new Look(row.seen(), row.health(), row.files(), false);

    assertThat(Decision.decide(instance(row.goal(), status, Rest.fresh(NOW)), look, RULES, NOW))
        .isEqualTo(row.step());
  }

  private static Instance instance(Goal goal, Status status, Rest rest) {
    return new Instance(
        new InstanceId("ada"),
        "ada",
        "ada",
        NOW,
        NOW,
        new Wanted(goal, "free", "fake", List.of(), "{}", 3, 2),
        status,
        rest,
        7);
  }

  private static Row row(String name, Goal goal, Trial trial, Observation seen, Step step) {
    return new Row(name, goal, trial, seen, NOT_ASKED, DUE, 0, step);
  }

  private static Row silent(String name, Trial trial, Step step) {
    return new Row(name, RUNNING, trial, process(2), SILENT, DUE, 3, step);
  }

  private static Row answers(String name, Trial trial, Files files, long applied, Step step) {
    return new Row(name, RUNNING, trial, process(2), ANSWERS, files, applied, step);
  }

  private static Trial tried(int attempts, Instant notBefore) {
    return new Trial(2, attempts, notBefore, NOW.minusSeconds(9), null, null, null, null);
  }

  private static Trial failed() {
    return TRIED.givenUp("It was hopeless.");
  }

  private static Running process(long generation) {
    return new Running(
        generation,
        URI.create("http://127.0.0.1:1"),
        "127.0.0.1",
        new Placement("fake", Map.of()),
        List.of());
  }
}
