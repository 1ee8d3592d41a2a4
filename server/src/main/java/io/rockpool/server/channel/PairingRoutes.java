package io.rockpool.server.channel;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;

import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connections;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.Pairings;
import io.rockpool.control.openclaw.Pairings.Approval;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.sleep.Waker.Awaited;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import io.rockpool.server.instance.MessageRoutes;
import io.rockpool.server.model.Known;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** {@code …/channels/{cid}/pairings}: strangers who ask an instance to be let in. */
public final class PairingRoutes {
  private static final String ALL = "/api/v1/instances/{id}/channels/{cid}/pairings";
  private static final Duration STARTING = Duration.ofMinutes(3);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Set<Kind> PROBLEMS =
      Set.of(
          Kind.UNKNOWN_INSTANCE,
          Kind.UNKNOWN_CHANNEL,
          Kind.NOT_RUNNING,
          Kind.INSTANCE_STOPPED,
          Kind.PAYMENT_REQUIRED,
          Kind.WAKING,
          Kind.GATEWAY_UNREACHABLE,
          Kind.OVERLOADED);

  public record ListAll(String id, String cid) {}

  public record Approve(String id, String cid, String requestId) {}

  /**
   * @param senderId by the platform's id
   * @param name as they call themselves at the platform; nobody has checked it
   * @param expiresAt then it is forgotten; whoever writes again asks anew
   */
  public record PairingView(
      String requestId,
      String senderId,
      Optional<String> name,
      Instant createdAt,
      Instant expiresAt) {
    static PairingView of(Pairings.Request it) {
      return new PairingView(
          it.id(),
          it.sender(),
          it.name().isEmpty() ? Optional.empty() : Optional.of(it.name()),
          it.askedAt(),
          it.expiresAt());
    }
  }

  public record PairingList(List<PairingView> items) {}

  /**
   * @param notified whether they were told
   */
  public record Approved(String requestId, String senderId, boolean notified) {}

  /** Asks a gateway that is awake. */
  private interface Question<A> {
    Reply<A> ask(URI gateway, Secret password, String platform) throws InterruptedException;
  }

  private final Instances instances;
  private final Connections connections;
  private final Waker waker;
  private final Activity activity;
  private final Gateway gateway;
  private final Function<InstanceId, Secret> password;

  /**
   * @param password of an instance's gateway
   */
  public PairingRoutes(
      Instances instances,
      Connections connections,
      Waker waker,
      Activity activity,
      Gateway gateway,
      Function<InstanceId, Secret> password) {
    this.instances = instances;
    this.connections = connections;
    this.waker = waker;
    this.activity = activity;
    this.gateway = gateway;
    this.password = password;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            ALL,
            "List who asks to be let in by direct messages. Wakes the instance, which keeps them for an hour.",
            ListAll.class,
            PairingList.class,
            PROBLEMS,
            OPERATE,
            this::list),
        new Route<>(
            POST,
            ALL + "/{requestId}/approve",
            "Let somebody in who asked. They are told, and may write from now on.",
            Approve.class,
            Approved.class,
            with(PROBLEMS, Kind.UNKNOWN_PAIRING),
            OPERATE,
            this::approve));
  }

  private static Set<Kind> with(Set<Kind> kinds, Kind more) {
    var all = EnumSet.copyOf(kinds);
    all.add(more);
    return all;
  }

  private Reply<PairingList> list(Actor actor, ListAll wish) {
    return asked(
        actor,
        wish.id(),
        wish.cid(),
        (at, secret, platform) ->
            switch (gateway.pairings(at, secret, platform, PATIENCE)) {
              case Pairings.Waiting(var requests) ->
                  new Reply.Ok<>(new PairingList(requests.stream().map(PairingView::of).toList()));
              case Pairings.Unavailable(var advice) ->
                  new Reply.Refused<>(Kind.GATEWAY_UNREACHABLE.detail(advice));
            });
  }

  private Reply<Approved> approve(Actor actor, Approve wish) {
    return asked(
        actor,
        wish.id(),
        wish.cid(),
        (at, secret, platform) ->
            switch (gateway.approve(at, secret, platform, wish.requestId(), PATIENCE)) {
              case Approval.Done(var sender, var told) ->
                  new Reply.Ok<>(new Approved(wish.requestId(), sender, told));
              case Approval.Unknown _ ->
                  new Reply.Refused<>(
                      Kind.UNKNOWN_PAIRING.detail(
                          "Nobody asks under this id any more. Requests last an hour; whoever writes again asks anew."));
              case Approval.Unavailable(var advice) ->
                  new Reply.Refused<>(Kind.GATEWAY_UNREACHABLE.detail(advice));
            });
  }

  private <A> Reply<A> asked(Actor actor, String id, String cid, Question<A> question) {
    return Known.instance(
        instances,
        actor,
        id,
        instance ->
            connections
                .find(actor, instance.id(), cid)
                .map(it -> awake(actor, instance.id(), it.connection().platform(), question))
                .orElseGet(() -> ChannelRoutes.unknown(instance.id())));
  }

  private <A> Reply<A> awake(Actor actor, InstanceId id, String platform, Question<A> question) {
    try {
      return switch (waker.await(
          actor, id, "Pairing", "Its owner looks at who asks to be let in.", 0, STARTING)) {
        case Awaited.Awake(var instance) -> {
          activity.began(id);
          try {
            yield ask(instance, platform, question);
          } finally {
            activity.ended(id);
          }
        }
        case Awaited.Down(var instance) -> new Reply.Refused<>(MessageRoutes.notRunning(instance));
        case Awaited.Unknown _ -> new Reply.Refused<>(Problem.unknownInstance(id.value()));
        case Awaited.Crowded _, Awaited.Late _ ->
            new Reply.Refused<>(
                Kind.WAKING.detail(
                    "The instance '%s' is still on its way. Try again in a moment.".formatted(id)));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Reply.Refused<>(Kind.OVERLOADED.detail("The server is stopping. Try again."));
    }
  }

  private <A> Reply<A> ask(Instance instance, String platform, Question<A> question)
      throws InterruptedException {
    var at = instance.status().gateway();
    return at == null
        ? new Reply.Refused<>(
            Kind.GATEWAY_UNREACHABLE.detail("The gateway has no address right now. Try again."))
        : question.ask(at, password.apply(instance.id()), platform);
  }
}
