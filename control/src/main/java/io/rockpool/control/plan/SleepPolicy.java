package io.rockpool.control.plan;

import java.time.Duration;

/**
 * When an idle instance goes down the ladder.
 *
 * @param never whether it stays awake; the other two are then of no account
 * @param dozeAfter idle time until it is frozen and its memory given back; 10 seconds or more
 * @param stopAfter idle time until its process ends; longer than {@code dozeAfter}
 * @param sockets what holds for one that has a live connection to a chat platform
 */
public record SleepPolicy(
    boolean never, Duration dozeAfter, Duration stopAfter, SocketPolicy sockets) {
  private static final Duration LEAST = Duration.ofSeconds(10);

  /**
   * An idle gateway that is not frozen burns 1.4 to 4.8 seconds of processor time a minute
   * (measured), so twenty of them keep a core busy: doze early. Dozing costs about as much as
   * stopping, but waking takes a second instead of a dozen: stop late.
   */
  public static final SleepPolicy DEFAULT =
      new SleepPolicy(false, Duration.ofMinutes(2), Duration.ofDays(7));

  public SleepPolicy {
    if (dozeAfter.compareTo(LEAST) < 0) {
      throw new IllegalArgumentException("doze-after is %s: set 10s or more".formatted(dozeAfter));
    }
    if (stopAfter.compareTo(dozeAfter) <= 0) {
      throw new IllegalArgumentException(
          "stop-after (%s) must be longer than doze-after (%s)".formatted(stopAfter, dozeAfter));
    }
  }

  /** Where live connections keep instances awake. */
  public SleepPolicy(boolean never, Duration dozeAfter, Duration stopAfter) {
    this(never, dozeAfter, stopAfter, new SocketPolicy.Awake());
  }

  /**
   * Whether an instance stays awake, however idle it is.
   *
   * @param hasSocket whether it has a live connection to a chat platform
   */
  public boolean keepsAwake(boolean hasSocket) {
    return never || (hasSocket && sockets instanceof SocketPolicy.Awake);
  }

  /** The same times, which count only while {@code never} is false. */
  public SleepPolicy never(boolean isNever) {
    return new SleepPolicy(isNever, dozeAfter, stopAfter, sockets);
  }
}
