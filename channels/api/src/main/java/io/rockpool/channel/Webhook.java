package io.rockpool.channel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A request as it came to a webhook. What it holds was written by a stranger. */
public final class Webhook {
  private final String method;
  private final Map<String, List<String>> headers;
  private final String query;
  private final byte[] body;

  /**
   * @param headers by name, in any case
   * @param query as it stands in the address, undecoded; empty if there is none
   * @param body byte by byte as it was received; handed over, not copied
   */
  public Webhook(String method, Map<String, List<String>> headers, String query, byte[] body) {
    var lower = new LinkedHashMap<String, List<String>>();
    headers.forEach((name, values) ->
        lower.merge(
            name.toLowerCase(Locale.ROOT),
            List.copyOf(values),
            (one, other) -> Stream.concat(one.stream(), other.stream()).toList()));
    this.method = method;
    this.headers = Map.copyOf(lower);
    this.query = query;
    this.body = body;
  }

  public String method() {
    return method;
  }

  /** By names in lower case. */
  public Map<String, List<String>> headers() {
    return headers;
  }

  public String query() {
    return query;
  }

  /** Not to be changed. */
  public byte[] body() {
    return body;
  }

  /**
   * The value of a header that was sent once: of two, different readers take different ones.
   *
   * @param name in lower case
   */
  public Optional<String> only(String name) {
    var values = headers.getOrDefault(name, List.of());
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /** The type of the body without parameters, in lower case; empty if it is not said. */
  public String contentType() {
    return only("content-type").orElse("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  /** Shows nothing of what was sent. */
  @Override
  public String toString() {
    return "Webhook[%s, %d bytes]".formatted(method, body.length);
  }
}
