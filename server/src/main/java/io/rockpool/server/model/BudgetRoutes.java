package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Accounts;
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

/**
 * {@code /api/v1/instances/{id}/budget}: what an instance may spend; {@code
 * /api/v1/accounts/{account}/budget}: what all instances of an account may spend together.
 */
public final class BudgetRoutes {
  private static final String ONE = "/api/v1/instances/{id}/budget";
  private static final String ACCOUNT = "/api/v1/accounts/{account}/budget";

  /**
   * @param currency a code of ISO 4217: that of the prices of its models
   * @param amount a decimal, e.g. 12.50: 0 to 1000000000
   * @param period day, month (the default) or total; days and months are those of UTC
   * @param hard whether calls beyond it are refused (the default); otherwise it is only announced
   */
  public record Put(
      String id, String currency, String amount, Optional<Period> period, Optional<Boolean> hard) {
    public Put {
      read(currency, amount, period, hard);
    }

    Budget budget() {
      return read(currency, amount, period, hard);
    }
  }

  public record Get(String id) {}

  /** The same for an account. */
  public record PutOfAccount(
      String account,
      String currency,
      String amount,
      Optional<Period> period,
      Optional<Boolean> hard) {
    public PutOfAccount {
      read(currency, amount, period, hard);
    }

    Budget budget() {
      return read(currency, amount, period, hard);
    }
  }

  public record GetOfAccount(String account) {}

  private static Budget read(
      String currency, String amount, Optional<Period> period, Optional<Boolean> hard) {
    return Budget.of(
        Money.parse(Money.currency(currency), amount),
        period.orElse(Period.MONTH),
        hard.orElse(true));
  }

  /**
   * A budget, as it stands.
   *
   * @param spent in the window of now, by calls that have ended
   * @param reserved set aside for calls that have not
   * @param remaining what is left of the amount; below zero where more was spent than it is now
   * @param ofPlan whether it is that of the instance's plan, since it has none of its own
   * @param warnings why it refuses calls that it could pay for, and what to do, in sentences
   */
  public record BudgetView(
      String currency,
      String amount,
      Period period,
      boolean hard,
      String spent,
      String reserved,
      String remaining,
      boolean ofPlan,
      List<String> warnings) {
    static BudgetView of(Purse purse, boolean ofPlan, List<String> warnings) {
      var amount = purse.budget().amount();
      return new BudgetView(
          amount.currency().getCurrencyCode(),
          amount.text(),
          purse.budget().period(),
          purse.budget().hard(),
          purse.spent().text(),
          purse.reserved().text(),
          amount.minus(purse.spent()).text(),
          ofPlan,
          warnings);
    }
  }

  private final Instances instances;
  private final Accounts accounts;
  private final Budgets budgets;
  private final Ledger ledger;
  private final BudgetWarnings warnings;

  public BudgetRoutes(
      Instances instances,
      Accounts accounts,
      Budgets budgets,
      Ledger ledger,
      BudgetWarnings warnings) {
    this.instances = instances;
    this.accounts = accounts;
    this.budgets = budgets;
    this.ledger = ledger;
    this.warnings = warnings;
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
            "Show the budget of an instance, its own or its plan's, and what is left of it.",
            Get.class,
            BudgetView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.NO_BUDGET),
            READ,
            this::get),
        new Route<>(
                DELETE,
                ONE,
                "Take an instance's own budget away: that of its plan binds it, if it has one.",
                Get.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE),
                OPERATE,
                this::delete)
            .answers(NO_CONTENT),
        new Route<>(
            PUT,
            ACCOUNT,
            "Set what all instances of an account may spend together. It binds each call beside the budget of its instance.",
            PutOfAccount.class,
            BudgetView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            ACCOUNT,
            "Show the budget of an account, and what is left of it.",
            GetOfAccount.class,
            BudgetView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT, Kind.NO_BUDGET),
            READ,
            this::get),
        new Route<>(
                DELETE,
                ACCOUNT,
                "Take the budget of an account away. Those of its instances stay.",
                GetOfAccount.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_ACCOUNT),
                OPERATE,
                this::delete)
            .answers(NO_CONTENT));
  }

  private Reply<BudgetView> put(Actor actor, PutOfAccount wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            Known.account(
                accounts,
                actor,
                wish.account(),
                () -> {
                  budgets.put(BudgetOwner.account(wish.account()), wish.budget());
                  return standing(wish.account());
                }));
  }

  private Reply<BudgetView> get(Actor actor, GetOfAccount wish) {
    return Known.account(accounts, actor, wish.account(), () -> standing(wish.account()));
  }

  private Reply<Route.Nothing> delete(Actor actor, GetOfAccount wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            Known.account(
                accounts,
                actor,
                wish.account(),
                () -> {
                  budgets.remove(BudgetOwner.account(wish.account()));
                  return new Reply.NoContent<>();
                }));
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
    return standing(
        BudgetOwner.of(instance.id()),
        instance.accountId(),
        "The instance '%s' has no budget: nothing limits what it spends. Set one with PUT."
            .formatted(instance.id()));
  }

  private Reply<BudgetView> standing(String account) {
    return standing(
        BudgetOwner.account(account),
        account,
        "The account '%s' has no budget; its instances may have their own. Set one with PUT."
            .formatted(account));
  }

  private Reply<BudgetView> standing(BudgetOwner owner, String account, String otherwise) {
    return ledger
        .standing(owner, account)
        .<Reply<BudgetView>>map(purse ->
            new Reply.Ok<>(
                BudgetView.of(purse, !budgets.has(owner), warnings.of(purse.budget(), account))))
        .orElseGet(() -> new Reply.Refused<>(Kind.NO_BUDGET.detail(otherwise)));
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
