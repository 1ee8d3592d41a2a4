package io.rockpool.control.statement;

import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an account owes for a month (UTC). Each amount is rounded where it is named, in its line;
 * sums are those of the lines, to the last digit.
 *
 * @param name of the account
 * @param closed whether it will not change any more
 * @param due plans and models, in each currency; without what the payment provider collects
 * @param costs what the month cost the operator; null for anybody else
 */
public record Statement(
    String account,
    String name,
    YearMonth month,
    boolean closed,
    List<PlanLine> plans,
    List<ModelLine> models,
    List<ResourceLine> resources,
    List<Money> due,
    @Nullable Costs costs) {

  /**
   * An instance, on a plan.
   *
   * @param instanceName what its owner calls it; empty when it is gone
   * @param price of the plan, a month
   * @param days of the month on which it was there
   * @param amount the share of the price
   * @param collected whether the payment provider collects it: then it is not due once more
   */
  public record PlanLine(
      String instance,
      String instanceName,
      String plan,
      Money price,
      int days,
      Money amount,
      boolean collected) {}

  /**
   * What an instance used of a model, at one provider.
   *
   * @param provider empty where none was reached; null in statements that were closed before
   *     providers were counted apart
   * @param estimated so many of the calls have tokens that Rockpool estimated, or a part of them
   * @param amount what that cost, by the books of the calls; null where the model had no price
   */
  public record ModelLine(
      String instance,
      String instanceName,
      String model,
      @Nullable String provider,
      long calls,
      long estimated,
      Tokens tokens,
      @Nullable Money amount) {}

  /**
   * What an instance used of its host, on a rung of the ladder.
   *
   * @param cost what that cost the operator; null for anybody else, and where nobody said what
   *     resources cost
   */
  public record ResourceLine(
      String instance,
      String instanceName,
      Rung rung,
      Quantities quantities,
      @Nullable Money cost) {}

  /**
   * What the month cost the operator, in each currency.
   *
   * @param models what providers ask, by the prices that were set
   * @param margin what plans and models bring, whoever collects it, without the total
   */
  public record Costs(
      List<Money> models, List<Money> resources, List<Money> total, List<Money> margin) {}

  /** What a statement is made of. */
  record Sources(
      String account,
      String name,
      YearMonth month,
      boolean closed,
      Map<String, String> instanceNames,
      List<ResourceUsage.PlanDay> planDays,
      List<Usage.OfModel> models,
      List<ResourceUsage.Day> resources,
      List<ResourcePrices.Dated> prices) {
    String nameOf(String instance) {
      return instanceNames.getOrDefault(instance, "");
    }
  }

  public Statement {
    plans = List.copyOf(plans);
    models = List.copyOf(models);
    resources = List.copyOf(resources);
    due = List.copyOf(due);
  }

  /** Makes one, with the operator's part. Pure. */
  static Statement of(Sources from) {
    var plans = plans(from);
    var models =
        from.models().stream()
            .map(it ->
                new ModelLine(
                    it.instance(),
                    from.nameOf(it.instance()),
                    it.model(),
                    it.provider(),
                    it.calls(),
                    it.estimated(),
                    it.tokens(),
                    it.cost().orElse(null)))
            .toList();
    var resources = resources(from);
    var due =
        sums(
            Stream.concat(
                plans.stream().filter(it -> !it.collected()).map(PlanLine::amount),
                amounts(models)));
    var resourceCosts = sums(resources.stream().flatMap(it -> Stream.ofNullable(it.cost())));
    return new Statement(
        from.account(),
        from.name(),
        from.month(),
        from.closed(),
        plans,
        models,
        resources,
        due,
        costs(income(plans, models), sums(amounts(models)), resourceCosts));
  }

  /** Whether nothing was used, and nothing is due. */
  boolean hasNothing() {
    return plans.isEmpty() && models.isEmpty() && resources.isEmpty();
  }

  /**
   * The same with what it cost, by what is known of that now.
   *
   * @param now the statement as it would be made now
   */
  Statement withCostsOf(Statement now) {
    var costs = now.costs;
    if (costs == null) {
      throw new IllegalArgumentException("that one has no costs");
    }
    var names =
        resources.stream()
            .collect(
                Collectors.toMap(
                    ResourceLine::instance, ResourceLine::instanceName, (first, _) -> first));
    var lines =
        now.resources.stream()
            .map(it ->
                new ResourceLine(
                    it.instance(),
                    names.getOrDefault(it.instance(), it.instanceName()),
                    it.rung(),
                    it.quantities(),
                    it.cost()))
            .toList();
    return new Statement(
        account,
        name,
        month,
        closed,
        plans,
        models,
        lines,
        due,
        costs(income(plans, models), sums(amounts(models)), costs.resources()));
  }

  /** What is due, and what the payment provider collects. */
  private static List<Money> income(List<PlanLine> plans, List<ModelLine> models) {
    return sums(Stream.concat(plans.stream().map(PlanLine::amount), amounts(models)));
  }

  private static Costs costs(List<Money> income, List<Money> models, List<Money> resources) {
    var total = sums(Stream.concat(models.stream(), resources.stream()));
    var margin = sums(Stream.concat(income.stream(), total.stream().map(Statement::negative)));
    return new Costs(models, resources, total, margin);
  }

  /** The same without what is the operator's alone. */
  Statement forAccount() {
    var merged =
        grouped(
            resources,
            it -> List.of(it.instance(), it.rung()),
            lines -> {
              var first = lines.getFirst();
              return new ResourceLine(
                  first.instance(),
                  first.instanceName(),
                  first.rung(),
                  sum(lines.stream().map(ResourceLine::quantities)),
                  null);
            });
    return new Statement(account, name, month, closed, plans, models, merged, due, null);
  }

  private static List<PlanLine> plans(Sources from) {
    var priced = from.planDays().stream().filter(it -> it.price() != null).toList();
    return grouped(
        priced,
        it -> List.of(it.instance(), it.plan(), String.valueOf(it.price()), it.collected()),
        days -> {
          var first = days.getFirst();
          var price = priceOf(first);
          return new PlanLine(
              first.instance(),
              from.nameOf(first.instance()),
              first.plan(),
              price,
              days.size(),
              share(price, days.size(), from.month().lengthOfMonth()),
              first.collected());
        });
  }

  private static Money priceOf(ResourceUsage.PlanDay day) {
    var price = day.price();
    if (price == null) {
      throw new IllegalArgumentException("a day without a price has no line");
    }
    return price;
  }

  /** The share of a month's price for some days of it, rounded half up to a billionth. */
  static Money share(Money price, int days, int of) {
    var doubled = BigInteger.valueOf(price.nanos()).multiply(BigInteger.valueOf(2L * days));
    return new Money(
        price.currency(),
        doubled.add(BigInteger.valueOf(of)).divide(BigInteger.valueOf(2L * of)).longValueExact());
  }

  /** One line for each instance, rung and price. */
  private static List<ResourceLine> resources(Sources from) {
    return grouped(
        from.resources(),
        it -> List.of(it.instance(), it.rung(), since(from, it.day())),
        days -> {
          var first = days.getFirst();
          var used = sum(days.stream().map(ResourceUsage.Day::quantities));
          return new ResourceLine(
              first.instance(),
              from.nameOf(first.instance()),
              first.rung(),
              used,
              from.prices().stream()
                  .filter(it -> it.from().equals(since(from, first.day())))
                  .findFirst()
                  .map(it -> it.price().cost(used, from.month()))
                  .orElse(null));
        });
  }

  /** The first day of the price that holds on a day; the first of all where none does. */
  private static LocalDate since(Sources from, LocalDate day) {
    return from.prices().stream()
        .map(ResourcePrices.Dated::from)
        .filter(it -> !it.isAfter(day))
        .max(LocalDate::compareTo)
        .orElse(LocalDate.MIN);
  }

  /** In the order of their first ones. */
  private static <T, K, L> List<L> grouped(
      List<T> all, Function<T, K> key, Function<List<T>, L> line) {
    return all.stream()
        .collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .map(line)
        .toList();
  }

  private static Quantities sum(Stream<Quantities> all) {
    return all.reduce(Quantities.NONE, Quantities::plus);
  }

  private static Stream<Money> amounts(List<ModelLine> models) {
    return models.stream().flatMap(it -> Stream.ofNullable(it.amount()));
  }

  private static Money negative(Money amount) {
    return Money.zero(amount.currency()).minus(amount);
  }

  /** In each currency, by its code. */
  private static List<Money> sums(Stream<Money> all) {
    var byCode = new TreeMap<String, Money>();
    all.forEach(it -> byCode.merge(code(it.currency()), it, Money::plus));
    return List.copyOf(byCode.values());
  }

  private static String code(Currency currency) {
    return currency.getCurrencyCode();
  }
}
