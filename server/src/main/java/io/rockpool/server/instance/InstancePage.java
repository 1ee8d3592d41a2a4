package io.rockpool.server.instance;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Some of an actor's instances, oldest first.
 *
 * @param next the cursor of the next page; empty on the last one
 */
record InstancePage(List<Instance> instances, Optional<String> next) {
  static InstancePage of(
      Instances instances, Actor actor, Optional<Limit> limit, Optional<Cursor> cursor) {
    int most = Limit.of(limit);
    var position =
        cursor
            .map(it -> new InstanceStore.Position(Instant.ofEpochMilli(it.at()), it.id()))
            .orElse(null);
    var found = instances.list(actor, position, most + 1);
    var shown = found.subList(0, Math.min(most, found.size()));
    return new InstancePage(
        shown,
        found.size() > most
            ? Optional.of(
                new Cursor(shown.getLast().createdAt().toEpochMilli(), shown.getLast().id().value())
                    .text())
            : Optional.empty());
  }
}
