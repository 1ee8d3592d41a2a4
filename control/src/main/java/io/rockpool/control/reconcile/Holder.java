package io.rockpool.control.reconcile;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** One holder of leases, and what it may do with the store: all of it is about what it holds. */
record Holder(String owner, InstanceStore store, InstantSource clock) {
  private static final Actor SERVER = new Actor.Rockpool("reconciler");

  Instant now() {
    return clock.instant();
  }

  List<InstanceId> claim(Lane lane, int limit, Duration lease) {
    return store.claim(owner, lane, limit, now(), lease);
  }

  boolean take(InstanceId id, Duration lease) {
    return store.take(owner, id, now(), lease);
  }

  void renew(Collection<InstanceId> ids, Duration lease) {
    var now = now();
    store.renew(owner, ids, now, now.plus(lease));
  }

  Optional<Instance> held(InstanceId id) {
    return store.held(owner, id, now());
  }

  /** Whether it was written: it is still held, and what is wanted is still the same. */
  boolean save(Instance instance, Status status) {
    return store.saveStatus(owner, instance.id(), instance.wanted().generation(), status);
  }

  /** Gives it back; due at once if what is wanted has changed. */
  void release(Instance instance, Instant dueAt) {
    store.release(owner, instance.id(), instance.revision(), dueAt);
  }

  /** Some of those in a phase, longest idle first. */
  List<Instance> longestIdle(Phase phase) {
    return store.longestIdle(phase, 50);
  }

  /** Changes how deep it shall sleep, unless that was changed meanwhile. */
  void rest(Instance instance, UnaryOperator<Instance> change) {
    store.change(
        SERVER,
        instance.id(),
        now -> now.revision() == instance.revision() ? change.apply(now) : now);
  }

  void endLeases(Collection<InstanceId> ids) {
    store.endLeases(owner, ids);
  }

  /**
   * @param along done in the same transaction
   */
  void remove(InstanceId id, Consumer<Sql> along) {
    store.remove(owner, id, now(), along);
  }
}
