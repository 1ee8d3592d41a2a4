package io.rockpool.edge;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What a message from a client is, told by how it begins. */
enum Said {
  /** The first message of a client that speaks OpenClaw's protocol. */
  HELLO,
  /** A page asks by itself, and nobody misses the answer as long as the instance sleeps. */
  POLL,
  /** Everything else. */
  USE;

  /**
   * What an open Control UI asks by itself, and a text that only these questions have: the same
   * list without a progress id is asked for when somebody opens a page that shows it. Read in
   * OpenClaw 2026.9.6, {@code dist/control-ui/assets}, and seen every 30 s and every 60 s.
   */
  private static final Map<String, String> POLLS =
      Map.of("sessions.catalog.list", "\"progressId\":", "agent.identity.get", "");

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * @param whole whether the message ends where its opening does
   */
  static Said of(boolean text, byte[] opening, int length, boolean whole, boolean first) {
    if (!text) {
      return USE;
    }
    var method = method(opening, length);
    if (first) {
      return method.equals("connect") ? HELLO : USE;
    }
    var mark = POLLS.get(method);
    return whole
            && mark != null
            && new String(opening, 0, length, StandardCharsets.UTF_8).contains(mark)
        ? POLL
        : USE;
  }

  /**
   * The member {@code method} of the object itself, not of one inside; empty if it is not there.
   */
  private static String method(byte[] json, int length) {
    try (var parser = JSON.createParser(ObjectReadContext.empty(), json, 0, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return "";
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        var value = parser.nextToken();
        if (name.equals("method")) {
          return value == JsonToken.VALUE_STRING ? parser.getString() : "";
        }
        parser.skipChildren();
      }
      return "";
    } catch (JacksonException _) {
      return ""; // no JSON, or it ends after the opening
    }
  }
}
