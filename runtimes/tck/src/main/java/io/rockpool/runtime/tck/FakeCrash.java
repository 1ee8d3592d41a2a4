package io.rockpool.runtime.tck;

/**
 * The server was killed here. Thrown through everything, as a kill would, so that a test can open a
 * new server on the same ground and look at what became of the half-done work.
 */
public final class FakeCrash extends Error {
  FakeCrash(Verb verb) {
    super("the server was killed at " + verb);
  }
}
