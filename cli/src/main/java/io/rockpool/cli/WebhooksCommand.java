package io.rockpool.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rockpool webhooks …}: programs of operators that are told what happens. */
@Command(
    name = "webhooks",
    description = {
      "Tell programs of yours what happens, by the rules of Standard Webhooks. For operators.",
      "Messages are signed. What is not taken is sent again for three days."
    },
    footer = {
      "",
      "Example: rockpool webhooks add https://hooks.example.com/rockpool --type instance.failed > secret"
    })
final class WebhooksCommand {
  private static final String ALL = "/api/v1/webhooks";
  private static final String ID = "as shown by `rockpool webhooks list`";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  WebhooksCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "add",
      description = {
        "Add a webhook, and print its secret: this once.",
        "Standard output is the secret alone, so that it can be piped to where it is kept."
      },
      footer = {
        "",
        "Example: rockpool webhooks add https://hooks.example.com/rockpool --type 'budget.*' > secret"
      })
  int add(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "URL", description = "that messages are posted to, with https://")
          String url,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              description =
                  "what it wants to hear of, e.g. instance.failed, or a group such as 'budget.*';"
                      + " again for each; default: all")
          @Nullable List<String> types,
      @Option(
              names = "--inside",
              description = "the URL may be in a private network, and plain http")
          boolean inside)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode().put("url", url).put("inside", inside);
    put(body, types);
    var answer = connection.open(environment).post(ALL, body);
    var code = screen.show(answer, connection.json, made -> InstanceWords.text(made, "secret"));
    if (!connection.json && answer instanceof Answer.Done(var made, _)) {
      screen.note(
          """
          This is the secret of the webhook %1$s. It is not shown again: your program needs it to verify what comes.
          To try it: rockpool webhooks test %1$s
          For a new secret: rockpool webhooks rotate %1$s\
          """
              .formatted(InstanceWords.text(made, "id")));
    }
    return code;
  }

  @Command(
      name = "list",
      description = "List webhooks, and how they are.",
      footer = {"", "Example: rockpool webhooks list"})
  int list(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get(ALL), connection.json, WebhooksCommand::words);
  }

  @Command(
      name = "show",
      description = "Show a webhook, and what is wrong with it.",
      footer = {"", "Example: rockpool webhooks show k7m2xq9rtw4e"})
  int show(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(path(id)), connection.json, WebhooksCommand::one);
  }

  @Command(
      name = "change",
      description = "Change a webhook, disable it, or enable it again.",
      footer = {"", "Example: rockpool webhooks change k7m2xq9rtw4e --enable"})
  int change(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id,
      @Option(
              names = "--url",
              paramLabel = "URL",
              description = "where messages go from now on, also those that wait")
          @Nullable String url,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              description = "what it wants to hear of, in place of what it wanted; again for each")
          @Nullable List<String> types,
      @Option(names = "--all-types", description = "it wants to hear of everything")
          boolean allTypes,
      @Option(
              names = "--inside",
              description = "the URL may be in a private network, and plain http")
          boolean inside,
      @Option(names = "--enable", description = "send to it again, what waits included")
          boolean enable,
      @Option(names = "--disable", description = "send nothing to it, and keep nothing for it")
          boolean disable)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    if (url != null) {
      body.put("url", url).put("inside", inside);
    }
    put(body, allTypes ? List.of() : types);
    if (enable || disable) {
      body.put("enabled", enable);
    }
    if (body.isEmpty() || (enable && disable) || (allTypes && types != null)) {
      screen.note("Say what to change: --url, --type or --all-types, and --enable or --disable.");
      return ExitCode.WRONG_USAGE;
    }
    return screen.show(
        connection.open(environment).patch(path(id), body), connection.json, WebhooksCommand::one);
  }

  @Command(
      name = "remove",
      description = "Forget a webhook, and all that was sent to it.",
      footer = {"", "Example: rockpool webhooks remove k7m2xq9rtw4e"})
  int remove(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(path(id)),
        connection.json,
        _ -> "Removed %s.".formatted(id));
  }

  @Command(
      name = "rotate",
      description = {
        "Give a webhook a new secret, and print it: this once.",
        "Messages are signed by the old one, too, so that your program can change at its leisure."
      },
      footer = {"", "Example: rockpool webhooks rotate k7m2xq9rtw4e --overlap 2h > secret"})
  int rotate(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id,
      @Option(
              names = "--overlap",
              paramLabel = "TIME",
              description = "so long the old one signs, too: 0s to 168h; default: 24h",
              converter = TimeSpan.class)
          @Nullable Duration overlap)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    if (overlap != null) {
      body.put("overlapSeconds", overlap.toSeconds());
    }
    var answer = connection.open(environment).post(path(id) + "/rotate", body);
    var code = screen.show(answer, connection.json, made -> InstanceWords.text(made, "secret"));
    if (!connection.json && answer instanceof Answer.Done(var made, _)) {
      var until = InstanceWords.text(made, "previousUntil");
      screen.note(
          until.isEmpty()
              ? "The secret before signs no more."
              : "The secret before signs, too, until %s.".formatted(until));
    }
    return code;
  }

  @Command(
      name = "test",
      description = "Send a message of type rockpool.test, once, and say what came of it.",
      footer = {"", "Example: rockpool webhooks test k7m2xq9rtw4e"})
  int test(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id)
      throws InterruptedException {
    var answer = connection.open(environment).post(path(id) + "/test", Api.JSON.createObjectNode());
    var code =
        screen.show(
            answer,
            connection.json,
            trial ->
                "%s (%s, %s ms)"
                    .formatted(
                        InstanceWords.text(trial, "message"),
                        InstanceWords.text(trial, "status"),
                        InstanceWords.text(trial, "milliseconds")));
    return code == ExitCode.DONE
            && answer instanceof Answer.Done(var trial, _)
            && !trial.path("delivered").asBoolean(false)
        ? ExitCode.FAILED
        : code;
  }

  @Command(
      name = "attempts",
      description = "List what was sent to a webhook within two weeks, newest first.",
      footer = {"", "Example: rockpool webhooks attempts k7m2xq9rtw4e --state failed"})
  int attempts(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Typed.Name.class) String id,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              description = "only these: waiting, sending, delivered or failed")
          @Nullable String state,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "so many at most, 1 to 200; default: 50",
              converter = Typed.Count.class)
          long limit)
      throws InterruptedException {
    var query = "/attempts?limit=" + limit + (state == null ? "" : "&state=" + Api.segment(state));
    return screen.show(
        connection.open(environment).get(path(id) + query),
        connection.json,
        WebhooksCommand::attempts);
  }

  @Command(
      name = "replay",
      description = "Send a message again, under the id that it had.",
      footer = {"", "Example: rockpool webhooks replay k7m2xq9rtw4e msg_2Lh9kRbPUqvxT0sWcE3yNdQa"})
  int replay(
      @Mixin ConnectionOptions connection,
      @Parameters(index = "0", paramLabel = "ID", description = ID, converter = Typed.Name.class)
          String id,
      @Parameters(
              index = "1",
              paramLabel = "MESSAGE",
              description = "as shown by `rockpool webhooks attempts ID`",
              converter = Typed.Name.class)
          String message)
      throws InterruptedException {
    return screen.show(
        connection
            .open(environment)
            .post(
                path(id) + "/attempts/" + Api.segment(message) + "/replay",
                Api.JSON.createObjectNode()),
        connection.json,
        _ -> "%s is sent again.".formatted(message));
  }

  private static void put(ObjectNode body, @Nullable List<String> types) {
    if (types != null) {
      var list = body.putArray("types");
      types.forEach(list::add);
    }
  }

  private static String path(String id) {
    return ALL + "/" + Api.segment(id);
  }

  private static String words(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "URL", "TYPES", "STATE"));
    for (var webhook : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(webhook, "id"),
              InstanceWords.text(webhook, "url"),
              types(webhook),
              state(webhook)));
    }
    return rows.size() == 1
        ? "There is no webhook. Add one: rockpool webhooks add URL"
        : Screen.table(rows);
  }

  private static String types(JsonNode webhook) {
    var types = new ArrayList<String>();
    webhook.path("types").forEach(it -> types.add(it.asString("")));
    return types.isEmpty() ? "all" : String.join(" ", types);
  }

  private static String state(JsonNode webhook) {
    if (!webhook.path("enabled").asBoolean(false)) {
      var trouble = InstanceWords.text(webhook, "trouble");
      return trouble.isEmpty() ? "disabled" : "disabled: " + trouble;
    }
    return webhook.path("failingSince").isString()
        ? "failing since " + InstanceWords.text(webhook, "failingSince")
        : "enabled";
  }

  private static String one(JsonNode webhook) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("id", InstanceWords.text(webhook, "id")));
    rows.add(List.of("url", InstanceWords.text(webhook, "url")));
    rows.add(List.of("types", types(webhook)));
    rows.add(List.of("state", state(webhook)));
    if (webhook.path("inside").asBoolean(false)) {
      rows.add(List.of("inside", "yes"));
    }
    for (var field : List.of("pausedUntil", "previousUntil", "createdAt")) {
      var text = InstanceWords.text(webhook, field);
      if (!text.isEmpty()) {
        rows.add(List.of(field, text));
      }
    }
    return Screen.table(rows);
  }

  private static String attempts(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("HAPPENED", "TYPE", "STATE", "ATTEMPTS", "STATUS", "NEXT", "MESSAGE"));
    for (var attempt : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(attempt, "createdAt"),
              InstanceWords.text(attempt, "type"),
              InstanceWords.text(attempt, "state"),
              InstanceWords.text(attempt, "attempts"),
              InstanceWords.text(attempt, "status"),
              InstanceWords.text(attempt, "nextAt"),
              InstanceWords.text(attempt, "id")));
    }
    if (rows.size() == 1) {
      return "Nothing was sent to it within two weeks.";
    }
    var table = Screen.table(rows, 3);
    return answer.path("next").isString()
        ? table + "\nThere are more: say --limit 200, or ask the API."
        : table;
  }
}
