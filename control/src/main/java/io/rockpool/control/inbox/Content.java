package io.rockpool.control.inbox;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a platform sent: its raw body, and the headers that its receiver needs. Never printed. */
public final class Content {
  private static final byte FORMAT = 1;

  private final SortedMap<String, String> headers;
  private final byte[] body;

  /**
   * @param headers by name; only those that must be passed on
   * @param body byte for byte as it came
   */
  public Content(Map<String, String> headers, byte[] body) {
    this.headers = Collections.unmodifiableSortedMap(new TreeMap<>(headers));
    this.body = body.clone();
  }

  public Map<String, String> headers() {
    return headers;
  }

  public byte[] body() {
    return body.clone();
  }

  /** One byte that names the format, the number of headers, these, and the body. */
  byte[] bytes() {
    var texts =
        headers.entrySet().stream()
            .flatMap(it -> Stream.of(it.getKey(), it.getValue()))
            .map(it -> it.getBytes(StandardCharsets.UTF_8))
            .toList();
    int length = texts.stream().mapToInt(it -> Integer.BYTES + it.length).sum();
    var buffer = ByteBuffer.allocate(1 + Integer.BYTES + length + body.length);
    buffer.put(FORMAT).putInt(headers.size());
    texts.forEach(it -> buffer.putInt(it.length).put(it));
    return buffer.put(body).array();
  }

  /**
   * @throws IllegalArgumentException when {@link #bytes} of this version did not make them
   */
  static Content of(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes);
    try {
      if (buffer.get() != FORMAT) {
        throw new IllegalArgumentException(
            "a message in the database is not in a form that this version knows");
      }
      var headers = new TreeMap<String, String>();
      for (int left = buffer.getInt(); left > 0; left--) {
        var name = text(buffer);
        headers.put(name, text(buffer));
      }
      return new Content(headers, Arrays.copyOfRange(bytes, buffer.position(), bytes.length));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a message in the database ends too early", e);
    }
  }

  private static String text(ByteBuffer buffer) {
    int length = buffer.getInt();
    if (length < 0 || length > buffer.remaining()) {
      throw new BufferUnderflowException();
    }
    var bytes = new byte[length];
    buffer.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** How long its body is; never a part of it. */
  @Override
  public String toString() {
    return "%d bytes".formatted(body.length);
  }
}
