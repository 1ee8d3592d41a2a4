package io.rockpool.runtime;

import java.util.List;
import java.util.Map;

/**
 * What should run.
 *
 * @param generation counts changes that need a new process; 1 or more
 * @param command program and arguments; the program is found on the runtime's own search path,
 *     where {@code openclaw} and {@code node} are. No secret belongs here: others can see it
 * @param environment variables, beside {@code HOME}, {@code TMPDIR} and {@code PATH}, which the
 *     runtime sets. In their values {@code {home}}, {@code {config}}, {@code {port}} and {@code
 *     {listener}} stand for the instance's home folder, its config folder, the port its gateway
 *     must listen on, and the address for whatever else it listens on, at ports of its own choice,
 *     as the instance sees them. No secret belongs here
 */
public record InstanceSpec(
    InstanceId id,
    long generation,
    List<String> command,
    Map<String, String> environment,
    InstanceFiles files,
    Limits limits) {
  public InstanceSpec {
    if (generation < 1) {
      throw new IllegalArgumentException("generation is %d: count from 1".formatted(generation));
    }
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
