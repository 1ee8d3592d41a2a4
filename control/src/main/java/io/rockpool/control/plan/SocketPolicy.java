package io.rockpool.control.plan;

import java.time.Duration;

/** What an instance does that holds a live connection to a chat platform, while it is idle. */
public sealed interface SocketPolicy {
  /** It stays awake: messages come at once. */
  record Awake() implements SocketPolicy {}

  /**
   * It sleeps, and is woken to look for messages: platforms keep them meanwhile.
   *
   * @param every how long it sleeps; 5 minutes or more
   * @param length how long it then stays awake, if nothing comes; 30 seconds or more: it has to
   *     connect again first
   */
  record Looks(Duration every, Duration length) implements SocketPolicy {
    private static final Duration LEAST_SLEEP = Duration.ofMinutes(5);
    private static final Duration LEAST_LOOK = Duration.ofSeconds(30);

    public Looks {
      if (every.compareTo(LEAST_SLEEP) < 0) {
        throw new IllegalArgumentException("sockets-every is %s: set 5m or more".formatted(every));
      }
      if (length.compareTo(LEAST_LOOK) < 0) {
        throw new IllegalArgumentException("sockets-for is %s: set 30s or more".formatted(length));
      }
    }
  }
}
