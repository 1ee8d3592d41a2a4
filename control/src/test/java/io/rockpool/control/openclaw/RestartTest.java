package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class RestartTest {
  record Row(String name, String before, String after, List<String> expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("nothing changed", "{tools:{profile:'a'}}", "{tools:{profile:'a'}}", List.of()),
          new Row("a tool is hot", "{tools:{profile:'a'}}", "{tools:{profile:'b'}}", List.of()),
          new Row(
              "a port is not", "{gateway:{port:1}}", "{gateway:{port:2}}", List.of("gateway.port")),
          new Row(
              "the longest prefix decides",
              "{gateway:{auth:{mode:'a',rateLimit:1}}}",
              "{gateway:{auth:{mode:'b',rateLimit:2}}}",
              List.of("gateway.auth.mode")),
          new Row(
              "a base path restarts and the switch beside it does not",
              "{gateway:{controlUi:{basePath:'/a',enabled:true}}}",
              "{gateway:{controlUi:{basePath:'/b',enabled:false}}}",
              List.of("gateway.controlUi.basePath")),
          new Row("what is unknown restarts", "{}", "{future:{x:1}}", List.of("future.x")),
          new Row(
              "a new branch counts leaf by leaf",
              "{}",
              "{mcp:{apps:{enabled:true},servers:{}}}",
              List.of("mcp.apps.enabled")),
          new Row(
              "a branch that goes, too",
              "{gateway:{tools:{deny:[]},port:1}}",
              "{}",
              List.of("gateway.port")),
          new Row("a prefix is whole words", "{}", "{toolsmith:1}", List.of("toolsmith")));

  @ParameterizedTest
  @FieldSource("rows")
  void restarts(Row row) {
    assertThat(Restart.paths(Json.object(row.before()), Json.object(row.after())))
        .extracting(ConfigPath::toString)
        .isEqualTo(row.expected());
  }

  @Test
  void of_an_owners_settings_only_one_needs_a_restart() {
    assertThat(
            LockedKeys.RULES.stream()
                .filter(LockedKeys.Rule::open)
                .map(LockedKeys.Rule::pattern)
                .filter(pattern -> !Restart.hot(pattern)))
        .containsExactly(ConfigPath.of("memory.search.enabled"));
  }

  @Test
  void another_agent_is_taken_while_it_runs_and_another_id_is_not() {
    var one = Given.rendered(List.of("lingxi"), "{}", "{}");
    var two = Given.rendered(List.of("lingxi", "ops"), "{}", "{}");
    var inputs = Given.inputs(List.of("lingxi"), "{}", "{}");
    var moved =
        new ConfigInputs(
            new InstanceId("bob"),
            inputs.agents(),
            inputs.plan(),
            inputs.override(),
            Given.MODEL,
            List.of());

    assertThat(Restart.paths(one, two)).isEmpty();
    assertThat(Given.CONFIG.render(moved, Given.KEYS))
        .isInstanceOfSatisfying(
            Rendering.Rendered.class,
            it ->
                assertThat(Restart.paths(one, it.config()))
                    .containsExactly("gateway.controlUi.basePath"));
  }
}
