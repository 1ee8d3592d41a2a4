package io.rockpool.server.deploy;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Complaint;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import io.rockpool.server.instance.InstanceRoutes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * {@code /api/deploy}: the one-click deployment of the Lingxi design, with its field names. A
 * deployment is an instance; its {@code basic}, {@code standard} and {@code premium} are the plans
 * {@code free}, {@code pro} and {@code enterprise}.
 */
public final class DeployRoutes {
  private static final String ONE = "/api/deploy/{id}";

  /** What can be bought. */
  public enum Plan {
    BASIC("free"),
    STANDARD("pro"),
    PREMIUM("enterprise");

    private final String plan;

    Plan(String plan) {
      this.plan = plan;
    }
  }

  /** How far it is. */
  public enum State {
    CREATING,
    DEPLOYING,
    READY,
    STOPPED,
    FAILED;

    static State of(Instance instance) {
      return switch (instance.status().phase()) {
        case PROVISIONING ->
            instance.status().placement() == null ? State.CREATING : State.DEPLOYING;
        case RUNNING -> State.READY;
        // One that sleeps answers the next message: its user knows no difference.
        case DOZING, STOPPED -> instance.wakes() ? State.READY : State.STOPPED;
        case ARCHIVED, DELETING -> State.STOPPED;
        case FAILED -> State.FAILED;
      };
    }
  }

  /**
   * @param userId the platform's own name for the user; the instance is called so
   * @param region where a cloud would put it; a runtime on this host has one place only
   */
  public record Create(
      Optional<String> userId,
      Optional<List<String>> agents,
      Optional<Plan> plan,
      Optional<String> region) {}

  public record One(String id) {}

  public record Created(boolean success, Deployment deployment) {}

  /**
   * @param estimatedTime seconds until it is ready
   */
  public record Deployment(String id, State status, String url, int estimatedTime) {}

  /**
   * @param progress 0 to 100
   */
  public record Status(String id, State status, String url, int progress, List<String> logs) {}

  public record Deleted(boolean success) {}

  private final Instances instances;
  private final Events events;
  private final Supplier<String> publicUrl;
  private final Supplier<Integer> readySeconds;

  public DeployRoutes(
      Instances instances,
      Events events,
      Supplier<String> publicUrl,
      Supplier<Integer> readySeconds) {
    this.instances = instances;
    this.events = events;
    this.publicUrl = publicUrl;
    this.readySeconds = readySeconds;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            POST,
            "/api/deploy/create",
            "Create an instance and start it.",
            Create.class,
            Created.class,
            Set.of(Kind.PAYMENT_REQUIRED, Kind.UNKNOWN_PLAN, Kind.UNKNOWN_AGENT),
            OPERATE,
            this::create),
        new Route<>(
            GET,
            ONE + "/status",
            "How far a deployment is.",
            One.class,
            Status.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::status),
        new Route<>(
            DELETE,
            ONE,
            "Destroy a deployment and all its state.",
            One.class,
            Deleted.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            this::delete));
  }

  private Reply<Created> create(Actor actor, Create wish) {
    var taken =
        instances.create(
            actor,
            InstanceRoutes.account(actor),
            new NewInstance(
                wish.userId().orElse(null),
                wish.plan().map(it -> it.plan).orElse(null),
                null,
                wish.agents().orElse(List.of()),
                "{}",
                null));
    return switch (taken) {
      case Taken.Accepted(var instance) ->
          new Reply.Ok<>(
              new Created(
                  true,
                  new Deployment(
                      instance.id().value(),
                      State.of(instance),
                      url(instance),
                      readySeconds.get())));
      case Taken.Refused(var complaints) ->
          new Reply.Refused<>(
              InstanceRoutes.problem(complaints.stream().map(DeployRoutes::named).toList()));
      case Taken.Unknown _, Taken.Stale _ ->
          new Reply.Refused<>(Kind.FORBIDDEN.detail("You may not create instances here."));
    };
  }

  /** An instance's name is the user's here. */
  private static Complaint named(Complaint complaint) {
    return complaint.pointer().equals("/name")
        ? new Complaint(complaint.kind(), "/userId", complaint.message())
        : complaint;
  }

  private Reply<Status> status(Actor actor, One one) {
    return find(actor, one.id())
        .<Reply<Status>>map(it ->
            new Reply.Ok<>(
                new Status(
                    it.id().value(),
                    State.of(it),
                    url(it),
                    State.of(it) == State.READY ? 100 : it.status().progress(),
                    events.after(it.id(), 0, Integer.MAX_VALUE).stream()
                        .map(Event::message)
                        .toList())))
        .orElseGet(() -> unknown(one));
  }

  private Reply<Deleted> delete(Actor actor, One one) {
    return find(actor, one.id())
                .map(it -> instances.destroy(actor, it.id()))
                .orElseGet(Taken.Unknown::new)
            instanceof Taken.Accepted
        ? new Reply.Ok<>(new Deleted(true))
        : unknown(one);
  }

  private Optional<Instance> find(Actor actor, String id) {
    return InstanceId.isValid(id) ? instances.find(actor, new InstanceId(id)) : Optional.empty();
  }

  private String url(Instance instance) {
    return publicUrl.get() + "/i/" + instance.id() + "/";
  }

  private static <A> Reply<A> unknown(One one) {
    return new Reply.Refused<>(
        Problem.unknownInstance(InstanceId.isValid(one.id()) ? one.id() : "…"));
  }
}
