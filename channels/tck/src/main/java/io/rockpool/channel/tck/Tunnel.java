package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy through which a program that knows a platform's address by heart comes to the platform's
 * double. Nobody comes through it to anywhere else.
 */
public final class Tunnel implements AutoCloseable {
  private final ServerSocket server;
  private final Map<String, URI> doubles;
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param doubles by the names of the hosts that they stand for
   */
  public Tunnel(Map<String, URI> doubles) throws IOException {
    this.doubles = doubles;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  private void accept() {
    try {
      while (true) {
        var socket = server.accept();
        open.add(socket);
        threads.execute(() -> serve(socket));
      }
    } catch (IOException closed) {
      // nobody is served any more
    }
  }

  private void serve(Socket client) {
    try (client) {
      var words = head(client.getInputStream()).split(" ", 3);
      var host = words.length == 3 && words[0].equals("CONNECT") ? words[1].split(":", 2)[0] : "";
      var to = doubles.get(host);
      if (to == null) {
        client.getOutputStream().write("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(ISO_8859_1));
        return;
      }
      try (var there = new Socket(InetAddress.getLoopbackAddress(), to.getPort())) {
        open.add(there);
        client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
        threads.execute(() -> copy(there, client));
        copy(client, there);
      }
    } catch (IOException gone) {
      // whoever asked sees that
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("it hung up");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException gone) {
      // the other direction ends, too
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var socket : open) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
