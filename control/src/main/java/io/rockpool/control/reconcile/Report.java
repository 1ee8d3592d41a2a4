package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Running;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Writes what was seen into a status. Pure. */
final class Report {
  /** The reason why an instance is ready; with any other it is not. */
  static final String ANSWERING = "Answering";

  private static final String READY = "Ready";

  static Status of(
      Status before,
      Phase phase,
      int progress,
      long appliedGeneration,
      Trial trial,
      Observation seen,
      String reason,
      String message,
      Instant now) {
    var conditions = new ArrayList<Condition>();
    conditions.add(condition(before, READY, reason.equals(ANSWERING), reason, message, now));
    if (seen instanceof Running running) {
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
        List.copyOf(conditions),
        seen instanceof Running running ? running.placement() : null,
        seen instanceof Running running ? running.gateway() : null,
        trial);
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
