package io.rockpool.runtime;

/** Ability: the files of a running instance can be replaced; its gateway notices by itself. */
public interface LiveFiles {
  /**
   * Replaces config and secrets, each file atomically, and writes seeds that are missing. The
   * process is left alone. An unknown instance is {@link DriverError.Refused}.
   */
  Outcome replaceFiles(InstanceId id, InstanceFiles files);
}
