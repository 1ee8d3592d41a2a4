package io.rockpool.server.config;

import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.Period;
import io.rockpool.control.usage.Quota;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/** The budget and the quota of a plan, as config.yaml has them. */
final class PlanAllowance {
  private PlanAllowance() {}

  /**
   * Reads both.
   *
   * @throws IllegalArgumentException if one is wrong
   */
  static Allowance read(JsonNode plan) {
    return new Allowance(
        plan.has("budget") ? Optional.of(budget(plan.path("budget"))) : Optional.empty(),
        plan.has("quota") ? quota(plan.path("quota")) : Quota.NONE);
  }

  private static Budget budget(JsonNode node) {
    checkNames("budget", node, List.of("amount", "currency", "period", "hard"));
    var amount =
        Money.parse(
            Money.currency(node.path("currency").asString("")), node.path("amount").asString(""));
    var hard = node.path("hard").asString("true");
    if (!List.of("true", "false").contains(hard)) {
      throw new IllegalArgumentException("hard is '%s': set true or false".formatted(hard));
    }
    return Budget.of(amount, period(node.path("period").asString("month")), hard.equals("true"));
  }

  private static Period period(String text) {
    return Arrays.stream(Period.values())
        .filter(it -> it.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "period is '%s': set day, month or total".formatted(text)));
  }

  private static Quota quota(JsonNode node) {
    checkNames(
        "quota",
        node,
        List.of("tokens-per-day", "requests-per-minute", "tokens-per-minute", "calls-at-once"));
    return new Quota(
        number(node, "tokens-per-day"),
        number(node, "requests-per-minute"),
        number(node, "tokens-per-minute"),
        number(node, "calls-at-once"));
  }

  private static OptionalLong number(JsonNode node, String name) {
    var value = node.path(name);
    if (value.isMissingNode()) {
      return OptionalLong.empty();
    }
    var text = value.asString("");
    if (!text.matches("[0-9]{1,16}")) {
      throw new IllegalArgumentException("%s is '%s': set a whole number".formatted(name, text));
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  private static void checkNames(String what, JsonNode node, List<String> known) {
    if (!node.isObject()) {
      throw new IllegalArgumentException("%s holds %s".formatted(what, String.join(", ", known)));
    }
    for (var name : node.propertyNames()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("a %s has no '%s'".formatted(what, name));
      }
    }
  }
}
