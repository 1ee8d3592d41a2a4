package io.rockpool.server.door;

import io.rockpool.control.sleep.Activity;
import io.rockpool.edge.Traffic;
import io.rockpool.runtime.InstanceId;

/** Tells from what passes the edge which instances are needed, and passes on what it is told. */
public final class InUse implements Traffic {
  private final Activity activity;
  private final OpenSockets sockets;
  private final Traffic next;

  /**
   * @param next is told everything, too
   */
  public InUse(Activity activity, OpenSockets sockets, Traffic next) {
    this.activity = activity;
    this.sockets = sockets;
    this.next = next;
  }

  @Override
  public void began(InstanceId id, Kind kind) {
    switch (kind) {
      case PROBE, POLL -> {}
      case SOCKET -> {
        activity.used(id); // from here on what its client says counts
        sockets.opened(id);
      }
      case PAGE, API, MODEL -> activity.began(id);
    }
    next.began(id, kind);
  }

  @Override
  public void moved(InstanceId id, Kind kind, Direction direction, long bytes) {
    next.moved(id, kind, direction, bytes);
  }

  @Override
  public void spoke(InstanceId id) {
    activity.used(id);
    next.spoke(id);
  }

  @Override
  public void ended(InstanceId id, Kind kind, int status) {
    switch (kind) {
      case PROBE, POLL -> {}
      case SOCKET -> sockets.closed(id);
      case PAGE, API, MODEL -> activity.ended(id);
    }
    next.ended(id, kind, status);
  }
}
