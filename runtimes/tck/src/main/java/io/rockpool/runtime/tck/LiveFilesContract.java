package io.rockpool.runtime.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Outcome.Failed;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every runtime promises that can replace the files of a running instance. */
public abstract class LiveFilesContract {
  private static final InstanceId ADA = new InstanceId("ada");

  /** A new driver on the ground of this test; it implements {@link LiveFiles}. */
  protected abstract RuntimeDriver open();

  /** A command that runs until it is stopped. */
  protected abstract List<String> longRunning();

  /** A file of the instance's home, as its user sees it. */
  protected abstract Optional<String> readHome(InstanceId id, String path);

  /** A config or secret file, as the instance sees it. */
  protected abstract Optional<String> readConfig(InstanceId id, String path);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    driver.list().forEach(driver::destroy);
  }

  @Test
  void files_of_a_running_instance_are_replaced_and_its_process_is_left_alone() {
    var driver = open();
    var started =
        RuntimeDriverContract.running(
            driver.start(spec(files("one", "first", Map.of("mind.md", "from the template")))));

    var outcome =
        ((LiveFiles) driver)
            .replaceFiles(
                ADA, files("two", "second", Map.of("mind.md", "other", "new.md", "new seed")));

    assertThat(outcome).isEqualTo(new Done(started));
    assertThat(driver.observe(ADA)).isEqualTo(started);
    assertThat(readConfig(ADA, "app.json")).contains("two");
    assertThat(readConfig(ADA, "keys/model")).contains("second");
    assertThat(readHome(ADA, "mind.md")).contains("from the template");
    assertThat(readHome(ADA, "new.md")).contains("new seed");
  }

  @Test
  void files_of_an_unknown_instance_are_refused() {
    var outcome = ((LiveFiles) open()).replaceFiles(ADA, files("one", "first", Map.of()));

    assertThat(outcome).isInstanceOf(Failed.class);
    assertThat(((Failed) outcome).error()).isInstanceOf(DriverError.Refused.class);
  }

  private static InstanceFiles files(String config, String secret, Map<String, String> seeds) {
    return new InstanceFiles(
        Map.of("app.json", config), Map.of("keys/model", Secret.of(secret)), seeds);
  }

  private InstanceSpec spec(InstanceFiles files) {
    return new InstanceSpec(
        ADA, 1, longRunning(), Map.of(), files, new Limits(256L << 20, 1000, 64));
  }
}
