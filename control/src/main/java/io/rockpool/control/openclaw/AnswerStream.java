package io.rockpool.control.openclaw;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the server-sent events of a streamed chat completion, in pieces of any size. Its input is a
 * gateway's, and a gateway passes on what a model and the network made of it: nothing is believed.
 */
final class AnswerStream {
  /** Of one event, in bytes, and of the whole answer, in characters. */
  static final int LIMIT = 4 << 20;

  /** How far the answer is. */
  sealed interface State {
    record Open() implements State {}

    record Done() implements State {}

    record Failed(String advice) implements State {}
  }

  private static final JsonMapper JSON = new JsonMapper();

  private final Consumer<String> onText;
  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final StringBuilder event = new StringBuilder();
  private boolean dataSeen;
  private Reply.Usage usage = Reply.Usage.NONE;
  private State state = new State.Open();

  AnswerStream(Consumer<String> onText) {
    this.onText = onText;
  }

  /** Takes the next bytes; what comes after the end is ignored. */
  State take(ByteBuffer bytes) {
    while (bytes.hasRemaining() && state instanceof State.Open) {
      var next = bytes.get();
      if (next == '\n') {
        line(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else if (line.size() + event.length() >= LIMIT) {
        state = new State.Failed("The gateway sent an event of more than 4 MiB.");
      } else {
        line.write(next);
      }
    }
    return state;
  }

  String text() {
    return text.toString();
  }

  Reply.Usage usage() {
    return usage;
  }

  private void line(String raw) {
    var content = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
    if (content.isEmpty()) {
      if (dataSeen) {
        var data = event.toString();
        event.setLength(0);
        dataSeen = false;
        event(data);
      }
    } else if (content.startsWith("data:")) {
      var data = content.substring(5);
      event.append(dataSeen ? "\n" : "").append(data.startsWith(" ") ? data.substring(1) : data);
      dataSeen = true;
    } // else a comment, or a field that says nothing about the answer
  }

  private void event(String data) {
    if (data.equals("[DONE]")) {
      state = new State.Done();
      return;
    }
    try {
      var chunk = JSON.readTree(data);
      if (chunk.has("error")) {
        state = new State.Failed(Advice.ofError(chunk));
        return;
      }
      piece(chunk.path("choices").path(0).path("delta").path("content"));
      usage(chunk.path("usage"));
    } catch (JacksonException _) {
      state = new State.Failed("The gateway sent an event that is no JSON.");
    }
  }

  private void piece(JsonNode content) {
    if (content.isString() && !content.stringValue().isEmpty()) {
      var piece = content.stringValue();
      if (text.length() + piece.length() > LIMIT) {
        state = new State.Failed("The answer has more than 4 million characters.");
        return;
      }
      text.append(piece);
      onText.accept(piece);
    }
  }

  private void usage(JsonNode counted) {
    if (counted.isObject()) {
      usage =
          new Reply.Usage(
              Math.max(0, counted.path("prompt_tokens").asLong(0)),
              Math.max(0, counted.path("completion_tokens").asLong(0)));
    }
  }
}
