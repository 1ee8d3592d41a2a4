package io.rockpool.runtime;

import java.util.function.Consumer;

/** Ability: a host can be made ready ahead of the first start, e.g. by fetching OpenClaw. */
public interface Preparation {
  /**
   * How far it is.
   *
   * @param percent 0 to 100, never falling
   */
  record Progress(int percent, String text) {}

  /**
   * Fetches what instances need; returns when it is there. Quick when it is there already. Safe in
   * several processes at once. {@code start} does the same where it is missing.
   *
   * @throws InterruptedException when the caller no longer wants it; what was fetched so far is
   *     used by the next call
   */
  Result prepare(Consumer<Progress> progress) throws InterruptedException;

  /** How preparing ended. */
  sealed interface Result {
    record Ready() implements Result {}

    record Failed(DriverError error) implements Result {}
  }
}
