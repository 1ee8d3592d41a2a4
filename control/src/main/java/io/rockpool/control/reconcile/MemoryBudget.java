package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of a host, as a budget: what it cannot hold is not started and not woken, so that the
 * kernel need not kill anybody. Room is made by putting to sleep who was idle longest.
 */
final class MemoryBudget {
  private static final Logger log = LoggerFactory.getLogger(MemoryBudget.class);

  /** What an instance is about to need, in bytes (measured; docs/reference/benchmarks.md). */
  enum Need {
    /** A gateway that starts and answers its first turn. */
    START(1_100L << 20),
    /** One that was frozen and answers a turn. */
    WAKE(400L << 20);

    private final long bytes;

    Need(long bytes) {
      this.bytes = bytes;
    }
  }

  /** What an instance that falls asleep gives back, at least. */
  private static final long GAIN = 500L << 20;

  private static final long GIB = 1L << 30;

  /** So long it takes at most until what was promised shows in the host's own numbers. */
  private static final Duration PROMISED = Duration.ofSeconds(20);

  /** And so long until what was put to sleep does. */
  private static final Duration FALLING = Duration.ofSeconds(10);

  /** Who was needed just now is left alone. */
  private static final Duration IDLE = Duration.ofSeconds(15);

  private final Holder holder;
  private final Plans plans;
  private final Predicate<InstanceId> sockets;
  private final Bell bell;
  private final Map<InstanceId, Promise> promises = new ConcurrentHashMap<>();
  private final Map<InstanceId, Promise> refused = new ConcurrentHashMap<>();
  private final Map<InstanceId, Instant> falling = new ConcurrentHashMap<>();

  private record Promise(long bytes, Instant until) {}

  MemoryBudget(Holder holder, Plans plans, Predicate<InstanceId> sockets, Bell bell) {
    this.holder = holder;
    this.plans = plans;
    this.sockets = sockets;
    this.bell = bell;
  }

  /**
   * Whether an instance may take what it needs now. If not, room is being made: ask again soon. A
   * runtime that cannot tell has room for everybody.
   */
  boolean admits(InstanceId id, RuntimeDriver driver, Need need) {
    if (!(driver instanceof Metering metering)) {
      return true;
    }
    var now = holder.now();
    synchronized (this) {
      expire(now);
      promises.remove(id);
      if (missing(metering.memory(), sum(promises) + need.bytes) <= 0) {
        promises.put(id, new Promise(need.bytes, now.plus(PROMISED)));
        refused.remove(id);
        return true;
      }
      refused.put(id, new Promise(need.bytes, now.plus(FALLING)));
    }
    return false;
  }

  /** It has taken what it needed: the host's own numbers show it. */
  void taken(InstanceId id) {
    promises.remove(id);
  }

  /** What is missing so that {@code needed} bytes can be taken and the reserve stays; or less. */
  static long missing(HostMemory memory, long needed) {
    return needed + reserve(memory) - memory.available();
  }

  /** For everything that is no instance: a twentieth, within half a gibibyte and two. */
  private static long reserve(HostMemory memory) {
    return Math.clamp(memory.total() / 20, GIB / 2, 2 * GIB);
  }

  /** Whether so little swap is left that dozing ones must be stopped. */
  static boolean isSwapShort(HostMemory memory) {
    return memory.swap() > 0 && memory.freeSwap() < Math.max(memory.swap() / 20, GIB / 2);
  }

  /** Makes room where it is missing. */
  void relieve(String runtime, RuntimeDriver driver) {
    if (!(driver instanceof Metering metering)) {
      return;
    }
    var now = holder.now();
    var memory = metering.memory();
    long missing;
    synchronized (this) {
      expire(now);
      missing = missing(memory, sum(promises) + sum(refused)) - falling.size() * GAIN;
    }
    var deep = driver instanceof Dozing && memory.freeSwap() > GIB ? Level.DOZING : Level.STOPPED;
    if (missing > 0) {
      var wanted = Math.ceilDiv(missing, GAIN);
      holder.longestIdle(Phase.RUNNING).stream()
          .filter(it -> it.wanted().runtime().equals(runtime) && maySleep(it, now))
          .limit(wanted)
          .forEach(
              it -> down(it, deep, "MemoryShort", "Its host needed the memory for others.", now));
    }
    if (isSwapShort(memory)) {
      holder.longestIdle(Phase.DOZING).stream()
          .filter(it -> it.wanted().runtime().equals(runtime) && it.level() == Level.DOZING)
          .filter(it -> !falling.containsKey(it.id()))
          .limit(1)
          .forEach(it ->
              down(it, Level.STOPPED, "SwapShort", "Its host has hardly any swap left.", now));
    }
  }

  private boolean maySleep(Instance instance, Instant now) {
    return instance.level() == Level.AWAKE
        && !falling.containsKey(instance.id())
        && !now.isBefore(instance.rest().notBefore())
        && !now.isBefore(instance.rest().activeAt().plus(IDLE))
        && plans
            .named(instance.wanted().plan())
            .map(Plan::sleep)
            .filter(it -> !it.keepsAwake(sockets.test(instance.id())))
            .isPresent();
  }

  private void down(Instance instance, Level level, String reason, String message, Instant now) {
    falling.put(instance.id(), now.plus(FALLING));
    log.atInfo()
        .addKeyValue("instance", instance.id())
        .addKeyValue("level", level)
        .addKeyValue("reason", reason)
        .log("Putting an instance to sleep, to make room");
    holder.rest(instance, it -> it.resting(it.rest().down(level, reason, message, now)));
    bell.ring();
  }

  private void expire(Instant now) {
    promises.values().removeIf(it -> !now.isBefore(it.until()));
    refused.values().removeIf(it -> !now.isBefore(it.until()));
    falling.values().removeIf(it -> !now.isBefore(it));
  }

  private static long sum(Map<InstanceId, Promise> of) {
    return of.values().stream().mapToLong(Promise::bytes).sum();
  }
}
