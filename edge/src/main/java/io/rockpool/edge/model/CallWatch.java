package io.rockpool.edge.model;

import io.rockpool.control.usage.Settlement;
import java.time.Duration;

/** Told of calls that have ended. Must not block. */
public interface CallWatch {
  /** Listens to nothing. */
  CallWatch UNHEARD =
      new CallWatch() {
        @Override
        public void ended(String model, String account, Settlement settlement, Duration took) {}

        @Override
        public void refused(String model, String account, Limit limit) {}
      };

  /** A provider was asked, and the call is booked. */
  void ended(String model, String account, Settlement settlement, Duration took);

  /** What a call was refused for. */
  enum Limit {
    BUDGET,
    QUOTA,
    /** The instance is kept from running, e.g. since nobody pays for it. */
    HOLD,
    /** The model has no price, and the operator serves none without. */
    PRICE
  }

  /** The call was not let begin. */
  void refused(String model, String account, Limit limit);
}
