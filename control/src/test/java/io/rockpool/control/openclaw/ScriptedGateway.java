package io.rockpool.control.openclaw;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server that does exactly what a test says, down to the bytes and the moment it hangs up.
 */
final class ScriptedGateway implements AutoCloseable {
  /** Header names are in lower case. */
  record Request(String line, Map<String, String> headers, String body) {}

  interface Script {
    /** Answers one request. The connection is closed afterwards. */
    void answer(Request request, OutputStream out, Socket socket)
        throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  ScriptedGateway(Script script) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              var socket = server.accept();
              Thread.ofVirtual().start(() -> serve(socket, script));
            } catch (IOException _) {
              return; // closed
            }
          }
        });
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  Request received() throws InterruptedException {
    var request = requests.poll(10, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("no request came");
    }
    return request;
  }

  private void serve(Socket socket, Script script) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      var line = line(in);
      if (line == null) {
        return;
      }
      var headers = new TreeMap<String, String>();
      for (var header = line(in); header != null && !header.isEmpty(); header = line(in)) {
        var colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
      var length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      var body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
      var request = new Request(line, headers, body);
      requests.add(request);
      script.answer(request, socket.getOutputStream(), socket);
    } catch (IOException _) {
      // the client hung up: its test knows
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  static void json(OutputStream out, int status, String body) throws IOException {
    write(
        out,
        "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n%s"
            .formatted(status, body));
  }

  static void events(OutputStream out, String... data) throws IOException {
    write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    more(out, data);
  }

  /** After {@link #events}. */
  static void more(OutputStream out, String... data) throws IOException {
    for (var event : data) {
      write(out, "data: " + event + "\n\n");
    }
  }

  static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static @Nullable String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (var next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        return null;
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
