package io.rockpool.runtime;

/**
 * Ability: a running instance can be frozen, with its memory given back to the host, and be brought
 * back as it was: same processes, same connections. Both verbs are idempotent, and {@link
 * RuntimeDriver#stop}, {@link RuntimeDriver#destroy} and {@link RuntimeDriver#start} work on a
 * frozen instance as on a running one.
 */
public interface Dozing {
  /**
   * Freezes all of its processes, then gives back as much of their memory as the host can take
   * elsewhere. What was frozen before is done again where it was left unfinished. An instance that
   * does not run is {@link DriverError.Refused}.
   *
   * @return done with {@link Observation.Frozen}; also when the host has nowhere to put the memory,
   *     which its shortfalls say
   */
  Outcome doze(InstanceId id);

  /**
   * Lets its processes go on; returns when they may run, not when their memory is back. What was
   * not frozen is left alone. An instance that does not run is {@link DriverError.Refused}.
   *
   * @return done with {@link Observation.Running}
   */
  Outcome wake(InstanceId id);
}
