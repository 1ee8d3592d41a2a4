package io.rockpool.server.http;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer as it goes over the wire.
 *
 * @param status the HTTP status
 * @param headers those that belong to the answer, {@code Content-Type} included; not those that
 *     every response has
 * @param body the body as text; empty where there is none
 */
public record Answer(int status, Map<String, String> headers, String body) {
  public Answer {
    headers = Map.copyOf(headers);
  }

  Answer header(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, more, body);
  }

  static Answer of(Problem problem) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Content-Type", "application/problem+json");
    if (problem.status() == 401) {
      headers.put("WWW-Authenticate", "Bearer");
    }
    var wait = problem.retryAfter();
    if (wait != null) {
      headers.put("Retry-After", Long.toString(Reply.wholeSeconds(wait)));
    }
    return new Answer(problem.status(), headers, problem.json().toString());
  }

  static Answer json(int status, Object body, Map<String, String> headers) {
    return new Answer(status, headers, Json.MAPPER.writeValueAsString(body))
        .header("Content-Type", "application/json");
  }
}
