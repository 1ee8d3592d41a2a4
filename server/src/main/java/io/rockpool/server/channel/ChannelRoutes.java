package io.rockpool.server.channel;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PATCH;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.CREATED;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.channel.Pair;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.Connections;
import io.rockpool.control.channel.Connections.Connecting;
import io.rockpool.control.channel.Connections.Ending;
import io.rockpool.control.channel.Connections.Permitting;
import io.rockpool.control.channel.Connections.Step;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.reconcile.Attendance;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.server.http.OperatorOnly;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/instances/{id}/channels}: the bots for which an instance speaks; {@code
 * /api/v1/channels}: those that many users share.
 */
public final class ChannelRoutes {
  private static final Logger log = LoggerFactory.getLogger(ChannelRoutes.class);

  private static final String OWN = "/api/v1/instances/{id}/channels";
  private static final String SHARED = "/api/v1/channels";

  /** Who speaks for a bot. */
  public enum Mode {
    /** One instance. */
    OWN,
    /** Rockpool, for many users. */
    SHARED
  }

  /**
   * @param platform telegram, slack, discord, feishu, line, whatsapp; others if this build has them
   * @param token of the bot; for Feishu the App Secret, for LINE the channel access token; left out
   *     for whatsapp, whose account is linked by a code: see login
   * @param mode own
   * @param dmPolicy who may write to it: pairing (the default; whoever asks and is approved),
   *     allowlist, or open to everybody
   * @param allowFrom the platform's ids of those on the allowlist
   * @param signingSecret by which the platform proves itself: Slack's Signing Secret, Feishu's
   *     Encrypt Key, LINE's channel secret; Telegram and Discord need none
   * @param appId for Feishu, the App ID
   * @param verificationToken for Feishu, the Verification Token
   */
  public record Connect(
      String id,
      String platform,
      Optional<Secret> token,
      Optional<Mode> mode,
      Optional<DirectMessages> dmPolicy,
      Optional<List<String>> allowFrom,
      Optional<Secret> signingSecret,
      Optional<String> appId,
      Optional<Secret> verificationToken) {
    public Connect {
      checkMode(mode, Mode.OWN);
      checkFirst("appId", appId);
      checkFirst("verificationToken", verificationToken.map(Secret::reveal));
    }

    /**
     * Of what has two parts, both.
     *
     * @param token its own
     */
    private Connections.Wish wish(Secret token) {
      return new Connections.Wish(
          platform,
          joined(appId.map(Secret::of), token),
          signingSecret.map(it -> joined(verificationToken, it)),
          policy(),
          allowed());
    }

    private DirectMessages policy() {
      return dmPolicy.orElse(DirectMessages.PAIRING);
    }

    private List<String> allowed() {
      return allowFrom.orElse(List.of());
    }

    private static Secret joined(Optional<Secret> first, Secret second) {
      return second.reveal().isBlank()
          ? second
          : first.map(it -> new Pair(it, second).joined()).orElse(second);
    }

    private static void checkFirst(String name, Optional<String> part) {
      if (part.filter(it -> it.isBlank() || it.contains(":")).isPresent()) {
        throw new IllegalArgumentException(name + " must not be empty, and has no colon");
      }
    }
  }

  /**
   * @param platform telegram, slack; others if this build has them
   * @param token of the bot
   * @param mode shared
   * @param signingSecret by which Slack proves itself; Telegram needs none
   */
  public record ConnectShared(
      String platform, Secret token, Optional<Mode> mode, Optional<Secret> signingSecret) {
    public ConnectShared {
      checkMode(mode, Mode.SHARED);
    }
  }

  private static void checkMode(Optional<Mode> mode, Mode only) {
    if (mode.filter(it -> it != only).isPresent()) {
      throw new IllegalArgumentException(
          only == Mode.OWN
              ? "mode must be own here; a shared one is connected at " + SHARED
              : "mode must be shared here; an own one is connected at its instance's channels");
    }
  }

  /**
   * @param dmPolicy who may write to it: pairing (whoever asks and is approved), allowlist, or open
   *     to everybody; left out, it stays as it is
   * @param allowFrom the platform's ids of those on the allowlist, in place of those of now; left
   *     out, they stay
   */
  public record Permit(
      String id, String cid, Optional<DirectMessages> dmPolicy, Optional<List<String>> allowFrom) {
    public Permit {
      if (dmPolicy.isEmpty() && allowFrom.isEmpty()) {
        throw new IllegalArgumentException("say dmPolicy, allowFrom, or both");
      }
    }
  }

  public record ListAll(String id) {}

  public record One(String id, String cid) {}

  public record OneShared(String cid) {}

  /**
   * @param team the workspace; left out where the platform has none
   */
  public record IdentityView(String id, String name, Optional<String> team) {}

  /**
   * @param mode own, or shared by many users
   * @param instance for which it speaks; left out for a shared one
   * @param state login (an account is to be linked by a code), connecting (the platform is being
   *     told, or a person has to), connected, failing (messages do not come; it is tried again), or
   *     disconnecting (the platform was not reached yet)
   * @param presence where the instance holds a live connection: what that means for its sleep, e.g.
   *     "keeps the instance awake" or "asleep; next look at 2026-11-30T18:30:00Z"
   * @param webhook the address to enter at the platform, where a person does that; for Discord only
   *     if its commands are to come here
   * @param problem what is wrong and what to do
   * @param checkedAt when the platform was asked last
   * @param lastMessageAt when the platform wrote last
   */
  public record ChannelView(
      String id,
      String platform,
      Mode mode,
      Optional<String> instance,
      State state,
      IdentityView identity,
      DirectMessages dmPolicy,
      List<String> allowFrom,
      Optional<String> presence,
      Optional<String> webhook,
      Optional<String> problem,
      Instant createdAt,
      Optional<Instant> checkedAt,
      Optional<Instant> lastMessageAt) {
    static ChannelView of(Connections.View view, Optional<String> presence) {
      var it = view.connection();
      return new ChannelView(
          it.id(),
          it.platform(),
          it.instance() == null ? Mode.SHARED : Mode.OWN,
          Optional.ofNullable(it.instance()).map(InstanceId::value),
          it.state(),
          new IdentityView(it.identity().id(), it.identity().name(), filled(it.identity().team())),
          it.directMessages(),
          it.allowFrom(),
          presence,
          view.webhook().map(URI::toString),
          filled(it.problem()),
          it.createdAt(),
          Optional.ofNullable(it.checkedAt()),
          Optional.ofNullable(view.heardAt()));
    }
  }

  public record Channels(List<ChannelView> items) {}

  /**
   * @param name instance (it can be asked), account (it is linked), connection (it is up), token
   *     (the platform knows it), webhook (messages are sent here), delivery (they came), address
   *     (the public address leads here)
   * @param message what was found, and what to do
   */
  public record StepView(String name, boolean ok, String message) {
    static StepView of(Step step) {
      return new StepView(step.name(), step.ok(), step.message());
    }
  }

  /**
   * @param ok whether all steps are
   */
  public record TestView(boolean ok, List<StepView> steps) {}

  private final Instances instances;
  private final Connections connections;
  private final Plans plans;

  public ChannelRoutes(Instances instances, Connections connections, Plans plans) {
    this.instances = instances;
    this.connections = connections;
    this.plans = plans;
  }

  private ChannelView view(Actor actor, Connections.View view) {
    var id = view.connection().instance();
    return ChannelView.of(
        view,
        id != null && connections.isLive(view.connection())
            ? instances.find(actor, id).map(it -> Attendance.of(it, policy(it)))
            : Optional.empty());
  }

  private SleepPolicy policy(Instance instance) {
    return plans.named(instance.wanted().plan()).map(Plan::sleep).orElse(SleepPolicy.DEFAULT);
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                OWN,
                "Connect your own bot to an instance. Where the platform posts messages it is told where to: they come even while the instance sleeps. Discord and WhatsApp are heard by the instance itself, while it is awake: see presence. Without a token: begin to link an account of WhatsApp, which a login goes on with.",
                Connect.class,
                ChannelView.class,
                Set.of(
                    Kind.UNKNOWN_INSTANCE,
                    Kind.UNKNOWN_PLATFORM,
                    Kind.TOKEN_REFUSED,
                    Kind.ALREADY_CONNECTED,
                    Kind.NO_PUBLIC_ADDRESS,
                    Kind.PLATFORM_UNAVAILABLE,
                    Kind.INVALID_REQUEST),
                OPERATE,
                this::connect)
            .answers(CREATED),
        new Route<>(
            GET,
            OWN,
            "List the chat accounts of an instance, without their tokens.",
            ListAll.class,
            Channels.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.VAULT_UNAVAILABLE),
            READ,
            this::list),
        new Route<>(
            GET,
            OWN + "/{cid}",
            "Show a chat account of an instance.",
            One.class,
            ChannelView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_CHANNEL, Kind.VAULT_UNAVAILABLE),
            READ,
            this::get),
        new Route<>(
            PATCH,
            OWN + "/{cid}",
            "Change who may write to a chat account of an instance, which takes it while it runs. Its token stays.",
            Permit.class,
            ChannelView.class,
            Set.of(
                Kind.UNKNOWN_INSTANCE,
                Kind.UNKNOWN_CHANNEL,
                Kind.INVALID_REQUEST,
                Kind.VAULT_UNAVAILABLE),
            OPERATE,
            this::permit),
        new Route<>(
                DELETE,
                OWN + "/{cid}",
                "Disconnect a chat account: the platform is told, and its token is forgotten; one that was linked by a code is logged out.",
                One.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_CHANNEL),
                OPERATE,
                this::disconnect)
            .answers(NO_CONTENT),
        new Route<>(
            POST,
            OWN + "/{cid}/test",
            "Ask the platform, and the own public address, whether messages can come.",
            One.class,
            TestView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_CHANNEL, Kind.VAULT_UNAVAILABLE),
            OPERATE,
            this::test),
        new Route<>(
                POST,
                SHARED,
                "Connect a bot that many users share. For operators.",
                ConnectShared.class,
                ChannelView.class,
                Set.of(
                    Kind.UNKNOWN_PLATFORM,
                    Kind.TOKEN_REFUSED,
                    Kind.ALREADY_CONNECTED,
                    Kind.NO_PUBLIC_ADDRESS,
                    Kind.PLATFORM_UNAVAILABLE,
                    Kind.INVALID_REQUEST),
                OPERATE,
                this::connectShared)
            .answers(CREATED),
        new Route<>(
            GET,
            SHARED,
            "List the bots that many users share. For operators.",
            Route.Nothing.class,
            Channels.class,
            Set.of(Kind.VAULT_UNAVAILABLE),
            READ,
            this::listShared),
        new Route<>(
            GET,
            SHARED + "/{cid}",
            "Show a bot that many users share. For operators.",
            OneShared.class,
            ChannelView.class,
            Set.of(Kind.UNKNOWN_CHANNEL, Kind.VAULT_UNAVAILABLE),
            READ,
            this::getShared),
        new Route<>(
                DELETE,
                SHARED + "/{cid}",
                "Disconnect a bot that many users share. For operators.",
                OneShared.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_CHANNEL),
                OPERATE,
                this::disconnectShared)
            .answers(NO_CONTENT),
        new Route<>(
            POST,
            SHARED + "/{cid}/test",
            "Ask the platform, and the own public address, whether messages can come. For operators.",
            OneShared.class,
            TestView.class,
            Set.of(Kind.UNKNOWN_CHANNEL, Kind.VAULT_UNAVAILABLE),
            OPERATE,
            this::testShared));
  }

  private Reply<ChannelView> connect(Actor actor, Connect wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance -> connected(actor, instance.id(), connect(actor, instance, wish)));
  }

  private Connecting connect(Actor actor, Instance instance, Connect wish) {
    var account = instance.accountId();
    return wish.token()
        .map(it -> connections.connect(actor, account, instance.id(), wish.wish(it)))
        .orElseGet(() ->
            connections.link(
                actor, account, instance.id(), wish.platform(), wish.policy(), wish.allowed()));
  }

  private Reply<ChannelView> connectShared(Actor actor, ConnectShared wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            connected(
                actor,
                null,
                connections.connect(
                    actor,
                    account(actor),
                    null,
                    new Connections.Wish(
                        wish.platform(),
                        wish.token(),
                        wish.signingSecret(),
                        DirectMessages.OPEN,
                        List.of()))));
  }

  private static String account(Actor actor) {
    return switch (actor) {
      case Actor.User(var id) -> id;
      case Actor.Operator(var id) -> id;
      case Actor.Rockpool _ -> throw new IllegalStateException("a request is an account's");
    };
  }

  private Reply<ChannelView> connected(
      Actor actor, @Nullable InstanceId instance, Connecting connecting) {
    return switch (connecting) {
      case Connecting.Begun(var view) -> {
        var all = instance == null ? SHARED : OWN.replace("{id}", instance.value());
        yield new Reply.Created<>(
            view(actor, view), URI.create(all + "/" + view.connection().id()));
      }
      case Connecting.Unknown _ ->
          new Reply.Refused<>(Problem.unknownInstance(instance == null ? "…" : instance.value()));
      case Connecting.NoPlatform(var known) ->
          new Reply.Refused<>(
              Kind.UNKNOWN_PLATFORM.detail(
                  "This Rockpool does not know that platform. It knows %s."
                      .formatted(String.join(", ", known))));
      case Connecting.Invalid(var part, var message) ->
          new Reply.Refused<>(Problem.invalid("/" + part, message));
      case Connecting.TokenRefused(var advice) ->
          new Reply.Refused<>(Kind.TOKEN_REFUSED.detail(advice));
      case Connecting.NoAddress(var advice) ->
          new Reply.Refused<>(Kind.NO_PUBLIC_ADDRESS.detail(advice));
      case Connecting.InTheWay(var advice) ->
          new Reply.Refused<>(Kind.ALREADY_CONNECTED.detail(advice));
      case Connecting.Unavailable(var pause, var advice) ->
          new Reply.Refused<>(
              Kind.PLATFORM_UNAVAILABLE
                  .detail("Nothing was connected. %s Try again.".formatted(advice))
                  .retryAfter(pause));
    };
  }

  private Reply<Channels> list(Actor actor, ListAll wish) {
    return Known.instance(instances, actor, wish.id(), instance -> all(actor, instance.id()));
  }

  private Reply<Channels> listShared(Actor actor, Route.Nothing wish) {
    return OperatorOnly.reply(actor, () -> all(actor, null));
  }

  private Reply<Channels> all(Actor actor, @Nullable InstanceId instance) {
    return readable(() ->
        new Reply.Ok<>(
            new Channels(
                connections.list(actor, instance).stream().map(it -> view(actor, it)).toList())));
  }

  private Reply<ChannelView> get(Actor actor, One wish) {
    return Known.instance(
        instances, actor, wish.id(), instance -> one(actor, instance.id(), wish.cid()));
  }

  private Reply<ChannelView> getShared(Actor actor, OneShared wish) {
    return OperatorOnly.reply(actor, () -> one(actor, null, wish.cid()));
  }

  private Reply<ChannelView> one(Actor actor, @Nullable InstanceId instance, String cid) {
    return readable(() ->
        connections
            .find(actor, instance, cid)
            .<Reply<ChannelView>>map(it -> new Reply.Ok<>(view(actor, it)))
            .orElseGet(() -> unknown(instance)));
  }

  private Reply<ChannelView> permit(Actor actor, Permit wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            readable(() ->
                switch (connections.permit(
                    actor, instance.id(), wish.cid(), wish.dmPolicy(), wish.allowFrom())) {
                  case Permitting.Done(var view) -> new Reply.Ok<>(view(actor, view));
                  case Permitting.Unknown _ -> unknown(instance.id());
                  case Permitting.Invalid(var part, var message) ->
                      new Reply.Refused<>(Problem.invalid("/" + part, message));
                }));
  }

  private Reply<Route.Nothing> disconnect(Actor actor, One wish) {
    return Known.instance(
        instances, actor, wish.id(), instance -> end(actor, instance.id(), wish.cid()));
  }

  private Reply<Route.Nothing> disconnectShared(Actor actor, OneShared wish) {
    return OperatorOnly.reply(actor, () -> end(actor, null, wish.cid()));
  }

  private Reply<Route.Nothing> end(Actor actor, @Nullable InstanceId instance, String cid) {
    return connections.disconnect(actor, instance, cid) == Ending.UNKNOWN
        ? unknown(instance)
        : new Reply.NoContent<>();
  }

  private Reply<TestView> test(Actor actor, One wish) {
    return Known.instance(
        instances, actor, wish.id(), instance -> tested(actor, instance.id(), wish.cid()));
  }

  private Reply<TestView> testShared(Actor actor, OneShared wish) {
    return OperatorOnly.reply(actor, () -> tested(actor, null, wish.cid()));
  }

  private Reply<TestView> tested(Actor actor, @Nullable InstanceId instance, String cid) {
    return readable(() ->
        connections
            .test(actor, instance, cid)
            .<Reply<TestView>>map(steps ->
                new Reply.Ok<>(
                    new TestView(
                        steps.stream().allMatch(Step::ok),
                        steps.stream().map(StepView::of).toList())))
            .orElseGet(() -> unknown(instance)));
  }

  /** What needs a secret of the connection. */
  private static <A> Reply<A> readable(Supplier<Reply<A>> work) {
    try {
      return work.get();
    } catch (VaultException e) {
      log.atError().setCause(e).log("the secrets of a connection cannot be read");
      return new Reply.Refused<>(
          Kind.VAULT_UNAVAILABLE.detail("Its secrets cannot be read. Rockpool's log says why."));
    }
  }

  static <A> Reply<A> unknown(@Nullable InstanceId instance) {
    return new Reply.Refused<>(
        Kind.UNKNOWN_CHANNEL.detail(
            "There is no such channel. List them with GET %s."
                .formatted(instance == null ? SHARED : OWN.replace("{id}", instance.value()))));
  }

  private static Optional<String> filled(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
