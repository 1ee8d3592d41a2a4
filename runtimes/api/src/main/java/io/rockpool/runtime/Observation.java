package io.rockpool.runtime;

import java.net.URI;
import java.util.List;

/** What a driver sees on the runtime, now. */
public sealed interface Observation {
  /** No process and no state. */
  record Absent() implements Observation {}

  /** State, but no process, because it was asked to stop or never started. */
  record Stopped() implements Observation {}

  /**
   * State, but no process, and nobody asked for that.
   *
   * @param code exit status, 128 + signal number for a signal, -1 where the runtime cannot tell
   * @param advice what the runtime knows about it, in a sentence for a person
   */
  record Exited(int code, String advice) implements Observation {}

  /**
   * A live process of this generation. Says nothing about health: that is asked over the network.
   *
   * @param gateway where the control plane reaches the instance's gateway: scheme, host and port
   * @param listenerHost where it reaches what else the instance listens on, at a port that the
   *     instance chose: an IP address or a name, which no other instance on this host has
   * @param shortfalls what the host could not give; empty when all promises are kept
   */
  record Running(
      long generation,
      URI gateway,
      String listenerHost,
      Placement placement,
      List<Shortfall> shortfalls)
      implements Observation {
    public Running {
      shortfalls = List.copyOf(shortfalls);
    }
  }

  /**
   * A live process that gets no processor time: all of it is frozen, or only a part of it, when
   * somebody was killed on the way. Says nothing about where its memory is.
   *
   * @param awake what it is once it is woken; its shortfalls say what sleeping does not save here
   */
  record Frozen(Running awake) implements Observation {}
}
