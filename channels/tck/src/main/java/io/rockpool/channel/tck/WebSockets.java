package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * A port on loopback at which web sockets are spoken (RFC 6455, text only, no extensions); all else
 * goes to an HTTP server behind it.
 */
final class WebSockets implements AutoCloseable {
  private static final Pattern KEY = Pattern.compile("(?im)^sec-websocket-key:\\s*(\\S+)\\s*$");
  private static final int LONGEST_HEAD = 64 << 10;
  private static final int LONGEST_FRAME = 1 << 20;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final ServerSocket server;
  private final int behind;
  private final BiConsumer<String, Peer> spoken;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * @param port 0 for any that is free
   * @param behind the port of the HTTP server
   * @param spoken of a target and who asked for it, on a thread of its own; it ends when this
   *     returns
   */
  WebSockets(int port, int behind, BiConsumer<String, Peer> spoken) {
    this.behind = behind;
    this.spoken = spoken;
    try {
      server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var _ = threads.submit(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        open.add(socket);
        var _ = threads.submit(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var head = head(socket.getInputStream());
      var key = KEY.matcher(head);
      if (head.toLowerCase(Locale.ROOT).contains("upgrade: websocket") && key.find()) {
        speak(socket, head.split(" ", 3)[1], key.group(1));
      } else {
        pass(socket, head);
      }
    } catch (IOException gone) {
      // so it is over
    } finally {
      open.remove(socket);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    var text = "";
    while (!text.endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0 || head.size() == LONGEST_HEAD) {
        throw new IOException("no head of a request");
      }
      head.write(next);
      text = next == '\n' ? head.toString(ISO_8859_1) : "";
    }
    return text;
  }

  private void pass(Socket socket, String head) throws IOException {
    try (var to = new Socket(InetAddress.getLoopbackAddress(), behind)) {
      to.setTcpNoDelay(true);
      open.add(to);
      to.getOutputStream().write(head.getBytes(ISO_8859_1));
      var back = threads.submit(() -> copy(to, socket));
      copy(socket, to);
      back.cancel(true);
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException gone) {
      close(from);
      close(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void speak(Socket socket, String target, String key) throws IOException {
    socket
        .getOutputStream()
        .write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                .formatted(accepted(key))
                .getBytes(ISO_8859_1));
    spoken.accept(target, new Peer(socket));
  }

  private static String accepted(String key) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-1")
                  .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  @Override
  public void close() {
    close(server);
    open.forEach(WebSockets::close);
    threads.shutdownNow();
  }

  private static void close(ServerSocket server) {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The other end. */
  static final class Peer {
    private final Socket socket;
    private final DataInputStream in;

    private Peer(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
    }

    /** Waits for the next text; throws when there will be none. */
    String next() throws IOException {
      while (true) {
        int first = in.readUnsignedByte();
        var payload = payload(in.readUnsignedByte());
        switch (first) {
          case 0x80 | TEXT -> {
            return new String(payload, UTF_8);
          }
          case 0x80 | PING -> write(PONG, payload);
          case 0x80 | PONG -> {}
          default -> throw new IOException("it ends, or speaks in parts or bytes");
        }
      }
    }

    private byte[] payload(int second) throws IOException {
      if (second < 0x80) {
        throw new IOException("a client masks what it sends");
      }
      long length =
          switch (second & 0x7f) {
            case 126 -> in.readUnsignedShort();
            case 127 -> in.readLong();
            default -> second & 0x7f;
          };
      if (length > LONGEST_FRAME) {
        throw new IOException("too long a frame");
      }
      var mask = in.readNBytes(4);
      var payload = in.readNBytes((int) length);
      for (int i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i % 4];
      }
      return payload;
    }

    void say(String text) throws IOException {
      write(TEXT, text.getBytes(UTF_8));
    }

    /** Ends it, and tells why. */
    void end(int code) throws IOException {
      write(CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
      socket.shutdownOutput();
    }

    private synchronized void write(int kind, byte[] payload) throws IOException {
      var frame = new ByteArrayOutputStream();
      frame.write(0x80 | kind);
      if (payload.length < 126) {
        frame.write(payload.length);
      } else if (payload.length < 1 << 16) {
        frame.write(126);
        frame.write(payload.length >> 8);
        frame.write(payload.length);
      } else {
        frame.write(127);
        frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
      }
      frame.writeBytes(payload);
      OutputStream out = socket.getOutputStream();
      out.write(frame.toByteArray());
    }
  }
}
