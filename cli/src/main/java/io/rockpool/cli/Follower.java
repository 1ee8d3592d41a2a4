package io.rockpool.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Shows a stream of the API as it grows, and takes it up again when the connection ends. */
final class Follower {
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Api api;
  private final Screen screen;

  Follower(Api api, Screen screen) {
    this.api = api;
    this.screen = screen;
  }

  /**
   * Returns when the server says no, or is gone.
   *
   * @param each how one event is shown
   * @param all how a server that does not stream is shown: one page, and that is all
   */
  int follow(
      String path, boolean json, Function<JsonNode, String> each, Function<JsonNode, String> all)
      throws InterruptedException {
    var lastId = "";
    while (true) {
      switch (api.follow(path, lastId)) {
        case Api.Opened.Whole(var answer) -> {
          return screen.show(answer, json, all);
        }
        case Api.Opened.Stream(var events) -> lastId = show(events, lastId, json, each);
      }
      Thread.sleep(PAUSE);
    }
  }

  /** Shows the stream to its end. Returns the id of its last event. */
  private String show(
      EventStream events, String lastId, boolean json, Function<JsonNode, String> each) {
    var last = lastId;
    try (events) {
      for (var event = events.next(); event.isPresent(); event = events.next()) {
        var data = event.get().data();
        screen.line(json ? data : each.apply(Api.JSON.readTree(data)));
        if (!event.get().id().isEmpty()) {
          last = event.get().id();
        }
      }
    } catch (IOException | JacksonException broken) {
      // taken up again behind the last event that was shown
    }
    return last;
  }
}
