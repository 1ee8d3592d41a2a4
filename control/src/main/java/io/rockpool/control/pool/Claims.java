package io.rockpool.control.pool;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.MemberStore;
import io.rockpool.control.instance.MemberStore.Claimed;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.Spares;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Wanted;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Gives members of the pool to owners. */
public final class Claims implements Spares {
  private static final int ALMOST = 90;

  /** Whoever loses a race has seen somebody else win one, so this is hardly ever needed. */
  private static final int ATTEMPTS = 100;

  private final MemberStore store;
  private final Blueprints blueprints;
  private final PoolRules rules;
  private final AtomicLong claims = new AtomicLong();
  private final AtomicLong misses = new AtomicLong();

  public Claims(MemberStore store, Blueprints blueprints, PoolRules rules) {
    this.store = store;
    this.blueprints = blueprints;
    this.rules = rules;
  }

  /** How often this server gave a member to an owner. */
  public long claims() {
    return claims.get();
  }

  /** How often it had none where one would have fitted. */
  public long misses() {
    return misses.get();
  }

  @Override
  public Optional<Instance> claim(
      Instance wished, @Nullable String name, @Nullable String creationKey, int most) {
    if (wished.accountId().equals(Accounts.POOL) || !rules.fits(wished.wanted())) {
      return Optional.empty();
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      var offer = best(wished, name);
      if (offer.isEmpty()) {
        break;
      }
      switch (store.claim(offer.get().member(), offer.get().owned(), creationKey, most)) {
        case Claimed.Won(var instance) -> {
          claims.incrementAndGet();
          return Optional.of(instance);
        }
        case Claimed.Before(var first) -> {
          return Optional.of(first);
        }
        case Claimed.NoAccount _, Claimed.Full _ -> {
          return Optional.empty(); // as the store of all instances will say
        }
        case Claimed.Lost _ -> {}
      }
    }
    misses.incrementAndGet();
    return Optional.empty();
  }

  /** A member, and what it would be. */
  private record Offer(Member member, Instance owned) {
    /** Those that answer at once first, and those that must be woken last. */
    static final Comparator<Offer> BEST_FIRST =
        Comparator.comparing((Offer it) -> it.owned().status().phase() != Phase.RUNNING)
            .thenComparing(it -> it.member().instance().status().phase() != Phase.RUNNING);
  }

  private Optional<Offer> best(Instance wished, @Nullable String name) {
    return store.members().stream()
        .filter(Member::isWarm)
        .filter(it -> rules.fits(it.instance().wanted()))
        .map(it -> new Offer(it, owned(it.instance(), wished, name)))
        .filter(it -> !blueprints.needsRestart(it.member().instance(), it.owned()))
        .min(Offer.BEST_FIRST);
  }

  private Instance owned(Instance member, Instance wished, @Nullable String name) {
    var before = member.wanted();
    var wanted =
        new Wanted(
            wished.wanted().goal(),
            before.plan(),
            before.runtime(),
            wished.wanted().agents(),
            wished.wanted().config(),
            before.generation() + 1,
            before.processGeneration());
    var now = wished.createdAt();
    var owned =
        new Instance(
            member.id(),
            wished.accountId(),
            name == null ? member.id().value() : name,
            now,
            now,
            wanted,
            member.status(),
            Rest.fresh(now),
            member.revision() + 1);
    return owned.seen(
        member.isReachable() && blueprints.of(member).equals(blueprints.of(owned))
            ? answering(owned, now)
            : almost(owned.status(), now));
  }

  /** It has the owner's files already. */
  private static Status answering(Instance owned, Instant now) {
    var status = owned.status();
    return new Status(
        status.phase(),
        now,
        status.progress(),
        owned.wanted().generation(),
        status.appliedBy(),
        status.conditions(),
        status.placement(),
        status.gateway(),
        status.trial());
  }

  /** Its gateway must be woken, or take the owner's files. */
  private static Status almost(Status status, Instant now) {
    var ready =
        new Condition("Ready", false, "Claimed", "Its gateway is taking its configuration.", now);
    var conditions =
        status.conditions().stream().map(it -> it.type().equals("Ready") ? ready : it).toList();
    return new Status(
        Phase.PROVISIONING,
        now,
        ALMOST,
        status.appliedGeneration(),
        status.appliedBy(),
        conditions,
        status.placement(),
        status.gateway(),
        status.trial());
  }
}
