package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Outcome.Failed;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every runtime promises. A driver is correct when a subclass of this passes against the real
 * thing.
 */
public abstract class RuntimeDriverContract {
  protected static final InstanceId ADA = new InstanceId("ada");
  protected static final InstanceId BOB = new InstanceId("bob");
  protected static final Limits LIMITS = new Limits(256L << 20, 1000, 64);

  /**
   * A new driver on the ground of this test; called again, it stands for a server that restarted.
   */
  protected abstract RuntimeDriver open();

  /** A command that runs until it is stopped. */
  protected abstract List<String> longRunning();

  /** A command that ends by itself, soon, with this exit status. */
  protected abstract List<String> exitingWith(int code);

  /** A command whose program the runtime does not have. */
  protected List<String> unknownProgram() {
    return List.of("no-such-program", "--really");
  }

  /**
   * A command that writes the value of an environment variable into a file of its home, without a
   * line end, and goes on running.
   */
  protected abstract List<String> recording(String variable, String path);

  /** A file of the instance's home, as its user sees it. */
  protected abstract Optional<String> readHome(InstanceId id, String path);

  /** The user changes a file of the instance's home; its folder exists. */
  protected abstract void writeHome(InstanceId id, String path, String content);

  /** A config or secret file, as the instance sees it. */
  protected abstract Optional<String> readConfig(InstanceId id, String path);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    for (var id : driver.list()) {
      assertThat(driver.destroy(id)).isEqualTo(new Done(new Absent()));
    }
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void starting_twice_is_starting_once() {
    var driver = open();
    var first = running(driver.start(spec(ADA, 1)));

    var second = running(driver.start(spec(ADA, 1)));

    assertThat(second).isEqualTo(first);
    assertThat(driver.observe(ADA)).isEqualTo(first);
    assertThat(driver.list()).containsExactly(ADA);
  }

  @Test
  void stopping_keeps_the_instance_and_destroying_forgets_it() {
    var driver = open();
    driver.start(spec(ADA, 1));

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());
    assertThat(driver.list()).containsExactly(ADA);
    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));
    assertThat(driver.observe(ADA)).isEqualTo(new Absent());
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void stopping_and_destroying_twice_is_doing_it_once() {
    var driver = open();
    driver.start(spec(ADA, 1));

    driver.stop(ADA);
    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
    driver.destroy(ADA);
    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));
  }

  @Test
  void a_stopped_instance_starts_again_in_the_same_generation() {
    var driver = open();
    driver.start(spec(ADA, 1));
    driver.stop(ADA);

    assertThat(running(driver.start(spec(ADA, 1))).generation()).isEqualTo(1);
  }

  @Test
  void a_restarted_server_adopts_what_runs() {
    var ada = running(open().start(spec(ADA, 1)));
    var bob = running(open().start(spec(BOB, 3)));

    var restarted = open();

    assertThat(restarted.list()).containsExactly(ADA, BOB);
    assertThat(restarted.observe(ADA)).isEqualTo(ada);
    assertThat(restarted.start(spec(BOB, 3))).isEqualTo(new Done(bob));
    assertThat(restarted.stop(BOB)).isEqualTo(new Done(new Stopped()));
  }

  @Test
  void a_newer_generation_replaces_the_process() {
    var driver = open();
    var old = running(driver.start(spec(ADA, 1)));

    var replaced = running(driver.start(spec(ADA, 2)));

    assertThat(replaced.generation()).isEqualTo(2);
    assertThat(replaced.placement()).isNotEqualTo(old.placement());
    assertThat(driver.observe(ADA)).isEqualTo(replaced);
    assertThat(driver.list()).containsExactly(ADA);
  }

  @Test
  void unknown_instances_are_absent() {
    var driver = open();

    assertThat(driver.observe(ADA)).isEqualTo(new Absent());
    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Absent()));
    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void the_list_is_exact_and_ordered() {
    var driver = open();
    var zoe = new InstanceId("zoe");
    driver.start(spec(zoe, 1));
    driver.start(spec(BOB, 1));
    driver.start(spec(ADA, 1));
    driver.stop(zoe);
    driver.destroy(BOB);

    assertThat(driver.list()).containsExactly(ADA, zoe);
  }

  @Test
  void an_empty_command_is_refused() {
    var driver = open();

    var outcome = driver.start(spec(ADA, 1, List.of(), InstanceFiles.NONE));

    assertThat(refusal(outcome)).isNotBlank();
    assertThat(driver.observe(ADA)).isEqualTo(new Absent());
  }

  @Test
  void an_unknown_program_is_refused_and_what_ran_before_runs_on() {
    var driver = open();
    var before = running(driver.start(spec(ADA, 1)));

    var outcome = driver.start(spec(ADA, 2, unknownProgram(), InstanceFiles.NONE));

    assertThat(refusal(outcome)).contains(unknownProgram().getFirst());
    assertThat(driver.observe(ADA)).isEqualTo(before);
  }

  @Test
  void what_the_user_changed_survives_stops_and_new_generations() {
    var driver = open();
    var files = new InstanceFiles(Map.of(), Map.of(), Map.of("notes/mind.md", "from the template"));
    driver.start(spec(ADA, 1, longRunning(), files));
    assertThat(readHome(ADA, "notes/mind.md")).contains("from the template");

    writeHome(ADA, "notes/mind.md", "from the user");
    driver.stop(ADA);
    driver.start(spec(ADA, 1, longRunning(), files));
    driver.start(spec(ADA, 2, longRunning(), files));

    assertThat(readHome(ADA, "notes/mind.md")).contains("from the user");
  }

  @Test
  void destroying_ends_a_running_instance_and_its_state() {
    var driver = open();
    var files = new InstanceFiles(Map.of(), Map.of(), Map.of("mind.md", "from the template"));
    driver.start(spec(ADA, 1, longRunning(), files));
    writeHome(ADA, "mind.md", "from the user");

    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));

    driver.start(spec(ADA, 1, longRunning(), files));
    assertThat(readHome(ADA, "mind.md")).contains("from the template");
  }

  @Test
  void config_and_secrets_are_replaced_on_every_start() {
    var driver = open();
    driver.start(
        spec(
            ADA,
            1,
            longRunning(),
            new InstanceFiles(
                Map.of("app.json", "one", "old.json", "old"),
                Map.of("keys/model", Secret.of("first")),
                Map.of())));
    assertThat(readConfig(ADA, "app.json")).contains("one");
    assertThat(readConfig(ADA, "keys/model")).contains("first");

    driver.start(
        spec(
            ADA,
            2,
            longRunning(),
            new InstanceFiles(
                Map.of("app.json", "two"), Map.of("keys/model", Secret.of("second")), Map.of())));

    assertThat(readConfig(ADA, "app.json")).contains("two");
    assertThat(readConfig(ADA, "keys/model")).contains("second");
    assertThat(readConfig(ADA, "old.json")).isEmpty();
  }

  @Test
  void the_environment_is_given_with_its_placeholders_filled_in() {
    var driver = open();
    var spec =
        new InstanceSpec(
            ADA,
            1,
            recording("WHERE", "where.txt"),
            Map.of("WHERE", "{home}|{config}|{port}|{listener}|{other}"),
            InstanceFiles.NONE,
            LIMITS);

    var running = running(driver.start(spec));

    await()
        .atMost(20, SECONDS)
        .untilAsserted(() ->
            assertThat(readHome(ADA, "where.txt"))
                .hasValueSatisfying(text ->
                    assertThat(text)
                        .matches("/[^|]+\\|/[^|]+\\|[0-9]+\\|[^|{]+\\|\\{other}")
                        .contains("|" + running.gateway().getPort() + "|")));
  }

  @Test
  void an_instance_that_ends_by_itself_is_told_and_starts_again() {
    var driver = open();
    driver.start(spec(ADA, 1, exitingWith(3), InstanceFiles.NONE));

    await()
        .atMost(20, SECONDS)
        .untilAsserted(() -> assertThat(driver.observe(ADA)).isInstanceOf(Exited.class));
    assertThat(((Exited) driver.observe(ADA)).code()).isEqualTo(3);
    assertThat(open().observe(ADA)).isEqualTo(driver.observe(ADA));
    assertThat(driver.list()).containsExactly(ADA);

    assertThat(running(driver.start(spec(ADA, 1))).generation()).isEqualTo(1);
  }

  @Test
  void stopping_what_ended_by_itself_makes_it_stopped() {
    var driver = open();
    driver.start(spec(ADA, 1, exitingWith(1), InstanceFiles.NONE));
    await()
        .atMost(20, SECONDS)
        .untilAsserted(() -> assertThat(driver.observe(ADA)).isInstanceOf(Exited.class));

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());
  }

  @Test
  void different_instances_start_at_the_same_time() throws Exception {
    var driver = open();
    var ids = IntStream.range(0, 6).mapToObj(i -> new InstanceId("many-" + i)).toList();

    var outcomes = together(ids.stream().<Work>map(id -> () -> driver.start(spec(id, 1))).toList());

    assertThat(outcomes).allSatisfy(outcome -> running(outcome));
    assertThat(driver.list()).isEqualTo(ids);
    assertThat(ids).allSatisfy(id -> assertThat(driver.observe(id)).isInstanceOf(Running.class));
  }

  @Test
  void two_servers_that_start_one_instance_end_with_one_process() throws Exception {
    var one = open();
    var other = open();

    var outcomes =
        together(List.of(() -> one.start(spec(ADA, 1)), () -> other.start(spec(ADA, 1))));

    var seen = one.observe(ADA);
    assertThat(seen).isInstanceOf(Running.class);
    assertThat(other.observe(ADA)).isEqualTo(seen);
    assertThat(outcomes).contains(new Done(seen));
    assertThat(outcomes)
        .as("the other one either adopted it or says that it may have happened")
        .allSatisfy(outcome ->
            assertThat(
                    outcome.equals(new Done(seen))
                        || outcome instanceof Failed(DriverError.Unknown _))
                .isTrue());
    assertThat(one.stop(ADA)).isEqualTo(new Done(new Stopped()));
    assertThat(other.observe(ADA)).isEqualTo(new Stopped());
  }

  /** A spec that runs until it is stopped. */
  protected final InstanceSpec spec(InstanceId id, long generation) {
    return spec(id, generation, longRunning(), InstanceFiles.NONE);
  }

  protected static InstanceSpec spec(
      InstanceId id, long generation, List<String> command, InstanceFiles files) {
    return new InstanceSpec(id, generation, command, Map.of(), files, LIMITS);
  }

  /** The running instance that this outcome tells of; fails the test when it tells of none. */
  protected static Running running(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Done.class);
    Observation seen = ((Done) outcome).seen();
    assertThat(seen).isInstanceOf(Running.class);
    return (Running) seen;
  }

  private static String refusal(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Failed.class);
    var error = ((Failed) outcome).error();
    assertThat(error).isInstanceOf(DriverError.Refused.class);
    return error.advice();
  }

  private interface Work {
    Outcome run();
  }

  private static List<Outcome> together(List<Work> works) throws Exception {
    var begin = new CountDownLatch(1);
    var outcomes = new ArrayList<Future<Outcome>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var work : works) {
        outcomes.add(
            threads.submit(() -> {
              begin.await();
              return work.run();
            }));
      }
      begin.countDown();
    }
    return outcomes.stream().map(Future::resultNow).toList();
  }
}
