package io.rockpool.payment.tck;

import io.rockpool.payment.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What buyers and time do at a provider, done by a test. */
public interface Payers {
  /** What a provider sends to the webhook. */
  record Sent(Headers headers, String body) {}

  /** The buyer of an open purchase pays. */
  void pays(String reference, Instant until);

  /** The buyer of an open purchase agrees to it, and the first payment does not come. */
  void stalls(String reference);

  /** What is due once more could not be collected. */
  void fails(String reference, int failures, @Nullable Instant nextAttempt);

  /** The provider stops trying. */
  void givesUp(String reference);

  /** What was due is collected after all, or the next period is paid. */
  void renews(String reference, Instant until);

  /** It is over. */
  void ends(String reference, Instant now);

  /** A notice that says: this purchase may stand otherwise. */
  Sent notice(String id, String reference);

  /** From here on every request is answered as if the provider was down, until it is not. */
  void down(boolean isDown);
}
