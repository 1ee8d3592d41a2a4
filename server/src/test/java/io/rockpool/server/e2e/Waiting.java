package io.rockpool.server.e2e;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;

/** Waiting for what is true in the end; a failure tells the story so far. */
final class Waiting {
  static void until(int seconds, String what, Supplier<String> story, Callable<Boolean> holds) {
    try {
      await(what)
          .atMost(Duration.ofSeconds(seconds))
          .pollInterval(Duration.ofMillis(100))
          .until(holds);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "not within %d seconds: %s.%n%s".formatted(seconds, what, story.get()), e);
    }
  }

  private Waiting() {}
}
