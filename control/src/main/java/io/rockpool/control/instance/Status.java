package io.rockpool.control.instance;

import io.rockpool.runtime.Placement;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of an instance, and what the reconciler notes about it.
 *
 * @param since when {@code phase} last changed
 * @param progress 0 to 100, on the way to what is wanted
 * @param appliedGeneration the generation whose configuration the gateway has; 0 for none
 * @param appliedBy who saw that: another server may be another address to the gateway
 * @param placement where it runs, as its runtime shows it; null while it does not
 * @param gateway where Rockpool reaches its gateway; null while it does not run
 */
public record Status(
    Phase phase,
    Instant since,
    int progress,
    long appliedGeneration,
    @Nullable String appliedBy,
    List<Condition> conditions,
    @Nullable Placement placement,
    @Nullable URI gateway,
    Trial trial) {
  public Status {
    conditions = List.copyOf(conditions);
  }

  static Status fresh(Instant now) {
    return new Status(Phase.PROVISIONING, now, 0, 0, null, List.of(), null, null, Trial.of(1));
  }

  public Optional<Condition> condition(String type) {
    return conditions.stream().filter(it -> it.type().equals(type)).findFirst();
  }

  /** The same status, on the way to something else. */
  Status towards(Phase next, Instant now) {
    return phase == next
        ? this
        : new Status(
            next, now, 0, appliedGeneration, appliedBy, conditions, placement, gateway, trial);
  }
}
