package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.event.Event;
import io.rockpool.control.instance.Blueprints.Blueprint;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import java.lang.Thread.UncaughtExceptionHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills the server before and after its first call of the store or the runtime, then its second,
 * and so on, until it needs fewer calls. The next server must always end in the same place.
 */
@Timeout(180)
class KilledAtEveryStepTest {
  private static final InstanceId ID = new InstanceId("ada");
  private static final String COMMAND = "sleep 600 # red";

  /** Looks only at what is due: what has settled makes no more calls. */
  private static final Timing UNHURRIED =
      new Timing(
          Duration.ofSeconds(15),
          Duration.ofMillis(5),
          Duration.ofHours(1),
          Duration.ofHours(1),
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          Duration.ofHours(1),
          Duration.ofMillis(2),
          Duration.ofMillis(10),
          9,
          Duration.ofHours(1),
          Duration.ofMillis(1));

  private static @Nullable UncaughtExceptionHandler handler;

  @TempDir Path home;

  @BeforeAll
  static void killsAreExpected() {
    handler = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      if (!(error instanceof Killed)) {
        System.err.println(thread + " ended: " + error);
      }
    });
  }

  @AfterAll
  static void killsAreNotExpectedAnyMore() {
    Thread.setDefaultUncaughtExceptionHandler(handler);
  }

  private static final class Killed extends Error {
    Killed() {
      super("the server was killed here", null, false, false);
    }
  }

  private enum When {
    BEFORE,
    AFTER
  }

  /** A server process: dies at one call, and then does nothing any more. */
  private static final class Life {
    // Called all the time, or by other threads than the one that works.
    private static final Set<String> NOT_COUNTED =
        Set.of("renew", "endLeases", "toString", "hashCode");

    private final int last;
    private final When when;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean dead = new AtomicBoolean();

    Life(int last, When when) {
      this.last = last;
      this.when = when;
    }

    boolean isOver() {
      return dead.get();
    }

    InstanceStore of(InstanceStore store) {
      return InstanceStore.class.cast(lived(store, InstanceStore.class));
    }

    RuntimeDriver of(RuntimeDriver driver) {
      return RuntimeDriver.class.cast(
          lived(driver, RuntimeDriver.class, LiveFiles.class, Preparation.class, Dozing.class));
    }

    private Object lived(Object target, Class<?>... faces) {
      return Proxy.newProxyInstance(
          Life.class.getClassLoader(),
          faces,
          (_, method, arguments) -> call(target, method, arguments));
    }

    private @Nullable Object call(
        Object target, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
      if (method.getName().equals("endLeases") && isOver()) {
        return null; // a server that is killed gives nothing back
      }
      live();
      // A claim that finds nothing is no step.
      boolean claims = method.getName().equals("claim");
      boolean counts = !claims && !NOT_COUNTED.contains(method.getName());
      if (counts && when == When.BEFORE && calls.incrementAndGet() == last) {
        die();
      }
      Object result;
      try {
        result = method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
      boolean claimed = claims && result instanceof Collection<?> ids && !ids.isEmpty();
      if ((claimed || (counts && when == When.AFTER)) && calls.incrementAndGet() == last) {
        die();
      }
      live();
      return result;
    }

    private void live() {
      if (dead.get()) {
        throw new Killed();
      }
    }

    private void die() {
      dead.set(true);
      throw new Killed();
    }
  }

  /**
   * What is wished for, and where that ends.
   *
   * @param runs whether the instance runs before
   */
  record Wish(String name, boolean runs, Step wish, Predicate<Fleet> granted, Step check) {
    @Override
    public String toString() {
      return name;
    }
  }

  interface Step {
    void on(Fleet fleet);
  }

  static Stream<Wish> wishes() {
    return Stream.of(
        new Wish(
            "create",
            false,
            fleet -> fleet.store.insert(instance(Phase.PROVISIONING), null),
            fleet -> is(fleet, Phase.RUNNING),
            fleet -> {
              runs(fleet, 1);
              assertThat(fleet.ground.starts(ID)).isOne();
              assertThat(said(fleet)).endsWith("It answers.");
            }),
        new Wish(
            "stop",
            true,
            fleet -> fleet.instances.stop(ADA, ID),
            fleet -> is(fleet, Phase.STOPPED),
            fleet -> {
              assertThat(fleet.runtime.observe(ID)).isEqualTo(new Stopped());
              assertThat(said(fleet)).endsWith("It has stopped. Its state is kept.");
            }),
        new Wish(
            "restart",
            true,
            fleet -> fleet.instances.restart(ADA, ID),
            fleet -> is(fleet, Phase.RUNNING) && generation(fleet) == 2,
            fleet -> {
              runs(fleet, 2);
              assertThat(fleet.ground.starts(ID)).isEqualTo(2);
            }),
        new Wish(
            "hand over a configuration",
            true,
            fleet -> fleet.instances.configure(ADA, ID, "sleep 600 # blue", null),
            fleet -> applied(fleet) == 2,
            fleet -> {
              runs(fleet, 1);
              assertThat(fleet.ground.configFile(ID, TestBlueprints.FILE))
                  .contains("sleep 600 # blue");
              assertThat(fleet.ground.starts(ID)).isOne();
            }),
        new Wish(
            "start again after it died",
            true,
            fleet -> {
              fleet.ground.kill(ID);
              fleet.store.touchRunning(Instant.now());
            },
            fleet -> is(fleet, Phase.RUNNING) && fleet.ground.starts(ID) == 2,
            fleet -> {
              runs(fleet, 1);
              assertThat(said(fleet)).startsWith("The process was killed.").endsWith("It answers.");
            }),
        new Wish(
            "fall asleep",
            true,
            fleet -> rest(fleet, Level.DOZING),
            fleet -> is(fleet, Phase.DOZING) && !Journal.isFallingAsleep(fleet.get(ID).status()),
            fleet -> {
              assertThat(fleet.runtime.observe(ID)).isInstanceOf(Observation.Frozen.class);
              assertThat(fleet.ground.starts(ID)).isOne();
              assertThat(said(fleet)).endsWith("It dozes. Asked for.");
            }),
        new Wish(
            "sleep deeper",
            true,
            fleet -> rest(fleet, Level.STOPPED),
            fleet -> is(fleet, Phase.STOPPED),
            fleet -> {
              assertThat(fleet.runtime.observe(ID)).isEqualTo(new Stopped());
              assertThat(fleet.get(ID).wakes()).isTrue();
            }),
        new Wish(
            "wake",
            true,
            fleet -> {
              alreadyDozing(fleet);
              wake(fleet);
            },
            fleet -> is(fleet, Phase.RUNNING),
            fleet -> {
              runs(fleet, 1);
              assertThat(fleet.ground.starts(ID)).isOne();
              assertThat(fleet.bed.paused).isEmpty();
            }),
        new Wish(
            "wake what was left half asleep",
            true,
            fleet -> {
              // Fenced and paused, and then its server was killed.
              rest(fleet, Level.DOZING);
              phase(fleet, Phase.DOZING);
              fleet.bed.paused.add(ID);
              wake(fleet);
            },
            fleet -> is(fleet, Phase.RUNNING),
            fleet -> {
              runs(fleet, 1);
              assertThat(fleet.ground.starts(ID)).isOne();
              assertThat(fleet.bed.paused).isEmpty();
            }),
        new Wish(
            "destroy",
            true,
            fleet -> fleet.instances.destroy(ADA, ID),
            fleet -> fleet.store.find(ADA, ID).isEmpty(),
            fleet -> {
              assertThat(fleet.runtime.list()).isEmpty();
              assertThat(fleet.store.wasDestroyed(ID)).isTrue();
              assertThat(fleet.said(ID)).isEmpty();
            }));
  }

  @ParameterizedTest
  @MethodSource("wishes")
  void the_next_server_ends_in_the_same_place(Wish wish) {
    for (var when : When.values()) {
      int last = 0;
      boolean killed;
      do {
        last++;
        killed = grantedThoughKilled(wish, last, when);
      } while (killed);
      assertThat(last).as("calls of the store and the runtime").isBetween(3, 99);
    }
  }

  /** Whether the server came as far as its last call. */
  private boolean grantedThoughKilled(Wish wish, int last, When when) {
    try (var fleet = new Fleet(home, UNHURRIED)) {
      if (wish.runs()) {
        alreadyRunning(fleet);
      }
      wish.wish().on(fleet);
      var life = new Life(last, when);
      var mortal = fleet.server(life.of(fleet.store), life.of(fleet.new Host()), 4);
      patiently().until(() -> life.isOver() || granted(wish, fleet));
      mortal.close();

      fleet.store.endLeases();
      fleet.server();

      patiently()
          .untilAsserted(() ->
              assertThat(granted(wish, fleet))
                  .as(() -> "killed %s call %d%n%s".formatted(when, last, fleet))
                  .isTrue());
      wish.check().on(fleet);
      return life.isOver();
    }
  }

  private static boolean granted(Wish wish, Fleet fleet) {
    return wish.granted().test(fleet) && isAtRest(fleet);
  }

  /** Nobody works on it: it was given back, unless it runs. What runs is kept. */
  private static boolean isAtRest(Fleet fleet) {
    return fleet
        .sql
        .query(
            "SELECT id FROM instance WHERE lease_owner IS NOT NULL AND phase <> 'running'",
            row -> row.getString(1))
        .isEmpty();
  }

  private static void alreadyRunning(Fleet fleet) {
    var instance = instance(Phase.RUNNING);
    fleet.store.insert(instance, null);
    if (new TestBlueprints().of(instance) instanceof Blueprint.Ready(var spec)) {
      fleet.runtime.start(spec);
    }
  }

  private static void alreadyDozing(Fleet fleet) {
    rest(fleet, Level.DOZING);
    phase(fleet, Phase.DOZING);
    fleet.bed.paused.add(ID);
    fleet.runtime.doze(ID);
  }

  private static void rest(Fleet fleet, Level level) {
    fleet.store.change(
        ADA, ID, it -> it.resting(it.rest().down(level, Rest.ASKED, "Asked for.", Instant.now())));
  }

  private static void wake(Fleet fleet) {
    fleet.store.change(ADA, ID, it -> it.awake("Message", "A message came.", Instant.now()));
  }

  private static void phase(Fleet fleet, Phase phase) {
    fleet.sql.update(
        "UPDATE instance SET phase = ?, status = REPLACE(status, '\"RUNNING\"', ?) WHERE id = ?",
        phase.name().toLowerCase(Locale.ROOT),
        "\"%s\"".formatted(phase),
        ID.value());
  }

  private static Instance instance(Phase phase) {
    var now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    var trial = Trial.of(1);
    var runs = phase == Phase.RUNNING;
    return new Instance(
        ID,
        "ada",
        "ada",
        now,
        now,
        new Wanted(Goal.RUNNING, "free", "fake", List.of(), COMMAND, 1, 1),
        new Status(
            phase,
            now,
            runs ? 100 : 0,
            runs ? 1 : 0,
            null,
            List.of(),
            null,
            null,
            runs ? trial.started(now, now).placed(now).ready(now) : trial),
        Rest.fresh(now),
        1);
  }

  private static List<String> said(Fleet fleet) {
    return fleet.said(ID).stream().map(Event::message).toList();
  }

  private static boolean is(Fleet fleet, Phase phase) {
    return fleet.get(ID).status().phase() == phase;
  }

  private static long applied(Fleet fleet) {
    return fleet.get(ID).status().appliedGeneration();
  }

  private static long generation(Fleet fleet) {
    return switch (fleet.runtime.observe(ID)) {
      case Running running -> running.generation();
      case Observation.Frozen(var running) -> running.generation();
      case Observation.Absent _, Stopped _, Observation.Exited _ -> 0;
    };
  }

  /** One process, of this generation, and nothing else. */
  private static void runs(Fleet fleet, long generation) {
    assertThat(fleet.runtime.list()).containsExactly(ID);
    assertThat(generation(fleet)).isEqualTo(generation);
    assertThat(fleet.get(ID).status().phase()).isEqualTo(Phase.RUNNING);
  }
}
