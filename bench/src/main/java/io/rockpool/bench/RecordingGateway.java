package io.rockpool.bench;

import io.rockpool.control.openclaw.ChatAccount;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stands in for the Telegram listeners of all instances, and counts for each update how often it
 * came and whether its chat's came in order. As OpenClaw does, it knows an update again that it has
 * kept, and says so in the same words. Some bots' listeners are broken on purpose.
 */
final class RecordingGateway implements AutoCloseable {
  /** Of its own, as its port is given: an address of the machine that nothing else takes. */
  static final String HOST = "127.71.7.1";

  private static final byte[] KEPT =
      "HTTP/1.1 200 OK\r\nx-openclaw-delivery-accepted: durable\r\nContent-Length: 0\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server = new ServerSocket();
  private final Updates updates;
  private final AtomicIntegerArray times;
  private final AtomicLongArray arrived;

  /** By chat, the last one that was new. */
  private final AtomicIntegerArray last;

  private final LongAdder outOfOrder = new LongAdder();
  private volatile boolean ailing;

  RecordingGateway(Updates updates) throws IOException {
    this.updates = updates;
    this.times = new AtomicIntegerArray(updates.count());
    this.arrived = new AtomicLongArray(updates.count());
    this.last = new AtomicIntegerArray(updates.chats());
    server.bind(
        new InetSocketAddress(InetAddress.getByName(HOST), ChatAccount.Telegram.PORT), 4_096);
    Thread.ofPlatform().daemon().start(this::accept);
  }

  /** From now on the listeners of {@link Updates#isHung} and {@link Updates#isDead} bots are so. */
  void ail() {
    ailing = true;
  }

  /** How often an update came. */
  int times(int update) {
    return times.get(update);
  }

  /** When it came first, by {@link System#nanoTime}. */
  long arrivedAt(int update) {
    return arrived.get(update);
  }

  /** Chats' updates that came after a later one of the same chat. */
  long outOfOrder() {
    return outOfOrder.sum();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream(), 4_096);
      while (true) {
        int length = length(StampingGateway.head(in));
        var body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        int update = Updates.number(body);
        if (ailing && updates.isHung(update)) {
          awaitTheEnd(socket.getInputStream());
        }
        if (ailing && updates.isDead(update)) {
          return;
        }
        record(update);
        socket.getOutputStream().write(KEPT);
      }
    } catch (IOException clientLeft) {
      // it comes again
    }
  }

  private static void awaitTheEnd(InputStream in) throws IOException {
    while (in.read() >= 0) {
      // the client waits as well
    }
  }

  private static int length(String head) {
    return head.lines()
        .filter(it -> it.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .map(it -> Integer.parseInt(it.substring(it.indexOf(':') + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  private void record(int update) {
    if (times.getAndIncrement(update) == 0) {
      arrived.set(update, System.nanoTime());
      int before = last.getAndAccumulate(updates.chat(update), update + 1, Math::max);
      if (before > update) {
        outOfOrder.increment();
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
