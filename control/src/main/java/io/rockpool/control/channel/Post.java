package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * One POST on a connection of its own, which looks who is at the other end before it says anything,
 * and knows afterwards whether anything was said. Of the answer it reads no more than the head.
 */
final class Post {
  /** How it ended. */
  sealed interface Answer {
    /**
     * @param headers by names in lower case; of those with the same name the last
     */
    record Came(int status, Map<String, String> headers) implements Answer {}

    /** Nobody is there, or somebody else. Nothing was said. */
    record Nobody(String why) implements Answer {}

    /** It was said, perhaps not to its end, and not answered. */
    record Lost(String why) implements Answer {}
  }

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]+");
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?");
  private static final int LONGEST_HEAD = 16 << 10;
  private static final String END = "\r\n\r\n";

  private final String path;
  private final Map<String, String> headers;
  private final byte[] body;

  /**
   * @param headers none of them of the connection itself
   * @param body not to be changed
   */
  Post(String path, Map<String, String> headers, byte[] body) {
    headers.forEach((name, value) -> {
      if (!NAME.matcher(name).matches() || value.chars().anyMatch(it -> it < ' ' || it > '~')) {
        throw new IllegalArgumentException("a header has visible ASCII characters and blanks");
      }
    });
    this.path = path;
    this.headers = Map.copyOf(headers);
    this.body = body;
  }

  /**
   * @param isRight whether whoever listens there is meant; asked once the connection is there
   * @param toConnect how long that may take
   * @param toAnswer how long all the rest may take
   */
  Answer to(
      InetSocketAddress address, BooleanSupplier isRight, Duration toConnect, Duration toAnswer) {
    try (var socket = new Socket()) {
      try {
        socket.connect(address, Math.toIntExact(toConnect.toMillis()));
        socket.setTcpNoDelay(true);
      } catch (IOException e) {
        return new Answer.Nobody("nobody listens there");
      }
      if (!isRight.getAsBoolean()) {
        return new Answer.Nobody("somebody else listens there");
      }
      return exchange(socket, address, toAnswer);
    } catch (IOException e) {
      return new Answer.Lost("the connection broke");
    }
  }

  private Answer exchange(Socket socket, InetSocketAddress address, Duration toAnswer) {
    // Also a peer that does not read is left in time; a timeout of the socket is for answers only.
    var late = new AtomicBoolean();
    var guard =
        Thread.ofVirtual().name("post-guard").start(() -> closeAfter(socket, toAnswer, late));
    try {
      var request = new ByteArrayOutputStream(512 + body.length);
      request.writeBytes(head(address).getBytes(ISO_8859_1));
      request.writeBytes(body);
      socket.getOutputStream().write(request.toByteArray());
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 10);
      while (true) {
        var answer = answer(head(in));
        if (answer instanceof Answer.Came(var status, _) && status / 100 == 1) {
          continue; // the answer itself is still to come
        }
        return answer;
      }
    } catch (IOException e) {
      return new Answer.Lost(late.get() ? "no answer came in time" : "the connection broke");
    } finally {
      guard.interrupt();
    }
  }

  private static void closeAfter(Socket socket, Duration time, AtomicBoolean late) {
    try {
      Thread.sleep(time);
      late.set(true);
      socket.close();
    } catch (InterruptedException answered) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // then it is as good as closed
    }
  }

  private String head(InetSocketAddress address) {
    var head = new StringBuilder();
    head.append("POST ").append(path).append(" HTTP/1.1\r\n");
    head.append("Host: %s:%d\r\n".formatted(address.getHostString(), address.getPort()));
    headers.forEach((name, value) -> head.append("%s: %s\r\n".formatted(name, value)));
    head.append("Content-Length: %d\r\nConnection: close\r\n\r\n".formatted(body.length));
    return head.toString();
  }

  /** Up to the empty line, which is included. */
  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream(512);
    int ends = 0;
    while (ends < END.length()) {
      int next = in.read();
      if (next < 0 || head.size() == LONGEST_HEAD) {
        throw new IOException("no head of an answer");
      }
      head.write(next);
      ends = next == END.charAt(ends) ? ends + 1 : next == END.charAt(0) ? 1 : 0;
    }
    return head.toString(ISO_8859_1);
  }

  private static Answer answer(String head) {
    var lines = head.split("\r\n", -1);
    if (!STATUS_LINE.matcher(lines[0]).matches()) {
      return new Answer.Lost("what answered does not speak HTTP");
    }
    var headers = new TreeMap<String, String>();
    for (int i = 1; i < lines.length; i++) {
      var parts = lines[i].split(":", 2);
      if (parts.length == 2) {
        headers.put(parts[0].strip().toLowerCase(Locale.ROOT), parts[1].strip());
      }
    }
    return new Answer.Came(Integer.parseInt(lines[0].substring(9, 12)), headers);
  }
}
