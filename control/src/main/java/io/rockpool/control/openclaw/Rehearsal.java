package io.rockpool.control.openclaw;

/** What came of a turn that nobody shall see. */
public sealed interface Rehearsal {
  /** It answered, and the conversation is deleted. */
  record Done() implements Rehearsal {}

  /** It did not answer, or the conversation may be there still. */
  record Failed(String advice) implements Rehearsal {}
}
