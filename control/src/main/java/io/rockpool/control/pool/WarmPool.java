package io.rockpool.control.pool;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.MemberStore;
import io.rockpool.control.instance.MemberStore.Demand;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.HostMemory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a few instances that nobody owns started and warm. Each is an instance as any other: the
 * reconciler starts it, and the ladder lets it doze. All that is known of them is in the store, so
 * any number of replicas may keep the same pool; that two of them add a member at once does no
 * harm, because the next look sees one too many.
 */
public final class WarmPool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WarmPool.class);
  private static final Actor POOL = new Actor.User(Accounts.POOL);

  private static final Duration EVERY = Duration.ofSeconds(2);

  /** So far back goes what counts as demand. */
  static final Duration LATELY = Duration.ofMinutes(15);

  /** The first seconds of an owner's new instance are not disturbed by another start. */
  static final Duration QUIET = Duration.ofSeconds(10);

  /** Longer than warming takes: then its server was killed, and another one may try. */
  static final Duration WARMING = Duration.ofMinutes(2);

  /** A member that is not warm for so long never will be; its place is kept as a back-off. */
  static final Duration PATIENCE = Duration.ofMinutes(15);

  private final MemberStore store;
  private final Instances instances;
  private final WarmUp warmUp;
  private final PoolRules rules;
  private final Supplier<Optional<HostMemory>> memory;
  private final InstantSource clock;
  private final Thread keeper = Thread.ofVirtual().name("warm pool").unstarted(this::keep);

  /**
   * @param memory of the host that members run on; empty where nobody knows it, and then there is
   *     no pool
   */
  public WarmPool(
      MemberStore store,
      Instances instances,
      WarmUp warmUp,
      PoolRules rules,
      Supplier<Optional<HostMemory>> memory,
      InstantSource clock) {
    this.store = store;
    this.instances = instances;
    this.warmUp = warmUp;
    this.rules = rules;
    this.memory = memory;
    this.clock = clock;
  }

  /** Begins to work, until closed. */
  public void start() {
    keeper.start();
  }

  /** Stops working; the members stay. */
  @Override
  public void close() {
    keeper.interrupt();
    try {
      keeper.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void keep() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        look();
        Thread.sleep(EVERY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        log.atWarn().setCause(e).log("Cannot look after the warm pool; trying again");
        if (!rested()) {
          return;
        }
      }
    }
  }

  private static boolean rested() {
    try {
      Thread.sleep(EVERY);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** One look: removes, adds or warms, at most one of each. */
  void look() throws InterruptedException {
    var now = clock.instant();
    var members = store.members();
    var demand = store.demand(rules.plan(), rules.runtime(), now.minus(LATELY));
    int wanted =
        memory
            .get()
            .map(host -> PoolSize.of(rules.most(), demand.created(), members.size(), host))
            .orElse(0);
    var superfluous = superfluous(members, wanted, now);
    if (superfluous.isPresent()) {
      var id = superfluous.get().instance().id();
      log.atInfo().addKeyValue("instance", id).log("Removing a member of the warm pool");
      instances.destroy(POOL, id);
      return;
    }
    if (members.size() < wanted
        && members.stream().allMatch(Member::isWarm)
        && isQuiet(demand, now)) {
      add(demand.agents());
      return;
    }
    for (var member : members) {
      if (isReadyToWarm(member)) {
        warm(member, now);
      }
    }
  }

  /** As the newest owner wanted it: what the next one wants alike need not be handed over. */
  private void add(List<String> agents) {
    var wish = new NewInstance("warm", rules.plan(), rules.runtime(), agents, "{}", null);
    if (instances.create(POOL, Accounts.POOL, wish) instanceof Taken.Refused && !agents.isEmpty()) {
      add(List.of()); // there are no such agents any more
    }
  }

  private static Optional<Member> superfluous(List<Member> members, int wanted, Instant now) {
    var hopeless = members.stream().filter(it -> isHopeless(it, now)).findFirst();
    return hopeless.isPresent() || members.size() <= wanted
        ? hopeless
        // one that is not warm rather than one that is
        : members.stream().min(Comparator.comparing(Member::isWarm));
  }

  private static boolean isHopeless(Member member, Instant now) {
    return !member.isWarm() && member.instance().status().since().plus(PATIENCE).isBefore(now);
  }

  private static boolean isQuiet(Demand demand, Instant now) {
    return demand.starting() == 0 && !now.isBefore(demand.newest().plus(QUIET));
  }

  private static boolean isReadyToWarm(Member member) {
    var instance = member.instance();
    return !member.isWarm()
        && instance.status().phase() == Phase.RUNNING
        && instance.level() == Level.AWAKE;
  }

  private void warm(Member member, Instant now) throws InterruptedException {
    var instance = member.instance();
    var gateway = instance.status().gateway();
    if (gateway == null || !store.beginWarming(instance.id(), now, now.plus(WARMING))) {
      return;
    }
    var agents = instance.wanted().agents();
    if (warmUp.warm(instance.id(), gateway, agents.isEmpty() ? "main" : agents.getFirst())) {
      store.warmed(instance.id(), clock.instant());
      log.atInfo().addKeyValue("instance", instance.id()).log("A member of the warm pool is warm");
    }
  }
}
