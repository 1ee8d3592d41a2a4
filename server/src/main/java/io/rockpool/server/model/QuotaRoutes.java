package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Quota;
import io.rockpool.control.usage.Quotas;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * {@code /api/v1/instances/{id}/quota}: how much of its models an instance may use; {@code
 * /api/v1/accounts/{account}/quota}: how much all instances of an account may use together.
 */
public final class QuotaRoutes {
  private static final String ONE = "/api/v1/instances/{id}/quota";
  private static final String ACCOUNT = "/api/v1/accounts/{account}/quota";

  /**
   * What is left out has no limit.
   *
   * @param tokensPerDay read and written, in a day of UTC; 0 or more
   * @param requestsPerMinute 1 or more
   * @param tokensPerMinute read and written; 1 or more
   * @param callsAtOnce 1 or more
   */
  public record Put(
      String id,
      Optional<Long> tokensPerDay,
      Optional<Long> requestsPerMinute,
      Optional<Long> tokensPerMinute,
      Optional<Long> callsAtOnce) {
    public Put {
      read(tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce);
    }

    Quota quota() {
      return read(tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce);
    }
  }

  public record Get(String id) {}

  /** The same for an account. */
  public record PutOfAccount(
      String account,
      Optional<Long> tokensPerDay,
      Optional<Long> requestsPerMinute,
      Optional<Long> tokensPerMinute,
      Optional<Long> callsAtOnce) {
    public PutOfAccount {
      read(tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce);
    }

    Quota quota() {
      return read(tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce);
    }
  }

  public record GetOfAccount(String account) {}

  private static Quota read(
      Optional<Long> tokensPerDay,
      Optional<Long> requestsPerMinute,
      Optional<Long> tokensPerMinute,
      Optional<Long> callsAtOnce) {
    var quota =
        new Quota(
            number(tokensPerDay),
            number(requestsPerMinute),
            number(tokensPerMinute),
            number(callsAtOnce));
    if (quota.isNone()) {
      throw new IllegalArgumentException("a quota limits something; DELETE takes it away");
    }
    return quota;
  }

  private static OptionalLong number(Optional<Long> value) {
    return value.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /**
   * A quota, as it stands. What has no limit is left out, and is not counted: it is 0 in {@code
   * used}.
   *
   * @param ofPlan whether it is that of the instance's plan, since it has none of its own
   */
  public record QuotaView(
      Optional<Long> tokensPerDay,
      Optional<Long> requestsPerMinute,
      Optional<Long> tokensPerMinute,
      Optional<Long> callsAtOnce,
      boolean ofPlan,
      Used used) {
    static QuotaView of(Ledger.QuotaStanding standing, boolean ofPlan) {
      var quota = standing.quota();
      return new QuotaView(
          optional(quota.tokensPerDay()),
          optional(quota.requestsPerMinute()),
          optional(quota.tokensPerMinute()),
          optional(quota.callsAtOnce()),
          ofPlan,
          new Used(
              standing.tokensToday(),
              standing.tokensReserved(),
              standing.requestsOfMinute(),
              standing.tokensOfMinute(),
              standing.calls()));
    }

    private static Optional<Long> optional(OptionalLong value) {
      return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
    }
  }

  /**
   * What is used of a quota now.
   *
   * @param tokensPerDay today, by calls that have ended
   * @param tokensReserved set aside of today's for calls that have not
   * @param requestsPerMinute how full the bucket of a minute is
   * @param tokensPerMinute the same; more than it holds where calls used more than was expected
   * @param callsAtOnce under way
   */
  public record Used(
      long tokensPerDay,
      long tokensReserved,
      long requestsPerMinute,
      long tokensPerMinute,
      long callsAtOnce) {}

  private final Instances instances;
  private final Accounts accounts;
  private final Quotas quotas;
  private final Ledger ledger;

  public QuotaRoutes(Instances instances, Accounts accounts, Quotas quotas, Ledger ledger) {
    this.instances = instances;
    this.accounts = accounts;
    this.quotas = quotas;
    this.ledger = ledger;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            ONE,
            "Set how much of its models an instance may use, in place of its plan's quota as a whole. It counts from the next call on; what was used today counts, too.",
            Put.class,
            QuotaView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            (actor, wish) ->
                OperatorOnly.reply(
                    actor,
                    () ->
                        of(
                            actor,
                            wish.id(),
                            (owner, account) -> put(owner, account, wish.quota())))),
        new Route<>(
            GET,
            ONE,
            "Show the quota of an instance, its own or its plan's, and what is used of it.",
            Get.class,
            QuotaView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.NO_QUOTA),
            READ,
            (actor, wish) -> of(actor, wish.id(), this::standing)),
        new Route<>(
                DELETE,
                ONE,
                "Take an instance's own quota away: that of its plan binds it again.",
                Get.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE),
                OPERATE,
                (actor, wish) ->
                    OperatorOnly.reply(actor, () -> of(actor, wish.id(), this::remove)))
            .answers(NO_CONTENT),
        new Route<>(
            PUT,
            ACCOUNT,
            "Set how much all instances of an account may use together. It binds each call beside the quota of its instance.",
            PutOfAccount.class,
            QuotaView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            OPERATE,
            (actor, wish) ->
                OperatorOnly.reply(
                    actor,
                    () ->
                        ofAccount(
                            actor,
                            wish.account(),
                            (owner, account) -> put(owner, account, wish.quota())))),
        new Route<>(
            GET,
            ACCOUNT,
            "Show the quota of an account, and what is used of it.",
            GetOfAccount.class,
            QuotaView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT, Kind.NO_QUOTA),
            READ,
            (actor, wish) -> ofAccount(actor, wish.account(), this::standing)),
        new Route<>(
                DELETE,
                ACCOUNT,
                "Take the quota of an account away. Those of its instances stay.",
                GetOfAccount.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_ACCOUNT),
                OPERATE,
                (actor, wish) ->
                    OperatorOnly.reply(actor, () -> ofAccount(actor, wish.account(), this::remove)))
            .answers(NO_CONTENT));
  }

  /** Does {@code work} with the instance, and with the account that it belongs to. */
  private <A> Reply<A> of(Actor actor, String id, BiFunction<BudgetOwner, String, Reply<A>> work) {
    return Known.instance(
        instances, actor, id, it -> work.apply(BudgetOwner.of(it.id()), it.accountId()));
  }

  private <A> Reply<A> ofAccount(
      Actor actor, String id, BiFunction<BudgetOwner, String, Reply<A>> work) {
    return Known.account(accounts, actor, id, () -> work.apply(BudgetOwner.account(id), id));
  }

  private Reply<QuotaView> put(BudgetOwner owner, String account, Quota quota) {
    quotas.put(owner, quota);
    return standing(owner, account);
  }

  private Reply<QuotaView> standing(BudgetOwner owner, String account) {
    return ledger
        .quota(owner, account)
        .<Reply<QuotaView>>map(it -> new Reply.Ok<>(QuotaView.of(it, !quotas.has(owner))))
        .orElseGet(() ->
            new Reply.Refused<>(
                Kind.NO_QUOTA.detail(
                    "'%s' has no quota: nothing but budgets limits what it uses. Set one with PUT."
                        .formatted(owner.id()))));
  }

  private Reply<Route.Nothing> remove(BudgetOwner owner, String account) {
    quotas.remove(owner);
    return new Reply.NoContent<>();
  }
}
