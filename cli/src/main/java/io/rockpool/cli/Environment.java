package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What surrounds the client.
 *
 * @param variables the environment's; {@code ROCKPOOL_URL}, {@code ROCKPOOL_PORT}, {@code
 *     ROCKPOOL_TOKEN} and {@code ROCKPOOL_HOME} are read
 * @param userHome where {@code .rockpool} is, unless {@code ROCKPOOL_HOME} says otherwise
 * @param interactive whether a person sits at both {@code in} and {@code out}
 */
public record Environment(
    Map<String, String> variables,
    Path userHome,
    BufferedReader in,
    PrintWriter out,
    PrintWriter err,
    boolean interactive) {
  public Environment {
    variables = Map.copyOf(variables);
  }

  /**
   * A line that must not be seen: a person who types it is asked, and sees nothing of it.
   *
   * @return without blanks around it; empty where there is none
   */
  @SuppressWarnings("SystemConsoleNull") // as below
  String secret(String question) {
    var console = System.console();
    if (interactive && console != null) {
      var typed = console.readPassword("%s", question);
      return typed == null ? "" : new String(typed).strip();
    }
    try {
      var line = in.readLine();
      return line == null ? "" : line.strip();
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read", e);
    }
  }

  /** This process's own. Text is UTF-8 whatever the locale: names and answers are. */
  @SuppressWarnings("SystemConsoleNull") // it is null in JDK 25 without a terminal (JDK-8351435)
  public static Environment ofThisProcess() {
    var console = System.console();
    return new Environment(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        new BufferedReader(new InputStreamReader(System.in, UTF_8)),
        new PrintWriter(System.out, true, UTF_8),
        new PrintWriter(System.err, true, UTF_8),
        console != null && console.isTerminal());
  }
}
