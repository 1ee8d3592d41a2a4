package io.rockpool.runtime.tck;

/** What a driver can be asked; faults, gates and crashes of a {@link FakeDriver} aim at one. */
public enum Verb {
  START,
  STOP,
  DESTROY,
  OBSERVE,
  LIST,
  REPLACE_FILES,
  DOZE,
  WAKE
}
