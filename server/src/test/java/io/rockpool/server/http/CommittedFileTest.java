package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class CommittedFileTest {
  @Test
  void a_difference_names_the_command() throws IOException {
    var current = Files.readString(CommittedFile.root().resolve("docs/reference/problems.md"));

    CommittedFile.assertCurrent("docs/reference/problems.md", current, "make it");

    assertThatThrownBy(
            () -> CommittedFile.assertCurrent("docs/reference/problems.md", "other", "make it"))
        .hasMessageContaining("Renew it with: make it");
  }

  @Test
  void a_missing_file_names_the_command() {
    assertThatThrownBy(() -> CommittedFile.assertCurrent("docs/nothing.md", "", "make it"))
        .hasMessage("docs/nothing.md is missing. Make it with: make it");
    assertThat(CommittedFile.root().resolve("pom.xml")).exists();
  }
}
