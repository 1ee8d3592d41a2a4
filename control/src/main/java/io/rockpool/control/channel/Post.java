package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.rockpool.control.channel.KeptSockets.Line;
import io.rockpool.control.channel.KeptSockets.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * One POST, which looks who is at the other end before it says anything, and knows afterwards
 * whether anything was said. Of the answer it reads no more than the head.
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

  /** Of a body that is read, so that its connection can be kept. */
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,4}");

  private static final int LONGEST_HEAD = 16 << 10;
  private static final String END = "\r\n\r\n";

  private final String path;
  private final Map<String, String> headers;
  private final byte[] body;
  private final boolean repeatable;

  /**
   * @param headers none of them of the connection itself
   * @param body not to be changed
   * @param repeatable whether it may be sent twice. Only then a connection is used again: that the
   *     other end has left it may show only when all is said
   */
  Post(String path, Map<String, String> headers, byte[] body, boolean repeatable) {
    headers.forEach((name, value) -> {
      if (!NAME.matcher(name).matches() || value.chars().anyMatch(it -> it < ' ' || it > '~')) {
        throw new IllegalArgumentException("a header has visible ASCII characters and blanks");
      }
    });
    this.path = path;
    this.headers = Map.copyOf(headers);
    this.body = body;
    this.repeatable = repeatable;
  }

  /**
   * @param sockets those that were kept, and where this one's is kept
   * @param isRight whether whoever listens there is meant; asked once a new connection is there
   * @param toConnect how long that may take
   * @param toAnswer how long all the rest may take
   */
  Answer to(
      Peer peer,
      KeptSockets sockets,
      BooleanSupplier isRight,
      Duration toConnect,
      Duration toAnswer) {
    var kept = repeatable ? sockets.take(peer) : null;
    if (kept != null) {
      try {
        return exchange(kept, sockets, toAnswer);
      } catch (IOException e) {
        // The other end had left it, or is gone.
      }
    }
    try {
      var opened = opened(peer, isRight, toConnect);
      return exchange(opened, sockets, toAnswer);
    } catch (Unheard e) {
      return new Answer.Nobody(e.why);
    } catch (IOException e) {
      return new Answer.Lost("the connection broke");
    }
  }

  /** Nothing was said. */
  private static final class Unheard extends Exception {
    private static final long serialVersionUID = 1;
    private final String why;

    Unheard(String why) {
      super(why, null, false, false);
      this.why = why;
    }
  }

  private static Line opened(Peer peer, BooleanSupplier isRight, Duration toConnect)
      throws IOException, Unheard {
    var socket = new Socket();
    boolean isOpen = false;
    try {
      try {
        socket.connect(peer.address(), Math.toIntExact(toConnect.toMillis()));
        socket.setTcpNoDelay(true);
      } catch (IOException e) {
        throw new Unheard("nobody listens there");
      }
      if (!isRight.getAsBoolean()) {
        throw new Unheard("somebody else listens there");
      }
      var line = new Line(peer, socket);
      isOpen = true;
      return line;
    } finally {
      if (!isOpen) {
        socket.close();
      }
    }
  }

  /** Throws when the connection broke before there was an answer. */
  private Answer exchange(Line line, KeptSockets sockets, Duration toAnswer) throws IOException {
    // Also a peer that does not read is left in time; a timeout of the socket is for answers only.
    var late = new AtomicBoolean();
    var guard =
        ForkJoinPool.commonPool()
            .schedule(
                () -> {
                  late.set(true);
                  line.close();
                },
                toAnswer.toMillis(),
                TimeUnit.MILLISECONDS);
    boolean isKept = false;
    try {
      var request = new ByteArrayOutputStream(512 + body.length);
      request.writeBytes(head(line.peer().address()).getBytes(ISO_8859_1));
      request.writeBytes(body);
      line.socket().getOutputStream().write(request.toByteArray());
      Answer answer;
      do { // an answer of 1xx says that the answer itself is still to come
        answer = answer(head(line.in()));
      } while (answer instanceof Answer.Came(var status, _) && status / 100 == 1);
      isKept = repeatable && answer instanceof Answer.Came came && isReadOn(line, came);
      return answer;
    } catch (IOException e) {
      if (late.get()) {
        return new Answer.Lost("no answer came in time");
      }
      throw e;
    } finally {
      // Once it was cancelled it does not close what is kept.
      if (guard.cancel(false) && isKept) {
        sockets.keep(line);
      } else {
        line.close();
      }
    }
  }

  /** Reads the rest of an answer where it is there already; whether the next one can follow. */
  private static boolean isReadOn(Line line, Answer.Came answer) throws IOException {
    var length = answer.headers().getOrDefault("content-length", "");
    if (!LENGTH.matcher(length).matches()
        || answer.headers().getOrDefault("connection", "").equalsIgnoreCase("close")
        || line.in().available() != Integer.parseInt(length)) {
      return false;
    }
    line.in().skipNBytes(Integer.parseInt(length));
    return true;
  }

  private String head(InetSocketAddress address) {
    var head = new StringBuilder(512);
    head.append("POST ").append(path).append(" HTTP/1.1\r\nHost: ");
    head.append(address.getHostString()).append(':').append(address.getPort()).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("Content-Length: ").append(body.length).append("\r\n");
    if (!repeatable) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString();
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
