package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool subscription …}: the plan that an account pays for. */
@Command(
    name = "subscription",
    description = "Pay for a plan, see what is paid for, and end it.",
    footer = {"", "Example: rockpool subscription begin ada pro"})
final class SubscriptionCommand {
  /** The account that a verb is about: its first parameter. */
  static final class AccountParameter {
    @Parameters(
        index = "0",
        paramLabel = "ACCOUNT",
        description = "its id",
        converter = Typed.Name.class)
    String name = "unset";

    String path() {
      return "/api/v1/accounts/%s/subscription".formatted(Api.segment(name));
    }
  }

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  SubscriptionCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "show",
      description = "Show what an account subscribes to, and what that gives.",
      footer = {"", "Example: rockpool subscription show ada"})
  int show(@Mixin ConnectionOptions connection, @Mixin AccountParameter account)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(account.path()),
        connection.json,
        SubscriptionCommand::words);
  }

  @Command(
      name = "begin",
      description = {
        "Begin to subscribe to a plan, and print the address at which to pay.",
        "Instances of the plan can be made as soon as it is paid."
      },
      footer = {"", "Example: rockpool subscription begin ada pro"})
  int begin(
      @Mixin ConnectionOptions connection,
      @Mixin AccountParameter account,
      @Parameters(
              index = "1",
              paramLabel = "PLAN",
              description = "one that is sold",
              converter = Typed.Name.class)
          String plan,
      @Option(
              names = "--quantity",
              paramLabel = "N",
              description = "for this many instances of it; default: 1")
          @Nullable Integer quantity)
      throws InterruptedException {
    var wish = Api.JSON.createObjectNode().put("plan", plan);
    if (quantity != null) {
      wish.put("quantity", quantity);
    }
    return screen.show(
        connection.open(environment).post(account.path(), wish),
        connection.json,
        begun -> InstanceWords.text(begun, "checkoutUrl"));
  }

  @Command(
      name = "end",
      description = "End a subscription when the paid time is over.",
      footer = {"", "Example: rockpool subscription end ada"})
  int end(@Mixin ConnectionOptions connection, @Mixin AccountParameter account)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(account.path()),
        connection.json,
        SubscriptionCommand::words);
  }

  private static String words(JsonNode subscription) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("plan", InstanceWords.text(subscription, "plan")));
    if (subscription.path("quantity").asInt(1) > 1) {
      rows.add(List.of("instances", subscription.path("quantity").asString()));
    }
    rows.add(
        List.of(
            "access",
            switch (InstanceWords.text(subscription, "access")) {
              case "nothing" -> "nothing yet: it was never paid";
              case "on" -> "on";
              case "grace" -> "on for now: a payment failed";
              case "off" -> "off: instances do not run, their data is kept";
              case String other -> other;
            }));
    rows.add(List.of("state", InstanceWords.text(subscription, "state")));
    add(rows, subscription, "paid until", "paidUntil");
    if (subscription.path("ending").asBoolean(false)) {
      rows.add(List.of("renewal", "none: it ends then"));
    }
    add(rows, subscription, "next try", "nextAttempt");
    add(rows, subscription, "stops at", "stopsAt");
    add(rows, subscription, "data kept until", "dataKeptUntil");
    add(rows, subscription, "pay at", "checkoutUrl");
    return Screen.table(rows);
  }

  private static void add(List<List<String>> rows, JsonNode of, String label, String name) {
    if (of.path(name).isString()) {
      rows.add(List.of(label, InstanceWords.text(of, name)));
    }
  }
}
