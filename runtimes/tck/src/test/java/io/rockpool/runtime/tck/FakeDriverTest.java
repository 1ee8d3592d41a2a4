package io.rockpool.runtime.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Outcome.Failed;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Shortfall;
import io.rockpool.runtime.Usage;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeDriverTest {
  @Nested
  class Driver extends RuntimeDriverContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected List<String> exitingWith(int code) {
      return List.of("exit", Integer.toString(code));
    }

    @Override
    protected List<String> recording(String variable, String path) {
      return List.of("record", variable, path);
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return ground.homeFile(id, path);
    }

    @Override
    protected void writeHome(InstanceId id, String path, String content) {
      ground.writeHomeFile(id, path, content);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return ground.configFile(id, path);
    }

    @Test
    void a_fault_comes_once_and_changes_nothing() {
      var full = new DriverError.Full("memory", "No memory left: stop an instance.");
      ground.failNext(full);

      assertThat(open().start(spec(ADA, 1))).isEqualTo(new Failed(full));
      assertThat(open().observe(ADA)).isEqualTo(new Absent());
      assertThat(running(open().start(spec(ADA, 1))).generation()).isEqualTo(1);
    }

    @Test
    void a_fault_of_one_verb_leaves_the_others_alone() {
      var unknown = new DriverError.Unknown("No answer: look again.");
      ground.failNext(Verb.STOP, unknown);

      running(open().start(spec(ADA, 1)));

      assertThat(open().stop(ADA)).isEqualTo(new Failed(unknown));
      assertThat(open().observe(ADA)).isInstanceOf(Running.class);
    }

    @Test
    void a_crash_before_a_verb_leaves_nothing_and_one_after_it_leaves_all() {
      ground.crashBefore(Verb.START);
      assertThatThrownBy(() -> open().start(spec(ADA, 1))).isInstanceOf(FakeCrash.class);
      assertThat(open().observe(ADA)).isEqualTo(new Absent());

      ground.crashAfter(Verb.START);
      assertThatThrownBy(() -> open().start(spec(ADA, 1))).isInstanceOf(FakeCrash.class);
      assertThat(open().observe(ADA)).isInstanceOf(Running.class);
    }

    @Test
    void a_held_start_waits_and_others_pass() throws Exception {
      var gate = ground.holdNext(Verb.START);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var held = threads.submit(() -> open().start(spec(ADA, 1)));
        assertThat(gate.awaitReached(Duration.ofSeconds(10))).isTrue();

        running(open().start(spec(BOB, 1)));
        assertThat(open().observe(ADA)).isEqualTo(new Absent());

        gate.release();
        assertThat(running(held.get()).generation()).isEqualTo(1);
      }
      assertThat(ground.mostStartsAtOnce()).isEqualTo(2);
    }

    @Test
    void a_killed_instance_exited_and_starts_are_counted() {
      open().start(spec(ADA, 1));
      open().start(spec(ADA, 1));

      ground.kill(ADA);

      assertThat(open().observe(ADA)).isInstanceOf(Exited.class);
      assertThat(ground.starts(ADA)).isEqualTo(1);
      assertThat(open().stop(ADA)).isEqualTo(new Done(new Stopped()));
    }

    @Test
    void the_gateway_address_is_the_tests_choice() {
      open().start(spec(ADA, 1));

      ground.gatewayAt(URI.create("http://127.0.0.1:4711"));

      assertThat(((Running) open().observe(ADA)).gateway().getPort()).isEqualTo(4711);
      assertThat(new FakeDriver(ground).configSchema()).isEmpty();
    }

    @Test
    void instances_outlive_the_jvm_where_they_are_written_down(@TempDir Path folder) {
      var file = folder.resolve("instances");
      ground.outlive(file);
      open().start(spec(ADA, 1));
      open().start(spec(ADA, 2));
      open().start(spec(BOB, 1));
      open().stop(BOB);

      var next = new FakeDriver.Ground();
      next.outlive(file);

      assertThat(new FakeDriver(next).list()).containsExactly(ADA);
      assertThat(((Running) new FakeDriver(next).observe(ADA)).generation()).isEqualTo(2);
      new FakeDriver(next).start(spec(ADA, 2));
      assertThat(next.starts(ADA)).isZero();
    }
  }

  @Nested
  class Logs extends InstanceLogsContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> printing(String... lines) {
      var command = new ArrayList<>(List.of("print"));
      command.addAll(List.of(lines));
      return command;
    }
  }

  @Nested
  class Files extends LiveFilesContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return ground.homeFile(id, path);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return ground.configFile(id, path);
    }
  }

  @Nested
  class Sizes extends StateSizeContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }
  }

  @Nested
  class Doze extends DozingContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> beating(String path) {
      return List.of("beat", path);
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return ground.homeFile(id, path);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return ground.configFile(id, path);
    }

    @Test
    void dozes_and_wakes_are_counted_when_they_change_something() {
      var driver = new FakeDriver(ground);
      var running = RuntimeDriverContract.running(driver.start(spec(1)));

      driver.doze(ADA);
      driver.doze(ADA);
      driver.wake(ADA);
      driver.wake(ADA);
      driver.doze(ADA);

      assertThat(driver.start(spec(1))).isEqualTo(new Done(running));
      assertThat(ground.dozes(ADA)).isEqualTo(2);
      assertThat(ground.wakes(ADA)).isEqualTo(2);
      assertThat(ground.starts(ADA)).isEqualTo(1);
    }

    @Test
    void what_sleep_lacks_is_told_while_it_lasts() {
      var driver = new FakeDriver(ground);
      var running = RuntimeDriverContract.running(driver.start(spec(1)));
      var noSwap = new Shortfall("MemoryReclaim", "This host has no swap: add some.");
      ground.sleepLacks(List.of(noSwap));

      driver.doze(ADA);

      assertThat(((Frozen) driver.observe(ADA)).awake().shortfalls()).containsExactly(noSwap);
      assertThat(driver.wake(ADA)).isEqualTo(new Done(running));
    }

    @Test
    void a_frozen_instance_dies_and_moves_as_a_running_one() {
      var driver = new FakeDriver(ground);
      driver.start(spec(1));
      driver.doze(ADA);

      ground.gatewayAt(URI.create("http://127.0.0.1:4711"));
      assertThat(((Frozen) driver.observe(ADA)).awake().gateway().getPort()).isEqualTo(4711);
      ground.kill(ADA);

      assertThat(driver.observe(ADA)).isInstanceOf(Exited.class);
      assertThat(driver.usage(ADA)).isEmpty();
    }

    @Test
    void a_crash_after_a_doze_leaves_it_frozen_and_a_failed_wake_too() {
      var driver = new FakeDriver(ground);
      driver.start(spec(1));
      ground.crashAfter(Verb.DOZE);
      assertThatThrownBy(() -> driver.doze(ADA)).isInstanceOf(FakeCrash.class);
      assertThat(driver.observe(ADA)).isInstanceOf(Frozen.class);

      var unknown = new DriverError.Unknown("No answer: look again.");
      ground.failNext(Verb.WAKE, unknown);
      assertThat(driver.wake(ADA)).isEqualTo(new Failed(unknown));
      assertThat(driver.observe(ADA)).isInstanceOf(Frozen.class);
    }
  }

  @Nested
  class Meter extends MeteringContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> beating(String path) {
      return List.of("beat", path);
    }

    @Override
    protected List<String> holding(long bytes) {
      return List.of("hold", Long.toString(bytes));
    }

    @Test
    void usage_and_memory_are_what_the_test_says() {
      var driver = new FakeDriver(ground);
      driver.start(spec(holding(1 << 20)));
      var usage = new Usage(7, 8, Duration.ofMillis(9), "first");
      var memory = new HostMemory(10, 5, 4, 3);

      ground.showUsage(ADA, usage);
      ground.showMemory(memory);

      assertThat(driver.usage(ADA)).contains(usage);
      assertThat(driver.memory()).isEqualTo(memory);
    }
  }

  @Nested
  class WhoListens extends ListenersContract {
    private final FakeDriver.Ground ground = new FakeDriver.Ground();

    @Override
    protected RuntimeDriver open() {
      return new FakeDriver(ground);
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected List<String> listening(String variable, int port) {
      return List.of("listen", variable, Integer.toString(port));
    }
  }
}
