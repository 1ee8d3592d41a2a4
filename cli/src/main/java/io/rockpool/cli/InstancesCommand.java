package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code rockpool instances …}: one method per verb. */
@Command(
    name = "instances",
    description = "Create, list and control instances.",
    footer = {"", "Example: rockpool instances create --name Ada"})
final class InstancesCommand {
  @Mixin GroupHelp help = new GroupHelp();

  static final String ID = "as shown by `rockpool instances list`";

  private final Environment environment;
  private final Screen screen;

  InstancesCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List instances.",
      footer = {"", "Example: rockpool instances list --json | jq -r '.items[].id'"})
  int list(
      @Mixin ConnectionOptions connection,
      @Option(names = "--limit", paramLabel = "N", description = "at most this many; default: 100")
          @Nullable Integer limit,
      @Option(
              names = "--cursor",
              paramLabel = "CURSOR",
              description = "go on where an earlier list ended")
          @Nullable String cursor)
      throws InterruptedException {
    var answer = connection.open(environment).get("/api/v1/instances" + page(limit, 100, cursor));
    return showPage(answer, connection, InstanceWords::list);
  }

  @Command(
      name = "create",
      description = "Create an instance, and wait until it answers. Prints its id.",
      footer = {"", "Example: rockpool instances create --name Ada --agents main,research"})
  int create(
      @Mixin ConnectionOptions connection,
      @Option(names = "--name", paramLabel = "NAME", description = "what people call it")
          @Nullable String name,
      @Option(
              names = "--account",
              paramLabel = "ACCOUNT",
              description = "whose it is, for operators; default: your own")
          @Nullable String account,
      @Option(names = "--plan", paramLabel = "NAME", description = "its limits, by name")
          @Nullable String plan,
      @Option(names = "--agents", split = ",", paramLabel = "ID", description = "its agents")
          @Nullable List<String> agents,
      @Option(names = "--runtime", paramLabel = "NAME", description = "where it runs, e.g. process")
          @Nullable String runtime,
      @Option(
              names = "--config",
              paramLabel = "FILE",
              description = "OpenClaw settings of its own, as JSON; - reads standard input")
          @Nullable Path config,
      @Option(
              names = "--no-wait",
              negatable = true,
              defaultValue = "true",
              fallbackValue = "false",
              description = "whether to wait until it answers; default: --wait")
          boolean wait,
      @Option(
              names = "--timeout",
              paramLabel = "TIME",
              defaultValue = "10m",
              converter = TimeSpan.class,
              description = "wait this long at most, e.g. 90s or 10m; default: 10m")
          Duration timeout)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    if (name != null) {
      body.put("name", name);
    }
    if (account != null) {
      body.put("accountId", account);
    }
    if (plan != null) {
      body.put("plan", plan);
    }
    if (runtime != null) {
      body.put("runtime", runtime);
    }
    if (agents != null) {
      agents.forEach(body.putArray("agents")::add);
    }
    if (config != null) {
      body.set("config", settings(environment, connection, config));
    }

    var api = connection.open(environment);
    var answer = api.post("/api/v1/instances", body);
    if (!(answer instanceof Answer.Done(var created, _))) {
      return screen.show(answer, connection.json, _ -> "");
    }
    var id = InstanceWords.text(created, "id");
    if (!wait) {
      return screen.show(answer, connection.json, _ -> id);
    }
    if (!connection.json) {
      screen.line(id); // at once: who interrupts the waiting has the id
    }
    return switch (new Readiness(api, screen).await(id, timeout)) {
      case Readiness.Result.Ready(var instance) -> {
        if (connection.json) {
          screen.show(instance, true, _ -> "");
        } else {
          screen.note("%s answers.".formatted(id));
        }
        yield ExitCode.DONE;
      }
      case Readiness.Result.Ended(var instance, var advice) -> {
        if (connection.json) {
          screen.show(instance, true, _ -> "");
        }
        screen.note(advice);
        yield ExitCode.FAILED;
      }
      case Readiness.Result.Late(var status) -> {
        screen.note(
            "%s is still %s after %d s, and goes on. See: rockpool instances events -f %s"
                .formatted(id, status, timeout.toSeconds(), id));
        yield ExitCode.NOT_READY_IN_TIME;
      }
      case Readiness.Result.Unknown(var lost) -> screen.show(lost, connection.json, _ -> "");
    };
  }

  @Command(
      name = "get",
      description = "Show one instance.",
      footer = {"", "Example: rockpool instances get ada --json"})
  int get(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(path(id)), connection.json, InstanceWords::one);
  }

  @Command(
      name = "delete",
      description = "Delete an instance and its state, for good.",
      footer = {"", "Example: rockpool instances delete ada --yes"})
  int delete(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id,
      @Option(names = "--yes", description = "do not ask") boolean yes)
      throws InterruptedException, IOException {
    if (!yes && !environment.interactive()) {
      throw connection.wrongUsage(
          "Deleting %s deletes its state for good. Add --yes.".formatted(id));
    }
    if (!yes) {
      screen.piece("Delete %s and all of its state, for good? [y/N] ".formatted(id));
      var reply = environment.in().readLine();
      if (reply == null || !reply.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
        screen.note("Nothing was deleted.");
        return ExitCode.FAILED;
      }
    }
    return screen.show(
        connection.open(environment).delete(path(id)),
        connection.json,
        _ -> "Deleting %s.".formatted(id));
  }

  @Command(
      name = "start",
      description = "Start a stopped instance.",
      footer = {"", "Example: rockpool instances start ada"})
  int start(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id)
      throws InterruptedException {
    return change(connection, id, "start", "Starting %s.");
  }

  @Command(
      name = "stop",
      description = "Stop an instance. Its state is kept.",
      footer = {"", "Example: rockpool instances stop ada"})
  int stop(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id)
      throws InterruptedException {
    return change(connection, id, "stop", "Stopping %s. Its state is kept.");
  }

  @Command(
      name = "restart",
      description = "Stop an instance and start it again.",
      footer = {"", "Example: rockpool instances restart ada"})
  int restart(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id)
      throws InterruptedException {
    return change(connection, id, "restart", "Restarting %s.");
  }

  @Command(
      name = "sleep",
      description = "Put an instance to sleep until somebody needs it.",
      footer = {"", "Example: rockpool instances sleep ada --level stopped"})
  int sleep(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id,
      @Option(
              names = "--level",
              paramLabel = "LEVEL",
              defaultValue = "dozing",
              description =
                  "dozing (frozen, back in about a second) or stopped (without a process); default: dozing")
          String level)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode().put("level", level);
    return screen.show(
        connection.open(environment).post(path(id) + "/sleep", body),
        connection.json,
        _ -> "%s goes to sleep. The next message wakes it.".formatted(id));
  }

  @Command(
      name = "wake",
      description = "Wake an instance that sleeps.",
      footer = {"", "Example: rockpool instances wake ada"})
  int wake(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id)
      throws InterruptedException {
    return change(connection, id, "wake", "Waking %s.");
  }

  @Command(
      name = "logs",
      description = "Show what an instance wrote.",
      footer = {"", "Example: rockpool instances logs ada -f"})
  int logs(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id,
      @Option(
              names = {"-f", "--follow"},
              description = "go on with new lines until interrupted")
          boolean follow,
      @Option(names = "--limit", paramLabel = "N", description = "at most this many; default: 200")
          @Nullable Integer limit,
      @Option(
              names = "--cursor",
              paramLabel = "CURSOR",
              description = "go on where an earlier page ended; default: the newest lines")
          @Nullable String cursor)
      throws InterruptedException {
    var api = connection.open(environment);
    if (follow) {
      return new Follower(api, screen)
          .follow(
              path(id) + "/logs",
              connection.json,
              line -> InstanceWords.text(line, "line"),
              InstanceWords::logs);
    }
    // There is always a next page: what will be written.
    return screen.show(
        api.get(path(id) + "/logs" + page(limit, 200, cursor)),
        connection.json,
        InstanceWords::logs);
  }

  @Command(
      name = "events",
      description = "Show what Rockpool did with an instance.",
      footer = {"", "Example: rockpool instances events ada -f"})
  int events(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = ID, converter = Id.class) InstanceId id,
      @Option(
              names = {"-f", "--follow"},
              description = "go on with new events until interrupted")
          boolean follow,
      @Option(names = "--limit", paramLabel = "N", description = "at most this many; default: 200")
          @Nullable Integer limit,
      @Option(
              names = "--cursor",
              paramLabel = "CURSOR",
              description = "go on where an earlier page ended")
          @Nullable String cursor)
      throws InterruptedException {
    var api = connection.open(environment);
    if (follow) {
      return new Follower(api, screen)
          .follow(
              path(id) + "/events", connection.json, InstanceWords::event, InstanceWords::events);
    }
    return showPage(
        api.get(path(id) + "/events" + page(limit, 200, cursor)),
        connection,
        InstanceWords::events);
  }

  static String path(InstanceId id) {
    return "/api/v1/instances/" + id; // its shape needs no escapes
  }

  /** The object in a JSON file; {@code -} stands for standard input. */
  static JsonNode settings(Environment environment, ConnectionOptions connection, Path file) {
    try {
      var text =
          file.toString().equals("-")
              ? String.join("\n", environment.in().readAllLines())
              : Files.readString(file);
      var json = Api.JSON.readTree(text);
      if (!json.isObject()) {
        throw connection.wrongUsage("%s holds no JSON object".formatted(file));
      }
      return json;
    } catch (IOException e) {
      throw connection.wrongUsage("%s cannot be read: is it there?".formatted(file));
    } catch (JacksonException e) {
      throw connection.wrongUsage("%s is no JSON: %s".formatted(file, e.getOriginalMessage()));
    }
  }

  private int change(ConnectionOptions connection, InstanceId id, String verb, String words)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).post(path(id) + "/" + verb, Api.JSON.createObjectNode()),
        connection.json,
        _ -> words.formatted(id));
  }

  private int showPage(
      Answer answer, ConnectionOptions connection, Function<JsonNode, String> words) {
    var code = screen.show(answer, connection.json, words);
    if (!connection.json && answer instanceof Answer.Done(var page, _)) {
      var next = InstanceWords.text(page, "next");
      if (!next.isEmpty()) {
        screen.note("There is more: --cursor " + next);
      }
    }
    return code;
  }

  private static String page(@Nullable Integer limit, int otherwise, @Nullable String cursor) {
    return "?limit="
        + (limit == null ? otherwise : limit)
        + (cursor == null ? "" : "&cursor=" + URLEncoder.encode(cursor, UTF_8));
  }
}
