package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AgentTemplatesTest {
  private static final Path FOLDER = Path.of("../templates/agents");
  // OpenClaw cuts what is longer: agents.defaults.bootstrapMaxChars and bootstrapTotalMaxChars.
  private static final int MAX_FILE = 20_000;
  private static final int MAX_TOTAL = 60_000;
  private static final Pattern FRONT_MATTER =
      Pattern.compile(
          "---\nname: ([a-z0-9-]+)\ndescription: ([^\n]+)\n---\n\n# .+", Pattern.DOTALL);

  static List<AgentTemplate> all() {
    return AgentTemplates.shipped().all();
  }

  @Test
  void the_list_names_every_folder() throws IOException {
    try (var folders = Files.list(FOLDER)) {
      assertThat(folders.filter(Files::isDirectory).map(it -> it.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(all().stream().map(AgentTemplate::id).toList());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void the_list_names_every_file(AgentTemplate agent) throws IOException {
    var folder = FOLDER.resolve(agent.id());
    try (var files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile).map(it -> folder.relativize(it).toString()))
          .containsExactlyInAnyOrderElementsOf(agent.files());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void what_the_prompt_takes_is_not_cut(AgentTemplate agent) throws IOException {
    var soul = Files.readString(FOLDER.resolve(agent.id()).resolve("SOUL.md"));
    var rules = Files.readString(FOLDER.resolve(agent.id()).resolve("AGENTS.md"));

    assertThat(soul).hasSizeBetween(200, MAX_FILE);
    assertThat(rules).hasSizeBetween(200, MAX_FILE);
    assertThat(soul.length() + rules.length()).isLessThan(MAX_TOTAL);
  }

  @ParameterizedTest
  @MethodSource("all")
  void a_skill_says_its_name_and_when_to_use_it(AgentTemplate agent) throws IOException {
    for (var skill : agent.skills()) {
      var text = Files.readString(FOLDER.resolve(agent.id() + "/skills/" + skill + "/SKILL.md"));
      var matcher = FRONT_MATTER.matcher(text);

      assertThat(matcher.lookingAt()).as("front matter of %s", skill).isTrue();
      assertThat(matcher.group(1)).isEqualTo(skill);
      assertThat(matcher.group(2)).contains("Use ").hasSizeBetween(60, 400);
      assertThat(text).hasSizeLessThan(MAX_FILE);
    }
  }

  @Test
  void seeds_are_below_the_workspace_of_their_agent() {
    var templates = AgentTemplates.shipped();

    var seeds = templates.seeds(templates.team(List.of("coder", "ops")));

    assertThat(seeds)
        .hasSize(10)
        .containsKeys("workspace/coder/SOUL.md", "workspace/ops/skills/log-triage/SKILL.md");
  }
}
