package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LockedKeysTest {
  private static final Path PAGE = Path.of("../docs/reference/locked-keys.md");
  private static final String RENEW =
      "mvn -pl control -am test -Dtest=LockedKeysTest -Drenew.docs=true"
          + " -Dsurefire.failIfNoSpecifiedTests=false";

  @Test
  void every_pattern_is_there_once_and_in_order() {
    var patterns = LockedKeys.RULES.stream().map(rule -> rule.pattern().toString()).toList();

    assertThat(patterns).doesNotHaveDuplicates();
    assertThat(patterns.stream().map(it -> it.split("\\.", -1)[0]).toList()).isSorted();
  }

  @Test
  void the_longest_rule_decides() {
    assertThat(LockedKeys.rule(ConfigPath.of("tools.web.fetch.enabled")).open()).isTrue();
    assertThat(LockedKeys.rule(ConfigPath.of("tools.web.fetch.headers")).open()).isFalse();
    assertThat(LockedKeys.rule(ConfigPath.of("agents.entries.x.tools.deny")).open()).isTrue();
    assertThat(LockedKeys.rule(ConfigPath.of("agents.entries.x.tools.allow")).open()).isFalse();
  }

  @Test
  void the_page_is_the_table() throws IOException {
    if (Boolean.getBoolean("renew.docs")) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, page());
    }

    assertThat(PAGE).as("renew it with: " + RENEW).hasContent(page());
  }

  private static String page() {
    return """
    # What an owner may change in OpenClaw's configuration

    An owner's settings are a JSON merge patch (RFC 7396) on what Rockpool and the plan give. The longest line that covers a
    setting decides; `*` stands for any one name. **What no line covers is locked**, so a setting that a new OpenClaw brings stays
    closed until it has a line here.

    Besides, whatever the setting: no `$include`, no `${…}` in a text or a name, no reference to a secret, no agent that the
    instance does not have, at most 64 KiB and 16 levels. An open setting may be deleted with `null`, which brings back
    OpenClaw's own default, unless it lists its values.

    This page is made from the table that is enforced. After a change there: `%s`

    ## Open

    | Setting | Values | What it does |
    |---|---|---|
    %s

    ## Locked

    | Setting | Why |
    |---|---|
    %s
    """
        .formatted(
            RENEW,
            LockedKeys.RULES.stream()
                .filter(LockedKeys.Rule::open)
                .map(rule ->
                    "| `%s` | %s | %s |"
                        .formatted(
                            rule.pattern(),
                            rule.values().isEmpty()
                                ? "any"
                                : String.join(", ", new TreeSet<>(rule.values())),
                            rule.reason()))
                .collect(Collectors.joining("\n")),
            LockedKeys.RULES.stream()
                .filter(rule -> !rule.open())
                .map(rule -> "| `%s` | %s |".formatted(rule.pattern(), rule.reason()))
                .collect(Collectors.joining("\n")));
  }
}
