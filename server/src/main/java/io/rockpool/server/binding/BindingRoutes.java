package io.rockpool.server.binding;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.CREATED;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Actor;
import io.rockpool.control.binding.Binding;
import io.rockpool.control.binding.Bindings;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.outbox.OutboxMessage;
import io.rockpool.control.outbox.State;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import io.rockpool.server.model.Known;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /api/v1/instances/{id}/bind-codes}, {@code …/bindings} and {@code …/outbox}: who speaks to
 * an instance through a bot that many share, and what was said there in its name.
 */
public final class BindingRoutes {
  private static final String CODES = "/api/v1/instances/{id}/bind-codes";
  private static final String BINDINGS = "/api/v1/instances/{id}/bindings";
  private static final String OUTBOX = "/api/v1/instances/{id}/outbox";

  public record MakeCode(String id) {}

  /**
   * @param code good once, at any shared bot of this Rockpool: {@code bind CODE}
   */
  public record BindCode(String code, Instant expiresAt) {}

  public record ListBindings(String id) {}

  /**
   * @param bot by which people find the bot at its platform
   * @param sender the platform's id of who writes
   */
  public record BindingView(
      String id, String platform, String bot, String sender, Instant createdAt) {}

  public record BindingList(List<BindingView> items) {}

  public record Unbind(String id, String bid) {}

  /**
   * @param state only those; left out for all
   */
  public record ListOutbox(
      String id, Optional<State> state, Optional<Limit> limit, Optional<Cursor> cursor) {}

  /**
   * @param id the key of the message that it answers, a slash, and the part
   * @param delivery the key of the message that it answers
   * @param part 0 and up: a long answer has several
   * @param chat the platform's id of it
   * @param state drafting and draft (an answer that is being written), pending, sending, sent,
   *     unknown (nobody knows whether it was said, so it is not said again), dead
   * @param attempts begun so far, without pauses that the platform wanted
   * @param lastError why the last attempt failed
   */
  public record OutboxView(
      String id,
      String delivery,
      int part,
      String platform,
      String chat,
      State state,
      int attempts,
      Instant createdAt,
      Optional<Instant> triedAt,
      Optional<Instant> settledAt,
      Optional<String> lastError) {
    static OutboxView of(OutboxMessage it) {
      return new OutboxView(
          it.id(),
          it.key(),
          it.part(),
          it.platform(),
          it.place().chat(),
          it.state(),
          it.attempts(),
          it.createdAt(),
          Optional.ofNullable(it.triedAt()),
          Optional.ofNullable(it.settledAt()),
          Optional.ofNullable(it.lastError()));
    }
  }

  /**
   * @param next the cursor of the following page; left out on the last one
   */
  public record OutboxPage(List<OutboxView> items, Optional<String> next) {}

  private final Instances instances;
  private final Bindings bindings;
  private final Outbox outbox;

  public BindingRoutes(Instances instances, Bindings bindings, Outbox outbox) {
    this.instances = instances;
    this.bindings = bindings;
    this.outbox = outbox;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                CODES,
                "Make a code: whoever sends it to a shared bot within ten minutes speaks to this instance.",
                MakeCode.class,
                BindCode.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.SHOWN_ONCE),
                OPERATE,
                this::makeCode)
            .answers(CREATED),
        new Route<>(
            GET,
            BINDINGS,
            "List who speaks to an instance through shared bots.",
            ListBindings.class,
            BindingList.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::list),
        new Route<>(
                DELETE,
                BINDINGS + "/{bid}",
                "End that somebody speaks to an instance.",
                Unbind.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_BINDING),
                OPERATE,
                this::unbind)
            .answers(NO_CONTENT),
        new Route<>(
            GET,
            OUTBOX,
            "List what was said in an instance's name at platforms, newest first.",
            ListOutbox.class,
            OutboxPage.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::outbox));
  }

  private Reply<BindCode> makeCode(Actor actor, MakeCode wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            bindings
                .makeCode(actor, instance.id())
                .<Reply<BindCode>>map(made ->
                    new Reply.Created<>(
                            new BindCode(made.code(), made.expiresAt()),
                            URI.create("/api/v1/instances/%s/bindings".formatted(instance.id())))
                        .shownOnce())
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(wish.id()))));
  }

  private Reply<BindingList> list(Actor actor, ListBindings wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            new Reply.Ok<>(
                new BindingList(
                    bindings.list(actor, instance.id()).orElse(List.of()).stream()
                        .map(BindingRoutes::view)
                        .toList())));
  }

  private static BindingView view(Binding it) {
    return new BindingView(it.id(), it.platform(), it.bot(), it.sender(), it.createdAt());
  }

  private Reply<Route.Nothing> unbind(Actor actor, Unbind wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            bindings.remove(actor, instance.id(), wish.bid())
                ? new Reply.NoContent<>()
                : new Reply.Refused<>(
                    Kind.UNKNOWN_BINDING.detail(
                        "Nobody speaks to the instance '%1$s' by that binding. List them with GET /api/v1/instances/%1$s/bindings."
                            .formatted(instance.id()))));
  }

  private Reply<OutboxPage> outbox(Actor actor, ListOutbox wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance -> {
          var most = Limit.of(wish.limit());
          var before =
              wish.cursor()
                  .map(it -> new Outbox.Position(Instant.ofEpochMilli(it.at()), it.id()))
                  .orElse(null);
          var found =
              outbox.list(actor, instance.id(), wish.state().orElse(null), before, most + 1);
          var shown = found.subList(0, Math.min(most, found.size()));
          var next =
              found.size() > most
                  ? Optional.of(
                      new Cursor(shown.getLast().createdAt().toEpochMilli(), shown.getLast().id())
                          .text())
                  : Optional.<String>empty();
          return new Reply.Ok<>(new OutboxPage(shown.stream().map(OutboxView::of).toList(), next));
        });
  }
}
