package io.rockpool.control.openclaw;

/**
 * What is wrong with a configuration, for a person.
 *
 * @param path where, e.g. {@code agents.entries.coder.name}; {@code (all)} for the whole
 * @param message what is wrong there and what to do; never holds a value of the configuration
 */
public record ConfigProblem(Kind kind, String path, String message) {
  /** What sort of problem it is. */
  public enum Kind {
    /** No setting, or no value for it, that OpenClaw or Rockpool takes. */
    INVALID,
    /** A setting, or a way to write one, that is not the owner's. */
    LOCKED,
    /** The list of agents names one that there is not. */
    UNKNOWN_AGENT,
    /** The list of agents makes no team. */
    AGENTS
  }

  static final String ALL = "(all)";

  static ConfigProblem invalid(String path, String message) {
    return new ConfigProblem(Kind.INVALID, path, message);
  }

  static ConfigProblem locked(String path, String message) {
    return new ConfigProblem(Kind.LOCKED, path, message);
  }

  static ConfigProblem unknownAgent(String message) {
    return new ConfigProblem(Kind.UNKNOWN_AGENT, "agents", message);
  }

  static ConfigProblem agents(String message) {
    return new ConfigProblem(Kind.AGENTS, "agents", message);
  }
}
