package io.rockpool.server.e2e;

import static org.awaitility.Awaitility.await;
import static org.awaitility.pollinterval.FixedPollInterval.fixed;
import static org.awaitility.pollinterval.IterativePollInterval.iterative;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.pollinterval.PollInterval;

/** Waiting for what is true in the end; a failure tells the story so far. */
final class Waiting {
  private static final Duration OFTEN = Duration.ofMillis(100);
  private static final Duration SELDOM = Duration.ofSeconds(4);

  static void until(int seconds, String what, Supplier<String> story, Callable<Boolean> holds) {
    until(fixed(OFTEN), seconds, what, story, holds);
  }

  /** The same for who must not be asked often: less and less, in the end every six seconds. */
  static void seldom(int seconds, String what, Supplier<String> story, Callable<Boolean> holds) {
    var slower = iterative(it -> it.compareTo(SELDOM) < 0 ? it.multipliedBy(2) : it, OFTEN);
    until(slower, seconds, what, story, holds);
  }

  private static void until(
      PollInterval each,
      int seconds,
      String what,
      Supplier<String> story,
      Callable<Boolean> holds) {
    try {
      await(what)
          .atMost(Duration.ofSeconds(seconds))
          .pollDelay(Duration.ZERO)
          .pollInterval(each)
          .until(holds);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "not within %d seconds: %s.%n%s".formatted(seconds, what, story.get()), e);
    }
  }

  private Waiting() {}
}
