package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Outcome.Failed;
import io.rockpool.runtime.process.Victims.End;
import io.rockpool.runtime.process.Victims.Verb;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills a server before its first change to the outside, another one before its second, and so on,
 * until one comes to its end. The next server must always end in the same place. That it does so,
 * too, when it is killed between two calls of the driver, is seen in the control plane's
 * KilledAtEveryStepTest.
 */
@Timeout(400)
class KilledAtEveryChangeTest {
  private static final int AT_ONCE = 20;
  private static final int WIDTH = 4;
  private static final String DIARY = "workspace/diary.txt";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  private static Path folder;

  private static int home = 0;

  /** What is wished for. */
  enum Wish {
    CREATE(Verb.START, 0, 1),
    REPLACE(Verb.START, 1, 2),
    STOP(Verb.STOP, 1, 0),
    DESTROY(Verb.DESTROY, 1, 0),
    DOZE(Verb.DOZE, 1, 1),
    WAKE(Verb.WAKE, 1, 1);

    private final Verb verb;
    private final long before;
    private final long after;

    /**
     * @param before generation that runs when the server begins; 0 for none
     * @param after generation that runs in the end
     */
    Wish(Verb verb, long before, long after) {
      this.verb = verb;
      this.before = before;
      this.after = after;
    }

    boolean granted(Observation seen) {
      return switch (this) {
        case CREATE, REPLACE, WAKE ->
            seen instanceof Running running && running.generation() == after;
        case DOZE -> seen instanceof Frozen frozen && frozen.awake().generation() == after;
        case STOP -> seen instanceof Stopped;
        case DESTROY -> seen instanceof Absent;
      };
    }
  }

  @BeforeAll
  static void makeAgent() throws IOException {
    ChangesAgent.make(Victims.agent(folder));
  }

  @ParameterizedTest
  @EnumSource
  void the_next_server_ends_in_the_same_place(Wish wish) throws Exception {
    var ends = new ArrayList<End>();
    do {
      ends.addAll(grantedThoughKilled(wish, ends.size() + 1));
    } while (ends.getLast().killed());

    assertThat(ends.stream().filter(End::killed)).as("changes").hasSizeGreaterThan(5);
  }

  /** Walks the next changes. */
  private static List<End> grantedThoughKilled(Wish wish, int change) throws Exception {
    int first = home;
    home += AT_ONCE;
    var hosts = IntStream.range(first, home).mapToObj(it -> Victims.host(folder, it)).toList();
    var ends = new ArrayList<End>();
    try {
      if (wish.before > 0) {
        each(i -> alreadyRunning(hosts.get(i), wish));
      }
      // All servers open alike: the first wish walks that for all.
      var opening = wish == Wish.CREATE;
      ends.addAll(Victims.kill(folder, wish.verb, wish.after, first, change, AT_ONCE, opening));
    } finally {
      each(i -> {
        try (var host = hosts.get(i)) {
          converge(host, wish);
        } catch (AssertionError | ConditionTimeoutException e) {
          throw new AssertionError("%s, %s: %s".formatted(wish, ends.get(i), e.getMessage()), e);
        }
      });
    }
    return ends;
  }

  private static void each(IntConsumer work) {
    var places = new Semaphore(WIDTH);
    var works = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < AT_ONCE; i++) {
        int number = i;
        works.add(
            threads.submit(() -> {
              places.acquire();
              try {
                work.accept(number);
              } finally {
                places.release();
              }
              return number;
            }));
      }
    }
    for (var done : works) {
      if (done.state() == Future.State.FAILED) {
        throw new AssertionError(done.exceptionNow().getMessage(), done.exceptionNow());
      }
    }
  }

  private static void alreadyRunning(TestHost host, Wish wish) {
    var driver = host.open();
    assertThat(driver.start(Victims.spec(wish.before))).isInstanceOf(Done.class);
    await()
        .atMost(10, SECONDS)
        .until(() -> Victims.answer(driver).equals(Long.toString(wish.before)));
    host.writeHome(ADA, DIARY, "Dear diary");
    if (wish == Wish.WAKE) {
      assertThat(driver.doze(ADA)).isInstanceOf(Done.class);
    }
  }

  private static void converge(TestHost host, Wish wish) {
    var driver = host.open();
    for (int pass = 0; !wish.granted(driver.observe(ADA)); pass++) {
      assertThat(pass).as("passes: %s", driver.observe(ADA)).isLessThan(5);
      if (wish.verb.on(driver, wish.after) instanceof Failed(var error)) {
        assertThat(error).isNotInstanceOf(DriverError.Refused.class);
      }
    }
    await().atMost(10, SECONDS).untilAsserted(() -> exactlyThis(host, driver, wish));
    if (wish == Wish.DOZE) {
      assertThat(driver.wake(ADA)).isInstanceOf(Done.class);
    }
    if (wish.after > 0) {
      await()
          .atMost(10, SECONDS)
          .untilAsserted(
              () -> assertThat(Victims.answer(driver)).isEqualTo(Long.toString(wish.after)));
    }
  }

  /** What there is on the host is what belongs to the instance as it is wished for. */
  private static void exactlyThis(TestHost host, ProcessDriver driver, Wish wish)
      throws IOException, InterruptedException {
    var seen = driver.observe(ADA);
    assertThat(seen).matches(wish::granted);
    if (wish != Wish.DESTROY && wish.before > 0) {
      assertThat(host.readHome(ADA, DIARY)).contains("Dear diary");
    }
    assertThat(driver.list()).isEqualTo(wish == Wish.DESTROY ? List.of() : List.of(ADA));
    assertThat(host.home().resolve("trash"))
        .satisfiesAnyOf(
            it -> assertThat(it).doesNotExist(), it -> assertThat(it).isEmptyDirectory());
    var traces = new Traces(host.home());
    var running =
        switch (seen) {
          case Running it -> it;
          case Frozen(var awake) -> awake;
          case Absent _, Stopped _, Exited _ -> null;
        };
    if (running == null) {
      assertThat(traces.processes()).isEmpty();
      assertThat(traces.groups()).as("in them: %s", traces.members()).isEmpty();
      assertThat(traces.rules().isPresent()).isEqualTo(wish == Wish.STOP && walls());
      return;
    }
    var details = running.placement().details();
    long pid = (Long) details.getOrDefault("pid", 0L);
    assertThat(traces.processes()).isEqualTo(Traces.tree(pid));
    assertThat(traces.groups())
        .allSatisfy(group -> {
          assertThat(group.getFileName()).hasToString("ada");
          assertThat(Traces.members(group)).isEqualTo(Traces.tree(pid));
        });
    if (walls()) {
      assertThat(traces.rules())
          .hasValueSatisfying(rules ->
              assertThat(rules)
                  .contains(
                      "elements = { %s . %s }"
                          .formatted(details.get("user"), details.get("port"))));
    }
    assertThat(host.readConfig(ADA, "gateway.json"))
        .contains("{\"generation\":%d}".formatted(wish.after));
    assertThat(host.readConfig(ADA, "secrets/token")).contains("of generation " + wish.after);
    assertThat(host.readHome(ADA, "workspace/SOUL.md")).contains("You are kind.");
  }

  /** Whether this host gives its instances users of their own, and rules for them. */
  private static boolean walls() {
    return Proc.isRoot() && Tool.find("nft").isPresent() && Tool.find("setpriv").isPresent();
  }
}
