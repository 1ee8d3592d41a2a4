package io.rockpool.server.account;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.CREATED;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;
import static java.util.stream.Collectors.joining;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Accounts.Account;
import io.rockpool.control.account.Actor;
import io.rockpool.control.departure.Departures;
import io.rockpool.control.departure.Departures.Departure;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Named;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/accounts}: who owns instances. */
public final class AccountRoutes {
  private static final String ALL = "/api/v1/accounts";
  private static final String ONE = ALL + "/{account}";
  private static final int MOST_NAMED = 20;

  /**
   * @param id 1 to 63 lower-case letters, digits and dashes, and no dash at either end; chosen at
   *     random if left out
   * @param name for people, 1 to 100 characters
   */
  public record Create(Optional<String> id, String name) {
    public Create {
      Named.check(name);
      if (id.filter(it -> !Accounts.isId(it)).isPresent()) {
        throw new IllegalArgumentException(
            "an id has 1 to 63 lower-case letters, digits and dashes, no dash at either end, and is no word of this API, such as me or admin");
      }
    }
  }

  public record ListAll(Optional<Limit> limit, Optional<Cursor> cursor) {}

  /**
   * @param account its id; {@code me} for one's own
   */
  public record Get(String account) {}

  /** What happens to the instances of an account that is deleted. */
  public enum InstancesToo {
    DESTROY
  }

  /**
   * @param instances {@code destroy}: with all their state. Without it an account that has any
   *     stays
   */
  public record Delete(String account, Optional<InstancesToo> instances) {}

  /**
   * An account.
   *
   * @param operator whether it may do everything
   */
  public record AccountView(String id, String name, boolean operator, Instant createdAt) {
    static AccountView of(Account account) {
      return new AccountView(account.id(), account.name(), account.operator(), account.createdAt());
    }
  }

  /**
   * @param next the cursor of the next page; absent on the last one
   */
  public record Page(List<AccountView> items, Optional<String> next) {}

  private final Accounts accounts;
  private final Departures departures;

  public AccountRoutes(Accounts accounts, Departures departures) {
    this.accounts = accounts;
    this.departures = departures;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                ALL,
                "Make an account for a user. Then make a token for it, by which it logs in. For operators.",
                Create.class,
                AccountView.class,
                Set.of(Kind.ACCOUNT_EXISTS),
                OPERATE,
                this::create)
            .answers(CREATED),
        new Route<>(
            GET,
            ALL,
            "List all accounts, oldest first. For operators.",
            ListAll.class,
            Page.class,
            Set.of(),
            READ,
            this::list),
        new Route<>(
            GET,
            ONE,
            "Show an account.",
            Get.class,
            AccountView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            READ,
            this::get),
        new Route<>(
                DELETE,
                ONE,
                "Delete an account: its tokens, keys and settings, and the key to its secrets. What it used and owed stays in the books. For operators.",
                Delete.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_ACCOUNT, Kind.ACCOUNT_IN_USE, Kind.CONFLICT),
                OPERATE,
                this::delete)
            .answers(NO_CONTENT));
  }

  private Reply<AccountView> create(Actor actor, Create wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            accounts
                .create(wish.id().orElse(null), wish.name().strip())
                .<Reply<AccountView>>map(
                    it -> new Reply.Created<>(AccountView.of(it), URI.create(ALL + "/" + it.id())))
                .orElseGet(() ->
                    new Reply.Refused<>(
                        Kind.ACCOUNT_EXISTS.detail(
                            "There is an account '%s', or there was: its books are kept under that id. Choose another."
                                .formatted(wish.id().orElse(""))))));
  }

  private Reply<Page> list(Actor actor, ListAll wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          int most = Limit.of(wish.limit());
          var position =
              wish.cursor()
                  .map(it -> new Accounts.Position(Instant.ofEpochMilli(it.at()), it.id()))
                  .orElse(null);
          var found = accounts.list(actor, position, most + 1);
          var shown = found.subList(0, Math.min(most, found.size()));
          return new Reply.Ok<>(
              new Page(
                  shown.stream().map(AccountView::of).toList(),
                  found.size() > most
                      ? Optional.of(
                          new Cursor(
                                  shown.getLast().createdAt().toEpochMilli(), shown.getLast().id())
                              .text())
                      : Optional.empty()));
        });
  }

  private Reply<AccountView> get(Actor actor, Get wish) {
    return accounts
        .find(actor, wish.account())
        .<Reply<AccountView>>map(it -> new Reply.Ok<>(AccountView.of(it)))
        .orElseGet(() -> new Reply.Refused<>(Problem.unknownAccount(wish.account())));
  }

  private Reply<Route.Nothing> delete(Actor actor, Delete wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            switch (departures.depart(wish.account(), wish.instances().isPresent())) {
              case Departure.Gone _ -> new Reply.NoContent<>();
              case Departure.Unknown _ ->
                  new Reply.Refused<>(Problem.unknownAccount(wish.account()));
              case Departure.Occupied(var instances) ->
                  new Reply.Refused<>(occupied(wish.account(), instances));
              case Departure.Kept(var why) -> new Reply.Refused<>(Kind.CONFLICT.detail(why));
            });
  }

  private static Problem occupied(String account, List<InstanceId> instances) {
    var named = instances.stream().limit(MOST_NAMED).map(InstanceId::value).collect(joining(", "));
    return Kind.ACCOUNT_IN_USE.detail(
        "The account '%s' has instances: %s%s. Destroy them first, or with it by ?instances=destroy."
            .formatted(account, named, instances.size() > MOST_NAMED ? " and more" : ""));
  }
}
