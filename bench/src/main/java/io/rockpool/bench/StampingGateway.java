package io.rockpool.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands in for a gateway where microseconds count: stamped server-sent events, one every {@link
 * #PERIOD} or, below {@link #WARM_UP}, every {@link #WARM_UP_PERIOD}, and echoes of WebSocket
 * frames. Plain sockets and threads of the operating system, so that no library's own queue is
 * measured.
 */
final class StampingGateway implements AutoCloseable {
  static final Duration PERIOD = Duration.ofMillis(10);

  /** Often enough that the JVM has compiled what passes them before the measured rounds. */
  static final Duration WARM_UP_PERIOD = Duration.ofNanos(500_000);

  static final String WARM_UP = "v1/warm-up";

  /** Eight bytes of payload in a server's frame, and in a client's with a mask: RFC 6455. */
  static final int FRAME = 2 + 8;

  static final int MASKED_FRAME = 2 + 4 + 8;

  private static final byte FINAL_BINARY = (byte) 0x82;
  private static final byte MASKED = (byte) 0x80;

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  StampingGateway() throws IOException {
    Thread.ofPlatform().daemon().start(this::accept);
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** A client's frame: masked, by zeros. */
  static byte[] maskedFrame(long payload) {
    return ByteBuffer.allocate(MASKED_FRAME)
        .put(FINAL_BINARY)
        .put((byte) (MASKED | 8))
        .putInt(0)
        .putLong(payload)
        .array();
  }

  /** Reads up to the empty line that ends the headers. */
  static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("The connection ended within the headers: " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      while (true) {
        var head = head(socket.getInputStream());
        if (head.contains("Sec-WebSocket-Key:")) {
          echo(socket, head);
        } else if (head.startsWith("GET /v1/")) {
          stream(socket, head.startsWith("GET /" + WARM_UP) ? WARM_UP_PERIOD : PERIOD);
        } else {
          send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
      }
    } catch (IOException clientLeft) {
      // as every client does
    }
  }

  private static void stream(Socket socket, Duration period) throws IOException {
    send(
        socket,
        """
        HTTP/1.1 200 OK\r
        Content-Type: text/event-stream\r
        Transfer-Encoding: chunked\r
        \r
        """);
    while (true) {
      LockSupport.parkNanos(period.toNanos());
      var event = "data: %d\n\n".formatted(System.nanoTime());
      send(socket, Integer.toHexString(event.length()) + "\r\n" + event + "\r\n");
    }
  }

  private static void echo(Socket socket, String head) throws IOException {
    var key =
        head.lines()
            .filter(it -> it.startsWith("Sec-WebSocket-Key:"))
            .map(it -> it.substring(it.indexOf(':') + 1).strip())
            .findFirst()
            .orElseThrow();
    send(
        socket,
        """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: %s\r
        \r
        """
            .formatted(accept(key)));
    while (true) {
      var frame = socket.getInputStream().readNBytes(MASKED_FRAME);
      if (frame.length < MASKED_FRAME) {
        throw new IOException("The client left.");
      }
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(FRAME)
                  .put(FINAL_BINARY)
                  .put((byte) 8)
                  .put(frame, MASKED_FRAME - 8, 8)
                  .array());
    }
  }

  private static String accept(String key) {
    try {
      var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
