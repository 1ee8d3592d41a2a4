package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;

/**
 * Told what passes. Called on the threads that carry the bytes, so it must not block. Per request
 * or tunnel: {@code began} once, {@code moved} any number of times, {@code ended} once.
 */
public interface Traffic {
  /** What a request is for. */
  enum Kind {
    /** Asks whether the gateway lives. Never a sign that somebody uses it. */
    PROBE,
    /** What an open Control UI fetches by itself. Never a sign that somebody uses it. */
    POLL,
    /** A page, file or setting of the Control UI. */
    PAGE,
    /** A call of the gateway's API. */
    API,
    /**
     * A WebSocket. An open one shows a page that somebody may have forgotten; {@link #spoke} is the
     * better sign.
     */
    SOCKET,
    /** A call of its model by an instance. */
    MODEL
  }

  /** Seen from the client: {@code UP} goes to the gateway. */
  enum Direction {
    UP,
    DOWN
  }

  /** Listens to nothing. */
  Traffic UNHEARD =
      new Traffic() {
        @Override
        public void began(InstanceId id, Kind kind) {}

        @Override
        public void moved(InstanceId id, Kind kind, Direction direction, long bytes) {}

        @Override
        public void ended(InstanceId id, Kind kind, int status) {}
      };

  /** The gate said yes, and there was room. */
  void began(InstanceId id, Kind kind);

  /** Body or tunnel bytes were read from one side; headers are not counted. */
  void moved(InstanceId id, Kind kind, Direction direction, long bytes);

  /**
   * A client said something over a WebSocket that an open page does not say by itself; for a long
   * message told again and again while it comes. What begins a connection is not told. Nor are
   * control frames.
   */
  default void spoke(InstanceId id) {}

  /** The answer is out, the client left, or the tunnel is closed. A tunnel's status is 101. */
  void ended(InstanceId id, Kind kind, int status);
}
