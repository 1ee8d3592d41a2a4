package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what was seen into a status. Pure. */
final class Report {
  /** The reason why an instance is ready; with any other it is not. */
  static final String ANSWERING = "Answering";

  static final String READY = "Ready";

  static Status of(
      Status before,
      Phase phase,
      int progress,
      long appliedGeneration,
      @Nullable String appliedBy,
      Trial trial,
      Observation seen,
      String reason,
      String message,
      Instant now) {
    var conditions = new ArrayList<Condition>();
    conditions.add(condition(before, READY, reason.equals(ANSWERING), reason, message, now));
    var running = alive(seen);
    if (running != null) {
      for (var shortfall : running.shortfalls()) {
        conditions.add(
            condition(before, shortfall.name(), false, "HostLacks", shortfall.advice(), now));
      }
    }
    return new Status(
        phase,
        phase == before.phase() ? before.since() : now,
        progress,
        appliedGeneration,
        appliedBy,
        List.copyOf(conditions),
        running == null ? null : running.placement(),
        running == null ? null : running.gateway(),
        trial);
  }

  /** Its process, frozen or not. */
  private static @Nullable Running alive(Observation seen) {
    return switch (seen) {
      case Running running -> running;
      case Frozen(var running) -> running;
      case Absent _, Stopped _, Exited _ -> null;
    };
  }

  private static Condition condition(
      Status before, String type, boolean status, String reason, String message, Instant now) {
    var since =
        before
            .condition(type)
            .filter(it -> it.status() == status && it.reason().equals(reason))
            .map(Condition::since)
            .orElse(now);
    return new Condition(type, status, reason, message, since);
  }

  private Report() {}
}
