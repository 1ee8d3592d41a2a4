package io.rockpool.runtime;

/**
 * Why a verb failed, by what the caller should do next. Every case says it in words for a person,
 * too.
 */
public sealed interface DriverError {
  /** One sentence: what happened and what to do. Goes to the user as it is. */
  String advice();

  /** The runtime says no and will say no again. Nothing changed. Retry only a new generation. */
  record Refused(String advice) implements DriverError {}

  /** No room now. Nothing changed. Retry with back-off. */
  record Full(String resource, String advice) implements DriverError {}

  /** Asked, not answered: it may have happened. Observe before anything else. */
  record Unknown(String advice) implements DriverError {}
}
