package io.rockpool.control.channel;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;

/** How the gateways of instances are reached. */
public interface Reach {
  /** Where one is. */
  sealed interface Place {
    record Open(URI gateway, Secret password) implements Place {}

    /** It sleeps, or is on its way. */
    record Away(String advice) implements Place {}

    /** It does not come by itself: its owner stopped it, or it was given up. */
    record Down(String advice) implements Place {}

    /** There is no such instance any more. */
    record Gone() implements Place {}
  }

  /** Where it is now. Wakes nobody. */
  Place now(InstanceId id);

  /**
   * Where it is once it is awake.
   *
   * @param message why it is woken, a sentence for a person
   * @throws InterruptedException when the caller no longer wants it; it wakes all the same
   */
  Place awake(InstanceId id, String message, Duration patience) throws InterruptedException;
}
