package io.rockpool.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rockpool models …}: what models cost. */
@Command(
    name = "models",
    description = {
      "Show and set what models cost: the prices of their provider.",
      "By them Rockpool counts what instances spend. A model without a price costs nothing, and"
          + " an instance with a budget cannot use it."
    },
    footer = {"", "Example: rockpool models price large --input 1 --output 10 --currency USD"})
final class ModelsCommand {
  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  ModelsCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "prices",
      description = "List what models cost for a million tokens, the latest price of each first.",
      footer = {"", "Example: rockpool models prices"})
  int prices(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get("/api/v1/prices"),
        connection.json,
        answer -> words(answer.path("items")));
  }

  @Command(
      name = "price",
      description = {
        "Set what a model costs, from a time on. Prices are those of a million tokens.",
        "Calls that began before keep the price of then."
      },
      footer = {"", "Example: rockpool models price large --input 1 --output 10 --currency USD"})
  int price(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "MODEL",
              description = "its name, as it is sent to the provider",
              converter = Typed.Name.class)
          String model,
      @Option(
              names = "--input",
              paramLabel = "AMOUNT",
              required = true,
              converter = Typed.Amount.class,
              description = "for a million tokens that it reads, a decimal")
          String input,
      @Option(
              names = "--output",
              paramLabel = "AMOUNT",
              required = true,
              converter = Typed.Amount.class,
              description = "for a million that it writes")
          String output,
      @Option(
              names = "--currency",
              paramLabel = "CURRENCY",
              required = true,
              converter = Typed.CurrencyCode.class,
              description = "of these amounts, e.g. USD")
          String currency,
      @Option(
              names = "--cache-read",
              paramLabel = "AMOUNT",
              converter = Typed.Amount.class,
              description =
                  "for a million that it reads from the provider's cache; default: --input")
          @Nullable String cacheRead,
      @Option(
              names = "--cache-write",
              paramLabel = "AMOUNT",
              converter = Typed.Amount.class,
              description = "for a million that it reads and keeps in the cache; default: --input")
          @Nullable String cacheWrite,
      @Option(
              names = "--cache-write-1h",
              paramLabel = "AMOUNT",
              converter = Typed.Amount.class,
              description = "the same where they are kept for an hour; default: --cache-write")
          @Nullable String cacheWrite1h,
      @Option(
              names = "--from",
              paramLabel = "TIME",
              converter = Typed.Time.class,
              description = "since when it costs that, e.g. 2026-12-01T00:00:00Z; default: now")
          @Nullable Instant from)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    put(body, "model", model);
    put(body, "currency", currency);
    put(body, "inputPerMillion", input);
    put(body, "outputPerMillion", output);
    put(body, "cacheReadPerMillion", cacheRead);
    put(body, "cacheWritePerMillion", cacheWrite);
    put(body, "cacheWrite1hPerMillion", cacheWrite1h);
    put(body, "effectiveFrom", from);
    return screen.show(
        connection.open(environment).put("/api/v1/prices", body),
        connection.json,
        price -> words(List.of(price)));
  }

  @Command(
      name = "rates",
      description = "List what currencies are worth in others, the latest rate of each pair first.",
      footer = {"", "Example: rockpool models rates"})
  int rates(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get("/api/v1/exchange-rates"),
        connection.json,
        answer -> rateWords(answer.path("items")));
  }

  @Command(
      name = "rate",
      description = {
        "Set what a currency is worth in another, from a day on.",
        "By it, budgets bind models with prices in other currencies: calls count by the rate of the"
            + " day, of UTC, on which they began."
      },
      footer = {"", "Example: rockpool models rate USD CNY 7.1"})
  int rate(
      @Mixin ConnectionOptions connection,
      @Parameters(
              index = "0",
              paramLabel = "FROM",
              description = "the currency of prices, e.g. USD",
              converter = Typed.CurrencyCode.class)
          String from,
      @Parameters(
              index = "1",
              paramLabel = "TO",
              description = "the currency of budgets, e.g. CNY",
              converter = Typed.CurrencyCode.class)
          String to,
      @Parameters(
              index = "2",
              paramLabel = "RATE",
              description = "so many of TO for one of FROM, e.g. 7.1",
              converter = Typed.Amount.class)
          String rate,
      @Option(
              names = "--from",
              paramLabel = "DAY",
              converter = Typed.Day.class,
              description = "since when, e.g. 2026-12-01; default: today")
          @Nullable LocalDate day)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    put(body, "from", from);
    put(body, "to", to);
    put(body, "rate", rate);
    put(body, "effectiveFrom", day);
    return screen.show(
        connection.open(environment).put("/api/v1/exchange-rates", body),
        connection.json,
        set -> rateWords(List.of(set)));
  }

  private static String rateWords(Iterable<JsonNode> rates) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("FROM", "TO", "RATE", "SINCE"));
    for (var rate : rates) {
      rows.add(
          List.of(
              InstanceWords.text(rate, "from"),
              InstanceWords.text(rate, "to"),
              InstanceWords.text(rate, "rate"),
              InstanceWords.text(rate, "effectiveFrom")));
    }
    return rows.size() == 1
        ? "There are no rates, so budgets bind models of their own currency only. Set one: rockpool"
            + " models rate FROM TO RATE"
        : Screen.table(rows, 2);
  }

  private static void put(ObjectNode body, String field, @Nullable Object value) {
    if (value != null) {
      body.put(field, value.toString());
    }
  }

  private static String words(Iterable<JsonNode> prices) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "MODEL",
            "INPUT",
            "OUTPUT",
            "CACHE READ",
            "CACHE WRITE",
            "CACHE WRITE 1H",
            "CURRENCY",
            "FROM"));
    for (var price : prices) {
      rows.add(
          List.of(
              InstanceWords.text(price, "model"),
              InstanceWords.text(price, "inputPerMillion"),
              InstanceWords.text(price, "outputPerMillion"),
              InstanceWords.text(price, "cacheReadPerMillion"),
              InstanceWords.text(price, "cacheWritePerMillion"),
              InstanceWords.text(price, "cacheWrite1hPerMillion"),
              InstanceWords.text(price, "currency"),
              InstanceWords.text(price, "effectiveFrom")));
    }
    return rows.size() == 1
        ? "No model has a price, so what is used costs nothing. Set one: rockpool models price MODEL"
            + " --input AMOUNT --output AMOUNT --currency CURRENCY"
        : Screen.table(rows, 1, 2, 3, 4, 5);
  }
}
