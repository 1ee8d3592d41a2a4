package io.rockpool.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends updates at a steady rate that does not wait for answers, as Telegram does: on connections
 * that are kept, a chat's next one when the one before was acknowledged, and again and again what
 * was not. Plain sockets, so that next to nothing is measured but the server.
 */
final class Platform implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int PATIENCE_MILLIS = 60_000;

  private final URI server;
  private final List<BotApi.Webhook> webhooks;
  private final Updates updates;
  private final AtomicLongArray due;
  private final AtomicLongArray sent;
  private final AtomicLongArray acknowledged;
  private final LongAdder failures = new LongAdder();
  private final List<Chat> chats = new ArrayList<>();
  private final Queue<Connection> connections = new ConcurrentLinkedDeque<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param webhooks by bot
   */
  Platform(URI server, List<BotApi.Webhook> webhooks, Updates updates) {
    this.server = server;
    this.webhooks = webhooks;
    this.updates = updates;
    this.due = new AtomicLongArray(updates.count());
    this.sent = new AtomicLongArray(updates.count());
    this.acknowledged = new AtomicLongArray(updates.count());
    for (int i = 0; i < updates.chats(); i++) {
      chats.add(new Chat());
    }
  }

  /** Sends some of them, and returns when the last of them was due. */
  void send(int from, int to, int perSecond) {
    long begin = System.nanoTime();
    long gap = Duration.ofSeconds(1).dividedBy(perSecond).toNanos();
    for (int update = from; update < to; update++) {
      long at = begin + (update - from) * gap;
      for (long left; (left = at - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      due.set(update, at);
      chats.get(updates.chat(update)).add(update);
    }
  }

  /** When it was due, by {@link System#nanoTime}. */
  long dueAt(int update) {
    return due.get(update);
  }

  /** When that try began which was acknowledged. */
  long sentAt(int update) {
    return sent.get(update);
  }

  /** 0 while it is not. */
  long acknowledgedAt(int update) {
    return acknowledged.get(update);
  }

  /** Tries that were not acknowledged. */
  long failures() {
    return failures.sum();
  }

  /** A chat's updates go one after the other. */
  private final class Chat {
    private final Queue<Integer> waiting = new ArrayDeque<>();
    private boolean atWork;

    synchronized void add(int update) {
      waiting.add(update);
      if (!atWork) {
        atWork = true;
        threads.execute(this::work);
      }
    }

    private synchronized int next() {
      var next = waiting.poll();
      atWork = next != null;
      return next == null ? -1 : next;
    }

    private void work() {
      for (int update; (update = next()) >= 0; ) {
        while (!isAcknowledged(update)) {
          failures.increment();
          LockSupport.parkNanos(PAUSE.toNanos());
          if (threads.isShutdown()) {
            return;
          }
        }
      }
    }
  }

  private boolean isAcknowledged(int update) {
    var webhook = webhooks.get(updates.bot(update));
    var body = updates.body(update);
    long begun = System.nanoTime();
    sent.set(update, begun);
    Connection connection = null;
    try {
      connection = connections.poll();
      if (connection == null) {
        connection = new Connection(server);
      }
      connection.post(webhook, body);
      acknowledged.set(update, System.nanoTime());
      connections.add(connection);
      return true;
    } catch (IOException e) {
      if (connection != null) {
        connection.close();
      }
      return false;
    }
  }

  private static final class Connection {
    private final Socket socket = new Socket();
    private final BufferedInputStream in;

    Connection(URI server) throws IOException {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 1_024);
    }

    /** Throws unless it is acknowledged; then there is no body. */
    void post(BotApi.Webhook webhook, String body) throws IOException {
      var request =
          "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(webhook.path(), webhook.secret(), body.length(), body);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var head = StampingGateway.head(in);
      if (!head.startsWith("HTTP/1.1 200 ")) {
        throw new IOException(head);
      }
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        // then it is as good as closed
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
    connections.forEach(Connection::close);
  }
}
