package io.rockpool.control.openclaw;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * What the history of a conversation says about one turn. The history is the only thing that
 * outlives a gateway which is killed: it forgets keys, and runs an interrupted turn again by itself
 * under another id. Pure; measured on 2026.9.6.
 */
sealed interface Transcript {
  /** The turn was never begun, or not far enough to leave anything: ask for it. */
  record Unseen() implements Transcript {}

  /**
   * It will end by itself.
   *
   * @param text what is written so far; empty if nothing, or if nobody says
   * @param runs by whose events its end can be heard
   * @param own whether it runs under its own key, as when nothing went wrong
   */
  record Underway(String text, Set<String> runs, boolean own) implements Transcript {}

  /** It has ended with these words, which may be none. */
  record Ended(String text) implements Transcript {}

  /** It has ended without an answer. */
  record Failed(String words) implements Transcript {}

  /** It has ended, and all that it left is why. */
  record Unbegun(String words) implements Transcript {}

  /**
   * What a gateway says of a turn whose plugins were replaced, by a change of its configuration,
   * between its arrival and its first step. There is no code for it.
   */
  Pattern SUPERSEDED = Pattern.compile("prepared model runtime [a-z ]+ was superseded for ");

  /** What a gateway writes where it goes on with a turn that its death interrupted. */
  String INTERNAL = "internal_system";

  String STOPPED = "The answer was stopped.";
  String NO_ANSWER = "The assistant could not answer. Please try again.";

  /**
   * @param history what {@code chat.history} answered, its newest messages last
   * @param key by which the turn was asked for
   */
  static Transcript of(JsonNode history, String key) {
    var session = history.path("sessionInfo");
    var runs = new TreeSet<String>();
    session.path("activeRunIds").forEach(it -> runs.add(it.asString("")));
    var running = history.path("inFlightRun");
    if (running.path("runId").isString()) {
      runs.add(running.path("runId").asString());
    }
    var status = session.path("status").asString("");
    if (runs.contains(key)) {
      var isOurs = running.path("runId").asString("").equals(key);
      return new Underway(isOurs ? running.path("text").asString("") : "", Set.of(key), true);
    }
    if (isQueued(history.path("pendingInputs"), key)) {
      return new Underway("", Set.of(), false); // those that run are others'
    }
    var rows = new ArrayList<JsonNode>();
    history.path("messages").forEach(rows::add);
    var asked = indexOf(rows, key + ":user");
    if (asked < 0) {
      // What is begun beside a turn that is being taken up again is mixed up with it.
      boolean takesUp = status.equals("running") && session.path("abortedLastRun").asBoolean(false);
      return takesUp ? new Underway("", Set.of(), false) : new Unseen();
    }
    var after = rows.subList(asked + 1, rows.size());
    int next = nextQuestion(after);
    var mine = after.subList(0, next);
    boolean isLast = next == after.size();
    boolean active =
        isLast
            && (!runs.isEmpty()
                || session.path("hasActiveRun").asBoolean(false)
                || status.equals("running"));
    return said(mine, key, active, runs, session, rows.get(asked));
  }

  private static Transcript said(
      List<JsonNode> mine,
      String key,
      boolean active,
      Set<String> runs,
      JsonNode session,
      JsonNode question) {
    if (!mine.isEmpty() && mine.stream().allMatch(it -> isFailure(it) && isOf(it, key))) {
      var words = words(mine.getLast());
      if (isSuperseded(words)) {
        return new Unbegun(words); // what runs is another turn that has just begun
      }
    }
    var answers = mine.stream().filter(Transcript::isAnswer).toList();
    var last = answers.isEmpty() ? null : answers.getLast();
    if (last != null && isOf(last, key)) {
      return isError(last) ? new Failed(words(last)) : new Ended(text(last));
    }
    if (active) {
      return new Underway("", Set.copyOf(runs), false);
    }
    // A failure that comes after an answer is of something else.
    var good = answers.stream().filter(it -> !isError(it)).toList();
    if (!good.isEmpty()) {
      return new Ended(text(good.getLast()));
    }
    if (last != null) {
      return new Failed(words(last));
    }
    var failure = mine.stream().filter(Transcript::isFailure).findFirst();
    if (failure.isPresent()) {
      return new Failed(words(failure.get()));
    }
    if (session.path("startedAt").asLong(0) < question.path("timestamp").asLong(0)) {
      return new Unseen(); // the question was kept, and nothing more
    }
    return switch (session.path("status").asString("")) {
      case "done" -> new Ended("");
      case "killed" -> new Failed(STOPPED);
      case "failed" -> {
        var why = session.path("lastRunError").asString("");
        yield new Failed(why.isBlank() ? NO_ANSWER : why);
      }
      default -> new Unseen();
    };
  }

  private static boolean isQueued(JsonNode pending, String key) {
    return pending
        .path("items")
        .valueStream()
        .anyMatch(it ->
            it.path("runId").asString("").equals(key)
                && it.path("state").asString("").equals("queued"));
  }

  private static int indexOf(List<JsonNode> rows, String idempotencyKey) {
    for (int i = rows.size() - 1; i >= 0; i--) {
      if (rows.get(i).path("idempotencyKey").asString("").equals(idempotencyKey)) {
        return i;
      }
    }
    return -1;
  }

  /** Where somebody asked something else; the gateway itself does not count. */
  private static int nextQuestion(List<JsonNode> rows) {
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.get(i);
      if (row.path("role").asString("").equals("user")
          && !row.at("/provenance/kind").asString("").equals(INTERNAL)) {
        return i;
      }
    }
    return rows.size();
  }

  /** Rows without a reason to stop are said on the way, as are those that call a tool. */
  private static boolean isAnswer(JsonNode row) {
    var stop = row.path("stopReason").asString("");
    return row.path("role").asString("").equals("assistant")
        && !stop.isEmpty()
        && !stop.equals("toolUse")
        && !text(row).isBlank();
  }

  private static boolean isOf(JsonNode row, String key) {
    return row.at("/__openclaw/runId").asString("").equals(key)
        || row.path("idempotencyKey").asString("").equals(key);
  }

  private static boolean isError(JsonNode row) {
    return row.path("stopReason").asString("").equals("error")
        || row.path("idempotencyKey").asString("").endsWith(":terminal-error");
  }

  private static boolean isFailure(JsonNode row) {
    return row.path("customType").asString("").equals("run-failed-before-reply");
  }

  /**
   * Whether these are of a turn that may not have begun. One whose second model was to take over
   * from the first ends by them, too: then the history has more of it, or no such row.
   */
  static boolean isSuperseded(String words) {
    return SUPERSEDED.matcher(words).find();
  }

  private static String words(JsonNode row) {
    var words = forPeople(text(row));
    return words.isBlank() ? NO_ANSWER : words;
  }

  /** The text of a message: one, or parts of it beside those of other kinds. */
  static String text(JsonNode message) {
    var content = message.path("content");
    return content.isString()
        ? content.stringValue()
        : content
            .valueStream()
            .map(it -> it.path("text").asString(""))
            .collect(Collectors.joining());
  }

  /** Without what is meant for whoever has a terminal there. */
  static String forPeople(String words) {
    return words
        .lines()
        .filter(it -> !it.startsWith("To view logs, run "))
        .collect(Collectors.joining("\n"))
        .strip();
  }
}
