package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceLogs;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.RuntimeDriver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every runtime promises whose instances' output can be read. */
public abstract class InstanceLogsContract {
  private static final InstanceId ADA = new InstanceId("ada");

  /** A new driver on the ground of this test; it implements {@link InstanceLogs}. */
  protected abstract RuntimeDriver open();

  /** A command that prints these lines and goes on running. */
  protected abstract List<String> printing(String... lines);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    driver.list().forEach(driver::destroy);
  }

  @Test
  void an_unknown_instance_has_no_lines() {
    assertThat(logs().read(ADA, 0, 10).lines()).isEmpty();
    assertThat(logs().tail(ADA, 10).lines()).isEmpty();
  }

  @Test
  void lines_are_read_in_pages_that_join_without_gap_or_repetition() {
    start("one", "two — 世🎉", "", "four");

    var first = logs().read(ADA, 0, 3);
    var second = logs().read(ADA, first.next(), 3);
    var third = logs().read(ADA, second.next(), 3);

    assertThat(first.lines()).containsExactly("one", "two — 世🎉", "");
    assertThat(second.lines()).containsExactly("four");
    assertThat(third.lines()).isEmpty();
    assertThat(third.next()).isEqualTo(second.next());
  }

  @Test
  void the_tail_is_the_end_and_is_read_on_from() {
    start("one", "two", "three", "four");

    var tail = logs().tail(ADA, 2);

    assertThat(tail.lines()).containsExactly("three", "four");
    assertThat(logs().read(ADA, tail.next(), 10).lines()).isEmpty();
  }

  @Test
  void output_is_kept_over_a_stop_and_a_restarted_server() {
    start("one", "two", "three", "four");
    open().stop(ADA);

    assertThat(logs().tail(ADA, 10).lines()).startsWith("one", "two", "three", "four");
  }

  private InstanceLogs logs() {
    return (InstanceLogs) open();
  }

  private void start(String... lines) {
    var limits = new Limits(256L << 20, 1000, 64);
    var outcome =
        open()
            .start(new InstanceSpec(ADA, 1, printing(lines), Map.of(), InstanceFiles.NONE, limits));
    RuntimeDriverContract.running(outcome);
    await()
        .atMost(20, SECONDS)
        .untilAsserted(() -> assertThat(logs().tail(ADA, 10).lines()).hasSize(lines.length));
  }
}
