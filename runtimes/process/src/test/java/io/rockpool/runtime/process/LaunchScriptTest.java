package io.rockpool.runtime.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script alone, without a driver's locks around it. */
class LaunchScriptTest {
  @TempDir Path home;
  private InstanceFolder folder;

  @BeforeEach
  void create() throws IOException {
    folder = InstanceFolder.of(home, new InstanceId("ada"));
    folder.create();
    new ConsoleLog(folder.logs()).create();
  }

  @AfterEach
  void end() {
    folder
        .lifemark()
        .filter(Lifemark::alive)
        .flatMap(mark -> ProcessHandle.of(mark.pid()))
        .ifPresent(root -> {
          root.descendants().forEach(ProcessHandle::destroyForcibly);
          root.destroyForcibly();
        });
  }

  @Test
  void the_mark_is_there_before_the_command_runs() throws Exception {
    var mark = folder.run().resolve("lifemark");
    var command = List.of("cp", mark.toString(), home.resolve("seen").toString());

    assertThat(launch("n1", command)).isEmpty();

    await().atMost(10, SECONDS).until(() -> Files.exists(folder.run().resolve("exit")));
    assertThat(home.resolve("seen")).hasSameTextualContentAs(mark);
    assertThat(folder.lifemark())
        .hasValueSatisfying(it -> assertThat(it.generation()).isEqualTo(7))
        .hasValueSatisfying(it -> assertThat(folder.exitCode(it)).contains(0));
  }

  @Test
  void a_second_one_gives_up_while_the_first_runs() throws Exception {
    launch("n1", List.of("sleep", "600"));

    var second = launch("n2", List.of("touch", home.resolve("second").toString()));

    assertThat(second)
        .hasValueSatisfying(it -> assertThat(it).isInstanceOf(DriverError.Unknown.class));
    assertThat(folder.lifemark().orElseThrow().nonce()).isEqualTo("n1");
    assertThat(home.resolve("second")).doesNotExist();
  }

  @Test
  void a_group_that_cannot_be_joined_is_refused_before_anything_runs() throws Exception {
    var group = new ControlGroup(List.of(home.resolve("no-such-group")), List.of());

    var problem =
        Launcher.launch(folder, 7, "n1", Optional.empty(), group, List.of("sleep", "600"));

    assertThat(problem)
        .hasValueSatisfying(it -> assertThat(it).isInstanceOf(DriverError.Refused.class));
    assertThat(folder.lifemark()).isEmpty();
  }

  private Optional<DriverError> launch(String nonce, List<String> command)
      throws IOException, InterruptedException {
    var none = new ControlGroup(List.of(), List.of());
    return Launcher.launch(folder, 7, nonce, Optional.empty(), none, command);
  }
}
