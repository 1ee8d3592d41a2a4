package io.rockpool.control.sleep;

import io.rockpool.control.instance.Instance;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Looks at instances for all who ask within some milliseconds at once. Each look begins after
 * whoever gets its answer has asked, so it is as new as one of their own.
 */
final class Looks {
  /** So long after a look began comes the next one; who asks first does not wait. */
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final Function<List<InstanceId>, List<Instance>> find;
  private Map<InstanceId, CompletableFuture<Optional<Instance>>> wishes = new HashMap<>();
  private boolean atWork;
  private long begun = System.nanoTime() - PAUSE.toNanos();

  /**
   * @param find those of them that there are
   */
  Looks(Function<List<InstanceId>, List<Instance>> find) {
    this.find = find;
  }

  /**
   * The instance as it is now; empty when there is none.
   *
   * @throws RuntimeException what the look itself ended with
   */
  Optional<Instance> at(InstanceId id) throws InterruptedException {
    CompletableFuture<Optional<Instance>> wish;
    boolean first;
    synchronized (this) {
      wish = wishes.computeIfAbsent(id, _ -> new CompletableFuture<>());
      first = !atWork;
      atWork = true;
    }
    if (first) {
      Thread.ofVirtual().name("looks").start(this::work);
    }
    try {
      return wish.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException("cannot look at an instance", e.getCause());
    }
  }

  /** How many instances the next look is for. */
  synchronized int waiting() {
    return wishes.size();
  }

  private void work() {
    while (true) {
      for (long left; (left = begun + PAUSE.toNanos() - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      Map<InstanceId, CompletableFuture<Optional<Instance>>> wished;
      synchronized (this) {
        if (wishes.isEmpty()) {
          atWork = false;
          return;
        }
        wished = wishes;
        wishes = new HashMap<>();
      }
      begun = System.nanoTime();
      grant(wished);
    }
  }

  private void grant(Map<InstanceId, CompletableFuture<Optional<Instance>>> wished) {
    try {
      for (var instance : find.apply(List.copyOf(wished.keySet()))) {
        Objects.requireNonNull(wished.get(instance.id())).complete(Optional.of(instance));
      }
      wished.values().forEach(wish -> wish.complete(Optional.empty()));
    } catch (RuntimeException | Error e) {
      wished.values().forEach(wish -> wish.completeExceptionally(e));
    }
  }
}
