package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Success.ACCEPTED;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.sleep.SleepRequests;
import io.rockpool.control.sleep.SleepRequests.Taken;
import io.rockpool.control.sleep.Waker;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** {@code POST /api/v1/instances/{id}/sleep} and {@code /wake}. */
public final class SleepRoutes {
  /** How deep an instance can be put to sleep. */
  public enum Depth {
    DOZING(Level.DOZING),
    STOPPED(Level.STOPPED);

    private final Level level;

    Depth(Level level) {
      this.level = level;
    }
  }

  /**
   * @param level dozing (in memory, back in about a second; the default) or stopped (without a
   *     process)
   */
  public record Sleep(String id, Optional<Depth> level) {}

  public record Wake(String id) {}

  private final SleepRequests requests;
  private final Waker waker;
  private final Function<Instance, InstanceView> view;

  public SleepRoutes(SleepRequests requests, Waker waker, Function<Instance, InstanceView> view) {
    this.requests = requests;
    this.waker = waker;
    this.view = view;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                "/api/v1/instances/{id}/sleep",
                "Put an instance to sleep until somebody needs it.",
                Sleep.class,
                InstanceView.class,
                Set.of(
                    Kind.UNKNOWN_INSTANCE,
                    Kind.NOT_RUNNING,
                    Kind.INSTANCE_STOPPED,
                    Kind.PAYMENT_REQUIRED,
                    Kind.INSTANCE_BUSY,
                    Kind.CONFLICT),
                OPERATE,
                this::sleep)
            .answers(ACCEPTED),
        new Route<>(
                POST,
                "/api/v1/instances/{id}/wake",
                "Wake an instance that sleeps. One that its owner stopped has to be started.",
                Wake.class,
                InstanceView.class,
                Set.of(
                    Kind.UNKNOWN_INSTANCE,
                    Kind.NOT_RUNNING,
                    Kind.INSTANCE_STOPPED,
                    Kind.PAYMENT_REQUIRED),
                OPERATE,
                this::wake)
            .answers(ACCEPTED));
  }

  private Reply<InstanceView> sleep(Actor actor, Sleep sleep) {
    var depth = sleep.level().orElse(Depth.DOZING);
    return InstanceRoutes.known(
        sleep.id(),
        id ->
            switch (requests.sleep(actor, id, depth.level)) {
              case Taken.Accepted(var instance) -> accepted(instance);
              case Taken.Unknown _ -> new Reply.Refused<>(Problem.unknownInstance(sleep.id()));
              case Taken.Down(var instance) ->
                  new Reply.Refused<>(MessageRoutes.notRunning(instance));
              case Taken.Busy(var why, var retryAfter) ->
                  new Reply.Refused<>(
                      Kind.INSTANCE_BUSY
                          .detail(
                              "The instance '%s' cannot sleep now. %s Try again later."
                                  .formatted(id, why))
                          .retryAfter(retryAfter));
              case Taken.CannotDoze(var instance) ->
                  new Reply.Refused<>(
                      Kind.CONFLICT.detail(
                          "The runtime '%s' cannot freeze instances. Ask for the level %s."
                              .formatted(
                                  instance.wanted().runtime(),
                                  Depth.STOPPED.name().toLowerCase(Locale.ROOT))));
            });
  }

  private Reply<InstanceView> wake(Actor actor, Wake wake) {
    return InstanceRoutes.known(
        wake.id(),
        id ->
            waker
                .wake(actor, id, "Asked", "Its owner woke it.")
                .<Reply<InstanceView>>map(it ->
                    it.wakes() ? accepted(it) : new Reply.Refused<>(MessageRoutes.notRunning(it)))
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(wake.id()))));
  }

  private Reply<InstanceView> accepted(Instance instance) {
    return new Reply.Accepted<>(
            view.apply(instance), URI.create("/api/v1/instances/" + instance.id() + "/events"))
        .etag(instance.wanted().generation());
  }
}
