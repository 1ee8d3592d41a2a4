package io.rockpool.server.http;

import static io.rockpool.server.http.Problem.Kind.CONFLICT;
import static io.rockpool.server.http.Problem.Kind.STALE;
import static io.rockpool.server.http.Problem.Kind.UNKNOWN_INSTANCE;

import io.rockpool.control.account.Actor;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A small API with a bit of everything, for the tests of the layer that serves it. */
final class PondRoutes {
  enum Water {
    FRESH,
    SALT_WATER
  }

  record Size(int width, double depth) {}

  record Create(
      String name,
      int fish,
      Optional<Water> water,
      Optional<Duration> warm,
      Optional<Size> size,
      Optional<Secret> gate,
      Optional<Map<String, String>> labels,
      Optional<JsonNode> notes,
      Optional<ObjectNode> more) {
    Create {
      if (name.isBlank()) {
        throw new IllegalArgumentException("must not be blank");
      }
    }
  }

  record Pond(
      String id,
      String name,
      long fish,
      Water water,
      Instant since,
      Optional<Duration> warm,
      Optional<Size> size) {}

  record Find(
      Optional<Water> water,
      Optional<Boolean> warm,
      List<String> label,
      Optional<Cursor> cursor,
      Optional<Limit> limit) {}

  record Ponds(List<Pond> items, Optional<Cursor> next) {}

  record Look(String id, Optional<LastEventId> lastEventId) {}

  record Change(String id, IfMatch ifMatch, Optional<Integer> fish) {}

  record Drain(String id) {}

  record Splash(int height) {}

  /** What the tests may put in place of the work. */
  interface Work {
    default Reply<Pond> create(Actor actor, Create request) {
      return new Reply.Accepted<>(
          pond(request.name(), request.fish()), URI.create("/api/v1/ponds/" + request.name()));
    }

    default Reply<Pond> look(Actor actor, Look request) {
      return request.id().equals("none")
          ? new Reply.Refused<>(Problem.unknownInstance(request.id()))
          : new Reply.Ok<>(pond(request.id(), 3)).etag(7);
    }

    default Reply<Pond> watch(Actor actor, Look request) {
      return new Reply.Live<>(EventSource.of(List.of()));
    }
  }

  static Pond pond(String name, long fish) {
    return new Pond(
        name,
        name,
        fish,
        Water.SALT_WATER,
        Instant.parse("2026-11-20T08:00:00Z"),
        Optional.of(Duration.ofMinutes(90)),
        Optional.empty());
  }

  static List<Route<?, ?>> of(Work work) {
    return of(work, (_, found) -> new Reply.Ok<>(new Ponds(List.of(), found.cursor())));
  }

  static List<Route<?, ?>> of(Work work, BiFunction<Actor, Find, Reply<Ponds>> find) {
    return List.of(
        new Route<>(
            Route.Method.GET,
            "/api/v1/ponds",
            "List ponds.",
            Find.class,
            Ponds.class,
            Set.of(),
            Route.Scope.READ,
            find::apply),
        new Route<>(
                Route.Method.POST,
                "/api/v1/ponds",
                "Dig a pond.",
                Create.class,
                Pond.class,
                Set.of(CONFLICT),
                Route.Scope.OPERATE,
                work::create)
            .answers(Route.Success.ACCEPTED),
        new Route<>(
                Route.Method.GET,
                "/api/v1/ponds/{id}",
                "Look at a pond.",
                Look.class,
                Pond.class,
                Set.of(UNKNOWN_INSTANCE),
                Route.Scope.READ,
                work::look)
            .live(Splash.class, work::watch),
        new Route<>(
            Route.Method.PATCH,
            "/api/v1/ponds/{id}",
            "Change a pond.",
            Change.class,
            Pond.class,
            Set.of(UNKNOWN_INSTANCE, STALE),
            Route.Scope.OPERATE,
            (_, change) ->
                change.ifMatch().allows(7)
                    ? new Reply.Ok<>(pond(change.id(), change.fish().orElse(3))).etag(8)
                    : new Reply.Refused<>(STALE.detail("It is at 7 now. Look again."))),
        new Route<>(
            Route.Method.DELETE,
            "/api/v1/ponds/{id}",
            "Drain a pond.",
            Drain.class,
            Route.Nothing.class,
            Set.of(),
            Route.Scope.OPERATE,
            (_, _) -> new Reply.NoContent<>()),
        new Route<>(
            Route.Method.POST,
            "/api/v1/ponds/{id}/stir",
            "Stir a pond.",
            Drain.class,
            Route.Nothing.class,
            Set.of(),
            Route.Scope.PUBLIC,
            (_, _) -> new Reply.NoContent<>()));
  }

  private PondRoutes() {}
}
