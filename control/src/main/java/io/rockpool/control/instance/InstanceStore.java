package io.rockpool.control.instance;

import io.rockpool.control.account.Actor;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where instances are kept. Reads take the actor: another account's row looks like no row. Those of
 * the pool are seen by the control plane alone, and not counted here: see {@link MemberStore}.
 */
public interface InstanceStore {
  /** What {@link #insert} did. */
  sealed interface Inserted {
    record New() implements Inserted {}

    /** The same account used the same creation key before. */
    record Before(Instance instance) implements Inserted {}

    /** There is no such account, or it was deleted. Nothing was added. */
    record NoAccount() implements Inserted {}

    /** The account has as many of this plan as it may. Nothing was added. */
    record Full() implements Inserted {}
  }

  /** Which instances a claim is about: each kind has its own bound, so that neither waits. */
  enum Lane {
    /** Those on their way to running. */
    STARTS,
    /** All others. */
    REST
  }

  /** Where a list goes on: behind this instance. */
  record Position(Instant createdAt, String id) {}

  /**
   * Adds an instance, due at once.
   *
   * @param creationKey one instance per account and key within a day; null for none
   * @param most how many of this plan the account may have with it; {@link Integer#MAX_VALUE} for
   *     any number
   * @param along done in the same transaction, where the instance is new
   */
  Inserted insert(Instance instance, @Nullable String creationKey, int most, Consumer<Sql> along);

  /** The same, alone. */
  default Inserted insert(Instance instance, @Nullable String creationKey, int most) {
    return insert(instance, creationKey, most, _ -> {});
  }

  /** The same, to any number. */
  default Inserted insert(Instance instance, @Nullable String creationKey) {
    return insert(instance, creationKey, Integer.MAX_VALUE);
  }

  Optional<Instance> find(Actor actor, InstanceId id);

  /** Those of {@code ids} that there are for this actor, in no order. */
  List<Instance> find(Actor actor, List<InstanceId> ids);

  /** At most {@code limit} of them, oldest first, behind {@code position}. */
  List<Instance> list(Actor actor, @Nullable Position position, int limit);

  /**
   * Changes what is wanted, how deep it shall sleep, or its term, and makes the instance due at
   * once. The change is made to the row as it is then: {@code change} may be called again when
   * somebody else was faster.
   *
   * @return the instance as changed; empty when there is none, or it is to be gone
   */
  Optional<Instance> change(Actor actor, InstanceId id, Function<Instance, Instance> change);

  /**
   * Takes up to {@code limit} due instances of a lane until {@code now + lease}. What was claimed
   * is not due any more, until it is changed, given back, or its lease ends without either. An
   * instance that {@code owner} holds is claimed again when it was changed.
   */
  List<InstanceId> claim(String owner, Lane lane, int limit, Instant now, Duration lease);

  /** Takes one instance, due or not, unless another owner holds it. */
  boolean take(String owner, InstanceId id, Instant now, Duration lease);

  /** Keeps those of {@code ids} that {@code owner} still holds until {@code until}. */
  void renew(String owner, Collection<InstanceId> ids, Instant now, Instant until);

  /** The instance, if {@code owner} still holds it. */
  Optional<Instance> held(String owner, InstanceId id, Instant now);

  /**
   * Writes what was seen, if {@code owner} still holds the instance and what is wanted is still of
   * {@code generation}.
   */
  boolean saveStatus(String owner, InstanceId id, long generation, Status status);

  /**
   * Gives the instance back, due at {@code dueAt}; due at once if it is no longer of {@code
   * revision}.
   */
  void release(String owner, InstanceId id, long revision, Instant dueAt);

  /**
   * Removes the instance and its events, and keeps the proof that its account asked for that.
   *
   * @param along done in the same transaction just before, where {@code owner} still holds it
   */
  void remove(String owner, InstanceId id, Instant now, Consumer<Sql> along);

  /** The same, alone. */
  default void remove(String owner, InstanceId id, Instant now) {
    remove(owner, id, now, _ -> {});
  }

  /** Whether an account asked for this id to be destroyed, and it was removed here. */
  boolean wasDestroyed(InstanceId id);

  /** Ends all leases, and makes what they were about due: for a server alone with its database. */
  void endLeases();

  /** Gives back those of {@code ids} that {@code owner} still holds, due at once. */
  void endLeases(String owner, Collection<InstanceId> ids);

  /** Makes every instance that should run, and was not given up, due at once. */
  void touchRunning(Instant now);

  /**
   * What instances are given has changed without a wish of their owners: each is handed it when it
   * runs.
   *
   * @param account whose; null for all
   */
  void renderAnew(@Nullable String account, Instant now);

  /** The same for one. */
  void renderAnew(InstanceId id, Instant now);

  /** Notes that somebody needed these. */
  void touch(Collection<InstanceId> ids, Instant now);

  /** Those of {@code ids} that nobody may pass to now, because they sleep or change. */
  Set<InstanceId> unreachable(Collection<InstanceId> ids);

  /**
   * At most {@code limit} of those that are wanted available, longest idle first; the pool's, too.
   */
  List<Instance> longestIdle(Phase phase, int limit);

  /**
   * At most {@code limit} of those whose term somebody must look at by now, by their ids.
   *
   * @param behind the list goes on behind this id; empty to begin
   */
  List<InstanceId> toReview(Instant now, String behind, int limit);

  /** How many of an account are on a plan and nothing keeps them from running. */
  int countFree(String accountId, String plan);

  /** Those that are kept from running. */
  List<InstanceId> held();

  /** How many there are in each phase; phases without any are missing. */
  Map<Phase, Long> countByPhase();
}
