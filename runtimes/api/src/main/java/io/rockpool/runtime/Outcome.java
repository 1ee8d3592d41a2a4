package io.rockpool.runtime;

/** How a verb ended. */
public sealed interface Outcome {
  /** It is so now, as {@code seen}. */
  record Done(Observation seen) implements Outcome {}

  record Failed(DriverError error) implements Outcome {}

  static Outcome done(Observation seen) {
    return new Done(seen);
  }

  static Outcome failed(DriverError error) {
    return new Failed(error);
  }
}
