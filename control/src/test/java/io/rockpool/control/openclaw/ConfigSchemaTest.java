package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfigSchemaTest {
  private static final String SCHEMA =
      Json.object(
              """
              {type:'object', additionalProperties:false, required:['mode'], properties:{
                mode:{anyOf:[{type:'string',const:'local'},{type:'string',const:'remote'}]},
                port:{type:'integer',minimum:1},
                level:{type:'string',enum:['low','high']},
                agents:{type:'object',additionalProperties:{type:'object',additionalProperties:false,
                  properties:{name:{type:'string'},title:{type:'string'}}}},
                unused:{type:'object',properties:{deep:{type:'string'}}}}}
              """)
          .toString();

  @Test
  void a_good_configuration_has_no_problems() {
    assertThat(problems("{mode:'local',port:1,agents:{a:{name:'x'},b:{title:'y'}}}")).isEmpty();
  }

  @Test
  void problems_name_the_place_and_never_the_value() {
    var problems =
        problems(
            "{mode:'s3cret',port:'s3cret',level:'s3cret',agents:{a:{nmae:'s3cret'}},x:'s3cret'}");

    assertThat(problems)
        .containsExactly(
            ConfigProblem.invalid("agents.a.nmae", "OpenClaw has no such setting."),
            ConfigProblem.invalid("level", "Choose one of [low,high]."),
            ConfigProblem.invalid("mode", "This must be one of the values that OpenClaw knows."),
            ConfigProblem.invalid("port", "This must be of another type: integer."),
            ConfigProblem.invalid("x", "OpenClaw has no such setting."));
  }

  @Test
  void what_is_missing_is_named() {
    assertThat(problems("{}"))
        .containsExactly(ConfigProblem.invalid("(all)", "A setting is missing here: mode."));
  }

  @Test
  void problems_are_bounded() {
    var config = Json.object("{mode:'local'}");
    for (var i = 0; i < 100; i++) {
      config.put("x" + i, 1);
    }

    assertThat(ConfigSchema.problems(SCHEMA, config)).hasSize(ConfigSchema.MAX_PROBLEMS);
  }

  @Test
  void what_the_configuration_does_not_touch_is_not_compiled() {
    var pruned = Pruned.to(Json.object(SCHEMA), Json.object("{port:1}"));

    assertThat(pruned.path("properties").propertyNames()).containsExactly("port");
  }

  @Test
  void a_pattern_that_java_cannot_read_is_left_to_the_gateway() {
    var schema =
        Json.object("{type:'object',properties:{a:{type:'string',pattern:'^(?<a>x)\\\\k<b>$'}}}");

    assertThat(ConfigSchema.problems(schema.toString(), Json.object("{a:'x'}"))).isEmpty();
  }

  @Test
  void without_a_schema_there_is_nothing_to_say() {
    var schema = new ConfigSchema(Optional::empty);

    assertThat(schema.problems(Given.rendered(List.of(), "{}", "{}"))).isEmpty();
  }

  private static List<ConfigProblem> problems(String config) {
    return ConfigSchema.problems(SCHEMA, Json.object(config));
  }
}
