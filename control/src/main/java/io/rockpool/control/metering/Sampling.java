package io.rockpool.control.metering;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.InstanceStore.Position;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.metering.ResourceUsage.Look;
import io.rockpool.control.money.Money;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all instances, again and again, and books what they used since the last look.
 *
 * <p>Every server may do so at once. What runs is seen only by the server whose runtime runs it;
 * what is stopped by all of them. Either way a look books the time since the one before it in the
 * database, and only one server can replace that: nothing counts twice. A server that starts again
 * goes on where the last look was.
 */
public final class Sampling {
  private static final Logger log = LoggerFactory.getLogger(Sampling.class);

  /** What runtimes tell. */
  public interface Hosts {
    /** Empty where it has no processes here, or nobody can tell. */
    Optional<Usage> usage(Instance instance);

    /** See {@link io.rockpool.runtime.StateSize}; empty where nobody can tell. */
    OptionalLong stateBytes(Instance instance);
  }

  /** How often to look. */
  public static final Duration EVERY = Duration.ofMinutes(1);

  /** State is measured so often, and what stays stopped is written so often. */
  static final Duration SELDOM = Duration.ofHours(1);

  /** Measuring takes no longer in one pass; the rest waits for the next. */
  private static final Duration MEASURING = Duration.ofSeconds(20);

  private static final int AT_ONCE = 100;

  /** When so many in a row cannot be booked, it is not for one of them. */
  private static final int MOST_FAILED = 10;

  private static final Actor SAMPLER = new Actor.Rockpool("sampling");

  private final InstanceStore store;
  private final ResourceUsage books;
  private final Hosts hosts;
  private final Plans plans;
  private final InstantSource clock;

  /** When this server last tried to measure the state of an instance. */
  private Map<InstanceId, Instant> measured = Map.of();

  public Sampling(
      InstanceStore store, ResourceUsage books, Hosts hosts, Plans plans, InstantSource clock) {
    this.store = store;
    this.books = books;
    this.hosts = hosts;
    this.plans = plans;
    this.clock = clock;
  }

  /** Looks at all of them, once. By one thread at a time. */
  public void pass() {
    var last = books.last();
    var tried = new HashMap<InstanceId, Instant>();
    var end = clock.instant().plus(MEASURING);
    Position behind = null;
    List<Instance> page;
    do {
      page = store.list(SAMPLER, behind, AT_ONCE);
      var looks = new ArrayList<Look>();
      for (var instance : page) {
        behind = new Position(instance.createdAt(), instance.id().value());
        try {
          look(instance, Optional.ofNullable(last.get(instance.id())), end, tried)
              .ifPresent(looks::add);
        } catch (RuntimeException e) {
          failed(instance, e);
        }
      }
      if (!looks.isEmpty()) {
        book(looks);
      }
    } while (page.size() == AT_ONCE);
    measured = tried;
  }

  /** Books them at once; each alone where one cannot be booked. */
  private void book(List<Look> looks) {
    try {
      books.book(looks);
    } catch (RuntimeException _) {
      int failed = 0;
      for (var look : looks) {
        try {
          books.book(List.of(look));
          failed = 0;
        } catch (RuntimeException e) {
          if (++failed == MOST_FAILED) {
            throw e;
          }
          failed(look.instance(), e);
        }
      }
    }
  }

  private static void failed(Instance instance, RuntimeException e) {
    log.atError()
        .addKeyValue("instance", instance.id().value())
        .setCause(e)
        .log("What an instance uses could not be booked; it is tried again");
  }

  /**
   * Looks at one a last time, before it is destroyed by this server, and books what it used up to
   * now. By any thread.
   */
  public void last(Instance instance) {
    var before = books.last(instance.id());
    var at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (before.filter(it -> !it.at().isBefore(at)).isPresent()) {
      return;
    }
    var usage = hosts.usage(instance);
    var now =
        new Sample(
            at,
            usage.isEmpty()
                ? Rung.STOPPED
                : before.map(Sampling::withProcesses).orElse(Rung.RUNNING),
            usage.map(Sample.Counter::of).or(() -> before.flatMap(Sample::counter)),
            usage.map(Usage::memoryBytes).orElse(0L),
            before.map(Sample::storageBytes).orElse(0L),
            before.map(Sample::storageAt).orElse(Instant.EPOCH));
    books.book(List.of(new Look(instance, before, now, price(instance))));
  }

  /** Whoever wants it gone wakes it for nothing. */
  private static Rung withProcesses(Sample before) {
    return before.rung() == Rung.DOZING ? Rung.DOZING : Rung.RUNNING;
  }

  private @Nullable Money price(Instance instance) {
    return plans.named(instance.wanted().plan()).map(Plan::price).orElse(null);
  }

  private Optional<Look> look(
      Instance instance, Optional<Sample> before, Instant end, Map<InstanceId, Instant> tried) {
    if (instance.wanted().goal() == Goal.GONE) {
      return Optional.empty();
    }
    var usage = hosts.usage(instance);
    var rung = rung(instance.status().phase(), usage.isPresent());
    var at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Optional.ofNullable(measured.get(instance.id())).ifPresent(it -> tried.put(instance.id(), it));
    if (rung.isEmpty()
        || before.filter(it -> !it.at().isBefore(at) || mayWait(it, rung.get(), at)).isPresent()) {
      return Optional.empty();
    }
    var storedBefore = before.map(Sample::storageBytes).orElse(0L);
    var storedAt = before.map(Sample::storageAt).orElse(Instant.EPOCH);
    var stored = OptionalLong.empty();
    if (isDue(storedAt, at)
        && isDue(tried.getOrDefault(instance.id(), Instant.EPOCH), at)
        && clock.instant().isBefore(end)) {
      stored = hosts.stateBytes(instance);
      tried.put(instance.id(), at);
    }
    var now =
        new Sample(
            at,
            rung.get(),
            usage.map(Sample.Counter::of).or(() -> before.flatMap(Sample::counter)),
            usage.map(Usage::memoryBytes).orElse(0L),
            stored.orElse(storedBefore),
            stored.isPresent() ? at : storedAt);
    return Optional.of(new Look(instance, before, now, price(instance)));
  }

  private static boolean mayWait(Sample before, Rung rung, Instant now) {
    return before.rung() == Rung.STOPPED && rung == Rung.STOPPED && !isDue(before.at(), now);
  }

  private static boolean isDue(Instant last, Instant now) {
    return !now.isBefore(last.plus(SELDOM));
  }

  /** Empty where this server cannot tell: it may run elsewhere, or is on its way. */
  static Optional<Rung> rung(Phase phase, boolean hasProcesses) {
    return switch (phase) {
      case DOZING -> hasProcesses ? Optional.of(Rung.DOZING) : Optional.empty();
      case PROVISIONING, RUNNING, DELETING ->
          hasProcesses ? Optional.of(Rung.RUNNING) : Optional.empty();
      case STOPPED, ARCHIVED, FAILED -> Optional.of(hasProcesses ? Rung.RUNNING : Rung.STOPPED);
    };
  }
}
