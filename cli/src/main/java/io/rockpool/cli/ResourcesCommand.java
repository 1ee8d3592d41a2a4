package io.rockpool.cli;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rockpool resources …}: what resources cost the operator. */
@Command(
    name = "resources",
    description = {
      "Show and set what processor time, memory and storage cost the operator.",
      "By that, statements tell operators what is left of a month. Accounts do not see it."
    },
    footer = {
      "",
      "Example: rockpool resources price --cpu-hour 0.02 --memory-gb-hour 0.004 --storage-gb-month 0.1 --currency USD"
    })
final class ResourcesCommand {
  private static final String ALL = "/api/v1/resource-prices";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  ResourcesCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "prices",
      description = "List what resources cost, the latest price first.",
      footer = {"", "Example: rockpool resources prices"})
  int prices(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get(ALL),
        connection.json,
        answer -> words(answer.path("items")));
  }

  @Command(
      name = "price",
      description = "Set what resources cost, from a day on. What was used before keeps its price.",
      footer = {
        "",
        "Example: rockpool resources price --cpu-hour 0.02 --memory-gb-hour 0.004 --storage-gb-month 0.1 --currency USD"
      })
  int price(
      @Mixin ConnectionOptions connection,
      @Option(
              names = "--cpu-hour",
              paramLabel = "AMOUNT",
              required = true,
              converter = Typed.Amount.class,
              description = "for an hour of processor time, a decimal")
          String cpuHour,
      @Option(
              names = "--memory-gb-hour",
              paramLabel = "AMOUNT",
              required = true,
              converter = Typed.Amount.class,
              description = "for a gigabyte of RAM for an hour")
          String memoryGbHour,
      @Option(
              names = "--storage-gb-month",
              paramLabel = "AMOUNT",
              required = true,
              converter = Typed.Amount.class,
              description = "for a gigabyte on disk for a month")
          String storageGbMonth,
      @Option(
              names = "--currency",
              paramLabel = "CURRENCY",
              required = true,
              converter = Typed.CurrencyCode.class,
              description = "of these amounts, e.g. USD")
          String currency,
      @Option(
              names = "--from",
              paramLabel = "DAY",
              converter = Typed.Day.class,
              description = "since when, e.g. 2026-12-01; default: today")
          @Nullable LocalDate day)
      throws InterruptedException {
    var body =
        Api.JSON
            .createObjectNode()
            .put("currency", currency)
            .put("cpuHour", cpuHour)
            .put("memoryGbHour", memoryGbHour)
            .put("storageGbMonth", storageGbMonth);
    if (day != null) {
      body.put("effectiveFrom", day.toString());
    }
    return screen.show(
        connection.open(environment).put(ALL, body),
        connection.json,
        price -> words(List.of(price)));
  }

  private static String words(Iterable<JsonNode> prices) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CPU HOUR", "MEMORY GB HOUR", "STORAGE GB MONTH", "CURRENCY", "FROM"));
    for (var price : prices) {
      rows.add(
          List.of(
              InstanceWords.text(price, "cpuHour"),
              InstanceWords.text(price, "memoryGbHour"),
              InstanceWords.text(price, "storageGbMonth"),
              InstanceWords.text(price, "currency"),
              InstanceWords.text(price, "effectiveFrom")));
    }
    return rows.size() == 1
        ? "Resources have no price, so statements say nothing of what they cost. Set one: rockpool"
            + " resources price --help"
        : Screen.table(rows, 0, 1, 2);
  }
}
