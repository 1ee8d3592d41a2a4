package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a home leaves in the kernel's tables when its folder is deleted by hand. */
class HomeRegisterTest {
  @TempDir Path folder;

  @BeforeEach
  void needsTables() {
    TestHost.needs(Proc.isRoot(), "root");
    TestHost.needs(Tool.find("nft").isPresent(), "nft");
  }

  @Test
  void what_is_left_of_a_deleted_home_is_removed_when_another_one_opens() throws Exception {
    try (var other = host("other")) {
      var gone = host("gone");
      var traces = new Traces(gone.home());
      placed(gone);
      assertThat(traces.rules()).isPresent();
      endByForce(gone);
      assertThat(traces.groups()).isNotEmpty();
      delete(gone.home());

      var _ = other.open();

      assertThat(traces.rules()).isEmpty();
      assertThat(TestHost.groupsOf(gone.home())).isEmpty();
      assertThat(register().resolve(ProcessDriver.hash(gone.home()))).doesNotExist();
    }
  }

  @Test
  void a_deleted_home_whose_instance_runs_is_left_alone() throws Exception {
    try (var other = host("other")) {
      var gone = host("gone");
      var traces = new Traces(gone.home());
      placed(gone);
      var rules = traces.rules();
      var mark = gone.folder(ADA).lifemark().orElseThrow();
      var aside = Files.move(gone.home(), folder.resolve("aside"));
      try {
        var _ = other.open();

        assertThat(traces.rules()).isEqualTo(rules).isPresent();
        assertThat(mark.alive()).isTrue();
      } finally {
        Files.move(aside, gone.home());
        gone.close();
      }
    }
  }

  @Test
  void a_home_that_is_there_keeps_all_though_nothing_of_it_runs() throws Exception {
    try (var other = host("other");
        var stopped = host("stopped")) {
      placed(stopped);
      var traces = new Traces(stopped.home());
      endByForce(stopped);
      var rules = traces.rules();
      var groups = traces.groups();

      var _ = other.open();

      assertThat(traces.rules()).isEqualTo(rules).isPresent();
      assertThat(traces.groups()).isEqualTo(groups).isNotEmpty();
    }
  }

  @Test
  void a_table_that_no_home_of_this_file_system_has_is_left_alone() throws Exception {
    try (var host = host("other")) {
      var nft = List.of("nft", "-f", "-");
      var _ = Tool.run(Duration.ofSeconds(10), "table inet rockpool_strange {}", nft);
      try {
        var _ = host.open();

        var tables = Tool.run(Duration.ofSeconds(10), "", List.of("nft", "list", "tables"));
        assertThat(tables.output()).contains("rockpool_strange");
      } finally {
        var _ = Tool.run(Duration.ofSeconds(10), "delete table inet rockpool_strange", nft);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "/nowhere/at/all", ""})
  void an_entry_that_is_no_home_is_no_reason_not_to_open(String content) throws Exception {
    var entry = Files.createDirectories(register()).resolve("0badc0de");
    Files.writeString(entry, content);
    try (var host = host("other")) {
      placed(host);

      assertThat(entry).exists();
    }
  }

  private TestHost host(String name) {
    return new TestHost(folder.resolve(name)).register(register());
  }

  private Path register() {
    return folder.resolve("register");
  }

  /** Its walls are complete when it answers: until then it still looks for its folders. */
  private static void placed(TestHost host) {
    var driver = host.open();
    assertThat(driver.start(Victims.spec(1)))
        .isInstanceOfSatisfying(
            Done.class, it -> assertThat(it.seen()).isInstanceOf(Running.class));
    await().atMost(10, SECONDS).until(() -> Victims.answer(driver).equals("1"));
  }

  /** As a kill from outside does: its groups stay. */
  private static void endByForce(TestHost host) throws IOException, InterruptedException {
    var mark = host.folder(ADA).lifemark().orElseThrow();
    var groups = ControlGroups.probe(ProcessDriver.hash(host.home()));
    var group = groups.find(ADA);
    assertThat(new ProcessTree(mark, 1, group).end(Duration.ZERO)).isTrue();
  }

  private static void delete(Path folder) throws IOException, InterruptedException {
    var line = List.of("rm", "-rf", folder.toString());
    assertThat(Tool.run(Duration.ofSeconds(10), "", line).good()).isTrue();
  }
}
