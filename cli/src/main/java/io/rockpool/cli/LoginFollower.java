package io.rockpool.cli;

import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Follows a login: shows each code, until one is scanned. */
final class LoginFollower {
  private final Screen screen;
  private String shown = "";

  LoginFollower(Screen screen) {
    this.screen = screen;
  }

  /**
   * Goes through it.
   *
   * @param channel its path
   * @param again how to go on after it was left, or ended
   */
  int follow(Api api, String channel, String again) throws InterruptedException {
    return switch (api.askForStream(channel + "/login", Api.JSON.createObjectNode())) {
      case Api.Opened.Whole(var answer) ->
          screen.show(answer, false, it -> InstanceWords.text(it, "message"));
      case Api.Opened.Stream(var events) -> show(events, again);
    };
  }

  private int show(EventStream events, String again) {
    try (events) {
      for (var event = events.next(); event.isPresent(); event = events.next()) {
        var data = Api.JSON.readTree(event.get().data());
        switch (event.get().name()) {
          case "waking" -> screen.note(InstanceWords.text(data, "message"));
          case "waiting" -> code(data, again);
          case "connected" -> {
            screen.line(InstanceWords.text(data, "message"));
            return ExitCode.DONE;
          }
          case "expired", "failed" -> {
            screen.note(InstanceWords.text(data, "message"));
            screen.note("Once more: " + again);
            return ExitCode.FAILED;
          }
          case "problem" -> {
            return screen.show(Problem.of(500, data));
          }
          default -> {} // a later server may tell more
        }
      }
    } catch (IOException | JacksonException broken) {
      // said below
    }
    screen.note("The connection ended before the login did. Go on: " + again);
    return ExitCode.FAILED;
  }

  /** Shows another code, and not the same one again. */
  private void code(JsonNode data, String again) {
    var code = InstanceWords.text(data, "code");
    if (code.equals(shown)) {
      return;
    }
    if (shown.isEmpty()) {
      screen.note(InstanceWords.text(data, "message"));
      screen.note("Each code replaces the one before. Ctrl-C leaves; to go on: " + again);
    }
    shown = code;
    screen.line(
        QrCode.read(code)
            .map(QrCode::text)
            .orElse("This code cannot be drawn here. Open it in a browser: " + code));
  }
}
