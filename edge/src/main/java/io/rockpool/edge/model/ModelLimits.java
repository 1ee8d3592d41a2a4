package io.rockpool.edge.model;

import java.time.Duration;

/**
 * What clients may demand of the model gateway.
 *
 * @param bodyBytes the longest request; 1 KiB to 1 GiB
 * @param heldBytes of all requests that wait for an answer's beginning; no less than {@code
 *     bodyBytes}
 * @param callsPerInstance calls of one instance at once; 1 to 100,000
 * @param patience so long a call waits for others to give back what they set aside of a budget
 * @param drains so many answers are read to their end although their client has left
 * @param drain so long, and
 * @param drainBytes so many bytes of such an answer are read at most
 * @param refusesUnpriced whether no model without a price is called on the operator's bill
 */
public record ModelLimits(
    int bodyBytes,
    long heldBytes,
    int callsPerInstance,
    Duration patience,
    int drains,
    Duration drain,
    int drainBytes,
    boolean refusesUnpriced) {
  /**
   * 32 MiB, and of all a quarter of the heap; 4,096 calls; half a minute of patience; models
   * without a price are called.
   */
  public static final ModelLimits DEFAULT =
      new ModelLimits(
          32 << 20,
          Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4),
          4_096,
          Duration.ofSeconds(30),
          64,
          Duration.ofSeconds(30),
          256 << 10,
          false);

  /** The same, but that models without a price are refused or not. */
  public ModelLimits refusingUnpriced(boolean refuses) {
    return new ModelLimits(
        bodyBytes, heldBytes, callsPerInstance, patience, drains, drain, drainBytes, refuses);
  }

  /** So much of {@link #heldBytes} one instance may hold: a quarter, but one request at least. */
  long sharePerInstance() {
    return Math.max(bodyBytes, heldBytes / 4);
  }

  /**
   * So much share the answers that the operator pays for, and those of users' own providers as much
   * again: as much together as requests.
   */
  long answerBytes() {
    return heldBytes / 2;
  }

  public ModelLimits {
    if (bodyBytes < 1 << 10 || bodyBytes > 1 << 30) {
      throw new IllegalArgumentException(
          "model.body-bytes is %d: set 1024 to 1073741824".formatted(bodyBytes));
    }
    if (heldBytes < bodyBytes) {
      throw new IllegalArgumentException(
          "model.held-bytes is %d: set %d or more".formatted(heldBytes, bodyBytes));
    }
    if (callsPerInstance < 1 || callsPerInstance > 100_000) {
      throw new IllegalArgumentException(
          "model.calls-per-instance is %d: set 1 to 100000".formatted(callsPerInstance));
    }
  }
}
