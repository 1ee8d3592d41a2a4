package io.rockpool.control.sleep;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Usage;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Wakes instances that somebody needs, and holds those who wait for it. Whoever comes while an
 * instance is being woken waits for the same wake: one watcher looks for all of them.
 */
public final class Waker {
  private static final Actor SERVER = new Actor.Rockpool("waker");

  /** Short: a wake takes a second, and its user waits for it. */
  private static final Duration LOOK = Duration.ofMillis(20);

  /** After this long it is a start, which takes a dozen seconds: no hurry. */
  private static final int LOOKS_IN_A_HURRY = 250;

  /** What became of waiting. */
  public sealed interface Awaited {
    /** It is reachable now. */
    record Awake(Instance instance) implements Awaited {}

    /** It will not be by itself: its owner stopped it, or it was given up. */
    record Down(Instance instance) implements Awaited {}

    /** There is none, or not for this actor. */
    record Unknown() implements Awaited {}

    /** Too many wait already. */
    record Crowded() implements Awaited {}

    /** It took too long; it is still being woken. */
    record Late() implements Awaited {}
  }

  /**
   * How many may wait for one instance, and how many instances wake at once.
   *
   * @param callers 1 or more
   * @param bytes what they hold in memory meanwhile, all together
   * @param wakes frozen instances that wake at once on this server, 1 or more
   */
  public record Bounds(int callers, long bytes, int wakes) {
    /** The first turn after a long sleep keeps a processor busy (measured). */
    public static final Bounds DEFAULT =
        new Bounds(1_024, 32L << 20, Runtime.getRuntime().availableProcessors());
  }

  private static final class Crowd {
    final CompletableFuture<Optional<Instance>> outcome = new CompletableFuture<>();
    int callers;
    long bytes;
  }

  private final InstanceStore store;
  private final Runnable changed;
  private final Bounds bounds;
  private final InstantSource clock;
  private final WakeLane lane;
  private final Looks looks;
  private final ConcurrentHashMap<InstanceId, Crowd> crowds = new ConcurrentHashMap<>();

  /**
   * @param changed called after each change, so that somebody looks soon
   * @param meter what an instance uses of its host; empty where nobody can tell
   */
  public Waker(
      InstanceStore store,
      Runnable changed,
      Activity activity,
      Function<Instance, Optional<Usage>> meter,
      Bounds bounds,
      InstantSource clock) {
    this.store = store;
    this.changed = changed;
    this.bounds = bounds;
    this.clock = clock;
    this.looks = new Looks(ids -> store.find(SERVER, ids));
    this.lane = new WakeLane(bounds.wakes(), activity::isNeeded, meter);
  }

  /**
   * Wants it to be awake. One that is already, or that its owner stopped, is left alone.
   *
   * @param reason a stable word in CamelCase
   * @param message who needs it, a sentence for a person
   * @return the instance as it is then; empty when there is none for this actor
   */
  public Optional<Instance> wake(Actor actor, InstanceId id, String reason, String message) {
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var woken =
        store.change(
            actor, id, it -> it.level() == Level.AWAKE ? it : it.awake(reason, message, now));
    if (woken.isPresent()) {
      changed.run();
    }
    return woken;
  }

  /**
   * Waits until its owner's path to it is open; wakes it if it sleeps.
   *
   * @param bytes what the caller holds in memory while it waits
   * @throws InterruptedException when the caller no longer wants it; the instance wakes all the
   *     same
   */
  public Awaited await(
      Actor actor, InstanceId id, String reason, String message, long bytes, Duration patience)
      throws InterruptedException {
    var found = actor instanceof Actor.Rockpool ? looks.at(id) : store.find(actor, id);
    if (found.isEmpty()) {
      return new Awaited.Unknown();
    }
    if (found.get().isReachable()) {
      return new Awaited.Awake(found.get());
    }
    if (!found.get().wakes()) {
      return new Awaited.Down(found.get());
    }
    var crowd = join(id, reason, message, bytes);
    if (crowd.isEmpty()) {
      return new Awaited.Crowded();
    }
    try {
      return crowd
          .get()
          .outcome
          .get(patience.toNanos(), TimeUnit.NANOSECONDS)
          .<Awaited>map(it -> it.isReachable() ? new Awaited.Awake(it) : new Awaited.Down(it))
          .orElseGet(Awaited.Unknown::new);
    } catch (TimeoutException e) {
      return new Awaited.Late();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot watch an instance that wakes", e);
    } finally {
      leave(crowd.get(), bytes);
    }
  }

  /** Joins those who wait; the first one wakes the instance and sets up its watcher. */
  private Optional<Crowd> join(InstanceId id, String reason, String message, long bytes) {
    var joined = new boolean[1];
    var first = new boolean[1];
    var crowd =
        crowds.compute(
            id,
            (_, present) -> {
              var it = present == null ? new Crowd() : present;
              first[0] = present == null;
              synchronized (it) {
                joined[0] =
                    it.callers < bounds.callers()
                        && (it.callers == 0 || it.bytes + bytes <= bounds.bytes());
                if (joined[0]) {
                  it.callers++;
                  it.bytes += bytes;
                }
              }
              return it;
            });
    if (first[0]) {
      Thread.ofVirtual().name("wake-" + id).start(() -> watch(id, crowd, reason, message));
    }
    return joined[0] ? Optional.of(crowd) : Optional.empty();
  }

  private static void leave(Crowd crowd, long bytes) {
    synchronized (crowd) {
      crowd.callers--;
      crowd.bytes -= bytes;
    }
  }

  private static boolean isEmpty(Crowd crowd) {
    synchronized (crowd) {
      return crowd.callers == 0;
    }
  }

  /** Wakes it when it is its turn, and looks after those who wait for it. */
  private void watch(InstanceId id, Crowd crowd, String reason, String message) {
    try {
      var frozen = store.find(SERVER, id).filter(Waker::isFrozen);
      if (frozen.isPresent()) {
        try (var place = lane.enter()) {
          look(id, crowd, reason, message, place::check);
          place.awaitAnswers(frozen.get());
        }
      } else {
        look(id, crowd, reason, message, () -> {});
      }
    } catch (InterruptedException | RuntimeException e) {
      end(id, crowd);
      crowd.outcome.completeExceptionally(e);
    }
  }

  private static boolean isFrozen(Instance instance) {
    return instance.level() != Level.AWAKE && instance.status().phase() == Phase.DOZING;
  }

  /** Looks until it is awake, or will not be, or nobody waits any more. */
  private void look(InstanceId id, Crowd crowd, String reason, String message, Runnable eachTime)
      throws InterruptedException {
    int looks = 0;
    do {
      // Each time: it may be on its way down just now, or was put to sleep again.
      var now = store.find(SERVER, id);
      if (now.filter(it -> it.level() != Level.AWAKE).isPresent()) {
        now = wake(SERVER, id, reason, message);
      }
      if (now.isEmpty() || now.get().isReachable() || !now.get().wakes()) {
        end(id, crowd);
        crowd.outcome.complete(now);
        return;
      }
      eachTime.run();
      Thread.sleep(++looks < LOOKS_IN_A_HURRY ? LOOK : LOOK.multipliedBy(5));
    } while (!isEmpty(crowd));
    end(id, crowd);
    crowd.outcome.complete(store.find(SERVER, id));
  }

  /** Who comes from here on finds another crowd. */
  private void end(InstanceId id, Crowd crowd) {
    crowds.remove(id, crowd);
  }

  /** How many wait for an instance now. */
  public int waiting(InstanceId id) {
    var crowd = crowds.get(id);
    if (crowd == null) {
      return 0;
    }
    synchronized (crowd) {
      return crowd.callers;
    }
  }
}
