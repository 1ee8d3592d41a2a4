package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.QUICK;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fleets, opened as tests like and closed after each. */
@Timeout(240)
abstract class FleetFixture {
  @TempDir Path home;

  private final List<Fleet> opened = new ArrayList<>();

  @AfterEach
  final void close() {
    opened.forEach(Fleet::close);
  }

  final Fleet fleet() {
    return fleet(QUICK);
  }

  final Fleet fleet(Timing timing) {
    var fleet = new Fleet(home, timing);
    opened.add(fleet);
    return fleet;
  }
}
