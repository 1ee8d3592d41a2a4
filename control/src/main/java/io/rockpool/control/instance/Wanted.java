package io.rockpool.control.instance;

import java.util.List;

/**
 * What the account asked for.
 *
 * @param runtime name of the runtime that runs it
 * @param agents the agent team, the one that is spoken to first; empty for a single assistant
 * @param config the account's own part of the OpenClaw configuration, a JSON object
 * @param generation counts every change of what is wanted, from 1
 * @param processGeneration the generation since which a new process is needed; at most {@code
 *     generation}
 */
public record Wanted(
    Goal goal,
    String plan,
    String runtime,
    List<String> agents,
    String config,
    long generation,
    long processGeneration) {
  public Wanted {
    agents = List.copyOf(agents);
    if (processGeneration < 1 || processGeneration > generation) {
      throw new IllegalArgumentException(
          "process generation %d is not within 1..%d".formatted(processGeneration, generation));
    }
  }

  Wanted towards(Goal other) {
    return new Wanted(other, plan, runtime, agents, config, generation + 1, processGeneration);
  }

  /** The same, in a new process. */
  Wanted anew() {
    return new Wanted(Goal.RUNNING, plan, runtime, agents, config, generation + 1, generation + 1);
  }

  Wanted configured(String newConfig, boolean needsRestart) {
    return new Wanted(
        goal,
        plan,
        runtime,
        agents,
        newConfig,
        generation + 1,
        needsRestart ? generation + 1 : processGeneration);
  }
}
