package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.sleep.Waker;
import io.rockpool.edge.Sleep;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which instances with an open WebSocket sleep. Looked up for all of them together, several times
 * within the time for which nobody passes to an instance before it is asked to pause.
 */
public final class OpenSockets implements Sleep, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenSockets.class);
  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Actor EDGE = new Actor.Rockpool("edge");

  private final InstanceStore store;
  private final Waker waker;
  private final Map<InstanceId, Integer> open = new ConcurrentHashMap<>();
  private final Thread looker = Thread.ofVirtual().name("open-sockets").unstarted(this::look);
  private volatile Set<InstanceId> asleep = Set.of();

  public OpenSockets(InstanceStore store, Waker waker) {
    this.store = store;
    this.waker = waker;
  }

  /** Begins to look. */
  public void start() {
    looker.start();
  }

  void opened(InstanceId id) {
    open.merge(id, 1, Integer::sum);
  }

  void closed(InstanceId id) {
    open.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1);
  }

  @Override
  public boolean isAsleep(InstanceId id) {
    return asleep.contains(id);
  }

  @Override
  public void wake(InstanceId id) {
    var _ =
        Thread.ofVirtual()
            .name("wake-" + id)
            .start(() ->
                waker.wake(EDGE, id, "Message", "Somebody said something over an open page."));
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        try {
          asleep = open.isEmpty() ? Set.of() : store.unreachable(Set.copyOf(open.keySet()));
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("Cannot see which instances sleep; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    looker.interrupt();
  }
}
