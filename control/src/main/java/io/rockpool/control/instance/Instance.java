package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceId;
import java.time.Instant;

/**
 * One person's OpenClaw: what is wanted of it, and what was seen.
 *
 * @param name what its owner calls it, 1 to 80 characters
 * @param updatedAt when what is wanted last changed
 * @param revision counts every change of {@code wanted}, {@code rest} and {@code term}
 */
public record Instance(
    InstanceId id,
    String accountId,
    String name,
    Instant createdAt,
    Instant updatedAt,
    Wanted wanted,
    Status status,
    Rest rest,
    long revision,
    Term term) {

  /** One that may run for as long as its owner likes. */
  public Instance(
      InstanceId id,
      String accountId,
      String name,
      Instant createdAt,
      Instant updatedAt,
      Wanted wanted,
      Status status,
      Rest rest,
      long revision) {
    this(id, accountId, name, createdAt, updatedAt, wanted, status, rest, revision, Term.UNLIMITED);
  }

  /** A new one. */
  public static Instance fresh(
      InstanceId id, String accountId, String name, Wanted wanted, Instant now) {
    return new Instance(
        id, accountId, name, now, now, wanted, Status.fresh(now), Rest.fresh(now), 1);
  }

  /** The same instance, of which something else is wanted since {@code now}. */
  Instance wanting(Wanted other, Status status, Instant now) {
    return new Instance(id, accountId, name, createdAt, now, other, status, rest, revision, term);
  }

  /** The same instance, seen otherwise. */
  public Instance seen(Status other) {
    return new Instance(
        id, accountId, name, createdAt, updatedAt, wanted, other, rest, revision, term);
  }

  /** The same instance, after one more change. */
  Instance revised() {
    return new Instance(
        id, accountId, name, createdAt, updatedAt, wanted, status, rest, revision + 1, term);
  }

  /** The same instance, which shall sleep otherwise. */
  public Instance resting(Rest other) {
    return new Instance(
        id, accountId, name, createdAt, updatedAt, wanted, status, other, revision, term);
  }

  /** The same instance, on other terms. */
  Instance on(Term other) {
    return new Instance(
        id, accountId, name, createdAt, updatedAt, wanted, status, rest, revision, other);
  }

  /** The same instance, which shall be awake, needed now. */
  public Instance awake(String reason, String message, Instant now) {
    var seen = status.phase() == Phase.STOPPED ? status.towards(Phase.PROVISIONING, now) : status;
    return seen(seen).resting(rest.awake(reason, message, now));
  }

  /** The same instance, which shall be gone with all its state. */
  public Instance leaving(Instant now) {
    return wanting(wanted.towards(Goal.GONE), status.towards(Phase.DELETING, now), now);
  }

  /** How deep it shall sleep; awake unless its owner wants it available. */
  public Level level() {
    return wanted.goal() == Goal.RUNNING ? rest.level() : Level.AWAKE;
  }

  /** Whether a message or a request reaches its gateway now. */
  public boolean isReachable() {
    return wanted.goal() == Goal.RUNNING
        && rest.level() == Level.AWAKE
        && status.phase() == Phase.RUNNING
        && status.gateway() != null;
  }

  /** Whether it runs, or will by itself once somebody needs it. */
  public boolean wakes() {
    return wanted.goal() == Goal.RUNNING && status.phase() != Phase.FAILED;
  }
}
