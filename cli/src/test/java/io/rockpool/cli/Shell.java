package io.rockpool.cli;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs the client's commands as a shell would. */
final class Shell {
  @Command(name = "rockpool", mixinStandardHelpOptions = true)
  static final class Root {}

  /** What a command left behind. */
  record Ran(int code, String out, String err) {}

  private final Map<String, String> variables = new HashMap<>();
  private final Path home;
  private String input = "";
  private boolean interactive;

  Shell(Path home) {
    this.home = home;
  }

  Shell with(String variable, String value) {
    variables.put(variable, value);
    return this;
  }

  /** Somebody at a terminal will type this. */
  Shell typing(String lines) {
    input = lines;
    interactive = true;
    return this;
  }

  Shell piping(String lines) {
    input = lines;
    interactive = false;
    return this;
  }

  Ran run(String... arguments) {
    return start(arguments).end();
  }

  /** All commands, to be looked at. */
  CommandLine commands() {
    var nothing = new PrintWriter(new StringWriter());
    var root = new CommandLine(new Root());
    ClientCommands.addTo(
        root,
        new Environment(
            variables, home, new BufferedReader(new StringReader("")), nothing, nothing, false));
    return root;
  }

  /** Runs it beside the test. */
  Running start(String... arguments) {
    return new Running(arguments);
  }

  /** A command that may not have ended yet. */
  final class Running {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final FutureTask<Integer> code;

    private Running(String... arguments) {
      var environment =
          new Environment(
              variables,
              home,
              new BufferedReader(new StringReader(input)),
              new PrintWriter(out),
              new PrintWriter(err),
              interactive);
      var root = new CommandLine(new Root());
      ClientCommands.addTo(root, environment);
      code = new FutureTask<>(() -> root.execute(arguments));
      Thread.startVirtualThread(code);
    }

    String err() {
      return err.toString();
    }

    Ran end() {
      try {
        return new Ran(code.get(30, SECONDS), out.toString(), err.toString());
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        throw new AssertionError("the command did not end; it said: " + err, e);
      }
    }
  }
}
