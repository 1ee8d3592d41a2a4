package io.rockpool.server.account;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.CREATED;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Accounts.Token;
import io.rockpool.control.account.Accounts.TokenMade;
import io.rockpool.control.account.Actor;
import io.rockpool.server.http.Named;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * {@code /api/v1/accounts/{account}/tokens}: what accounts log in with. Operators make them; who
 * lost one revokes it, or has that done.
 */
public final class TokenRoutes {
  private static final String ALL = "/api/v1/accounts/{account}/tokens";

  /**
   * @param name for people, 1 to 100 characters
   */
  public record Create(String account, String name) {
    public Create {
      Named.check(name);
      if (name.equals("admin.token")) {
        throw new IllegalArgumentException("this is the name of the administrator's file");
      }
    }
  }

  /**
   * @param token shown this once
   */
  public record Made(String id, String name, String token, Instant createdAt) {}

  public record ListAll(String account) {}

  public record TokenView(String id, String name, Instant createdAt) {
    static TokenView of(Token token) {
      return new TokenView(token.id(), token.name(), token.createdAt());
    }
  }

  public record Tokens(List<TokenView> items) {}

  public record Revoke(String account, String tid) {}

  private final Accounts accounts;
  private final Runnable revoked;

  /**
   * @param revoked called after a token was revoked
   */
  public TokenRoutes(Accounts accounts, Runnable revoked) {
    this.accounts = accounts;
    this.revoked = revoked;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                ALL,
                "Make a token by which an account logs in. It is shown once. For operators.",
                Create.class,
                Made.class,
                Set.of(Kind.UNKNOWN_ACCOUNT, Kind.TOO_MANY_TOKENS, Kind.SHOWN_ONCE),
                OPERATE,
                this::create)
            .answers(CREATED),
        new Route<>(
            GET,
            ALL,
            "List the tokens of an account, without their secrets.",
            ListAll.class,
            Tokens.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            READ,
            this::list),
        new Route<>(
                DELETE,
                ALL + "/{tid}",
                "Revoke a token. It is refused at once, on other servers within a second.",
                Revoke.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_ACCOUNT, Kind.UNKNOWN_TOKEN, Kind.CONFLICT),
                OPERATE,
                this::revoke)
            .answers(NO_CONTENT));
  }

  private Reply<Made> create(Actor actor, Create wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            switch (accounts.makeToken(actor, wish.account(), wish.name().strip())) {
              case TokenMade.Made(var made) ->
                  new Reply.Created<>(
                          new Made(
                              made.token().id(),
                              made.token().name(),
                              made.secret().reveal(),
                              made.token().createdAt()),
                          URI.create(
                              "/api/v1/accounts/%s/tokens/%s"
                                  .formatted(wish.account(), made.token().id())))
                      .shownOnce();
              case TokenMade.NoAccount _ ->
                  new Reply.Refused<>(Problem.unknownAccount(wish.account()));
              case TokenMade.TooMany _ ->
                  new Reply.Refused<>(
                      Kind.TOO_MANY_TOKENS.detail(
                          "The account '%s' has %d tokens. Revoke one that is not used any more."
                              .formatted(wish.account(), Accounts.MOST_TOKENS)));
            });
  }

  private Reply<Tokens> list(Actor actor, ListAll wish) {
    return accounts.isSeen(actor, wish.account())
        ? new Reply.Ok<>(
            new Tokens(accounts.tokens(actor, wish.account()).stream().map(TokenView::of).toList()))
        : new Reply.Refused<>(Problem.unknownAccount(wish.account()));
  }

  private Reply<Route.Nothing> revoke(Actor actor, Revoke wish) {
    if (!accounts.isSeen(actor, wish.account())) {
      return new Reply.Refused<>(Problem.unknownAccount(wish.account()));
    }
    return switch (accounts.revokeToken(actor, wish.account(), wish.tid())) {
      case DONE -> {
        revoked.run();
        yield new Reply.NoContent<>();
      }
      case UNKNOWN ->
          new Reply.Refused<>(
              Kind.UNKNOWN_TOKEN.detail(
                  "The account '%1$s' has no such token. List them with GET /api/v1/accounts/%1$s/tokens."
                      .formatted(wish.account())));
      case OF_FILE ->
          new Reply.Refused<>(
              Kind.CONFLICT.detail(
                  "This is the token of the file admin.token, which the next start would admit again. Delete that file and restart: a new one is drawn, and this one ends."));
    };
  }
}
