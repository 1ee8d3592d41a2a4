package io.rockpool.control.channel;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections to instances on which an answer was read to its end, kept for a moment: the next
 * message need neither open one nor look who is at the other end, which stays who it was.
 */
final class KeptSockets {
  /** Node's servers close a connection that is idle for five seconds. */
  private static final Duration KEPT = Duration.ofSeconds(2);

  /** Of all instances together: each takes a file descriptor, here and there. */
  private static final int MOST = 1_000;

  /**
   * Where a connection leads.
   *
   * @param owner whoever was at the other end when it was opened
   */
  record Peer(String owner, InetSocketAddress address) {}

  /** An open connection; whatever it brings is read through {@code in}. */
  record Line(Peer peer, Socket socket, BufferedInputStream in) {
    Line(Peer peer, Socket socket) throws IOException {
      this(peer, socket, new BufferedInputStream(socket.getInputStream(), 1 << 10));
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        // then it is as good as closed
      }
    }
  }

  private record Kept(Line line, Future<?> end) {}

  /** Those used last come first. Guarded by itself. */
  private final Map<Peer, Deque<Kept>> idle = new HashMap<>();

  private int number;

  /**
   * One that nobody uses, if there is any. Whether it still leads anywhere shows when it is used.
   */
  @Nullable Line take(Peer peer) {
    Kept kept;
    synchronized (idle) {
      var all = idle.get(peer);
      if (all == null) {
        return null;
      }
      kept = all.removeFirst();
      forget(peer, all);
    }
    kept.end().cancel(false);
    return kept.line();
  }

  /** Nothing more is to be read of it. Closed when nobody takes it soon. */
  void keep(Line line) {
    synchronized (idle) {
      if (number < MOST) {
        number++;
        var end =
            ForkJoinPool.commonPool()
                .schedule(() -> end(line), KEPT.toMillis(), TimeUnit.MILLISECONDS);
        idle.computeIfAbsent(line.peer(), _ -> new ArrayDeque<>()).addFirst(new Kept(line, end));
        return;
      }
    }
    line.close();
  }

  private void end(Line line) {
    synchronized (idle) {
      var all = idle.get(line.peer());
      if (all == null || !all.removeIf(kept -> kept.line().equals(line))) {
        return; // somebody took it just now
      }
      forget(line.peer(), all);
    }
    line.close();
  }

  /** One of a peer is gone. */
  private void forget(Peer peer, Deque<Kept> left) {
    number--;
    if (left.isEmpty()) {
      idle.remove(peer);
    }
  }
}
