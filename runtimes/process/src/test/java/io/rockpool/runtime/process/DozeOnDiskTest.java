package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.process.Kernel.Range;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Swap on a disk: quick only when it is read in long runs, ahead of the faults. */
class DozeOnDiskTest extends DozeMemoryContract {
  @RegisterExtension static final SwapSpace SWAP = SwapSpace.onDisk();

  @Test
  void what_was_used_since_the_last_wake_is_fetched_ahead_of_the_next_one() {
    var driver = host.open();
    start(driver);
    var mark = host.folder(ADA).lifemark().orElseThrow();
    driver.doze(ADA);
    assertThat(host.folder(ADA).workingSet(mark)).as("after the first time").isEmpty();
    driver.wake(ADA);
    Victims.answer(driver);
    driver.doze(ADA);
    var set = host.folder(ADA).workingSet(mark).orElseThrow();
    assertThat(bytes(set)).isBetween(TOUCHED, TOUCHED * 3);
    var dozing = usage(driver).memoryBytes();
    assertThat(dozing).isLessThan(DOZING_AT_MOST);

    driver.wake(ADA); // and nobody asks it anything

    await()
        .atMost(20, SECONDS)
        .until(() -> usage(driver).memoryBytes() > dozing + TOUCHED * 8 / 10);
    assertThat(Victims.answer(driver)).isEqualTo("20 of 300");
    assertThat(usage(driver).memoryBytes()).isLessThan(HELD / 2);
  }

  @Test
  void what_is_fetched_ahead_does_not_count_as_used() {
    var driver = host.open();
    start(driver);
    var mark = host.folder(ADA).lifemark().orElseThrow();
    driver.doze(ADA);
    driver.wake(ADA);
    Victims.answer(driver);
    driver.doze(ADA);
    var dozing = usage(driver).memoryBytes();
    driver.wake(ADA);
    await()
        .atMost(20, SECONDS)
        .until(() -> usage(driver).memoryBytes() > dozing + TOUCHED * 8 / 10);

    driver.doze(ADA);

    assertThat(host.folder(ADA).workingSet(mark).map(DozeOnDiskTest::bytes).orElse(0L))
        .isLessThan(TOUCHED / 2);
  }

  private static long bytes(WorkingSet set) {
    return set.ranges().values().stream().flatMap(List::stream).mapToLong(Range::length).sum();
  }
}
