package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Tag("fuzz")
class UserOverrideFuzzTest {
  /** Far above what it takes, and far below what a stranger could make it take. */
  private static final Duration LONGEST = Duration.ofSeconds(20);

  private static final List<String> TEAM = List.of("coder", "main");
  private static final ObjectNode PLAIN = OpenClawConfig.parse(Given.rendered(TEAM, "{}", "{}"));

  /**
   * What a drawn override is made of: every setting there is a rule for, and what must not pass.
   */
  private static final List<String> PATHS =
      LockedKeys.RULES.stream().map(rule -> rule.pattern().toString()).toList();

  private static final List<String> ODD =
      List.of("$include", "__proto__", "${HOME}", "source", "*", "", "a.b", "coder", "eve", "new");
  private static final List<String> VALUES =
      List.of("full", "minimal", "${HOME}", "$${HOME}", "file", "/etc/passwd", "");

  /** JSON, or what looks like it. */
  @DictionaryEntries({
    "{\"agents\":{\"entries\":{\"coder\":{",
    "\"tools\":{\"profile\":",
    "\"minimal\"",
    "\"messages\":{\"queue\":",
    "\"responsePrefix\":",
    "\"session\":{\"identityLinks\":",
    "\"gateway\":",
    "\"$include\":",
    "\"__proto__\":",
    "\"${HOME}\"",
    "\"source\":\"file\"",
    "\"provider\":\"rockpool\"",
    "null",
    "{}",
    "}}}}"
  })
  @FuzzTest(maxDuration = "3m")
  void no_text_opens_a_locked_setting(byte[] sent) {
    assertTimeout(
        LONGEST,
        () -> {
          switch (UserOverride.read(new String(sent, StandardCharsets.UTF_8))) {
            case UserOverride.Reading.Read(var override) -> check(override);
            case UserOverride.Reading.Unreadable(var problem) ->
                assertThat(problem.message()).startsWith("The settings ").hasSizeLessThan(200);
          }
        });
  }

  /** Each byte is a choice, so that every input is an override of the right shape. */
  @FuzzTest(maxDuration = "3m")
  void no_settings_open_a_locked_one(byte[] choices) {
    var override = JsonNodeFactory.instance.objectNode();
    var drawn = new Choices(choices);
    for (int i = 1 + drawn.next(4); i > 0; i--) {
      put(override, drawn);
    }

    assertTimeout(LONGEST, () -> check(override));
  }

  private static void check(ObjectNode override) {
    var inputs =
        new ConfigInputs(
            Given.ADA,
            TEAM,
            JsonNodeFactory.instance.objectNode(),
            override,
            Given.MODEL,
            List.of());

    switch (Given.CONFIG.render(inputs, Given.KEYS)) {
      case Rendering.Rendered(var rendered) -> {
        var config = OpenClawConfig.parse(rendered);
        assertThat(ChangedPaths.between(PLAIN, config))
            .allSatisfy(path -> assertThat(LockedKeys.rule(path).open()).as("%s", path).isTrue());
        assertThat(count(config, "$include")).isZero();
        assertThat(count(config, "__proto__")).isZero();
        assertThat(variables(config)).isEqualTo(variables(PLAIN));
        assertThat(references(config)).isEqualTo(references(PLAIN));
      }
      case Rendering.Refused(var problems) -> {
        assertThat(problems).hasSizeBetween(1, UserOverride.MAX_PROBLEMS);
        assertThat(problems)
            .allSatisfy(it -> {
              assertThat(it.path()).hasSizeLessThan(70 * (UserOverride.MAX_DEPTH + 1));
              assertThat(it.path().chars()).noneMatch(Character::isISOControl);
            });
      }
    }
  }

  /** How many objects have the name; an owner's own names are among them. */
  private static int count(JsonNode node, String name) {
    int below = node.values().stream().mapToInt(it -> count(it, name)).sum();
    return node.has(name) ? below + 1 : below;
  }

  /** How many objects OpenClaw takes for references to secrets. */
  private static int references(JsonNode node) {
    int below = node.values().stream().mapToInt(UserOverrideFuzzTest::references).sum();
    return node.has("source") && (node.has("provider") || node.has("id")) ? below + 1 : below;
  }

  private static int variables(JsonNode node) {
    var text = node.toString();
    int count = 0;
    for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 1)) {
      count++;
    }
    return count;
  }

  private static void put(ObjectNode override, Choices drawn) {
    var keys = ConfigPath.of(drawn.of(PATHS)).keys();
    var parent = override;
    int depth = keys.size() - drawn.next(2);
    for (int i = 0; i < depth; i++) {
      var key = keys.get(i).equals("*") ? drawn.of(ODD) : keys.get(i);
      if (i == keys.size() - 1) {
        parent.set(key, value(drawn, 3));
      } else {
        parent = parent.get(key) instanceof ObjectNode object ? object : parent.putObject(key);
      }
    }
    if (depth < keys.size()) {
      parent.set(drawn.of(ODD), value(drawn, 3));
    }
  }

  private static JsonNode value(Choices drawn, int deepest) {
    var nodes = JsonNodeFactory.instance;
    return switch (drawn.next(deepest == 0 ? 4 : 6)) {
      case 0 -> nodes.nullNode();
      case 1 -> nodes.booleanNode(true);
      case 2 -> nodes.numberNode(drawn.next(256));
      case 3 -> nodes.stringNode(drawn.of(VALUES));
      case 4 -> {
        var list = nodes.arrayNode();
        for (int i = drawn.next(3); i > 0; i--) {
          list.add(value(drawn, deepest - 1));
        }
        yield list;
      }
      default -> {
        var object = nodes.objectNode();
        for (int i = drawn.next(3); i > 0; i--) {
          object.set(drawn.of(ODD), value(drawn, deepest - 1));
        }
        yield object;
      }
    };
  }

  /** What comes after the last byte is always the first choice. */
  private static final class Choices {
    private final byte[] bytes;
    private int at;

    Choices(byte[] bytes) {
      this.bytes = bytes;
    }

    int next(int bound) {
      return at < bytes.length ? (bytes[at++] & 0xff) % bound : 0;
    }

    String of(List<String> some) {
      return some.get(next(some.size()));
    }
  }
}
