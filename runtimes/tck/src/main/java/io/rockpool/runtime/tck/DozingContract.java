package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Outcome.Failed;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What every runtime promises whose instances can doze. */
public abstract class DozingContract {
  protected static final InstanceId ADA = new InstanceId("ada");

  private static final String BEATS = "beats.txt";
  private static final Duration A_WHILE = Duration.ofMillis(500);

  /** A new driver on the ground of this test; it implements {@link Dozing}. */
  protected abstract RuntimeDriver open();

  /**
   * A command that appends a line to this file of its home, again and again, at least ten times a
   * second, until it is stopped.
   */
  protected abstract List<String> beating(String path);

  /** A file of the instance's home, as its user sees it. */
  protected abstract Optional<String> readHome(InstanceId id, String path);

  /** A config or secret file, as the instance sees it. */
  protected abstract Optional<String> readConfig(InstanceId id, String path);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    for (var id : driver.list()) {
      assertThat(driver.destroy(id)).isEqualTo(new Done(new Absent()));
    }
  }

  @Test
  void a_dozing_instance_is_seen_frozen_and_is_the_same_inside() {
    var driver = open();
    var running = start(driver);

    var frozen = asleep(driver);

    assertThat(frozen.awake().generation()).isEqualTo(running.generation());
    assertThat(frozen.awake().gateway()).isEqualTo(running.gateway());
    assertThat(frozen.awake().placement()).isEqualTo(running.placement());
    assertThat(frozen.awake().shortfalls()).containsAll(running.shortfalls());
    assertThat(driver.observe(ADA)).isEqualTo(frozen);
    assertThat(driver.list()).containsExactly(ADA);
  }

  @Test
  void a_dozing_instance_gets_no_processor_time_and_goes_on_where_it_was() {
    var driver = open();
    var running = start(driver);

    asleep(driver);
    long dozed = beats();
    await().during(A_WHILE).atMost(20, SECONDS).until(() -> beats() == dozed);

    assertThat(dozing(driver).wake(ADA)).isEqualTo(new Done(running));
    assertThat(driver.observe(ADA)).isEqualTo(running);
    await().atMost(20, SECONDS).until(() -> beats() > dozed);
  }

  @Test
  void dozing_twice_is_dozing_once_and_waking_likewise() {
    var driver = open();
    var running = start(driver);

    var frozen = asleep(driver);
    assertThat(dozing(driver).doze(ADA)).isEqualTo(new Done(frozen));

    assertThat(dozing(driver).wake(ADA)).isEqualTo(new Done(running));
    assertThat(dozing(driver).wake(ADA)).isEqualTo(new Done(running));
  }

  @Test
  void an_instance_dozes_and_wakes_again_and_again() {
    var driver = open();
    var running = start(driver);

    for (int i = 0; i < 5; i++) {
      assertThat(asleep(driver).awake().placement()).isEqualTo(running.placement());
      long dozed = beats();
      assertThat(dozing(driver).wake(ADA)).isEqualTo(new Done(running));
      await().atMost(20, SECONDS).until(() -> beats() > dozed);
    }
  }

  @Test
  void what_does_not_run_can_neither_doze_nor_wake() {
    var driver = open();

    assertThat(error(dozing(driver).doze(ADA))).isInstanceOf(DriverError.Refused.class);
    assertThat(error(dozing(driver).wake(ADA))).isInstanceOf(DriverError.Refused.class);
    assertThat(driver.observe(ADA)).isEqualTo(new Absent());

    start(driver);
    driver.stop(ADA);

    assertThat(error(dozing(driver).doze(ADA))).isInstanceOf(DriverError.Refused.class);
    assertThat(error(dozing(driver).wake(ADA))).isInstanceOf(DriverError.Refused.class);
    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());
  }

  @Test
  void a_restarted_server_sees_what_dozes_and_wakes_it() {
    var driver = open();
    var running = start(driver);
    var frozen = asleep(driver);

    var restarted = open();

    assertThat(restarted.observe(ADA)).isEqualTo(frozen);
    assertThat(restarted.list()).containsExactly(ADA);
    assertThat(dozing(restarted).wake(ADA)).isEqualTo(new Done(running));
  }

  @Test
  void a_dozing_instance_is_stopped_and_starts_again_awake() {
    var driver = open();
    start(driver);
    asleep(driver);

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());

    long stopped = beats();
    RuntimeDriverContract.running(driver.start(spec(1)));
    await().atMost(20, SECONDS).until(() -> beats() > stopped);
  }

  @Test
  void a_dozing_instance_is_destroyed() {
    var driver = open();
    start(driver);
    asleep(driver);

    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));

    assertThat(driver.observe(ADA)).isEqualTo(new Absent());
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void starting_a_dozing_instance_wakes_it() {
    var driver = open();
    var running = start(driver);
    asleep(driver);

    assertThat(driver.start(spec(1))).isEqualTo(new Done(running));

    assertThat(driver.observe(ADA)).isEqualTo(running);
  }

  @Test
  void a_newer_generation_replaces_a_dozing_instance_and_is_awake() {
    var driver = open();
    var running = start(driver);
    asleep(driver);
    long dozed = beats();

    var replaced = RuntimeDriverContract.running(driver.start(spec(2)));

    assertThat(replaced.generation()).isEqualTo(2);
    assertThat(replaced.placement()).isNotEqualTo(running.placement());
    assertThat(driver.observe(ADA)).isEqualTo(replaced);
    await().atMost(20, SECONDS).until(() -> beats() > dozed);
  }

  @Test
  void files_of_a_dozing_instance_are_replaced_and_it_dozes_on() {
    var driver = open();
    start(driver);
    var frozen = asleep(driver);
    if (!(driver instanceof LiveFiles live)) {
      Assumptions.abort("this runtime replaces no files of what runs");
      return;
    }

    var files = new InstanceFiles(Map.of("app.json", "two"), Map.of(), Map.of());
    assertThat(live.replaceFiles(ADA, files)).isEqualTo(new Done(frozen));

    assertThat(readConfig(ADA, "app.json")).contains("two");
    assertThat(driver.observe(ADA)).isEqualTo(frozen);
  }

  /** A spec whose instance beats. */
  protected final InstanceSpec spec(long generation) {
    return new InstanceSpec(
        ADA,
        generation,
        beating(BEATS),
        Map.of(),
        InstanceFiles.NONE,
        new Limits(256L << 20, 1000, 64));
  }

  private Running start(RuntimeDriver driver) {
    var running = RuntimeDriverContract.running(driver.start(spec(1)));
    await().atMost(20, SECONDS).until(() -> beats() > 0);
    return running;
  }

  private long beats() {
    return readHome(ADA, BEATS).map(text -> text.lines().count()).orElse(0L);
  }

  private static Dozing dozing(RuntimeDriver driver) {
    return (Dozing) driver;
  }

  /** One that waits for a disk does not stand still yet: then it is asked again, as by a server. */
  private static Frozen asleep(RuntimeDriver driver) {
    var outcome =
        await()
            .atMost(60, SECONDS)
            .until(
                () -> dozing(driver).doze(ADA),
                it -> !(it instanceof Failed(var error) && error instanceof DriverError.Unknown));
    assertThat(outcome).isInstanceOf(Done.class);
    var seen = ((Done) outcome).seen();
    assertThat(seen).isInstanceOf(Frozen.class);
    return (Frozen) seen;
  }

  private static DriverError error(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Failed.class);
    return ((Failed) outcome).error();
  }
}
