package io.rockpool.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.rockpool.cli.Environment;
import io.rockpool.server.config.Setting;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first pages tell people to type. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("```bash\n(.*?)```", Pattern.DOTALL);
  private static final Pattern PATH = Pattern.compile("`(/api/[^`]*)`");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
        "docs/guides/add-a-runtime.md",
        "docs/guides/add-a-channel.md",
        "docs/guides/payments.md",
        "docs/guides/payments.zh-CN.md",
        "docs/guides/telegram.md",
        "docs/guides/telegram.zh-CN.md",
        "docs/guides/webhooks.md",
        "docs/guides/webhooks.zh-CN.md"
      })
  void every_command_is_one_that_there_is(String page) throws IOException {
    var launcher = Files.readString(ROOT.resolve("rockpool"));

    for (var command : commands(page)) {
      var words = new ArrayList<>(List.of(command.split(" +")));
      while (words.getFirst().contains("=")) {
        var name = words.removeFirst().split("=", -1)[0];
        assertThat(variables()).as(command).contains(name);
      }
      assertThat(words.removeFirst()).as(command).isEqualTo("./rockpool");
      if (!launcher.contains("\n    %s) ".formatted(words.getFirst()))
          || words.getFirst().equals("up")) {
        assertThatCode(() ->
                Main.commands(Environment.ofThisProcess()).parseArgs(words.toArray(new String[0])))
            .as(command)
            .doesNotThrowAnyException();
      }
    }
    assertThat(commands(page)).isNotEmpty();
  }

  @Test
  void the_two_readmes_show_the_same_commands() throws IOException {
    assertThat(commands("README.zh-CN.md")).isEqualTo(commands("README.md"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "README.zh-CN.md"})
  void every_path_of_the_api_is_one_that_there_is(String page) throws IOException {
    var known = new HashSet<String>();
    Json.MAPPER
        .readTree(Files.readString(ROOT.resolve("docs/reference/openapi.json")))
        .path("paths")
        .propertyNames()
        .forEach(it -> known.add(it.replaceAll("\\{[^}]*}", "ID")));

    var shown =
        PATH.matcher(Files.readString(ROOT.resolve(page)))
            .results()
            .map(it -> it.group(1))
            .toList();

    assertThat(shown).isNotEmpty();
    assertThat(known).containsAll(shown);
  }

  /** Lines of the blocks, without comments. */
  private static List<String> commands(String page) throws IOException {
    return BLOCK
        .matcher(Files.readString(ROOT.resolve(page)))
        .results()
        .flatMap(it -> it.group(1).lines())
        .map(it -> it.replaceFirst(" *#.*", "").strip())
        .filter(it -> !it.isEmpty())
        .toList();
  }

  private static Set<String> variables() {
    var names = new HashSet<String>();
    Arrays.stream(Setting.values())
        .map(Setting::environment)
        .flatMap(Optional::stream)
        .forEach(names::add);
    return names;
  }
}
