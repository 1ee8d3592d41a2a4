package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * An error as the API tells it (RFC 9457).
 *
 * @param type tells it from others, e.g. {@code urn:rockpool:problem:no-budget}; may be empty
 * @param status the HTTP status, 400 or above
 * @param detail what happened and what to do; may be empty
 */
record Problem(String type, String title, int status, String detail, List<Fault> errors) {
  /**
   * One thing that is wrong in a request.
   *
   * @param pointer where in the request's body, as a JSON pointer; may be empty
   */
  record Fault(String pointer, String message) {}

  Problem {
    errors = List.copyOf(errors);
  }

  /** The body counts, where it says something; a proxy's own error page says nothing. */
  static Problem of(int status, JsonNode body) {
    var errors = new ArrayList<Fault>();
    for (var error : body.path("errors")) {
      errors.add(new Fault(error.path("pointer").asString(""), error.path("message").asString("")));
    }
    return new Problem(
        body.path("type").asString(""),
        body.path("title").asString("HTTP status " + status),
        body.path("status").asInt(status),
        body.path("detail").asString(""),
        errors);
  }

  String words() {
    var words = new StringBuilder(title);
    if (!detail.isEmpty()) {
      words.append(": ").append(detail);
    }
    for (var error : errors) {
      words.append("\n  ");
      if (!error.pointer().isEmpty()) {
        words.append(error.pointer()).append(": ");
      }
      words.append(error.message());
    }
    return words.toString();
  }
}
