package io.rockpool.control.reconcile;

import io.rockpool.runtime.InstanceId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Asks a gateway before it is put to sleep, and tells it when it is back. */
public interface SleepProbe {
  /** What a gateway says when it is asked to pause. */
  sealed interface Answer {
    /**
     * It does nothing, and takes nothing new until it is told to go on.
     *
     * @param nextRun when a job of its own is due; null for never
     */
    record Ready(@Nullable Instant nextRun) implements Answer {}

    /**
     * It works, and goes on with that.
     *
     * @param why in a sentence for a person
     * @param retryAfter when to ask again
     */
    record Busy(String why, Duration retryAfter) implements Answer {}

    /** It does not say, so nobody knows. */
    record Silent() implements Answer {}
  }

  /** Asks it to pause. To ask again is fine. */
  Answer pause(InstanceId id, URI gateway);

  /** Tells it to go on, if it paused; whatever it was before, it works then, or does not answer. */
  void resume(InstanceId id, URI gateway);
}
