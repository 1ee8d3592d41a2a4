package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
  @TempDir Path home;

  @Test
  void the_script_completes_verbs() throws IOException, InterruptedException {
    var script = new Shell(home).run("completion", "bash").out();
    var file =
        Files.writeString(
            home.resolve("test.sh"),
            script
                + """
                COMP_WORDS=(rockpool instances st) COMP_CWORD=2 COMP_LINE='rockpool instances st'
                _complete_rockpool
                printf '%s\\n' "${COMPREPLY[@]}"
                """);

    var bash = new ProcessBuilder("bash", file.toString()).redirectErrorStream(true).start();
    var printed = bash.inputReader().lines().toList();

    assertThat(bash.waitFor()).as(printed.toString()).isZero();
    assertThat(printed).containsExactlyInAnyOrder("start", "stop");
  }

  @Test
  void an_unknown_shell_is_wrong_usage() {
    assertThat(new Shell(home).run("completion", "fish").code()).isEqualTo(ExitCode.WRONG_USAGE);
  }
}
