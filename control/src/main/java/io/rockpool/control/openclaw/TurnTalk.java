package io.rockpool.control.openclaw;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks for one turn over one socket, and follows it to its end. Looks at the history first, each
 * time: whoever asks may have asked before, and the gateway may have been killed meanwhile.
 */
final class TurnTalk {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Set<String> ENDS = Set.of("final", "error", "aborted");
  private static final int ROWS = 100;
  private static final int LONGEST_TEXT = 500_000;
  private static final int LONGEST_HISTORY = 3 << 20;

  /** While its events come there is no need to look. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(20);

  /** A turn that waits, or is taken up again, tells nothing by its own key. */
  private static final Duration LOOK_SOON = Duration.ofSeconds(2);

  /** After it was broken off, why comes at once or not at all. */
  private static final Duration WHY = Duration.ofSeconds(1);

  /** A turn that failed is in the history by then, or will not be. */
  private static final Duration SETTLED = Duration.ofSeconds(5);

  private static final Duration A_MOMENT = Duration.ofMillis(100);
  private static final Duration SOON = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final GatewaySocket socket;
  private final Message message;
  private final String key;
  private final Consumer<String> onText;
  private final long deadlineNanos;
  private String text = "";
  private boolean wasAsked;
  private boolean wasStopped;
  private Optional<Superseded> superseded = Optional.empty();

  /** It has failed by words that leave open whether it had begun; the history tells. */
  private record Superseded(String words, long untilNanos) {}

  TurnTalk(
      GatewaySocket socket,
      Message message,
      String key,
      Consumer<String> onText,
      long deadlineNanos) {
    this.socket = socket;
    this.message = message;
    this.key = key;
    this.onText = onText;
    this.deadlineNanos = deadlineNanos;
  }

  Turn toItsEnd() throws InterruptedException {
    socket.listenTo(message.sessionKey());
    while (true) {
      var end = look();
      if (end.isPresent()) {
        return end.get();
      }
      if (System.nanoTime() - deadlineNanos >= 0) {
        return new Turn.Broken("The answer takes too long: look at the conversation.");
      }
      if (!socket.isOpen()) {
        return broken();
      }
    }
  }

  private static Turn broken() {
    return new Turn.Broken("The instance stopped while it answered.");
  }

  /** One look at the history, and what follows from it. */
  private Optional<Turn> look() throws InterruptedException {
    var history =
        JSON.createObjectNode()
            .put("sessionKey", message.sessionKey())
            .put("limit", ROWS)
            .put("maxChars", LONGEST_TEXT)
            .put("maxBytes", LONGEST_HISTORY);
    var answer = socket.answer("chat.history", history, deadlineNanos);
    if (answer.isEmpty()) {
      return Optional.of(broken());
    }
    if (!answer.get().path("ok").asBoolean(false)) {
      return Optional.of(refused(answer.get().path("error")));
    }
    var seen = Transcript.of(answer.get().path("payload"), key);
    if (seen instanceof Transcript.Failed(var words)) {
      noteSuperseded(words);
    }
    if (superseded.isPresent()
        && !(seen instanceof Transcript.Unbegun || seen instanceof Transcript.Ended)) {
      return System.nanoTime() - superseded.get().untilNanos() < 0
          ? listen(Set.of(), A_MOMENT)
          : Optional.of(new Turn.Failed(superseded.get().words()));
    }
    return switch (seen) {
      case Transcript.Ended(var said) -> Optional.of(new Turn.Answered(said));
      case Transcript.Failed(var words) -> Optional.of(new Turn.Failed(words));
      case Transcript.Unbegun(var words) -> Optional.of(new Turn.Unbegun(words));
      case Transcript.Unseen _ -> ask();
      case Transcript.Underway(var soFar, var runs, var own) -> {
        wasAsked = true;
        heard(soFar);
        yield listen(runs, own ? LOOK_AGAIN : LOOK_SOON);
      }
    };
  }

  /** From now on the history is looked at until it tells, or does not. */
  private void noteSuperseded(String words) {
    if (superseded.isEmpty() && Transcript.isSuperseded(words)) {
      superseded = Optional.of(new Superseded(words, System.nanoTime() + SETTLED.toNanos()));
    }
  }

  private Optional<Turn> ask() throws InterruptedException {
    if (wasAsked) {
      // A moment ago it was there: it was stopped early, or its conversation was begun anew.
      return Optional.of(
          wasStopped ? new Turn.Failed(Transcript.STOPPED) : new Turn.Answered(text));
    }
    var request =
        JSON.createObjectNode()
            .put("sessionKey", message.sessionKey())
            .put("message", message.text())
            .put("idempotencyKey", key)
            // Else it is put into a turn that is under way, and gets no answer of its own.
            .put("queueMode", "followup");
    var sent = socket.answer("chat.send", request, deadlineNanos);
    if (sent.isEmpty()) {
      return Optional.of(broken());
    }
    var payload = sent.get().path("payload");
    var status = payload.path("status").asString("");
    if (!sent.get().path("ok").asBoolean(false)) {
      return Optional.of(
          status.equals("error")
              ? new Turn.Failed(orNoAnswer(sent.get().at("/error/message").asString("")))
              : refused(sent.get().path("error")));
    }
    wasAsked = true;
    return status.equals("started") || status.equals("in_flight")
        ? listen(Set.of(key), LOOK_AGAIN)
        : Optional.empty();
  }

  private static Turn refused(JsonNode error) {
    var words = Advice.shown(error.path("message").asString(""));
    boolean passes =
        error.path("retryable").asBoolean(false)
            || error.path("code").asString("").equals("UNAVAILABLE");
    if (!passes) {
      return new Turn.Refused("The gateway refused the message: " + words);
    }
    var after = Duration.ofMillis(error.path("retryAfterMs").asLong(SOON.toMillis()));
    return new Turn.Busy(
        after.isNegative() || after.compareTo(LONGEST_PAUSE) > 0 ? SOON : after,
        "The instance is not ready: " + words);
  }

  /**
   * Follows events of these runs.
   *
   * @param patience without an event the history is looked at again
   * @return empty when it is to be looked at
   */
  private Optional<Turn> listen(Set<String> runs, Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      var event = socket.heard(until - deadlineNanos < 0 ? until : deadlineNanos);
      if (event.isEmpty()) {
        return Optional.empty();
      }
      var state = event.get().path("state").asString("");
      if (!runs.contains(event.get().path("runId").asString(""))) {
        if (runs.contains(key) || !ENDS.contains(state)) {
          continue;
        }
        return Optional.empty(); // whose end it was, the history tells
      }
      switch (state) {
        case "delta" -> {
          heard(piece(event.get()));
          until = System.nanoTime() + patience.toNanos();
        }
        case "final" -> {
          var said = Transcript.text(event.get().path("message"));
          // A turn that only waits its time ends at once, and begins under another id.
          return said.isBlank() ? Optional.empty() : Optional.of(new Turn.Answered(said));
        }
        case "error" -> {
          var words = orNoAnswer(event.get().path("errorMessage").asString(""));
          noteSuperseded(words);
          return superseded.isPresent() ? Optional.empty() : Optional.of(new Turn.Failed(words));
        }
        case "aborted" -> {
          var said = Transcript.text(event.get().path("message"));
          if (!said.isBlank()) {
            return Optional.of(new Turn.Answered(said));
          }
          wasStopped = true;
          until = System.nanoTime() + WHY.toNanos();
        }
        default -> {}
      }
    }
  }

  private static String orNoAnswer(String words) {
    var shown = Transcript.forPeople(words);
    return shown.isBlank() ? Transcript.NO_ANSWER : shown;
  }

  /** What is written after this piece. */
  private String piece(JsonNode event) {
    var whole = Transcript.text(event.path("message"));
    if (!whole.isEmpty()) {
      return whole;
    }
    var more = event.path("deltaText").asString("");
    return event.path("replace").asBoolean(false) ? more : text + more;
  }

  private void heard(String soFar) {
    if (!soFar.isEmpty() && !soFar.equals(text)) {
      text = soFar;
      onText.accept(soFar);
    }
  }
}
