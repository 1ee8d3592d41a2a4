package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rockpool chat}: a conversation with an instance, word by word. */
@Command(
    name = "chat",
    description = "Talk to an instance. A sleeping one wakes.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:wrong usage",
      "3:not found",
      "4:not allowed",
      "5:not ready in time",
      "130:interrupted"
    },
    footer = {
      "",
      "Without --message, every line of standard input is a message; an empty one is not.",
      "Example: rockpool chat ada -m \"What is on today?\""
    })
final class ChatCommand implements Callable<Integer> {
  private final Environment environment;
  private final Screen screen;

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "ID", description = InstancesCommand.ID, converter = Id.class)
  InstanceId id = new InstanceId("unset");

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "say this, print the reply and end")
  @Nullable String message;

  @Option(
      names = {"-c", "--conversation"},
      paramLabel = "CONVERSATION",
      description = "a conversation with its own history; default: main")
  @Nullable String conversation;

  ChatCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    var api = connection.open(environment);
    if (message != null) {
      return say(api, message);
    }
    if (environment.interactive()) {
      screen.note("An empty line or Ctrl-D ends the conversation.");
    }
    var code = ExitCode.DONE;
    for (var line = nextLine(); line != null; line = nextLine()) {
      if (line.isBlank()) {
        if (environment.interactive()) {
          break;
        }
        continue;
      }
      code = say(api, line);
      if (code == ExitCode.NOT_FOUND || code == ExitCode.NOT_ALLOWED) {
        break; // the next line would fare no better
      }
    }
    return code;
  }

  private @Nullable String nextLine() throws IOException {
    if (environment.interactive()) {
      screen.piece("you> ");
    }
    return environment.in().readLine();
  }

  private int say(Api api, String text) throws InterruptedException {
    var body = body(text);
    var path = InstancesCommand.path(id) + "/messages";
    if (connection.json) {
      var answer = api.ask(path, body);
      if (answer instanceof Answer.Done(var reply, _)) {
        remember(reply);
      }
      return screen.show(answer, true, _ -> "");
    }
    return switch (api.askForStream(path, body)) {
      case Api.Opened.Whole(var answer) -> {
        if (answer instanceof Answer.Done(var reply, _)) {
          remember(reply);
        }
        yield screen.show(answer, false, reply -> InstanceWords.text(reply, "reply"));
      }
      case Api.Opened.Stream(var events) -> show(events);
    };
  }

  private ObjectNode body(String text) {
    var body = Api.JSON.createObjectNode();
    body.put("text", text);
    if (conversation != null) {
      body.put("conversation", conversation);
    }
    return body;
  }

  private void remember(JsonNode reply) {
    var name = InstanceWords.text(reply, "conversation");
    if (!name.isEmpty()) {
      conversation = name;
    }
  }

  /** Shows an answer as it comes. It is complete with {@code reply}, and with nothing else. */
  private int show(EventStream events) {
    var begun = false;
    try (events) {
      for (var event = events.next(); event.isPresent(); event = events.next()) {
        var data = Api.JSON.readTree(event.get().data());
        switch (event.get().name()) {
          case "delta" -> {
            screen.piece(InstanceWords.text(data, "text"));
            begun = true;
          }
          case "reply" -> {
            remember(data);
            screen.line(begun ? "" : InstanceWords.text(data, "reply"));
            return ExitCode.DONE;
          }
          case "problem" -> {
            endLine(begun);
            return screen.show(Problem.of(500, data));
          }
          default -> {} // a later server may tell more
        }
      }
    } catch (IOException | JacksonException broken) {
      // said below
    }
    endLine(begun);
    screen.note(
        "The connection ended before the answer did. The instance may still be at work; ask again"
            + " later.");
    return ExitCode.FAILED;
  }

  private void endLine(boolean begun) {
    if (begun) {
      screen.line("");
    }
  }
}
