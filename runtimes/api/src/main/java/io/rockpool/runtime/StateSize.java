package io.rockpool.runtime;

import java.util.OptionalLong;

/** Ability: tells how much room the state of instances takes on their host's disk. */
public interface StateSize {
  /**
   * The bytes that an instance's state takes, whether it runs or not; what changes meanwhile is
   * counted or not. It may look at every file, so it takes seconds: ask seldom. Empty when there is
   * no state here, or it could not be told in time.
   */
  OptionalLong stateBytes(InstanceId id);
}
