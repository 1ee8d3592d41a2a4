package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.ACCEPTED;

import io.rockpool.control.account.Actor;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.State;
import io.rockpool.control.instance.Instances;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code /api/v1/instances/{id}/deliveries}: messages of chat apps on their way to an instance,
 * without a word of what they say.
 */
public final class DeliveryRoutes {
  private static final String ALL = "/api/v1/instances/{id}/deliveries";
  private static final String ONE = ALL + "/{key}";

  /**
   * @param state only those in this state
   */
  public record ListAll(
      String id, Optional<State> state, Optional<Limit> limit, Optional<Cursor> cursor) {}

  /**
   * @param next the cursor of the next page; absent on the last one
   */
  public record Page(List<DeliveryView> items, Optional<String> next) {}

  public record Get(String id, String key) {}

  public record Replay(String id, String key) {}

  /**
   * A message on its way.
   *
   * @param id its idempotency key
   * @param connection the chat account that it came to
   * @param attempts begun so far, since it was received or replayed
   * @param uncertain whether an earlier attempt may have delivered it
   * @param triedAt when the last attempt began; absent before the first
   * @param nextAt not tried before; absent unless it waits
   * @param expiresAt when it is given up; absent once it is settled
   * @param settledAt when it was delivered, rejected or given up; absent until then
   * @param lastError why the last attempt failed, in words; absent when none did
   */
  public record DeliveryView(
      String id,
      String connection,
      String platform,
      State state,
      int attempts,
      boolean uncertain,
      Instant receivedAt,
      Optional<Instant> triedAt,
      Optional<Instant> nextAt,
      Optional<Instant> expiresAt,
      Optional<Instant> settledAt,
      Optional<String> lastError) {
    static DeliveryView of(InboxMessage message) {
      boolean isSettled = message.settledAt() != null;
      return new DeliveryView(
          message.key(),
          message.connection(),
          message.platform(),
          message.state(),
          message.attempts(),
          message.uncertain(),
          message.receivedAt(),
          Optional.ofNullable(message.triedAt()),
          message.state() == State.RECEIVED ? Optional.of(message.nextAt()) : Optional.empty(),
          isSettled ? Optional.empty() : Optional.of(message.expiresAt()),
          Optional.ofNullable(message.settledAt()),
          Optional.ofNullable(message.lastError()));
    }
  }

  private final Instances instances;
  private final Inbox inbox;

  public DeliveryRoutes(Instances instances, Inbox inbox) {
    this.instances = instances;
    this.inbox = inbox;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            ALL,
            "List the messages of chat apps that came for an instance, newest first.",
            ListAll.class,
            Page.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::list),
        new Route<>(
            GET,
            ONE,
            "Show how far a message is on its way to an instance.",
            Get.class,
            DeliveryView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_DELIVERY),
            READ,
            this::get),
        new Route<>(
                POST,
                ONE + "/replay",
                "Deliver a message after all that was given up.",
                Replay.class,
                DeliveryView.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_DELIVERY, Kind.CONFLICT),
                OPERATE,
                this::replay)
            .answers(ACCEPTED));
  }

  private Reply<Page> list(Actor actor, ListAll wish) {
    return found(
        actor,
        wish.id(),
        id -> {
          int most = Limit.of(wish.limit());
          var found =
              inbox.list(
                  actor,
                  id,
                  wish.state().orElse(null),
                  wish.cursor().map(it -> new Inbox.Position(it.at(), it.id())).orElse(null),
                  most + 1);
          var shown = found.subList(0, Math.min(most, found.size()));
          var next =
              found.size() > most
                  ? Optional.of(
                      new Cursor(shown.getLast().sequence(), shown.getLast().key()).text())
                  : Optional.<String>empty();
          return new Reply.Ok<>(new Page(shown.stream().map(DeliveryView::of).toList(), next));
        });
  }

  private Reply<DeliveryView> get(Actor actor, Get wish) {
    return found(
        actor,
        wish.id(),
        id ->
            inbox
                .find(actor, id, wish.key())
                .<Reply<DeliveryView>>map(it -> new Reply.Ok<>(DeliveryView.of(it)))
                .orElseGet(() -> new Reply.Refused<>(unknown(id))));
  }

  private Reply<DeliveryView> replay(Actor actor, Replay wish) {
    return found(
        actor,
        wish.id(),
        id ->
            switch (inbox.replay(actor, id, wish.key())) {
              case REPLAYED ->
                  inbox
                      .find(actor, id, wish.key())
                      .<Reply<DeliveryView>>map(it ->
                          new Reply.Accepted<>(
                              DeliveryView.of(it),
                              URI.create(
                                  "/api/v1/instances/%s/deliveries/%s".formatted(id, it.key()))))
                      .orElseGet(() -> new Reply.Refused<>(unknown(id)));
              case UNKNOWN -> new Reply.Refused<>(unknown(id));
              case NOT_DEAD ->
                  new Reply.Refused<>(
                      Kind.CONFLICT.detail(
                          "This message was not given up: only dead ones can be delivered after all. Look at its state."));
              case WITHOUT_CONTENT ->
                  new Reply.Refused<>(
                      Kind.CONFLICT.detail(
                          "The content of this message was deleted with the keys of its account: there is nothing to deliver."));
            });
  }

  private static Problem unknown(InstanceId id) {
    return Kind.UNKNOWN_DELIVERY.detail(
        "The instance '%1$s' has no such delivery, or no longer. List them with GET /api/v1/instances/%1$s/deliveries."
            .formatted(id));
  }

  private <A> Reply<A> found(Actor actor, String id, Function<InstanceId, Reply<A>> work) {
    return InstanceRoutes.known(
        id,
        known ->
            instances.find(actor, known).isPresent()
                ? work.apply(known)
                : new Reply.Refused<>(Problem.unknownInstance(id)));
  }
}
