package io.rockpool.control.openclaw;

/**
 * What is wrong with a configuration, for a person.
 *
 * @param path where, e.g. {@code agents.entries.coder.name}; {@code (all)} for the whole
 * @param message what is wrong there and what to do; never holds a value of the configuration
 */
public record ConfigProblem(String path, String message) {
  static final String ALL = "(all)";
}
