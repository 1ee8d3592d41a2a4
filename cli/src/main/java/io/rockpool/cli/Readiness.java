package io.rockpool.cli;

import java.io.IOException;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Waits until an instance answers, and shows on the way what happens. */
final class Readiness {
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** How the waiting ended. */
  sealed interface Result {
    /** It answers; {@code instance} is the API's last word on it. */
    record Ready(Answer instance) implements Result {}

    /** It will not answer unless somebody does something. */
    record Ended(Answer instance, String advice) implements Result {}

    /** The time is over, and it is still on its way. */
    record Late(String status) implements Result {}

    /** Rockpool can no longer be asked. */
    record Unknown(Answer answer) implements Result {}
  }

  /** What a status means to one who waits. */
  enum Verdict {
    READY,
    ENDED,
    ON_ITS_WAY
  }

  private final Api api;
  private final Screen screen;

  Readiness(Api api, Screen screen) {
    this.api = api;
    this.screen = screen;
  }

  static Verdict judge(String status) {
    return switch (status) {
      case "running", "dozing" -> Verdict.READY;
      case "failed", "stopped", "archived", "deleting" -> Verdict.ENDED;
      default -> Verdict.ON_ITS_WAY; // provisioning, and what a later server may add
    };
  }

  Result await(String id, Duration timeout) throws InterruptedException {
    var path = "/api/v1/instances/" + id;
    var progress = Thread.ofVirtual().name("events").start(() -> showEvents(path + "/events"));
    try {
      var deadline = System.nanoTime() + timeout.toNanos();
      while (true) {
        var answer = api.get(path);
        if (!(answer instanceof Answer.Done(var instance, _))) {
          return new Result.Unknown(answer);
        }
        var status = InstanceWords.text(instance, "status");
        switch (judge(status)) {
          case READY -> {
            return new Result.Ready(answer);
          }
          case ENDED -> {
            return new Result.Ended(answer, advice(id, status, instance));
          }
          case ON_ITS_WAY -> {
            if (System.nanoTime() - deadline >= 0) {
              return new Result.Late(status);
            }
            Thread.sleep(PAUSE);
          }
        }
      }
    } finally {
      progress.interrupt();
      progress.join();
    }
  }

  private static String advice(String id, String status, JsonNode instance) {
    return status.equals("failed")
        ? InstanceWords.failure(instance)
        : "%s is %s: somebody else changed it meanwhile.".formatted(id, status);
  }

  // Without events the waiting works as well, so what goes wrong here is not told.
  private void showEvents(String path) {
    try {
      if (api.follow(path, "") instanceof Api.Opened.Stream(var events)) {
        try (events) {
          for (var event = events.next(); event.isPresent(); event = events.next()) {
            screen.note(InstanceWords.step(Api.JSON.readTree(event.get().data())));
          }
        }
      }
    } catch (IOException | JacksonException quiet) {
      // the connection ended
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}
