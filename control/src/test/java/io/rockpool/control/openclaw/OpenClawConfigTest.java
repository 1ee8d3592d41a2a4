package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OpenClawConfigTest {
  private static final List<String> TEAM = List.of("lingxi", "coder", "ops");

  @Test
  void equal_inputs_give_the_same_bytes() {
    var one = Given.rendered(TEAM, "{}", "{ui:{prefs:{theme:'dark'}},tools:{profile:'minimal'}}");
    var other = Given.rendered(TEAM, "{}", "{tools:{profile:'minimal'},ui:{prefs:{theme:'dark'}}}");

    assertThat(other).isEqualTo(one);
  }

  @Test
  void an_owner_wins_over_the_plan_and_the_plan_over_the_platform() {
    var config =
        config(
            List.of(),
            "{tools:{profile:'messaging'},session:{dmScope:'main'}}",
            "{tools:{profile:'minimal'}}");

    assertThat(config.at("/tools/profile").asString()).isEqualTo("minimal");
    assertThat(config.at("/session/dmScope").asString()).isEqualTo("main");
    assertThat(config.at("/telemetry/enabled").asBoolean()).isFalse();
  }

  @Test
  void the_values_of_the_instance_win_over_its_plan() {
    var config =
        config(
            List.of(),
            "{gateway:{controlUi:{basePath:'/other'}},secrets:{providers:{x:{}}},"
                + "models:{providers:{openai:{baseUrl:'http://elsewhere'}}}}",
            "{}");

    assertThat(config.at("/gateway/controlUi/basePath").asString()).isEqualTo("/i/ada");
    assertThat(config.at("/secrets/providers").propertyNames()).containsExactly("rockpool");
    assertThat(config.at("/models/providers").propertyNames()).containsExactly("rockpool");
  }

  @Test
  void keys_are_in_the_files_and_nowhere_else() {
    var rendered = Given.rendered(TEAM, "{}", "{}");

    var config = rendered.openclawJson().reveal();
    assertThat(config).contains("x-rockpool-user-0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    assertThat(config).doesNotContain("password-0123456789abcdef", "rpk-model-key");
    assertThat(Json.object(rendered.secretsJson().reveal()))
        .isEqualTo(
            Json.object(
                "{gateway:{password:'password-0123456789abcdef'},model:{key:'rpk-model-key'}}"));
    assertThat(rendered.toString()).doesNotContain("0123456789abcdef", "0f1e2d3c", "rpk-");
    assertThat(rendered.files().config()).containsOnlyKeys("sleep.cjs");
    assertThat(rendered.files().secrets()).containsOnlyKeys("openclaw.json", "secrets.json");
  }

  @Test
  void the_first_of_a_team_leads_it() {
    var config = config(TEAM, "{}", "{}");

    assertThat(config.at("/agents/entries").propertyNames())
        .containsExactly("lingxi", "coder", "ops");
    assertThat(config.at("/agents/defaults/systemAgent/agentId").asString()).isEqualTo("lingxi");
    assertThat(config.at("/agents/defaults/heartbeat"))
        .isEqualTo(Json.object("{agentId:'lingxi',every:'0m'}"));
    assertThat(config.at("/agents/entries/lingxi/subagents/allowAgents"))
        .isEqualTo(Json.object("{x:['coder','ops']}").get("x"));
    assertThat(config.at("/agents/entries/coder/subagents/allowAgents")).isEmpty();
  }

  @Test
  void no_team_is_one_assistant() {
    var rendered = Given.rendered(List.of(), "{}", "{}");

    assertThat(OpenClawConfig.parse(rendered).at("/agents/entries").propertyNames())
        .containsExactly("main");
    assertThat(rendered.seeds())
        .containsKeys("workspace/main/SOUL.md", "workspace/main/skills/daily-plan/SKILL.md");
  }

  @Test
  void an_unknown_agent_is_refused_with_the_known_ones() {
    var rendering = Given.CONFIG.render(Given.inputs(List.of("codr"), "{}", "{}"), Given.KEYS);

    assertThat(rendering)
        .isEqualTo(
            new Rendering.Refused(
                List.of(
                    ConfigProblem.unknownAgent(
                        "There is no agent codr. Choose from coder, lingxi, main, ops."))));
  }

  @Test
  void an_agent_twice_is_refused() {
    assertThat(Given.CONFIG.problems(Given.inputs(List.of("ops", "ops"), "{}", "{}")))
        .containsExactly(ConfigProblem.agents("Name every agent once."));
  }

  @Test
  void a_locked_setting_is_refused_and_nothing_is_rendered() {
    var rendering =
        Given.CONFIG.render(Given.inputs(List.of(), "{}", "{gateway:{port:1}}"), Given.KEYS);

    assertThat(rendering).isInstanceOf(Rendering.Refused.class);
  }

  @Test
  void an_agent_can_be_renamed() {
    var config = config(TEAM, "{}", "{agents:{entries:{coder:{name:'小码'}}}}");

    assertThat(config.at("/agents/entries/coder/name").asString()).isEqualTo("小码");
    assertThat(config.at("/agents/entries/coder/workspace").asString())
        .isEqualTo("${HOME}/workspace/coder");
  }

  private static JsonNode config(List<String> agents, String plan, String override) {
    return OpenClawConfig.parse(Given.rendered(agents, plan, override));
  }
}
