package io.rockpool.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rockpool usage}: what an instance or an account used of models, or of hosts. */
@Command(
    name = "usage",
    description = {
      "Show what an instance used of its models, by day, model and provider, and what it cost.",
      "Days are those of UTC. Tokens are the pieces of words that models count; those in were"
          + " read, those out written. Cached ones are those of them that came from the provider's"
          + " cache. Of calls that are estimated, Rockpool counted the tokens, or a part of them,"
          + " itself. A model without a price costs 0: see `rockpool models prices`.",
      "With --by: the parts of it. With --calls: single calls, the newest first; they are kept for"
          + " five weeks, and nothing of what was said in them.",
      "With --resources: what it used of its host instead, by day, and how deep it slept. A"
          + " gigabyte is 1,000,000,000 bytes."
    },
    footer = {
      "",
      "Example: rockpool usage ada --from 2026-11-01",
      "Example: rockpool usage --account me --by instance"
    })
final class UsageCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection = new ConnectionOptions();
  @Mixin OwnerParameter owner = new OwnerParameter();

  @Option(
      names = "--from",
      paramLabel = "DAY",
      converter = Typed.Day.class,
      description = "the first day, e.g. 2026-11-01; default: the first of the month of --to")
  @Nullable LocalDate from;

  @Option(
      names = "--to",
      paramLabel = "DAY",
      converter = Typed.Day.class,
      description = "the last day; default: today")
  @Nullable LocalDate to;

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      converter = Typed.Parts.class,
      description = "sums by day, model, provider or instance")
  @Nullable String by;

  @Option(names = "--calls", description = "single calls of the instance's models")
  boolean calls;

  @Option(
      names = "--limit",
      paramLabel = "COUNT",
      description = "with --calls: show so many, 1 to 200; default: 50")
  @Nullable Integer limit;

  @Option(
      names = "--cursor",
      paramLabel = "WORD",
      description = "with --calls: go on where a page before ended, as that page says")
  @Nullable String cursor;

  @Option(
      names = "--resources",
      description = "show processor time, memory and storage instead of models")
  boolean resources;

  private final Environment environment;
  private final Screen screen;

  UsageCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (Stream.of(by != null, calls, resources).filter(it -> it).count() > 1) {
      throw connection.wrongUsage("use one of --by, --calls and --resources");
    }
    if (calls && owner.account) {
      throw connection.wrongUsage("--calls is about one instance");
    }
    if (!calls && (limit != null || cursor != null)) {
      throw connection.wrongUsage("--limit and --cursor go with --calls");
    }
    var days = new ArrayList<String>();
    if (from != null) {
      days.add("from=" + from);
    }
    if (to != null) {
      days.add("to=" + to);
    }
    if (from != null && to != null && to.isBefore(from)) {
      throw connection.wrongUsage("--to %s is before --from %s".formatted(to, from));
    }
    if (resources) {
      days.add("by=day");
    }
    if (by != null) {
      days.add("by=" + by);
    }
    if (limit != null) {
      days.add("limit=" + limit);
    }
    if (cursor != null) {
      days.add("cursor=" + Api.segment(cursor));
    }
    var query = days.isEmpty() ? "" : "?" + String.join("&", days);
    return screen.show(
        connection
            .open(environment)
            .get(owner.path(connection, (calls ? "/usage/calls" : "/usage") + query)),
        connection.json,
        calls ? this::calls : resources ? this::resources : by != null ? this::parts : this::words);
  }

  private String calls(JsonNode page) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "BEGAN",
            "MODEL",
            "PROVIDER",
            "OUTCOME",
            "TRIES",
            "ESTIMATED",
            "TOKENS IN",
            "CACHED",
            "TOKENS OUT",
            "COST",
            "CURRENCY"));
    for (var call : page.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(call, "began"),
              InstanceWords.text(call, "model"),
              InstanceWords.text(call, "provider"),
              InstanceWords.text(call, "outcome"),
              InstanceWords.text(call, "attempts"),
              call.path("estimated").asBoolean(false) ? "yes" : "no",
              InstanceWords.text(call, "inputTokens"),
              InstanceWords.text(call, "cacheReadTokens"),
              InstanceWords.text(call, "outputTokens"),
              InstanceWords.text(call.path("cost"), "amount"),
              InstanceWords.text(call.path("cost"), "currency")));
    }
    if (rows.size() == 1) {
      return "%s made no calls of models then.".formatted(owner.words());
    }
    var table = Screen.table(rows, 4, 6, 7, 8, 9);
    return page.has("next")
        ? table + "\nThere are more: --cursor " + InstanceWords.text(page, "next")
        : table;
  }

  private String parts(JsonNode usage) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            String.valueOf(by).toUpperCase(Locale.ROOT),
            "CALLS",
            "ESTIMATED",
            "TOKENS IN",
            "CACHED",
            "TOKENS OUT",
            "COST",
            "CURRENCY"));
    for (var part : usage.path("parts")) {
      var name = InstanceWords.text(part, "name");
      addSums(rows, List.of(name.isEmpty() ? "-" : name), part);
    }
    return rows.size() == 1
        ? nothing(usage)
        : Screen.table(withTotal(rows, List.of("total"), usage), 1, 2, 3, 4, 5, 6);
  }

  private String nothing(JsonNode usage) {
    return "%s used no model from %s to %s."
        .formatted(
            owner.words(), InstanceWords.text(usage, "from"), InstanceWords.text(usage, "to"));
  }

  /** The first of the costs is that of the sum. */
  private static void addSums(List<List<String>> rows, List<String> names, JsonNode part) {
    rows.add(row(names, part.path(part.has("totals") ? "totals" : "usage")));
    var empty = rows.getFirst().size() - 2;
    for (var i = 1; i < part.path("costs").size(); i++) {
      var cost = part.path("costs").path(i);
      var cells = new ArrayList<>(Collections.nCopies(empty, ""));
      cells.add(InstanceWords.text(cost, "amount"));
      cells.add(InstanceWords.text(cost, "currency"));
      rows.add(cells);
    }
  }

  private static List<List<String>> withTotal(
      List<List<String>> rows, List<String> names, JsonNode usage) {
    addSums(rows, names, usage);
    return rows;
  }

  private String resources(JsonNode usage) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of("DAY", "LEVEL", "HOURS", "CPU SECONDS", "MEMORY GB HOURS", "STORAGE GB HOURS"));
    for (var day : usage.path("resourceDays")) {
      addLevels(rows, InstanceWords.text(day, "day"), day.path("resources"));
    }
    if (rows.size() == 1) {
      return "%s used nothing of its host from %s to %s."
          .formatted(
              owner.words(), InstanceWords.text(usage, "from"), InstanceWords.text(usage, "to"));
    }
    addLevels(rows, "total", usage.path("resources"));
    return Screen.table(rows, 2, 3, 4, 5);
  }

  private static void addLevels(List<List<String>> rows, String day, JsonNode resources) {
    for (var level : resources.path("levels")) {
      rows.add(
          List.of(
              day,
              InstanceWords.text(level, "level"),
              hours(level.path("seconds")),
              plain(level.path("cpuSeconds")),
              hours(level.path("memoryGbSeconds")),
              plain(level.path("storageGbHours"))));
    }
  }

  /** Without an exponent, however small. */
  private static String plain(JsonNode number) {
    return number.decimalValue(BigDecimal.ZERO).toPlainString();
  }

  /** Of seconds, to a thousandth. */
  private static String hours(JsonNode seconds) {
    return seconds
        .decimalValue(BigDecimal.ZERO)
        .divide(BigDecimal.valueOf(3_600), 3, RoundingMode.HALF_UP)
        .toPlainString();
  }

  private String words(JsonNode usage) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "DAY",
            "MODEL",
            "PROVIDER",
            "CALLS",
            "ESTIMATED",
            "TOKENS IN",
            "CACHED",
            "TOKENS OUT",
            "COST",
            "CURRENCY"));
    for (var row : usage.path("days")) {
      var names =
          List.of(
              InstanceWords.text(row, "day"),
              InstanceWords.text(row, "model"),
              InstanceWords.text(row, "provider"));
      rows.add(row(names, row.path("usage")));
    }
    return rows.size() == 1
        ? nothing(usage)
        : Screen.table(withTotal(rows, List.of("total", "", ""), usage), 3, 4, 5, 6, 7, 8);
  }

  private static List<String> row(List<String> names, JsonNode sum) {
    var cells = new ArrayList<>(names);
    for (var field :
        List.of(
            "calls",
            "estimatedCalls",
            "inputTokens",
            "cacheReadTokens",
            "outputTokens",
            "cost",
            "currency")) {
      cells.add(InstanceWords.text(sum, field));
    }
    return cells;
  }
}
