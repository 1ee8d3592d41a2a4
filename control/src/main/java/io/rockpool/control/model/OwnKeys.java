package io.rockpool.control.model;

import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * How often the keys were replaced by which instances themselves call their models. The keys are
 * derived, so that none is stored; the number is a part of the derivation.
 *
 * <p>Who may replace them is not decided here: ask for the instance first, with the actor.
 */
public final class OwnKeys {
  /**
   * Which keys of an instance are good.
   *
   * @param serial of the newest: 0 for the first
   * @param previousUntil until then the one before is good, too
   */
  public record Serial(long serial, Instant previousUntil) {
    private static final Serial FIRST = new Serial(0, Instant.EPOCH);

    /** Those that are good at a time, the newest first. */
    public List<Long> goodAt(Instant time) {
      return serial > 0 && time.isBefore(previousUntil)
          ? List.of(serial, serial - 1)
          : List.of(serial);
    }
  }

  private final Sql sql;
  private final InstantSource clock;

  public OwnKeys(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
  }

  public Serial of(InstanceId instance) {
    return sql
        .query(
            "SELECT serial, previous_until FROM own_key WHERE instance_id = ?",
            row ->
                new Serial(
                    row.getLong("serial"), Instant.ofEpochMilli(row.getLong("previous_until"))),
            instance.value())
        .stream()
        .findFirst()
        .orElse(Serial.FIRST);
  }

  /**
   * Replaces the key of an instance. One that was replaced before is refused from now on.
   *
   * @param overlap so long the key of now is still good; zero or more
   */
  public Serial replace(InstanceId instance, Duration overlap) {
    sql.update(
        """
        INSERT INTO own_key (instance_id, serial, previous_until) VALUES (?, 1, ?)
        ON CONFLICT (instance_id) DO UPDATE SET serial = own_key.serial + 1, previous_until = excluded.previous_until
        """,
        instance.value(),
        clock.instant().plus(overlap).toEpochMilli());
    return of(instance);
  }
}
