package io.rockpool.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Prints answers and problems. What instances wrote is shown, never obeyed by the terminal. */
final class Screen {
  private final PrintWriter out;
  private final PrintWriter err;

  Screen(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** Prints the answer for people, or as it is, or what went wrong. Returns the exit code. */
  int show(Answer answer, boolean json, Function<JsonNode, String> words) {
    return switch (answer) {
      case Answer.Done(var node, var body) -> {
        line(json ? body : words.apply(node));
        yield ExitCode.DONE;
      }
      case Answer.Refused(var problem, var body) -> {
        note(json ? body : problem.words());
        yield ExitCode.ofStatus(problem.status());
      }
      case Answer.Lost(var advice) -> {
        note(advice);
        yield ExitCode.FAILED;
      }
    };
  }

  int show(Problem problem) {
    note(problem.words());
    return ExitCode.ofStatus(problem.status());
  }

  /** Prints a result. */
  void line(String text) {
    out.println(printable(text));
    out.flush();
  }

  /** Prints a piece of a result, at once. */
  void piece(String text) {
    out.print(printable(text));
    out.flush();
  }

  /** Prints progress or an error, which are no part of the result. */
  void note(String text) {
    err.println(printable(text));
    err.flush();
  }

  /**
   * Replaces control characters but line feeds and tabs: an instance's output could otherwise
   * rewrite the screen, or type into some terminals.
   */
  static String printable(String text) {
    return text.codePoints()
        .filter(c -> c != '\r')
        .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '\ufffd' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Columns as wide as their widest cell; the first row is the heading. */
  static String table(List<List<String>> rows) {
    var widths = new ArrayList<Integer>();
    for (var row : rows) {
      for (var i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    var lines = new ArrayList<String>();
    for (var row : rows) {
      var line = new StringBuilder();
      for (var i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths.get(i) - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }
}
