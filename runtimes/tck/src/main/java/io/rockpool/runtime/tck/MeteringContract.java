package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Usage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every runtime promises that tells what its instances use. */
public abstract class MeteringContract {
  protected static final InstanceId ADA = new InstanceId("ada");

  private static final long HELD = 100L << 20;
  private static final long PROGRAM_AT_MOST = 60L << 20;

  /** A new driver on the ground of this test; it implements {@link Metering}. */
  protected abstract RuntimeDriver open();

  /**
   * A command that appends a line to this file of its home, again and again, at least ten times a
   * second, until it is stopped.
   */
  protected abstract List<String> beating(String path);

  /** A command that fills this much memory of its own and goes on running. */
  protected abstract List<String> holding(long bytes);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    driver.list().forEach(driver::destroy);
  }

  @Test
  void the_memory_that_an_instance_holds_is_told() {
    var driver = open();
    RuntimeDriverContract.running(driver.start(spec(holding(HELD))));

    await()
        .atMost(20, SECONDS)
        .untilAsserted(() -> assertThat(held(driver)).isBetween(HELD, HELD + PROGRAM_AT_MOST));
    assertThat(held(open())).isBetween(HELD, HELD + PROGRAM_AT_MOST);
  }

  @Test
  void the_processor_time_of_a_busy_instance_grows() {
    var driver = open();
    RuntimeDriverContract.running(driver.start(spec(beating("beats.txt"))));

    var before = usage(driver).cpu();

    await()
        .atMost(20, SECONDS)
        .untilAsserted(() -> assertThat(usage(driver).cpu()).isGreaterThan(before));
  }

  @Test
  void a_life_lasts_until_the_instance_is_started_anew() {
    var driver = open();
    RuntimeDriverContract.running(driver.start(spec(beating("beats.txt"))));
    var first = usage(driver).life();

    assertThat(usage(open()).life()).isEqualTo(first);
    driver.stop(ADA);
    RuntimeDriverContract.running(driver.start(spec(beating("beats.txt"))));
    assertThat(usage(driver).life()).isNotEqualTo(first);
  }

  @Test
  void nothing_is_told_of_what_does_not_run() {
    var driver = open();
    assertThat(metering(driver).usage(ADA)).isEmpty();

    RuntimeDriverContract.running(driver.start(spec(beating("beats.txt"))));
    driver.stop(ADA);

    assertThat(metering(driver).usage(ADA)).isEmpty();
  }

  @Test
  void the_host_has_memory_and_some_of_it_is_left() {
    var memory = metering(open()).memory();

    assertThat(memory.available()).isPositive().isLessThanOrEqualTo(memory.total());
    assertThat(memory.freeSwap()).isLessThanOrEqualTo(memory.swap());
  }

  protected final InstanceSpec spec(List<String> command) {
    return new InstanceSpec(
        ADA, 1, command, Map.of(), InstanceFiles.NONE, new Limits(256L << 20, 1000, 64));
  }

  private static long held(RuntimeDriver driver) {
    var usage = usage(driver);
    return usage.memoryBytes() + usage.swapBytes();
  }

  private static Usage usage(RuntimeDriver driver) {
    return metering(driver).usage(ADA).orElseThrow();
  }

  private static Metering metering(RuntimeDriver driver) {
    return (Metering) driver;
  }
}
