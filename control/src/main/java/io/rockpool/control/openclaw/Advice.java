package io.rockpool.control.openclaw;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sentences for people about what a gateway answered. */
final class Advice {
  private static final int SHOWN = 300;
  private static final JsonMapper JSON = new JsonMapper();

  static String ofStatus(int status, String body) {
    return switch (status) {
      case 401, 403 ->
          "The gateway did not take Rockpool's password: restart the instance to give it the"
              + " current one.";
      case 404, 405 ->
          "The gateway has no chat interface: its configuration or its version is not Rockpool's.";
      case 413 -> "The message is too long for the gateway: shorten it.";
      case 429 -> "The model is asked too often: try again in a few minutes.";
      case 503 ->
          "The instance is starting, stopping or asleep, or its model is overloaded: try again"
              + " shortly.";
      case 502, 504, 408 -> "The model's provider has a problem: try again in a few minutes.";
      default -> "The gateway refused the message (%d): %s".formatted(status, reason(body));
    };
  }

  /** Of an object with an {@code error}. */
  static String ofError(JsonNode answer) {
    return "The answer was cut off: " + message(answer);
  }

  private static String reason(String body) {
    try {
      return message(JSON.readTree(body));
    } catch (JacksonException _) {
      return "it gave no reason.";
    }
  }

  /** Why, as an object with an {@code error} says. */
  static String message(JsonNode answer) {
    var error = answer.path("error");
    var message = error.isString() ? error : error.path("message");
    if (!message.isString() || message.stringValue().isBlank()) {
      return "it gave no reason.";
    }
    return shown(message.stringValue());
  }

  /** A gateway's words on one line, cut where they are long. */
  static String shown(String text) {
    // C1 controls, too: a terminal obeys U+009B. Halves of characters cannot be written.
    var clean = text.replaceAll("[\\p{Cc}\\p{Cs}]+", " ").strip();
    if (clean.length() <= SHOWN) {
      return clean;
    }
    int end = Character.isHighSurrogate(clean.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
    return clean.substring(0, end) + " …";
  }

  private Advice() {}
}
