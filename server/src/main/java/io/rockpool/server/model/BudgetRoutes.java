package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Budgets;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Period;
import io.rockpool.control.usage.Purse;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/instances/{id}/budget}: what an instance may spend. */
public final class BudgetRoutes {
  private static final String ONE = "/api/v1/instances/{id}/budget";

  /**
   * @param currency a code of ISO 4217: that of the prices of its models
   * @param amount a decimal, e.g. 12.50: 0 or more
   * @param period day, month (the default) or total; days and months are those of UTC
   * @param hard whether calls beyond it are refused (the default); otherwise it is only announced
   */
  public record Put(
      String id, String currency, String amount, Optional<Period> period, Optional<Boolean> hard) {
    Budget budget() {
      return new Budget(
          Money.parse(Money.currency(currency), amount),
          period.orElse(Period.MONTH),
          hard.orElse(true));
    }

    public Put {
      if (Money.parse(Money.currency(currency), amount).nanos() < 0) {
        throw new IllegalArgumentException("a budget is 0 or more");
      }
    }
  }

  public record Get(String id) {}

  /**
   * A budget, as it stands.
   *
   * @param spent in the window of now, by calls that have ended
   * @param reserved set aside for calls that have not
   * @param remaining what is left of the amount; below zero where more was spent than it is now
   */
  public record BudgetView(
      String currency,
      String amount,
      Period period,
      boolean hard,
      String spent,
      String reserved,
      String remaining) {
    static BudgetView of(Purse purse) {
      var amount = purse.budget().amount();
      return new BudgetView(
          amount.currency().getCurrencyCode(),
          amount.text(),
          purse.budget().period(),
          purse.budget().hard(),
          purse.spent().text(),
          purse.reserved().text(),
          amount.minus(purse.spent()).text());
    }
  }

  private final Instances instances;
  private final Budgets budgets;
  private final Ledger ledger;

  public BudgetRoutes(Instances instances, Budgets budgets, Ledger ledger) {
    this.instances = instances;
    this.budgets = budgets;
    this.ledger = ledger;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            ONE,
            "Set what an instance may spend on its models. It counts from the next call on; what was spent in this period counts, too.",
            Put.class,
            BudgetView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            ONE,
            "Show the budget of an instance, and what is left of it.",
            Get.class,
            BudgetView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.NO_BUDGET),
            READ,
            this::get),
        new Route<>(
                DELETE,
                ONE,
                "Take the budget of an instance away: nothing limits what it spends.",
                Get.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE),
                OPERATE,
                this::delete)
            .answers(NO_CONTENT));
  }

  private Reply<BudgetView> put(Actor actor, Put wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            Known.instance(
                instances,
                actor,
                wish.id(),
                instance -> {
                  budgets.put(BudgetOwner.of(instance.id()), wish.budget());
                  return standing(instance);
                }));
  }

  private Reply<BudgetView> get(Actor actor, Get wish) {
    return Known.instance(instances, actor, wish.id(), this::standing);
  }

  private Reply<BudgetView> standing(Instance instance) {
    return ledger
        .standing(BudgetOwner.of(instance.id()), instance.accountId())
        .<Reply<BudgetView>>map(purse -> new Reply.Ok<>(BudgetView.of(purse)))
        .orElseGet(() ->
            new Reply.Refused<>(
                Kind.NO_BUDGET.detail(
                    "The instance '%s' has no budget: nothing limits what it spends. Set one with PUT."
                        .formatted(instance.id()))));
  }

  private Reply<Route.Nothing> delete(Actor actor, Get wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            Known.instance(
                instances,
                actor,
                wish.id(),
                instance -> {
                  budgets.remove(BudgetOwner.of(instance.id()));
                  return new Reply.NoContent<>();
                }));
  }
}
