package io.rockpool.channel;

import java.time.Duration;

/** The ability to show that an answer is being written. */
public interface Typing {
  /** Shows it for a while. That it could not is nothing that anybody would do anything about. */
  void typing(Place place);

  /** When to say it again, for as long as it lasts. */
  Duration again();
}
