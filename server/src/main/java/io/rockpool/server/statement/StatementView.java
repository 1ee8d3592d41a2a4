package io.rockpool.server.statement;

import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement;
import io.rockpool.control.statement.Statement.Costs;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an account owes for a month (UTC).
 *
 * @param month e.g. 2026-11
 * @param closed whether it will not change any more
 * @param due plans and models together, in each currency; without what the payment provider
 *     collects
 * @param costs what the month cost the operator; absent for anybody else
 */
public record StatementView(
    String account,
    String name,
    String month,
    boolean closed,
    List<PlanView> plans,
    List<ModelView> models,
    List<ResourceView> resources,
    List<Amount> due,
    Optional<CostsView> costs) {
  /** A decimal, exact. */
  public record Amount(String amount, String currency) {
    static Amount of(Money money) {
      return new Amount(money.text(), money.currency().getCurrencyCode());
    }

    static Optional<Amount> maybe(@Nullable Money money) {
      return Optional.ofNullable(money).map(Amount::of);
    }

    static List<Amount> all(List<Money> amounts) {
      return amounts.stream().map(Amount::of).toList();
    }
  }

  /**
   * An instance, on a plan.
   *
   * @param name of the instance; empty when it is gone
   * @param price of the plan, a month
   * @param days of the month on which it was there
   * @param collected whether the payment provider collects it: then it is not due once more
   */
  public record PlanView(
      String instance,
      String name,
      String plan,
      Amount price,
      int days,
      Amount amount,
      boolean collected) {}

  /**
   * What an instance used of a model, at one provider.
   *
   * @param provider absent where none was reached, and in statements that were closed before
   *     providers were counted apart
   * @param estimatedCalls so many of the calls have tokens that Rockpool estimated, or a part of
   *     them
   * @param amount absent where the model had no price
   */
  public record ModelView(
      String instance,
      String name,
      String model,
      Optional<String> provider,
      long calls,
      long estimatedCalls,
      long inputTokens,
      long outputTokens,
      Optional<Amount> amount) {}

  /**
   * What an instance used of its host, while it was at a level of sleep. A gigabyte is
   * 1,000,000,000 bytes.
   *
   * @param seconds how long it was seen there
   * @param cost what it cost the operator; absent for anybody else, and without a price
   */
  public record ResourceView(
      String instance,
      String name,
      Rung level,
      BigDecimal seconds,
      BigDecimal cpuSeconds,
      BigDecimal memoryGbSeconds,
      BigDecimal storageGbHours,
      Optional<Amount> cost) {}

  /**
   * What the month cost the operator, in each currency.
   *
   * @param margin what plans and models bring, whoever collects it, without the total
   */
  public record CostsView(
      List<Amount> models, List<Amount> resources, List<Amount> total, List<Amount> margin) {}

  static StatementView of(Statement statement) {
    return new StatementView(
        statement.account(),
        statement.name(),
        statement.month().toString(),
        statement.closed(),
        statement.plans().stream()
            .map(it ->
                new PlanView(
                    it.instance(),
                    it.instanceName(),
                    it.plan(),
                    Amount.of(it.price()),
                    it.days(),
                    Amount.of(it.amount()),
                    it.collected()))
            .toList(),
        statement.models().stream()
            .map(it ->
                new ModelView(
                    it.instance(),
                    it.instanceName(),
                    it.model(),
                    Optional.ofNullable(it.provider()).filter(name -> !name.isEmpty()),
                    it.calls(),
                    it.estimated(),
                    it.tokens().read(),
                    it.tokens().output(),
                    Amount.maybe(it.amount())))
            .toList(),
        statement.resources().stream()
            .map(it ->
                new ResourceView(
                    it.instance(),
                    it.instanceName(),
                    it.rung(),
                    it.quantities().seconds(),
                    it.quantities().cpuSeconds(),
                    it.quantities().memoryGbSeconds(),
                    it.quantities().storageGbHours(),
                    Amount.maybe(it.cost())))
            .toList(),
        Amount.all(statement.due()),
        Optional.ofNullable(statement.costs()).map(StatementView::costs));
  }

  private static CostsView costs(Costs costs) {
    return new CostsView(
        Amount.all(costs.models()),
        Amount.all(costs.resources()),
        Amount.all(costs.total()),
        Amount.all(costs.margin()));
  }
}
