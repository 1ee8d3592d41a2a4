package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Currency;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code /api/v1/instances/{id}/usage}: what an instance used of its models and its host; {@code
 * …/calls} below it: its single calls of models; {@code /api/v1/accounts/{account}/usage}: what all
 * instances of an account used.
 */
public final class UsageRoutes {
  /**
   * @param from the first day, e.g. 2026-11-01, in UTC; the first of the last day's month if left
   *     out
   * @param to the last day; today if left out
   * @param by for parts of the totals by day, model, provider or instance; with day, for what was
   *     used of the host on each day, too
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

  /**
   * The same for all instances of an account, those that are gone, too.
   *
   * @param account its id; {@code me} for one's own
   * @param by instance, if left out
   */
  public record GetOfAccount(
      String account, Optional<String> from, Optional<String> to, Optional<By> by) {
    public GetOfAccount {
      from.ifPresent(Get::day);
      to.ifPresent(Get::day);
    }
  }

  /**
   * @param from the first day, in UTC; the first of the last day's month if left out
   * @param to the last day; today if left out
   */
  public record ListCalls(
      String id,
      Optional<String> from,
      Optional<String> to,
      Optional<Limit> limit,
      Optional<Cursor> cursor) {
    public ListCalls {
      from.ifPresent(Get::day);
      to.ifPresent(Get::day);
    }
  }

  public enum By {
    DAY,
    MODEL,
    PROVIDER,
    INSTANCE
  }

  /**
   * Sums of calls that have ended.
   *
   * @param estimatedCalls so many of the calls have tokens that Rockpool estimated, or a part of
   *     them
   * @param inputTokens all that were read
   * @param cacheReadTokens so many of them from the provider's cache
   * @param cacheWriteTokens so many of them kept in it
   * @param outputTokens all that were written
   * @param reasoningTokens so many of them as reasoning
   * @param cost a decimal; 0 where models had no price
   */
  public record Sum(
      long calls,
      long estimatedCalls,
      long inputTokens,
      long cacheReadTokens,
      long cacheWriteTokens,
      long outputTokens,
      long reasoningTokens,
      String cost,
      String currency) {}

  /**
   * @param provider who answered; absent where none was reached, and for what was used before
   *     providers were counted apart
   */
  public record Row(String day, String model, Optional<String> provider, Sum usage) {}

  /**
   * A part of the totals.
   *
   * @param name of the day, model, provider or instance; empty where the provider is not known
   * @param usage its cost is that in the currency of the largest part
   * @param costs in every currency
   */
  public record Part(String name, Sum usage, List<Cost> costs) {}

  /**
   * @param totals of all rows; their cost is that in the currency of the largest part
   * @param costs in every currency
   * @param days by day, model and provider
   * @param parts by what was asked for; absent unless asked for
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
      Optional<List<Part>> parts,
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

  /**
   * A call of a model that has ended. Of what was said in it nothing is kept.
   *
   * @param key the id of the key that it was made with; {@code own} for the instance's
   * @param model as it was asked for; {@code other} where the books do not name it
   * @param provider who answered last; absent where none was reached
   * @param answeredModel what the provider called the model; absent where it did not say
   * @param attempts how often a provider was asked
   * @param estimated whether the tokens are Rockpool's own estimate, or a part of them is
   * @param inputTokens all that were read
   * @param cacheReadTokens so many of them from the provider's cache
   * @param cacheWriteTokens so many of them kept in it
   * @param outputTokens all that were written
   * @param reasoningTokens so many of them as reasoning
   * @param cost absent where the model had no price
   */
  public record CallView(
      String id,
      Instant began,
      Instant ended,
      Outcome outcome,
      String key,
      String model,
      Optional<String> provider,
      Optional<String> answeredModel,
      int attempts,
      boolean estimated,
      long inputTokens,
      long cacheReadTokens,
      long cacheWriteTokens,
      long outputTokens,
      long reasoningTokens,
      Optional<Cost> cost) {
    static CallView of(Usage.OneCall call) {
      var tokens = call.tokens();
      return new CallView(
          call.id(),
          call.began(),
          call.ended(),
          call.outcome(),
          call.key(),
          call.model(),
          Optional.ofNullable(call.provider()),
          Optional.ofNullable(call.answeredModel()),
          call.attempts(),
          call.estimated(),
          tokens.read(),
          tokens.cacheRead(),
          tokens.cacheWrite5m() + tokens.cacheWrite1h(),
          tokens.output(),
          tokens.reasoning(),
          call.cost().map(UsageRoutes::cost));
    }
  }

  /**
   * @param next the cursor of the next page; absent on the last one
   */
  public record CallPage(List<CallView> items, Optional<String> next) {}

  /** The days that are asked for, both included. */
  private record Span(LocalDate from, LocalDate to) {}

  private static final Currency DEFAULT = Currency.getInstance("USD");

  private final Instances instances;
  private final Accounts accounts;
  private final Usage usage;
  private final ResourceUsage resources;
  private final InstantSource clock;

  public UsageRoutes(
      Instances instances,
      Accounts accounts,
      Usage usage,
      ResourceUsage resources,
      InstantSource clock) {
    this.instances = instances;
    this.accounts = accounts;
    this.usage = usage;
    this.resources = resources;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/instances/{id}/usage",
            "Show what an instance used of its models, by day, model and provider, and what it cost; and what it used of its host.",
            Get.class,
            UsageView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            (actor, wish) ->
                Known.instance(
                    instances, actor, wish.id(), instance -> new Reply.Ok<>(view(instance, wish)))),
        new Route<>(
            GET,
            "/api/v1/instances/{id}/usage/calls",
            "List the single calls of models that an instance made, the newest first. They are kept for five weeks; what was said in them is not.",
            ListCalls.class,
            CallPage.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            (actor, wish) ->
                Known.instance(
                    instances,
                    actor,
                    wish.id(),
                    instance -> new Reply.Ok<>(calls(actor, instance, wish)))),
        new Route<>(
            GET,
            "/api/v1/accounts/{account}/usage",
            "Show what all instances of an account used of their models, those that are gone, too, and what it cost; and what they used of their hosts.",
            GetOfAccount.class,
            UsageView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            READ,
            (actor, wish) ->
                Known.account(accounts, actor, wish.account(), () -> new Reply.Ok<>(view(wish)))));
  }

  private UsageView view(Instance instance, Get wish) {
    var span = span(wish.from(), wish.to());
    var days = usage.of(instance.id(), instance.accountId(), span.from(), span.to());
    return view(
        span,
        days,
        wish.by().map(by -> parts(days, it -> name(by, it, instance.id().value()))),
        resources.of(instance.id(), instance.accountId(), span.from(), span.to()),
        wish.by());
  }

  private UsageView view(GetOfAccount wish) {
    var span = span(wish.from(), wish.to());
    var by = wish.by().orElse(By.INSTANCE);
    var days = usage.days(wish.account(), span.from(), span.to());
    return view(
        span,
        days,
        Optional.of(
            by == By.INSTANCE
                ? byInstance(usage.of(wish.account(), span.from(), span.to()))
                : parts(days, it -> name(by, it, ""))),
        resources.of(wish.account(), span.from(), span.to()),
        wish.by());
  }

  private static UsageView view(
      Span span,
      List<Usage.Day> days,
      Optional<List<Part>> parts,
      List<ResourceUsage.Day> used,
      Optional<By> by) {
    var costs = costs(days.stream().map(Usage.Day::cost));
    return new UsageView(
        span.from().toString(),
        span.to().toString(),
        sum(days, largest(costs)),
        costs.stream().map(UsageRoutes::cost).toList(),
        days.stream()
            .map(day ->
                new Row(
                    day.day().toString(),
                    day.model(),
                    Optional.of(day.provider()).filter(it -> !it.isEmpty()),
                    sum(List.of(day), day.cost().orElse(Money.zero(DEFAULT)))))
            .toList(),
        parts,
        resources(used),
        by.filter(By.DAY::equals).map(_ -> byDay(used)));
  }

  private Span span(Optional<String> from, Optional<String> to) {
    var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    var last = to.map(Get::day).orElse(today);
    return new Span(from.map(Get::day).orElse(last.withDayOfMonth(1)), last);
  }

  private CallPage calls(Actor actor, Instance instance, ListCalls wish) {
    var span = span(wish.from(), wish.to());
    int most = Limit.of(wish.limit());
    var after =
        wish.cursor()
            .map(it -> new Usage.Position(Instant.ofEpochMilli(it.at()), it.id()))
            .orElse(null);
    var found =
        usage.calls(
            actor, instance.id(), instance.accountId(), span.from(), span.to(), after, most + 1);
    var shown = found.subList(0, Math.min(most, found.size()));
    return new CallPage(
        shown.stream().map(CallView::of).toList(),
        found.size() > most
            ? Optional.of(
                new Cursor(shown.getLast().began().toEpochMilli(), shown.getLast().id()).text())
            : Optional.empty());
  }

  private static String name(By by, Usage.Day day, String instance) {
    return switch (by) {
      case DAY -> day.day().toString();
      case MODEL -> day.model();
      case PROVIDER -> day.provider();
      case INSTANCE -> instance;
    };
  }

  /** In the order of their first ones. */
  private static List<Part> parts(List<Usage.Day> days, Function<Usage.Day, String> name) {
    return days.stream()
        .collect(Collectors.groupingBy(name, LinkedHashMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .map(it -> part(it.getKey(), it.getValue()))
        .toList();
  }

  private static List<Part> byInstance(List<Usage.OfModel> used) {
    return used.stream()
        .collect(
            Collectors.groupingBy(
                Usage.OfModel::instance,
                LinkedHashMap::new,
                Collectors.mapping(UsageRoutes::anyDay, Collectors.toList())))
        .entrySet()
        .stream()
        .map(it -> part(it.getKey(), it.getValue()))
        .toList();
  }

  private static Usage.Day anyDay(Usage.OfModel used) {
    return new Usage.Day(
        LocalDate.EPOCH,
        used.model(),
        used.provider(),
        used.calls(),
        used.estimated(),
        used.tokens(),
        used.cost());
  }

  private static Part part(String name, List<Usage.Day> days) {
    var costs = costs(days.stream().map(Usage.Day::cost));
    return new Part(
        name, sum(days, largest(costs)), costs.stream().map(UsageRoutes::cost).toList());
  }

  /** In each currency, the largest first. */
  private static List<Money> costs(Stream<Optional<Money>> all) {
    return all
        .flatMap(Optional::stream)
        .collect(Collectors.toMap(Money::currency, it -> it, Money::plus))
        .values()
        .stream()
        .sorted(Comparator.comparingLong(Money::nanos).reversed())
        .toList();
  }

  private static Money largest(List<Money> costs) {
    return costs.isEmpty() ? Money.zero(DEFAULT) : costs.getFirst();
  }

  private static Cost cost(Money money) {
    return new Cost(money.currency().getCurrencyCode(), money.text());
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
        days.stream().mapToLong(Usage.Day::estimated).sum(),
        tokens.read(),
        tokens.cacheRead(),
        tokens.cacheWrite5m() + tokens.cacheWrite1h(),
        tokens.output(),
        tokens.reasoning(),
        cost.text(),
        cost.currency().getCurrencyCode());
  }
}
