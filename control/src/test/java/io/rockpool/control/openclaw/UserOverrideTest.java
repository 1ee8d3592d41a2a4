package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class UserOverrideTest {
  record Row(String name, String override, String path) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> attacks =
      List.of(
          new Row("another port", "{gateway:{port:1}}", "gateway.port"),
          new Row("no password", "{gateway:{auth:null}}", "gateway.auth"),
          new Row("no gateway section", "{gateway:null}", "gateway"),
          new Row("an empty gateway section", "{gateway:{}}", "gateway"),
          new Row("a shell", "{gateway:{terminal:{enabled:true}}}", "gateway.terminal.enabled"),
          new Row(
              "another user of the edge",
              "{gateway:{auth:{identityScopes:{me:['operator.admin']}}}}",
              "gateway.auth.identityScopes.me"),
          new Row(
              "a program as a tool server",
              "{mcp:{servers:{x:{command:'/bin/sh',args:['-c','id']}}}}",
              "mcp.servers.x.args"),
          new Row(
              "a program as a source of secrets",
              "{secrets:{providers:{x:{source:'exec',command:'/bin/sh'}}}}",
              "secrets.providers.x.command"),
          new Row(
              "a program as a local model",
              "{models:{providers:{x:{localService:{command:'/bin/sh'}}}}}",
              "models.providers.x.localService.command"),
          new Row(
              "a plugin from a folder", "{plugins:{load:{paths:['/tmp']}}}", "plugins.load.paths"),
          new Row("any plugin", "{plugins:{allow:null}}", "plugins.allow"),
          new Row(
              "skills from a folder",
              "{skills:{load:{extraDirs:['/etc']}}}",
              "skills.load.extraDirs"),
          new Row(
              "a skill's environment",
              "{skills:{entries:{x:{env:{NODE_OPTIONS:'--require /x'}}}}}",
              "skills.entries.x.env.NODE_OPTIONS"),
          new Row(
              "a browser program",
              "{browser:{executablePath:'/bin/sh'}}",
              "browser.executablePath"),
          new Row(
              "programs on the host", "{tools:{exec:{security:'full'}}}", "tools.exec.security"),
          new Row("no denied tools", "{tools:{deny:[]}}", "tools.deny"),
          new Row("all tools", "{tools:{profile:'full'}}", "tools.profile"),
          new Row("no profile", "{tools:{profile:null}}", "tools.profile"),
          new Row("a profile as a list", "{tools:{profile:['coding']}}", "tools.profile"),
          new Row("files outside", "{tools:{fs:{workspaceOnly:false}}}", "tools.fs.workspaceOnly"),
          new Row("the tools as nothing", "{tools:null}", "tools"),
          new Row(
              "programs for one agent",
              "{agents:{entries:{coder:{tools:{exec:{security:'full'}}}}}}",
              "agents.entries.coder.tools.exec.security"),
          new Row(
              "all tools for one agent",
              "{agents:{entries:{coder:{tools:{profile:'full'}}}}}",
              "agents.entries.coder.tools.profile"),
          new Row(
              "a workspace elsewhere",
              "{agents:{entries:{coder:{workspace:'/etc'}}}}",
              "agents.entries.coder.workspace"),
          new Row(
              "an avatar from a file",
              "{agents:{entries:{coder:{identity:{avatar:'../../config/secrets.json'}}}}}",
              "agents.entries.coder.identity.avatar"),
          new Row("no agent", "{agents:{entries:{coder:null}}}", "agents.entries.coder"),
          new Row("another agent", "{agents:{entries:{eve:{name:'Eve'}}}}", "agents.entries.eve"),
          new Row(
              "mounts of the host",
              "{agents:{defaults:{sandbox:{docker:{binds:['/:/host']}}}}}",
              "agents.defaults.sandbox.docker.binds"),
          new Row("own variables", "{env:{vars:{LD_PRELOAD:'/x.so'}}}", "env.vars.LD_PRELOAD"),
          new Row("logs to any file", "{logging:{file:'/x'}}", "logging.file"),
          new Row(
              "conversations sent away",
              "{diagnostics:{otel:{endpoint:'http://x'}}}",
              "diagnostics.otel.endpoint"),
          new Row(
              "memory from any file",
              "{memory:{search:{extraPaths:['/etc']}}}",
              "memory.search.extraPaths"),
          new Row("conversations stored anywhere", "{session:{store:'/x'}}", "session.store"),
          new Row("people mixed", "{session:{dmScope:'main'}}", "session.dmScope"),
          new Row(
              "results to any address",
              "{cron:{failureAlert:{mode:'webhook',to:'http://x'}}}",
              "cron.failureAlert.mode"),
          new Row("a hook's code", "{hooks:{transformsDir:'/x'}}", "hooks.transformsDir"),
          new Row("chat commands", "{commands:{bash:true}}", "commands.bash"),
          new Row(
              "a token file",
              "{channels:{telegram:{tokenFile:'/etc/passwd'}}}",
              "channels.telegram.tokenFile"),
          new Row("an unknown section", "{newInNextVersion:{x:1}}", "newInNextVersion.x"),
          new Row("an included file", "{$include:'./secrets.json'}", "$include"),
          new Row(
              "an included file further down",
              "{messages:{queue:{$include:'./secrets.json'}}}",
              "messages.queue.$include"),
          new Row(
              "a variable",
              "{messages:{responsePrefix:'${ROCKPOOL_CONFIG}'}}",
              "messages.responsePrefix"),
          new Row(
              "a variable that is escaped",
              "{messages:{responsePrefix:'$${HOME}'}}",
              "messages.responsePrefix"),
          new Row(
              "a variable in a list",
              "{session:{resetTriggers:['/new','${HOME}']}}",
              "session.resetTriggers"),
          new Row(
              "a variable in a name",
              "{session:{identityLinks:{'${HOME}':['x']}}}",
              "session.identityLinks[\"${HOME}\"]"),
          new Row(
              "a reference to a secret",
              "{messages:{queue:{x:[{source:'file',provider:'rockpool',id:'/model/key'}]}}}",
              "messages.queue.x"),
          new Row(
              "a name that is more than a name",
              "{session:{identityLinks:{__proto__:['x']}}}",
              "session.identityLinks.__proto__"),
          new Row(
              "the same for an agent",
              "{agents:{entries:{__proto__:{name:'x'}}}}",
              "agents.entries.__proto__"));

  @ParameterizedTest
  @FieldSource("attacks")
  void refuses(Row row) {
    assertThat(UserOverride.problems(Json.object(row.override()), Set.of("coder", "main")))
        .extracting(ConfigProblem::path)
        .contains(row.path());
  }

  @Test
  void takes_what_is_open() {
    var override =
        Json.object(
            "{agents:{defaults:{thinkingDefault:'low',userTimezone:'Asia/Shanghai'},"
                + "entries:{coder:{name:'C',tools:{profile:'minimal',deny:['write']}}}},"
                + "messages:{responsePrefix:null,queue:{cap:3}},"
                + "tools:{profile:'messaging',web:{fetch:{enabled:false}}},ui:{prefs:{}}}");

    assertThat(UserOverride.problems(override, Set.of("coder"))).isEmpty();
  }

  @Test
  void every_problem_is_told_with_its_reason_and_without_the_value() {
    var problems =
        UserOverride.problems(
            Json.object("{env:{vars:{A:'s3cret'}},channels:{slack:{botToken:'s3cret'}}}"),
            Set.of());

    assertThat(problems)
        .containsExactly(
            ConfigProblem.locked(
                "channels.slack.botToken",
                "This setting is locked. Connect chat accounts through Rockpool: it keeps their"
                    + " tokens and receives their messages."),
            ConfigProblem.locked(
                "env.vars.A",
                "This setting is locked. Variables can change what programs are started and what"
                    + " they trust."));
  }

  @Test
  void problems_are_bounded() {
    var override = JsonNodeFactory.instance.objectNode();
    for (var i = 0; i < 1_000; i++) {
      override.put("k" + i, i);
    }

    assertThat(UserOverride.problems(override, Set.of())).hasSize(UserOverride.MAX_PROBLEMS);
  }

  @Test
  void what_is_too_deep_is_refused_before_it_is_walked() {
    assertThat(read("{\"a\":".repeat(17) + "1" + "}".repeat(17)))
        .isInstanceOf(UserOverride.Reading.Unreadable.class);
    assertThat(read("{\"a\":".repeat(16) + "1" + "}".repeat(16)))
        .isInstanceOf(UserOverride.Reading.Read.class);
  }

  @Test
  void what_is_too_long_is_refused() {
    assertThat(read("{\"a\":\"" + "世".repeat(UserOverride.MAX_BYTES / 3) + "\"}"))
        .isInstanceOf(UserOverride.Reading.Unreadable.class);
  }

  @Test
  void what_is_no_strict_json_object_is_refused_without_being_quoted() {
    assertThat(Stream.of("[]", "", "{", "{} {}", "{a:1}", "{\"a\":1,\"a\":2}", "{\"k\": s3cret}"))
        .allSatisfy(text ->
            assertThat(read(text))
                .isInstanceOfSatisfying(
                    UserOverride.Reading.Unreadable.class,
                    it -> assertThat(it.problem().message()).doesNotContain("s3cret")));
  }

  static Stream<Named<ObjectNode>> overrides() {
    var paths =
        LockedKeys.RULES.stream()
            .map(rule -> rule.pattern().toString().replace("*", "main"))
            .toList();
    return Drawn.cases(
        500,
        random -> {
          var override = JsonNodeFactory.instance.objectNode();
          for (var i = 1 + random.nextInt(3); i > 0; i--) {
            var keys = paths.get(random.nextInt(paths.size())).split("\\.", -1);
            var parent = override;
            for (var j = 0; j < keys.length - 1; j++) {
              parent =
                  parent.get(keys[j]) instanceof ObjectNode object
                      ? object
                      : parent.putObject(keys[j]);
            }
            parent.set(keys[keys.length - 1], Json.drawn(random, true).path("a"));
          }
          return override;
        });
  }

  @ParameterizedTest
  @MethodSource("overrides")
  void what_is_taken_changes_nothing_that_is_locked(ObjectNode override) {
    var plain = OpenClawConfig.parse(Given.rendered(List.of(), "{}", "{}"));

    var rendering =
        Given.CONFIG.render(Given.inputs(List.of(), "{}", override.toString()), Given.KEYS);

    if (rendering instanceof Rendering.Rendered(var config)) {
      assertThat(ChangedPaths.between(plain, OpenClawConfig.parse(config)))
          .allSatisfy(path -> assertThat(LockedKeys.rule(path).open()).as("%s", path).isTrue());
    }
  }

  private static UserOverride.Reading read(String text) {
    return UserOverride.read(text);
  }
}
