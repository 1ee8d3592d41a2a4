package io.rockpool.control.openclaw;

/** What came of a turn that nobody shall ever see. */
public sealed interface Rehearsal {
  /** It answered, and nothing is left of that. */
  record Done() implements Rehearsal {}

  /** It did not answer, or something may be left. */
  record Failed(String advice) implements Rehearsal {}
}
