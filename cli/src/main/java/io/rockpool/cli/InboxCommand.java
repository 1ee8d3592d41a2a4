package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.runtime.InstanceId;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool inbox …}: messages of chat apps on their way to an instance. */
@Command(
    name = "inbox",
    description = {
      "Show the messages of chat apps on their way to an instance, and deliver what was given up.",
      "What they say is not shown: it is kept encrypted, and only until it is delivered."
    },
    footer = {"", "Example: rockpool inbox list hello --state dead"})
final class InboxCommand {
  private static final String KEY = "as shown by `rockpool inbox list`";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  InboxCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List messages, newest first.",
      footer = {"", "Example: rockpool inbox list hello --state dead"})
  int list(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "INSTANCE", description = InstancesCommand.ID, converter = Id.class)
          InstanceId instance,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              converter = Typed.DeliveryState.class,
              description = "only those that are received, delivering, delivered, rejected or dead")
          @Nullable String state,
      @Option(names = "--limit", paramLabel = "N", description = "at most this many; default: 100")
          @Nullable Integer limit,
      @Option(
              names = "--cursor",
              paramLabel = "CURSOR",
              description = "go on where an earlier list ended")
          @Nullable String cursor)
      throws InterruptedException {
    var answer =
        connection
            .open(environment)
            .get(
                path(instance)
                    + "?limit="
                    + (limit == null ? 100 : limit)
                    + (state == null ? "" : "&state=" + state)
                    + (cursor == null ? "" : "&cursor=" + URLEncoder.encode(cursor, UTF_8)));
    var code = screen.show(answer, connection.json, InboxCommand::words);
    if (!connection.json
        && answer instanceof Answer.Done(var page, _)
        && page.path("next").isString()) {
      screen.note("There is more: --cursor " + InstanceWords.text(page, "next"));
    }
    return code;
  }

  @Command(
      name = "show",
      description = "Show how far a message is, and why it is no further.",
      footer = {"", "Example: rockpool inbox show hello 2c26b46b68ffc68f"})
  int show(
      @Mixin ConnectionOptions connection,
      @Parameters(
              index = "0",
              paramLabel = "INSTANCE",
              description = InstancesCommand.ID,
              converter = Id.class)
          InstanceId instance,
      @Parameters(index = "1", paramLabel = "ID", description = KEY, converter = Typed.Name.class)
          String id)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(path(instance) + "/" + Api.segment(id)),
        connection.json,
        InboxCommand::story);
  }

  @Command(
      name = "replay",
      description = {
        "Deliver a message after all that was given up.",
        "Where it may have been delivered before, its receiver may see it twice."
      },
      footer = {"", "Example: rockpool inbox replay hello 2c26b46b68ffc68f"})
  int replay(
      @Mixin ConnectionOptions connection,
      @Parameters(
              index = "0",
              paramLabel = "INSTANCE",
              description = InstancesCommand.ID,
              converter = Id.class)
          InstanceId instance,
      @Parameters(index = "1", paramLabel = "ID", description = KEY, converter = Typed.Name.class)
          String id)
      throws InterruptedException {
    return screen.show(
        connection
            .open(environment)
            .post(path(instance) + "/" + Api.segment(id) + "/replay", Api.JSON.createObjectNode()),
        connection.json,
        _ -> "It is delivered now: rockpool inbox show %s %s".formatted(instance, id));
  }

  private static String path(InstanceId instance) {
    return InstancesCommand.path(instance) + "/deliveries";
  }

  private static String words(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "RECEIVED", "PLATFORM", "STATE", "ATTEMPTS", "LAST ERROR"));
    for (var item : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(item, "id"),
              InstanceWords.text(item, "receivedAt"),
              InstanceWords.text(item, "platform"),
              InstanceWords.text(item, "state"),
              Integer.toString(item.path("attempts").asInt(0)),
              InstanceWords.text(item, "lastError")));
    }
    return rows.size() == 1 ? "No messages." : Screen.table(rows, 4);
  }

  private static String story(JsonNode item) {
    var rows = new ArrayList<List<String>>();
    row(rows, "id", item, "id");
    row(rows, "connection", item, "connection");
    row(rows, "platform", item, "platform");
    row(rows, "state", item, "state");
    rows.add(List.of("attempts", Integer.toString(item.path("attempts").asInt(0))));
    row(rows, "received", item, "receivedAt");
    row(rows, "last tried", item, "triedAt");
    row(rows, "next try", item, "nextAt");
    row(rows, "given up at", item, "expiresAt");
    row(rows, "settled", item, "settledAt");
    row(rows, "last error", item, "lastError");
    return Screen.table(rows);
  }

  private static void row(List<List<String>> rows, String title, JsonNode item, String name) {
    var text = InstanceWords.text(item, name);
    if (!text.isEmpty()) {
      rows.add(List.of(title, text));
    }
  }
}
