package io.rockpool.runtime;

import java.util.List;

/**
 * Where instances run. Five verbs, all idempotent: repeating one, or running it after a crash half
 * way through, ends in the same place. A driver keeps no memory of its own; what it knows, it reads
 * from the runtime. It may be called from many threads at once, for one instance from one at a
 * time.
 *
 * <p>More abilities are small interfaces that a driver may also implement: {@link InstanceLogs},
 * {@link LiveFiles}, {@link Preparation}, {@link Dozing}, {@link Metering}, {@link StateSize}.
 */
public interface RuntimeDriver {
  /**
   * Makes {@code spec} run, replacing an older generation. Returns once it is placed, not once it
   * is healthy. State from before is kept.
   */
  Outcome start(InstanceSpec spec);

  /**
   * Ends the processes, gently first, and keeps the state. Unknown ids are fine: the answer is
   * {@link Observation.Absent}.
   */
  Outcome stop(InstanceId id);

  /** Ends the processes and deletes the state, for good. No other verb deletes state. */
  Outcome destroy(InstanceId id);

  /** Looks; never changes anything. */
  Observation observe(InstanceId id);

  /**
   * Every instance this driver owns on its runtime, whether or not the store knows it. Order: by
   * id.
   */
  List<InstanceId> list();
}
