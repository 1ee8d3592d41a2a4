package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Usage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where there is swap of any kind, the memory of what dozes is free. */
abstract class DozeMemoryContract {
  static final long HELD = 300L << 20;
  static final long TOUCHED = 20L << 20;
  static final long DOZING_AT_MOST = 30L << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  TestHost host;

  @BeforeEach
  void makeHost() {
    host = new TestHost(folder);
  }

  @AfterEach
  void closeHost() {
    host.close();
  }

  @Test
  void a_dozing_instance_holds_little_memory_and_answers_after_it_woke() {
    var driver = host.open();
    var running = start(driver);
    assertThat(usage(driver).memoryBytes()).isGreaterThan(HELD);

    var frozen = (Frozen) ((Done) driver.doze(ADA)).seen();

    assertThat(frozen.awake()).isEqualTo(running); // nothing is lacking
    assertThat(usage(driver).memoryBytes()).isLessThan(DOZING_AT_MOST);
    assertThat(usage(driver).swapBytes()).isGreaterThan(HELD - DOZING_AT_MOST);

    assertThat(driver.wake(ADA)).isEqualTo(new Done(running));

    assertThat(Victims.answer(driver)).isEqualTo("20 of 300");
    assertThat(usage(driver).memoryBytes()).isBetween(TOUCHED, HELD / 2);
  }

  @Test
  void an_instance_that_was_stopped_while_it_dozed_leaves_no_swap_in_use() {
    var driver = host.open();
    start(driver);
    var before = driver.memory().freeSwap();
    driver.doze(ADA);
    assertThat(driver.memory().freeSwap()).isLessThan(before - HELD / 2);

    driver.stop(ADA);

    await().atMost(10, SECONDS).until(() -> driver.memory().freeSwap() > before - (HELD / 4));
  }

  /** Holds memory that differs from page to page, and uses a part of it for each answer. */
  static Running start(ProcessDriver driver) {
    var gateway =
        """
        use IO::Socket::INET;
        my @held = map { my $i = $_; join('', map { pack('Q*', $i, $_, (rand() * 2**53) x 62) x 8 } 1 .. 256) } 1 .. 300;
        my $socket = IO::Socket::INET->new(
          LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 5, ReuseAddr => 1) or die $!;
        while (my $caller = $socket->accept) {
          my $used = grep { $held[$_] =~ /\\A.*\\z/s && ($held[$_] =~ tr/\\0//) > 0 } 0 .. 19;
          print $caller $used, ' of ', scalar @held;
          close $caller;
        }
        """;
    var outcome =
        driver.start(
            new InstanceSpec(
                ADA,
                1,
                List.of("perl", "-e", gateway),
                Map.of("PORT", "{port}"),
                InstanceFiles.NONE,
                new Limits(768L << 20, 2000, 32)));
    await().atMost(60, SECONDS).until(() -> Victims.answer(driver).equals("20 of 300"));
    return (Running) ((Done) outcome).seen();
  }

  static Usage usage(ProcessDriver driver) {
    return driver.usage(ADA).orElseThrow();
  }
}
