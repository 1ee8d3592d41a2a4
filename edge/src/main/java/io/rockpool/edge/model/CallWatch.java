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
        public void refused(String model, String account) {}
      };

  /** A provider was asked, and the call is booked. */
  void ended(String model, String account, Settlement settlement, Duration took);

  /** A budget forbade the call. */
  void refused(String model, String account);
}
