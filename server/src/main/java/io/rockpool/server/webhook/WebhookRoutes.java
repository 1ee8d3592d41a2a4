package io.rockpool.server.webhook;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PATCH;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.ACCEPTED;
import static io.rockpool.server.http.Route.Success.CREATED;

import io.rockpool.control.account.Actor;
import io.rockpool.control.net.ForbiddenUrlException;
import io.rockpool.control.net.Internet;
import io.rockpool.control.vault.VaultException;
import io.rockpool.control.webhook.EventTypes;
import io.rockpool.control.webhook.Message;
import io.rockpool.control.webhook.Webhook;
import io.rockpool.control.webhook.Webhooks;
import io.rockpool.control.webhook.Webhooks.Made;
import io.rockpool.control.webhook.Webhooks.Position;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/webhooks}: programs of operators that are told what happens. */
public final class WebhookRoutes {
  private static final String ALL = "/api/v1/webhooks";
  private static final String ONE = ALL + "/{id}";
  private static final String ATTEMPTS = ONE + "/attempts";
  private static final int MOST_TYPES = 50;
  private static final int DAY = 86_400;
  private static final int LONGEST_OVERLAP = 7 * DAY;
  private static final Logger log = LoggerFactory.getLogger(WebhookRoutes.class);

  /**
   * @param url that messages are posted to: https, on the public internet
   * @param types that it wants to hear of, e.g. instance.ready, or a group such as budget.*;
   *     default: all
   * @param inside whether the URL may be in a private network, and plain http; default: false
   */
  public record Create(String url, Optional<List<String>> types, Optional<Boolean> inside) {
    public Create {
      types.ifPresent(WebhookRoutes::checked);
    }
  }

  /**
   * @param types an empty list for all
   * @param inside whether the URL may be in a private network, and plain http
   * @param enabled whether it is sent anything; true forgets what went wrong before
   */
  public record Change(
      String id,
      Optional<String> url,
      Optional<List<String>> types,
      Optional<Boolean> inside,
      Optional<Boolean> enabled) {
    public Change {
      types.ifPresent(WebhookRoutes::checked);
    }
  }

  /**
   * @param overlapSeconds so long the secret of now signs, too: 0 to 604800; default: 86400
   */
  public record Rotate(String id, Optional<Integer> overlapSeconds) {
    public Rotate {
      if (overlapSeconds.filter(it -> it < 0 || it > LONGEST_OVERLAP).isPresent()) {
        throw new IllegalArgumentException(
            "overlapSeconds must be 0 to %d".formatted(LONGEST_OVERLAP));
      }
    }
  }

  public record Identified(String id) {}

  /**
   * @param state waiting, sending, delivered or failed; default: all
   */
  public record ListAttempts(
      String id, Optional<Message.State> state, Optional<Limit> limit, Optional<Cursor> cursor) {}

  public record Replay(String id, String mid) {}

  /**
   * @param types empty for all
   * @param enabled whether it is sent anything
   * @param trouble why Rockpool disabled it
   * @param failingSince nothing but failures since then
   * @param pausedUntil it asked for less, and is sent nothing until then
   * @param previousUntil so long the secret before the last rotation signs, too
   */
  public record WebhookView(
      String id,
      String url,
      List<String> types,
      boolean inside,
      boolean enabled,
      Optional<String> trouble,
      Optional<Instant> failingSince,
      Optional<Instant> pausedUntil,
      Optional<Instant> previousUntil,
      Instant createdAt) {
    static WebhookView of(Webhook webhook) {
      return new WebhookView(
          webhook.id(),
          webhook.url().toString(),
          webhook.types(),
          webhook.inside(),
          webhook.enabled(),
          Optional.ofNullable(webhook.trouble()),
          Optional.ofNullable(webhook.failingSince()),
          Optional.ofNullable(webhook.pausedUntil()),
          Optional.ofNullable(webhook.previousUntil()),
          webhook.createdAt());
    }
  }

  public record WebhookList(List<WebhookView> items) {}

  /**
   * @param secret by which messages are signed, whsec_…; shown this once
   */
  public record Created(
      String id, String url, List<String> types, boolean inside, String secret, Instant createdAt) {
    static Created of(Made made) {
      var webhook = made.webhook();
      return new Created(
          webhook.id(),
          webhook.url().toString(),
          webhook.types(),
          webhook.inside(),
          made.secret().reveal(),
          webhook.createdAt());
    }
  }

  /**
   * @param secret that signs from now on; shown this once
   * @param previousUntil so long the one before signs, too
   */
  public record Rotated(String secret, Optional<Instant> previousUntil) {}

  /**
   * @param status the class of the answer, e.g. 2xx, or none where none came
   */
  public record TrialView(boolean delivered, String status, String message, long milliseconds) {}

  /**
   * @param id of the message, the same at each attempt
   * @param attempts made so far
   * @param status the class of the last answer, e.g. 5xx, or none where none came
   * @param error why the last attempt failed
   * @param createdAt when it happened
   * @param triedAt when the last attempt was made
   * @param nextAt when the next one is, where one follows
   * @param settledAt when it was delivered or given up
   */
  public record Attempt(
      String id,
      String type,
      Message.State state,
      int attempts,
      Optional<String> status,
      Optional<String> error,
      Instant createdAt,
      Optional<Instant> triedAt,
      Optional<Instant> nextAt,
      Optional<Instant> settledAt) {
    static Attempt of(Message message) {
      return new Attempt(
          message.id(),
          message.type(),
          message.state(),
          message.attempts(),
          Optional.ofNullable(message.status()),
          Optional.ofNullable(message.lastError()),
          message.createdAt(),
          Optional.ofNullable(message.triedAt()),
          message.state() == Message.State.WAITING
              ? Optional.of(message.dueAt())
              : Optional.empty(),
          Optional.ofNullable(message.settledAt()));
    }
  }

  /**
   * @param next cursor of the next page; absent on the last one
   */
  public record Attempts(List<Attempt> items, Optional<String> next) {}

  private final Webhooks webhooks;
  private final Internet internet;

  /**
   * @param internet where those are that are not said to be inside
   */
  public WebhookRoutes(Webhooks webhooks, Internet internet) {
    this.webhooks = webhooks;
    this.internet = internet;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                ALL,
                "Tell a program of yours what happens, by Standard Webhooks. Its secret is shown once. For operators.",
                Create.class,
                Created.class,
                Set.of(Kind.TOO_MANY_WEBHOOKS, Kind.VAULT_UNAVAILABLE, Kind.SHOWN_ONCE),
                OPERATE,
                (actor, wish) -> OperatorOnly.reply(actor, () -> create(wish)))
            .answers(CREATED),
        new Route<>(
            GET,
            ALL,
            "List webhooks, and how they are. For operators.",
            Route.Nothing.class,
            WebhookList.class,
            Set.of(),
            READ,
            (actor, _) -> OperatorOnly.reply(actor, this::list)),
        new Route<>(
            GET,
            ONE,
            "Show a webhook. For operators.",
            Identified.class,
            WebhookView.class,
            Set.of(Kind.UNKNOWN_WEBHOOK),
            READ,
            (actor, wish) -> of(actor, wish.id(), () -> webhooks.find(wish.id()))),
        new Route<>(
            PATCH,
            ONE,
            "Change a webhook, or enable it again. What waits for it goes to its new URL. For operators.",
            Change.class,
            WebhookView.class,
            Set.of(Kind.UNKNOWN_WEBHOOK),
            OPERATE,
            this::change),
        new Route<>(
            DELETE,
            ONE,
            "Forget a webhook, and all that was sent to it. For operators.",
            Identified.class,
            Route.Nothing.class,
            Set.of(Kind.UNKNOWN_WEBHOOK),
            OPERATE,
            (actor, wish) -> OperatorOnly.reply(actor, () -> remove(wish))),
        new Route<>(
            POST,
            ONE + "/rotate",
            "Give a webhook a new secret; the old one signs for a while, too. For operators.",
            Rotate.class,
            Rotated.class,
            Set.of(Kind.UNKNOWN_WEBHOOK, Kind.VAULT_UNAVAILABLE, Kind.SHOWN_ONCE),
            OPERATE,
            (actor, wish) -> OperatorOnly.reply(actor, () -> rotate(wish))),
        new Route<>(
            POST,
            ONE + "/test",
            "Send a message of type rockpool.test, once, and say what came of it. For operators.",
            Identified.class,
            TrialView.class,
            Set.of(Kind.UNKNOWN_WEBHOOK),
            OPERATE,
            (actor, wish) -> OperatorOnly.reply(actor, () -> test(wish))),
        new Route<>(
            GET,
            ATTEMPTS,
            "List what was sent to a webhook within two weeks, newest first. For operators.",
            ListAttempts.class,
            Attempts.class,
            Set.of(Kind.UNKNOWN_WEBHOOK),
            READ,
            (actor, wish) -> OperatorOnly.reply(actor, () -> attempts(wish))),
        new Route<>(
                POST,
                ATTEMPTS + "/{mid}/replay",
                "Send a message again, under the id that it had. For operators.",
                Replay.class,
                Attempt.class,
                Set.of(Kind.UNKNOWN_WEBHOOK, Kind.UNKNOWN_ATTEMPT, Kind.CONFLICT),
                OPERATE,
                (actor, wish) -> OperatorOnly.reply(actor, () -> replay(wish)))
            .answers(ACCEPTED));
  }

  private Reply<Created> create(Create wish) {
    boolean inside = wish.inside().orElse(false);
    try {
      return webhooks
          .create(url(wish.url(), inside), inside, wish.types().orElse(List.of()))
          .<Reply<Created>>map(made ->
              new Reply.Created<>(Created.of(made), URI.create(ALL + "/" + made.webhook().id()))
                  .shownOnce())
          .orElseGet(() ->
              new Reply.Refused<>(
                  Kind.TOO_MANY_WEBHOOKS.detail(
                      "There are %d webhooks. Delete one that is not used any more."
                          .formatted(Webhooks.MOST))));
    } catch (IllegalArgumentException e) {
      return refused(e);
    } catch (VaultException e) {
      return locked(e);
    }
  }

  private URI url(String text, boolean inside) {
    return withPath(inside ? URI.create(text) : internet.url(text));
  }

  private static URI withPath(URI url) {
    if (url.getHost() == null || !url.getRawPath().isEmpty()) {
      return url;
    }
    var query = url.getRawQuery();
    return url.resolve(query == null ? "/" : "/?" + query);
  }

  private static <A> Reply<A> refused(IllegalArgumentException e) {
    var inside =
        e instanceof ForbiddenUrlException
            ? " For one in your own network set inside (--inside)."
            : "";
    return new Reply.Refused<>(Kind.INVALID_REQUEST.detail(e.getMessage() + inside));
  }

  private static <A> Reply<A> locked(VaultException e) {
    log.atError().setCause(e).log("the secret of a webhook cannot be encrypted");
    return new Reply.Refused<>(
        Kind.VAULT_UNAVAILABLE.detail("Nothing was changed. Rockpool's log says why."));
  }

  private Reply<WebhookList> list() {
    return new Reply.Ok<>(new WebhookList(webhooks.list().stream().map(WebhookView::of).toList()));
  }

  private static Reply<WebhookView> of(
      Actor actor, String id, Supplier<Optional<Webhook>> webhook) {
    return OperatorOnly.reply(
        actor,
        () ->
            webhook
                .get()
                .<Reply<WebhookView>>map(it -> new Reply.Ok<>(WebhookView.of(it)))
                .orElseGet(() -> unknown(id)));
  }

  private Reply<WebhookView> change(Actor actor, Change wish) {
    try {
      return of(
          actor, wish.id(), () -> webhooks.change(wish.id(), before -> changed(before, wish)));
    } catch (IllegalArgumentException e) {
      return refused(e);
    }
  }

  private Webhook changed(Webhook before, Change wish) {
    var changed = before;
    if (wish.url().isPresent() || wish.inside().isPresent()) {
      boolean inside = wish.inside().orElse(before.inside());
      changed = changed.at(url(wish.url().orElse(before.url().toString()), inside), inside);
    }
    if (wish.types().isPresent()) {
      changed = changed.about(EventTypes.checked(wish.types().get()));
    }
    if (wish.enabled().isPresent()) {
      changed = wish.enabled().get() ? changed.enabledAnew() : changed.disabled();
    }
    return changed;
  }

  private Reply<Route.Nothing> remove(Identified wish) {
    return webhooks.remove(wish.id()) ? new Reply.NoContent<>() : unknown(wish.id());
  }

  private Reply<Rotated> rotate(Rotate wish) {
    var overlap = Duration.ofSeconds(wish.overlapSeconds().orElse(DAY));
    try {
      return webhooks
          .rotate(wish.id(), overlap)
          .map(made ->
              new Reply.Ok<>(
                      new Rotated(
                          made.secret().reveal(),
                          Optional.ofNullable(made.webhook().previousUntil())))
                  .shownOnce())
          .orElseGet(() -> unknown(wish.id()));
    } catch (VaultException e) {
      return locked(e);
    }
  }

  private Reply<TrialView> test(Identified wish) {
    try {
      return webhooks
          .test(wish.id())
          .<Reply<TrialView>>map(it ->
              new Reply.Ok<>(
                  new TrialView(it.delivered(), it.status(), it.words(), it.took().toMillis())))
          .orElseGet(() -> unknown(wish.id()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("this server stops", e);
    }
  }

  private Reply<Attempts> attempts(ListAttempts wish) {
    if (webhooks.find(wish.id()).isEmpty()) {
      return unknown(wish.id());
    }
    int most = Limit.of(wish.limit());
    var before =
        wish.cursor().map(it -> new Position(Instant.ofEpochMilli(it.at()), it.id())).orElse(null);
    var found = webhooks.messages(wish.id(), wish.state().orElse(null), before, most + 1);
    var shown = found.subList(0, Math.min(most, found.size()));
    return new Reply.Ok<>(
        new Attempts(
            shown.stream().map(Attempt::of).toList(),
            found.size() > most
                ? Optional.of(
                    new Cursor(shown.getLast().createdAt().toEpochMilli(), shown.getLast().id())
                        .text())
                : Optional.empty()));
  }

  private Reply<Attempt> replay(Replay wish) {
    if (webhooks.find(wish.id()).isEmpty()) {
      return unknown(wish.id());
    }
    return switch (webhooks.replay(wish.id(), wish.mid())) {
      case REPLAYED ->
          webhooks
              .message(wish.id(), wish.mid())
              .<Reply<Attempt>>map(it ->
                  new Reply.Accepted<>(
                      Attempt.of(it), URI.create(ALL + "/" + wish.id() + "/attempts")))
              .orElseGet(() -> unknownAttempt(wish));
      case UNKNOWN -> unknownAttempt(wish);
      case UNDER_WAY ->
          new Reply.Refused<>(
              Kind.CONFLICT.detail("It is being sent just now. Look at how that ends first."));
      case DISABLED ->
          new Reply.Refused<>(
              Kind.CONFLICT.detail(
                  "The webhook is disabled. Enable it first: PATCH /api/v1/webhooks/%s {\"enabled\": true}."
                      .formatted(wish.id())));
    };
  }

  private static Reply<Attempt> unknownAttempt(Replay wish) {
    return new Reply.Refused<>(
        Kind.UNKNOWN_ATTEMPT.detail(
            "No such message was sent to this webhook within two weeks. List them with GET /api/v1/webhooks/%s/attempts."
                .formatted(wish.id())));
  }

  private static <A> Reply<A> unknown(String id) {
    return new Reply.Refused<>(
        Kind.UNKNOWN_WEBHOOK.detail(
            "There is no webhook '%s'. List them with GET /api/v1/webhooks."
                .formatted(id.length() > 80 ? "…" : id)));
  }

  private static void checked(List<String> types) {
    if (types.size() > MOST_TYPES) {
      throw new IllegalArgumentException("types are %d at most".formatted(MOST_TYPES));
    }
    var _ = EventTypes.checked(types);
  }
}
