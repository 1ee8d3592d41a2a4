package io.rockpool.runtime.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.StateSize;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every runtime promises that tells how large the state of its instances is. */
public abstract class StateSizeContract {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final int SIZE = 1 << 20;

  /** A new driver on the ground of this test; it implements {@link StateSize}. */
  protected abstract RuntimeDriver open();

  /** A command that runs until it is stopped. */
  protected abstract List<String> longRunning();

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    driver.list().forEach(driver::destroy);
  }

  @Test
  void state_has_a_size_whether_the_instance_runs_or_not() {
    var driver = open();
    RuntimeDriverContract.running(driver.start(spec()));

    assertThat(bytes(driver).orElseThrow()).isBetween((long) SIZE, 2L * SIZE);
    driver.stop(ADA);
    assertThat(bytes(open()).orElseThrow()).isBetween((long) SIZE, 2L * SIZE);
  }

  @Test
  void what_was_destroyed_has_no_size() {
    var driver = open();
    assertThat(bytes(driver)).isEmpty();

    driver.start(spec());
    driver.destroy(ADA);

    assertThat(bytes(driver)).isEmpty();
  }

  private static OptionalLong bytes(RuntimeDriver driver) {
    return ((StateSize) driver).stateBytes(ADA);
  }

  private InstanceSpec spec() {
    return new InstanceSpec(
        ADA,
        1,
        longRunning(),
        Map.of(),
        new InstanceFiles(Map.of(), Map.of(), Map.of("notes.txt", "x".repeat(SIZE))),
        new Limits(256L << 20, 1000, 64));
  }
}
