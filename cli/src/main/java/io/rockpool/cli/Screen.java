package io.rockpool.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Prints answers and problems. What instances wrote is shown, never obeyed by the terminal. */
final class Screen {
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

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
        if (!json) {
          line(words.apply(node));
        } else if (!body.isEmpty()) {
          line(body);
        }
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

  /**
   * Columns as wide as their widest cell; the first row is the heading.
   *
   * @param numbers the columns, from 0 on, that are aligned as numbers are
   */
  static String table(List<List<String>> rows, int... numbers) {
    var cells = rows.stream().map(ArrayList::new).toList();
    for (var column : numbers) {
      var aligned = aligned(rows.stream().map(row -> row.get(column)).toList());
      for (var i = 0; i < aligned.size(); i++) {
        cells.get(i).set(column, aligned.get(i));
      }
    }
    return lines(cells);
  }

  /** Decimals below each other by their points, as long as the longest; other texts end there. */
  static List<String> aligned(List<String> texts) {
    var most = texts.stream().mapToInt(Screen::fraction).max().orElse(0);
    var padded =
        texts.stream()
            .map(it -> DECIMAL.matcher(it).matches() ? it + " ".repeat(most - fraction(it)) : it)
            .toList();
    var width = padded.stream().mapToInt(String::length).max().orElse(0);
    return padded.stream().map(it -> " ".repeat(width - it.length()) + it).toList();
  }

  /** How many characters a decimal has from its point on. */
  private static int fraction(String text) {
    var point = DECIMAL.matcher(text).matches() ? text.indexOf('.') : -1;
    return point < 0 ? 0 : text.length() - point;
  }

  private static String lines(List<? extends List<String>> rows) {
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
