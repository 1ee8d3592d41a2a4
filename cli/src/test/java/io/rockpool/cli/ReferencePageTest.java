package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ReferencePageTest {
  @TempDir Path home;

  @Test
  void every_command_and_option_has_its_place_in_the_reference() throws IOException {
    var page = Files.readString(Path.of("../docs/reference/cli.md"));

    assertThat(missing(new Shell(home).commands(), page)).isEmpty();
  }

  private static List<String> missing(CommandLine root, String page) {
    var missing = new ArrayList<String>();
    for (var command : root.getSubcommands().values()) {
      var spec = command.getCommandSpec();
      var name = spec.qualifiedName();
      if (spec.subcommands().isEmpty() && !page.contains("`" + name)) {
        missing.add(name);
      }
      for (var option : spec.options()) {
        if (!page.contains("`" + option.longestName())) {
          missing.add(name + " " + option.longestName());
        }
      }
      missing.addAll(missing(command, page));
    }
    return missing;
  }
}
