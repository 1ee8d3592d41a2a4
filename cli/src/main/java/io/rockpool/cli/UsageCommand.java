package io.rockpool.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rockpool usage}: what an instance used of its models, or of its host. */
@Command(
    name = "usage",
    description = {
      "Show what an instance used of its models, by day and model, and what it cost.",
      "Days are those of UTC. Tokens are the pieces of words that models count; those in were"
          + " read, those out written. Cached ones are those of them that came from the provider's"
          + " cache. A model without a price costs 0: see `rockpool models prices`.",
      "With --resources: what it used of its host instead, by day, and how deep it slept. A"
          + " gigabyte is 1,000,000,000 bytes."
    },
    footer = {"", "Example: rockpool usage ada --from 2026-11-01"})
final class UsageCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection = new ConnectionOptions();
  @Mixin InstanceParameter instance = new InstanceParameter();

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
    var query = days.isEmpty() ? "" : "?" + String.join("&", days);
    return screen.show(
        connection.open(environment).get(instance.path("/usage" + query)),
        connection.json,
        resources ? this::resources : this::words);
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
              instance.id, InstanceWords.text(usage, "from"), InstanceWords.text(usage, "to"));
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
        List.of("DAY", "MODEL", "CALLS", "TOKENS IN", "CACHED", "TOKENS OUT", "COST", "CURRENCY"));
    for (var row : usage.path("days")) {
      rows.add(
          row(InstanceWords.text(row, "day"), InstanceWords.text(row, "model"), row.path("usage")));
    }
    if (rows.size() == 1) {
      return "%s used no model from %s to %s."
          .formatted(
              instance.id, InstanceWords.text(usage, "from"), InstanceWords.text(usage, "to"));
    }
    rows.add(row("total", "", usage.path("totals"))); // its cost is the first of the costs
    for (var i = 1; i < usage.path("costs").size(); i++) {
      var cost = usage.path("costs").path(i);
      rows.add(
          List.of(
              "",
              "",
              "",
              "",
              "",
              "",
              InstanceWords.text(cost, "amount"),
              InstanceWords.text(cost, "currency")));
    }
    return Screen.table(rows, 2, 3, 4, 5, 6);
  }

  private static List<String> row(String day, String model, JsonNode sum) {
    return List.of(
        day,
        model,
        InstanceWords.text(sum, "calls"),
        InstanceWords.text(sum, "inputTokens"),
        InstanceWords.text(sum, "cacheReadTokens"),
        InstanceWords.text(sum, "outputTokens"),
        InstanceWords.text(sum, "cost"),
        InstanceWords.text(sum, "currency"));
  }
}
