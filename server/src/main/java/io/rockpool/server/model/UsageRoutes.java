package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code /api/v1/instances/{id}/usage}: what an instance used of its models. */
public final class UsageRoutes {
  /**
   * @param from the first day, e.g. 2026-11-01, in UTC; the first of the last day's month if left
   *     out
   * @param to the last day; today if left out
   */
  public record Get(String id, Optional<String> from, Optional<String> to) {
    public Get {
      from.ifPresent(Get::day);
      to.ifPresent(Get::day);
    }

    static LocalDate day(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException("a day looks like 2026-11-01", e);
      }
    }
  }

  /**
   * Sums of calls that have ended.
   *
   * @param inputTokens all that were read
   * @param cacheReadTokens so many of them from the provider's cache
   * @param cacheWriteTokens so many of them kept in it
   * @param outputTokens all that were written
   * @param reasoningTokens so many of them as reasoning
   * @param cost a decimal; 0 where models had no price
   */
  public record Sum(
      long calls,
      long inputTokens,
      long cacheReadTokens,
      long cacheWriteTokens,
      long outputTokens,
      long reasoningTokens,
      String cost,
      String currency) {}

  public record Row(String day, String model, Sum usage) {}

  /**
   * @param totals of all rows; their cost is that in the currency of the largest part
   * @param costs in every currency
   */
  public record UsageView(String from, String to, Sum totals, List<Cost> costs, List<Row> days) {}

  public record Cost(String currency, String amount) {}

  private static final Currency DEFAULT = Currency.getInstance("USD");

  private final Instances instances;
  private final Usage usage;
  private final InstantSource clock;

  public UsageRoutes(Instances instances, Usage usage, InstantSource clock) {
    this.instances = instances;
    this.usage = usage;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/instances/{id}/usage",
            "Show what an instance used of its models, by day and model, and what it cost.",
            Get.class,
            UsageView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            (actor, wish) ->
                Known.instance(
                    instances,
                    actor,
                    wish.id(),
                    instance -> new Reply.Ok<>(view(instance, wish)))));
  }

  private UsageView view(Instance instance, Get wish) {
    var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    var to = wish.to().map(Get::day).orElse(today);
    var from = wish.from().map(Get::day).orElse(to.withDayOfMonth(1));
    var days = usage.of(instance.id(), instance.accountId(), from, to);
    var costs =
        days.stream()
            .flatMap(day -> day.cost().stream())
            .collect(Collectors.toMap(Money::currency, it -> it, Money::plus))
            .values()
            .stream()
            .sorted(Comparator.comparingLong(Money::nanos).reversed())
            .toList();
    return new UsageView(
        from.toString(),
        to.toString(),
        sum(days, costs.isEmpty() ? Money.zero(DEFAULT) : costs.getFirst()),
        costs.stream().map(it -> new Cost(it.currency().getCurrencyCode(), it.text())).toList(),
        days.stream()
            .map(day ->
                new Row(
                    day.day().toString(),
                    day.model(),
                    sum(List.of(day), day.cost().orElse(Money.zero(DEFAULT)))))
            .toList());
  }

  private static Sum sum(List<Usage.Day> days, Money cost) {
    var tokens = days.stream().map(Usage.Day::tokens).reduce(Tokens.NONE, Tokens::plus);
    return new Sum(
        days.stream().mapToLong(Usage.Day::calls).sum(),
        tokens.read(),
        tokens.cacheRead(),
        tokens.cacheWrite5m() + tokens.cacheWrite1h(),
        tokens.output(),
        tokens.reasoning(),
        cost.text(),
        cost.currency().getCurrencyCode());
  }
}
