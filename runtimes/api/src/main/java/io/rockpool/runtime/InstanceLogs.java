package io.rockpool.runtime;

/** Ability: the output of an instance can be read, also after it ended. */
public interface InstanceLogs {
  /**
   * Lines from {@code position} on, at most {@code limit}. Positions count the bytes the instance
   * ever wrote; older ones than are kept start at the oldest kept line. An unknown instance has no
   * lines.
   *
   * @param position 0 for the oldest line kept, {@link LogPage#next} of the page before to go on
   * @param limit 1 to 10,000
   */
  LogPage read(InstanceId id, long position, int limit);

  /** The last {@code limit} lines; 1 to 10,000. */
  LogPage tail(InstanceId id, int limit);
}
