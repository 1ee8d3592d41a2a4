package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PATCH;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.ACCEPTED;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Complaint;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.IfMatch;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/instances}. Decides nothing, and knows no web framework. */
public final class InstanceRoutes {
  private static final String ONE = "/api/v1/instances/{id}";

  /**
   * @param accountId whose it is; one's own if left out
   * @param config the account's part of the OpenClaw configuration
   */
  public record Create(
      Optional<String> accountId,
      Optional<String> name,
      Optional<String> plan,
      Optional<String> runtime,
      Optional<List<String>> agents,
      Optional<ObjectNode> config) {}

  public record Get(String id) {}

  public record Change(String id, Optional<IfMatch> ifMatch) {}

  public record ListAll(Optional<Limit> limit, Optional<Cursor> cursor) {}

  /**
   * @param next the cursor of the next page; absent on the last one
   */
  public record Page(List<InstanceView> items, Optional<String> next) {}

  /**
   * @param config a merge patch (RFC 7396) on the account's part of the configuration
   */
  public record Configure(String id, Optional<IfMatch> ifMatch, ObjectNode config) {}

  /**
   * @param requiresRestart whether the instance is being restarted for it
   */
  public record Configured(boolean requiresRestart, InstanceView instance) {}

  private final Instances instances;
  private final Supplier<String> publicUrl;
  private final Supplier<Integer> readySeconds;

  /**
   * @param publicUrl how users reach this server, without a slash at its end
   * @param readySeconds how long a new instance will take, by today's queue
   */
  public InstanceRoutes(
      Instances instances, Supplier<String> publicUrl, Supplier<Integer> readySeconds) {
    this.instances = instances;
    this.publicUrl = publicUrl;
    this.readySeconds = readySeconds;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                "/api/v1/instances",
                "Create an instance. It is started at once; watch it at the Location.",
                Create.class,
                InstanceView.class,
                Set.of(
                    Kind.PAYMENT_REQUIRED,
                    Kind.UNKNOWN_ACCOUNT,
                    Kind.UNKNOWN_PLAN,
                    Kind.UNKNOWN_RUNTIME,
                    Kind.UNKNOWN_AGENT,
                    Kind.LOCKED_CONFIG_KEY,
                    Kind.INVALID_CONFIG),
                OPERATE,
                this::create)
            .answers(ACCEPTED),
        new Route<>(
            GET,
            "/api/v1/instances",
            "List your instances, oldest first.",
            ListAll.class,
            Page.class,
            Set.of(),
            READ,
            this::list),
        new Route<>(
            GET,
            ONE,
            "Show an instance.",
            Get.class,
            InstanceView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::get),
        new Route<>(
            PATCH,
            ONE + "/config",
            "Change the configuration of an instance by a merge patch.",
            Configure.class,
            Configured.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.STALE, Kind.LOCKED_CONFIG_KEY, Kind.INVALID_CONFIG),
            OPERATE,
            this::configure),
        change(
            POST,
            ONE + "/start",
            "Start an instance. One that was given up is tried again.",
            Instances::start),
        change(POST, ONE + "/stop", "Stop an instance. Its state is kept.", Instances::stop),
        change(
            POST,
            ONE + "/restart",
            "Restart an instance: a new process with the same state.",
            Instances::restart),
        change(
            DELETE,
            ONE,
            "Destroy an instance and all its state. There is no way back.",
            Instances::destroy));
  }

  private Route<Change, InstanceView> change(
      Route.Method method, String path, String summary, Verb verb) {
    return new Route<>(
            method,
            path,
            summary,
            Change.class,
            InstanceView.class,
            Set.of(Kind.UNKNOWN_INSTANCE, Kind.STALE, Kind.PAYMENT_REQUIRED),
            OPERATE,
            (actor, change) ->
                known(
                    change.id(),
                    id -> {
                      var stale =
                          change
                              .ifMatch()
                              .flatMap(match ->
                                  instances
                                      .find(actor, id)
                                      .filter(it -> !match.allows(it.wanted().generation())));
                      return stale.isPresent()
                          ? new Reply.Refused<>(stale(stale.get().wanted().generation()))
                          : accepted(verb.apply(instances, actor, id), change.id());
                    }))
        .answers(ACCEPTED);
  }

  private interface Verb {
    Taken apply(Instances instances, Actor actor, InstanceId id);
  }

  private Reply<InstanceView> create(Actor actor, Create wish) {
    var account = wish.accountId().orElseGet(() -> account(actor));
    var taken =
        instances.create(
            actor,
            account,
            new NewInstance(
                wish.name().orElse(null),
                wish.plan().orElse(null),
                wish.runtime().orElse(null),
                wish.agents().orElse(List.of()),
                wish.config().map(ObjectNode::toString).orElse("{}"),
                null));
    return taken instanceof Taken.Unknown
        ? new Reply.Refused<>(Problem.unknownAccount(account))
        : accepted(taken, "");
  }

  /** Whose instances an actor makes. */
  public static String account(Actor actor) {
    return switch (actor) {
      case Actor.User(var id) -> id;
      case Actor.Operator(var id) -> id;
      case Actor.Rockpool _ -> Accounts.ADMIN;
    };
  }

  private Reply<InstanceView> get(Actor actor, Get get) {
    return known(
        get.id(),
        id ->
            instances
                .find(actor, id)
                .<Reply<InstanceView>>map(
                    it -> new Reply.Ok<>(view(it)).etag(it.wanted().generation()))
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(get.id()))));
  }

  private Reply<Page> list(Actor actor, ListAll wish) {
    var page = InstancePage.of(instances, actor, wish.limit(), wish.cursor());
    return new Reply.Ok<>(
        new Page(page.instances().stream().map(this::view).toList(), page.next()));
  }

  private Reply<Configured> configure(Actor actor, Configure wish) {
    return known(
        wish.id(),
        id -> {
          var found = instances.find(actor, id);
          if (found.isEmpty()) {
            return new Reply.Refused<>(Problem.unknownInstance(wish.id()));
          }
          var generation = found.get().wanted().generation();
          if (wish.ifMatch().isPresent() && !wish.ifMatch().get().allows(generation)) {
            return new Reply.Refused<>(stale(generation));
          }
          var configured =
              instances.configure(
                  actor,
                  id,
                  wish.config().toString(),
                  wish.ifMatch().isPresent() ? generation : null);
          return switch (configured.taken()) {
            case Taken.Accepted(var instance) ->
                new Reply.Ok<>(new Configured(configured.requiresRestart(), view(instance)))
                    .etag(instance.wanted().generation());
            case Taken.Unknown _ -> new Reply.Refused<>(Problem.unknownInstance(wish.id()));
            case Taken.Refused(var complaints) -> new Reply.Refused<>(problem(complaints));
            case Taken.Stale(var now) -> new Reply.Refused<>(stale(now));
          };
        });
  }

  private Reply<InstanceView> accepted(Taken taken, String id) {
    return switch (taken) {
      case Taken.Accepted(var instance) ->
          new Reply.Accepted<>(
                  view(instance), URI.create("/api/v1/instances/" + instance.id() + "/events"))
              .etag(instance.wanted().generation());
      case Taken.Unknown _ -> new Reply.Refused<>(Problem.unknownInstance(id));
      case Taken.Refused(var complaints) -> new Reply.Refused<>(problem(complaints));
      case Taken.Stale(var generation) -> new Reply.Refused<>(stale(generation));
    };
  }

  /** An instance as the API shows it. */
  public InstanceView view(Instance instance) {
    var seconds =
        instance.status().phase() == Phase.PROVISIONING
            ? Optional.of(readySeconds.get())
            : Optional.<Integer>empty();
    return InstanceView.of(instance, publicUrl.get(), seconds);
  }

  /** Does {@code work} for a well-formed id; any other is unknown. */
  public static <A> Reply<A> known(String id, Function<InstanceId, Reply<A>> work) {
    return InstanceId.isValid(id)
        ? work.apply(new InstanceId(id))
        : new Reply.Refused<>(Problem.unknownInstance(id.length() > 40 ? "…" : id));
  }

  static Problem stale(long generation) {
    return Kind.STALE.detail(
        "The instance is at generation %d by now. Read it again, then decide."
            .formatted(generation));
  }

  /** The first complaint's kind, with all complaints as its parts. */
  public static Problem problem(List<Complaint> complaints) {
    var kind =
        switch (complaints.getFirst().kind()) {
          case UNKNOWN_PLAN -> Kind.UNKNOWN_PLAN;
          case UNKNOWN_RUNTIME -> Kind.UNKNOWN_RUNTIME;
          case UNKNOWN_AGENT -> Kind.UNKNOWN_AGENT;
          case LOCKED_KEY -> Kind.LOCKED_CONFIG_KEY;
          case INVALID_CONFIG -> Kind.INVALID_CONFIG;
          case UNPAID -> Kind.PAYMENT_REQUIRED;
          case INVALID_VALUE -> Kind.INVALID_REQUEST;
        };
    return kind.detail(complaints.getFirst().message())
        .errors(
            complaints.stream()
                .map(it -> new Problem.Violation(it.pointer(), it.message()))
                .toList());
  }
}
