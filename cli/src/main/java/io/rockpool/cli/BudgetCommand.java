package io.rockpool.cli;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool budget …}: what an instance or an account may spend on models. */
@Command(
    name = "budget",
    description = "Limit what an instance, or an account, may spend on models.",
    footer = {"", "Example: rockpool budget set ada 12.50 USD --period month"})
final class BudgetCommand {
  private static final String NO_BUDGET = "urn:rockpool:problem:no-budget";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  BudgetCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "show",
      description = {
        "Show the budget of an instance or an account, and what is left of it.",
        "Reserved is what calls that have not ended may still cost."
      },
      footer = {
        "",
        "Example: rockpool budget show ada",
        "         rockpool budget show --account bob"
      })
  int show(@Mixin ConnectionOptions connection, @Mixin OwnerParameter owner)
      throws InterruptedException {
    var answer = connection.open(environment).get(owner.path(connection, "/budget"));
    var code = show(answer, connection);
    if (!connection.json
        && answer instanceof Answer.Refused(var problem, _)
        && problem.type().equals(NO_BUDGET)) {
      screen.note("To set one: rockpool budget set %s AMOUNT CURRENCY".formatted(owner.typed()));
    }
    return code;
  }

  @Command(
      name = "set",
      description = {
        "Set what an instance, or all of an account together, may spend, and show what is left of it.",
        "It counts from the next call on. What was spent in this period counts, too.",
        "Models need a price in its currency, or their calls are refused: see `rockpool models`."
      },
      footer = {"", "Example: rockpool budget set ada 12.50 USD --period month"})
  int set(
      @Mixin ConnectionOptions connection,
      @Mixin OwnerParameter owner,
      @Parameters(
              index = "1",
              paramLabel = "AMOUNT",
              description = "a decimal, e.g. 12.50; 0 stops all calls that cost anything",
              converter = Typed.Amount.class)
          String amount,
      @Parameters(
              index = "2",
              paramLabel = "CURRENCY",
              description = "that of the prices of its models, e.g. USD",
              converter = Typed.CurrencyCode.class)
          String currency,
      @Option(
              names = "--period",
              paramLabel = "PERIOD",
              defaultValue = "month",
              converter = Typed.Period.class,
              description =
                  "when it begins anew: each day, each month (of UTC) or, with total, never;"
                      + " default: month")
          String period,
      @Option(
              names = "--soft",
              description = "only announce calls beyond it; without this they are refused")
          boolean soft)
      throws InterruptedException {
    var body =
        Api.JSON
            .createObjectNode()
            .put("currency", currency)
            .put("amount", amount)
            .put("period", period)
            .put("hard", !soft);
    return show(
        connection.open(environment).put(owner.path(connection, "/budget"), body), connection);
  }

  /** Shows a budget, and what keeps calls from passing that it could pay for. */
  private int show(Answer answer, ConnectionOptions connection) {
    var code = screen.show(answer, connection.json, BudgetCommand::words);
    if (!connection.json && answer instanceof Answer.Done(var budget, _)) {
      budget.path("warnings").forEach(it -> screen.note("Warning: " + it.asString("")));
    }
    return code;
  }

  @Command(
      name = "remove",
      description =
          "Take the budget of an instance or an account away. A plan's own binds its instances then.",
      footer = {"", "Example: rockpool budget remove ada"})
  int remove(@Mixin ConnectionOptions connection, @Mixin OwnerParameter owner)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(owner.path(connection, "/budget")),
        connection.json,
        _ -> "%s has no budget any more: nothing limits what it spends.".formatted(owner.words()));
  }

  private static String words(JsonNode budget) {
    var names = List.of("amount", "spent", "reserved", "remaining");
    var amounts =
        Screen.aligned(names.stream().map(name -> InstanceWords.text(budget, name)).toList());
    var currency = " " + InstanceWords.text(budget, "currency");
    var whose =
        budget.path("ofPlan").asBoolean(false)
            ? Stream.of(List.of("whose", "its plan's: it has none of its own"))
            : Stream.<List<String>>empty();
    return Screen.table(
        Stream.concat(
                Stream.concat(
                    whose,
                    Stream.of(
                        List.of("period", InstanceWords.text(budget, "period")),
                        List.of(
                            "limit",
                            budget.path("hard").asBoolean(true)
                                ? "hard: calls beyond it are refused"
                                : "soft: calls beyond it are only announced"))),
                IntStream.range(0, names.size())
                    .mapToObj(i -> List.of(names.get(i), amounts.get(i) + currency)))
            .toList());
  }
}
