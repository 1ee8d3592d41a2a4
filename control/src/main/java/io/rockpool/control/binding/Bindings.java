package io.rockpool.control.binding;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Who speaks to which instance through bots that many users share. An owner makes a code; whoever
 * sends it to such a bot is bound.
 */
public final class Bindings {
  /** How long a code is good. */
  public static final Duration CODE_GOOD = Duration.ofMinutes(10);

  /**
   * A code that was made.
   *
   * @param code good once; as it is typed: five letters and digits, a dash, and five more
   */
  public record Made(String code, Instant expiresAt) {
    /** Shows nothing of the code. */
    @Override
    public String toString() {
      return "Made[***, %s]".formatted(expiresAt);
    }
  }

  private final BindingStore store;
  private final InstanceStore instances;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param random nobody can tell what it gives next
   */
  public Bindings(Sql sql, InstanceStore instances, InstantSource clock, RandomGenerator random) {
    this.store = new BindingStore(sql);
    this.instances = instances;
    this.clock = clock;
    this.random = random;
  }

  /** A new code for an instance; empty when there is none that the actor may see. */
  public Optional<Made> makeCode(Actor actor, InstanceId instance) {
    if (isMissing(actor, instance)) {
      return Optional.empty();
    }
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var made = new Made(Code.fresh(random), now.plus(CODE_GOOD));
    var hash = Code.hash(made.code()).orElseThrow();
    return store.addCode(hash, instance, now, made.expiresAt())
        ? Optional.of(made)
        : Optional.empty();
  }

  /** Who speaks to an instance; empty when there is none that the actor may see. */
  public Optional<List<Binding>> list(Actor actor, InstanceId instance) {
    return isMissing(actor, instance) ? Optional.empty() : Optional.of(store.list(actor, instance));
  }

  /** Ends that somebody speaks to it; whether there was one that the actor may end. */
  public boolean remove(Actor actor, InstanceId instance, String id) {
    return store.remove(actor, instance, id);
  }

  private boolean isMissing(Actor actor, InstanceId instance) {
    return instances.find(actor, instance).filter(it -> it.wanted().goal() != Goal.GONE).isEmpty();
  }

  BindingStore store() {
    return store;
  }
}
