package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Currency;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code /api/v1/instances/{id}/usage}: what an instance used of its models and its host. */
public final class UsageRoutes {
  /**
   * @param from the first day, e.g. 2026-11-01, in UTC; the first of the last day's month if left
   *     out
   * @param to the last day; today if left out
   * @param by day, for what it used of its host on each day, too
   */
  public record Get(String id, Optional<String> from, Optional<String> to, Optional<By> by) {
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

  public enum By {
    DAY
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
   * @param resources what it used of its host
   * @param resourceDays the same for each day on which it used any, the newest first; absent unless
   *     asked for
   */
  public record UsageView(
      String from,
      String to,
      Sum totals,
      List<Cost> costs,
      List<Row> days,
      Resources resources,
      Optional<List<ResourceDay>> resourceDays) {}

  /**
   * What was used of a host. A gigabyte is 1,000,000,000 bytes.
   *
   * @param cpuSeconds of processor time
   * @param memoryGbSeconds gigabytes of RAM, times seconds
   * @param storageGbHours gigabytes on disk, times hours
   * @param levels the parts of it by how deep the instance slept, the highest first
   */
  public record Resources(
      BigDecimal cpuSeconds,
      BigDecimal memoryGbSeconds,
      BigDecimal storageGbHours,
      List<LevelPart> levels) {}

  /**
   * @param seconds how long it was seen there
   */
  public record LevelPart(
      Rung level,
      BigDecimal seconds,
      BigDecimal cpuSeconds,
      BigDecimal memoryGbSeconds,
      BigDecimal storageGbHours) {}

  public record ResourceDay(String day, Resources resources) {}

  public record Cost(String currency, String amount) {}

  private static final Currency DEFAULT = Currency.getInstance("USD");

  private final Instances instances;
  private final Usage usage;
  private final ResourceUsage resources;
  private final InstantSource clock;

  public UsageRoutes(
      Instances instances, Usage usage, ResourceUsage resources, InstantSource clock) {
    this.instances = instances;
    this.usage = usage;
    this.resources = resources;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/instances/{id}/usage",
            "Show what an instance used of its models, by day and model, and what it cost; and what it used of its host.",
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
    var used = resources.of(instance.id(), instance.accountId(), from, to);
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
            .toList(),
        resources(used),
        wish.by().map(_ -> byDay(used)));
  }

  private static List<ResourceDay> byDay(List<ResourceUsage.Day> used) {
    var byDay =
        used.stream()
            .collect(
                Collectors.groupingBy(
                    ResourceUsage.Day::day,
                    () ->
                        new TreeMap<LocalDate, List<ResourceUsage.Day>>(Comparator.reverseOrder()),
                    Collectors.toList()));
    return byDay.entrySet().stream()
        .map(it -> new ResourceDay(it.getKey().toString(), resources(it.getValue())))
        .toList();
  }

  private static Resources resources(List<ResourceUsage.Day> used) {
    var byRung =
        used.stream()
            .collect(
                Collectors.toMap(
                    ResourceUsage.Day::rung,
                    ResourceUsage.Day::quantities,
                    Quantities::plus,
                    () -> new EnumMap<>(Rung.class)));
    var all = byRung.values().stream().reduce(Quantities.NONE, Quantities::plus);
    return new Resources(
        all.cpuSeconds(),
        all.memoryGbSeconds(),
        all.storageGbHours(),
        byRung.entrySet().stream()
            .map(it ->
                new LevelPart(
                    it.getKey(),
                    it.getValue().seconds(),
                    it.getValue().cpuSeconds(),
                    it.getValue().memoryGbSeconds(),
                    it.getValue().storageGbHours()))
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
