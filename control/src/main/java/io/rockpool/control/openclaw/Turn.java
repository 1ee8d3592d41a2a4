package io.rockpool.control.openclaw;

import java.time.Duration;

/** What became of a turn that was asked for by a key, by what the caller may do next. */
public sealed interface Turn {
  /**
   * It has ended. Asked again by its key, it is the same.
   *
   * @param text all that it says; empty when it has nothing to say
   */
  record Answered(String text) implements Turn {}

  /**
   * It has ended, without an answer. Asked again by its key, it is the same.
   *
   * @param words why, the gateway's own, for whoever wrote; never empty
   */
  record Failed(String words) implements Turn {}

  /**
   * It has ended before any model or tool heard of it, by no fault of its own. Asked again by its
   * key, it is the same: ask by another one.
   *
   * @param words why, the gateway's own, for those who look after it
   */
  record Unbegun(String words) implements Turn {}

  /** The gateway did not take it, and would not the next time. */
  record Refused(String advice) implements Turn {}

  /** It is not taken now. Ask again by the same key. */
  record Busy(Duration after, String advice) implements Turn {}

  /** No connection. Wake the instance, then ask again by the same key. */
  record Unreachable(String advice) implements Turn {}

  /**
   * It may be under way, or have ended meanwhile. Ask again by the same key, as often as needed.
   */
  record Broken(String advice) implements Turn {}
}
