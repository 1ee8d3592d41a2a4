package io.rockpool.server.http;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a route answers. {@code headers} are extra response headers, by name; they must not repeat
 * what the layer itself sends ({@code Content-Type}, {@code Location}, {@code Cache-Control} …).
 */
public sealed interface Reply<A> {
  Map<String, String> headers();

  /** The same reply with one more header. */
  Reply<A> header(String name, String value);

  /** 200. */
  record Ok<A>(A body, Map<String, String> headers) implements Reply<A> {
    public Ok {
      headers = Map.copyOf(headers);
    }

    public Ok(A body) {
      this(body, Map.of());
    }

    @Override
    public Ok<A> header(String name, String value) {
      return new Ok<>(body, with(headers, name, value));
    }
  }

  /** 201: it exists now, at {@code location}. */
  record Created<A>(A body, URI location, Map<String, String> headers) implements Reply<A> {
    public Created {
      headers = Map.copyOf(headers);
    }

    public Created(A body, URI location) {
      this(body, location, Map.of());
    }

    @Override
    public Created<A> header(String name, String value) {
      return new Created<>(body, location, with(headers, name, value));
    }
  }

  /** 202: long work has begun; {@code watch} tells how it goes, and is sent as Location. */
  record Accepted<A>(A body, URI watch, Map<String, String> headers) implements Reply<A> {
    public Accepted {
      headers = Map.copyOf(headers);
    }

    public Accepted(A body, URI watch) {
      this(body, watch, Map.of());
    }

    @Override
    public Accepted<A> header(String name, String value) {
      return new Accepted<>(body, watch, with(headers, name, value));
    }
  }

  /** 204. */
  record NoContent<A>(Map<String, String> headers) implements Reply<A> {
    public NoContent {
      headers = Map.copyOf(headers);
    }

    public NoContent() {
      this(Map.of());
    }

    @Override
    public NoContent<A> header(String name, String value) {
      return new NoContent<>(with(headers, name, value));
    }
  }

  /** It was not done, and why. */
  record Refused<A>(Problem problem, Map<String, String> headers) implements Reply<A> {
    public Refused {
      headers = Map.copyOf(headers);
    }

    public Refused(Problem problem) {
      this(problem, Map.of());
    }

    @Override
    public Refused<A> header(String name, String value) {
      return new Refused<>(problem, with(headers, name, value));
    }
  }

  /** 200 {@code text/event-stream}. The layer closes the source, however the stream ends. */
  record Live<A>(EventSource source, Map<String, String> headers) implements Reply<A> {
    public Live {
      headers = Map.copyOf(headers);
    }

    public Live(EventSource source) {
      this(source, Map.of());
    }

    @Override
    public Live<A> header(String name, String value) {
      return new Live<>(source, with(headers, name, value));
    }
  }

  /**
   * 200, with something else than JSON. A route that may answer so says it with {@link
   * Route#files}; only for {@code GET}.
   *
   * @param type the media type
   * @param name what a browser calls it when it keeps it: letters, digits, dots and dashes
   */
  record File<A>(String type, String name, ByteBuffer content, Map<String, String> headers)
      implements Reply<A> {
    public File {
      content = content.asReadOnlyBuffer();
      headers = Map.copyOf(headers);
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}")) {
        throw new IllegalArgumentException("'%s' is no name of a file".formatted(name));
      }
    }

    public File(String type, String name, byte[] content) {
      this(type, name, ByteBuffer.wrap(content), Map.of());
    }

    @Override
    public File<A> header(String header, String value) {
      return new File<>(type, name, content, with(headers, header, value));
    }
  }

  /**
   * The header of an answer that holds a secret: it is not kept for a repetition of the request,
   * which is told instead that it was done.
   */
  String SHOWN_ONCE = "Rockpool-Shown-Once";

  /** The same reply, which is not kept. */
  default Reply<A> shownOnce() {
    return header(SHOWN_ONCE, "true");
  }

  /** With the version of what is answered, for {@link IfMatch}. */
  default Reply<A> etag(long generation) {
    return header("ETag", IfMatch.etag(generation));
  }

  /** With a hint when to ask again, in whole seconds, rounded up. */
  default Reply<A> retryAfter(Duration wait) {
    return header("Retry-After", Long.toString(wholeSeconds(wait)));
  }

  /** Rounded up, at least 1. */
  static long wholeSeconds(Duration wait) {
    return Math.max(1, wait.plusNanos(999_999_999).toSeconds());
  }

  private static Map<String, String> with(Map<String, String> headers, String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return more;
  }
}
