package io.rockpool.control.reconcile;

import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.plan.Plans;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every instance to what is wanted: looks, decides, acts, and writes down what it saw.
 *
 * <p>The store is the queue of work: an instance is due at a time, and whoever claims it owns it
 * for a lease. So a server may be killed anywhere, and any number of replicas may run. Whoever
 * found an instance running as it is wanted keeps it, and looks again and again without a word to
 * the store; a change makes it due for its holder, too.
 */
public final class Reconciler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private static final int REST_AT_ONCE = 16;
  private static final Duration RELIEVE_EVERY = Duration.ofSeconds(1);

  /**
   * How instances are asked.
   *
   * @param sockets whether one has a live connection to a chat platform, which its plan has a rule
   *     for
   */
  public record Probes(
      PathProbe path,
      FilesProbe files,
      SleepProbe sleep,
      LastLook last,
      Predicate<InstanceId> sockets) {
    public Probes(PathProbe path, FilesProbe files, SleepProbe sleep) {
      this(path, files, sleep, LastLook.NONE, _ -> false);
    }
  }

  private final InstanceStore store;
  private final Map<String, RuntimeDriver> drivers;
  private final Timing timing;
  private final InstantSource clock;
  private final Holder holder;
  private final Pass pass;
  private final Standstill standstill;
  private final MemoryBudget budget;

  /** What is renewed. Where a pass ended and could not give back, the lease ends by itself. */
  private final Holdings holdings;

  private final Semaphore startsFree;
  private final Semaphore restFree = new Semaphore(REST_AT_ONCE);
  private final Bell bell = new Bell();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param drivers by the name of the runtime
   * @param startsAtOnce instances on their way to running at once, at most
   */
  public Reconciler(
      InstanceStore store,
      Events events,
      Map<String, RuntimeDriver> drivers,
      Blueprints blueprints,
      Probes probes,
      Plans plans,
      Timing timing,
      int startsAtOnce,
      InstantSource clock,
      RandomGenerator jitter) {
    this.store = store;
    this.drivers = Map.copyOf(drivers);
    this.timing = timing;
    this.clock = clock;
    this.startsFree = new Semaphore(startsAtOnce);
    this.holdings = new Holdings(clock);
    this.holder = new Holder(UUID.randomUUID().toString(), store, clock);
    this.budget = new MemoryBudget(holder, plans, probes.sockets(), bell);
    var journal = new Journal(holder, events, timing);
    var handover = new Handover(holder.owner(), journal, blueprints, probes.files(), timing);
    var starting = new Starting(holder, journal, blueprints, handover, timing, jitter);
    this.pass =
        new Pass(
            holder,
            journal,
            starting,
            handover,
            new Sleeping(holder, journal, probes.sleep()),
            budget,
            plans,
            probes.sockets(),
            this.drivers,
            probes.path(),
            probes.last(),
            timing,
            bell);
    this.standstill = new Standstill(holder, journal, timing);
  }

  /** Begins to work, until closed. */
  public void start() {
    threads.execute(() -> claim(Lane.STARTS, startsFree));
    threads.execute(() -> claim(Lane.REST, restFree));
    threads.execute(this::lookAgain);
    threads.execute(this::renew);
    threads.execute(this::relieve);
    threads.execute(new OrphanSweep(store, drivers, timing.orphanGrace(), clock, bell)::run);
  }

  /** Something changed: look now. */
  public void look() {
    bell.ring();
  }

  /**
   * Stops working; what is under way is left where it is, and goes on with the next reconciler.
   * What is as it is wanted is given back, so that another replica need not wait for the leases to
   * end.
   */
  @Override
  public void close() {
    bell.close();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("The reconciler did not end within ten seconds");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      holder.endLeases(holdings.takeResting());
    } catch (RuntimeException e) {
      log.atWarn()
          .setCause(e)
          .log("Cannot give instances back; their leases will end by themselves");
    }
  }

  /**
   * Ends the processes of all instances on this server's runtimes, all at once. What is wanted
   * stays: the next server starts them again. Call it after {@link #close}.
   */
  public void stopInstances() throws InterruptedException {
    try (var stopping = Executors.newVirtualThreadPerTaskExecutor()) {
      drivers.forEach((_, driver) -> {
        for (var id : driver.list()) {
          stopping.execute(() -> standstill.stop(driver, id));
        }
      });
    }
  }

  private void claim(Lane lane, Semaphore free) {
    while (!bell.isClosed()) {
      try {
        var seen = bell.count();
        free.acquire();
        int taken = 1 + free.drainPermits();
        int begun = 0;
        try {
          for (var id : holder.claim(lane, taken, timing.lease())) {
            if (holdings.begin(id)) {
              work(id, lane, free);
              begun++;
            }
          }
        } finally {
          free.release(taken - begun);
        }
        if (begun == 0) {
          bell.await(seen, Duration.ofSeconds(1));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        if (bell.isClosed()) {
          return;
        }
        // The database may be away: nothing is lost, the store is asked again.
        log.atError().setCause(e).log("Cannot claim instances; trying again");
        pause(Duration.ofSeconds(1));
      }
    }
  }

  /** Looks at what is held and rests, each at its time. */
  private void lookAgain() {
    try {
      while (!bell.isClosed()) {
        var id = holdings.awaitLook();
        try {
          restFree.acquire();
        } catch (InterruptedException e) {
          holdings.rest(id, Instant.EPOCH);
          throw e;
        }
        work(id, Lane.REST, restFree);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Works on an instance in a thread of its own, in the place that was taken for it. */
  private void work(InstanceId id, Lane lane, Semaphore place) {
    threads.execute(() -> {
      var lookAt = Optional.<Instant>empty();
      try {
        lookAt = session(id, lane);
      } finally {
        place.release();
        lookAt.ifPresentOrElse(
            it -> holdings.rest(id, it),
            () -> {
              pass.forget(id);
              holdings.end(id);
              bell.ring(); // what was given back may be due for another lane
            });
      }
    });
  }

  private void renew() {
    var every = timing.lease().dividedBy(3);
    while (!bell.isClosed()) {
      try {
        holder.renew(holdings.all(), timing.lease());
      } catch (RuntimeException e) {
        log.atWarn().setCause(e).log("Cannot renew the leases; trying again");
      }
      pause(every);
    }
  }

  private void relieve() {
    while (!bell.isClosed()) {
      pause(RELIEVE_EVERY);
      try {
        if (!bell.isClosed()) {
          drivers.forEach(budget::relieve);
        }
      } catch (RuntimeException e) {
        log.atWarn().setCause(e).log("Cannot look after the memory; trying again");
      }
    }
  }

  /**
   * Works on one instance until it is as wanted, or there is nothing to do for some time.
   *
   * @return when to look again at what is kept
   */
  private Optional<Instant> session(InstanceId id, Lane lane) {
    try {
      return pass.run(id, lane);
    } catch (RuntimeException e) {
      if (bell.isClosed()) {
        return Optional.empty();
      }
      log.atError()
          .addKeyValue("instance", id)
          .setCause(e)
          .log("A reconcile pass failed; it is tried again");
      giveBack(id, clock.instant().plus(timing.longestBackOff().dividedBy(8)));
      return Optional.empty();
    }
  }

  private void giveBack(InstanceId id, Instant dueAt) {
    try {
      holder.held(id).ifPresent(it -> holder.release(it, dueAt));
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("instance", id)
          .setCause(e)
          .log("Cannot give an instance back; its lease will end by itself");
    }
  }

  private void pause(Duration duration) {
    try {
      bell.pause(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
