package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;
import static io.rockpool.server.http.Route.Success.CREATED;
import static io.rockpool.server.http.Route.Success.NO_CONTENT;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.model.ClientKeys.ClientKey;
import io.rockpool.control.model.OwnKeys;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.Named;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/instances/{id}/keys}: keys for other clients of an instance's model. */
public final class KeyRoutes {
  private static final String ALL = "/api/v1/instances/{id}/keys";

  /**
   * @param name for people, 1 to 100 characters, without control characters
   */
  public record Create(String id, String name) {
    public Create {
      Named.check(name);
    }
  }

  /**
   * @param key shown this once
   */
  public record Made(String id, String name, String key, Instant createdAt) {}

  public record ListAll(String id) {}

  public record KeyView(String id, String name, Instant createdAt) {}

  public record Keys(List<KeyView> items) {}

  public record Revoke(String id, String kid) {}

  /**
   * @param overlapSeconds so long the key of now is still good: 0 to 86400; default: 3600
   */
  public record Rotate(String id, Optional<Integer> overlapSeconds) {
    public Rotate {
      if (overlapSeconds.filter(it -> it < 0 || it > 86_400).isPresent()) {
        throw new IllegalArgumentException("overlapSeconds must be 0 to 86400");
      }
    }
  }

  /**
   * @param serial how often the instance's own key was replaced
   * @param previousUntil until then the one before is good, too
   */
  public record Rotated(long serial, Instant previousUntil) {}

  /** Replaces the key by which an instance itself calls its model, and hands it the new one. */
  @FunctionalInterface
  public interface Rotation {
    OwnKeys.Serial replace(InstanceId instance, Duration overlap);
  }

  private final Instances instances;
  private final ClientKeys keys;
  private final Rotation rotation;

  public KeyRoutes(Instances instances, ClientKeys keys, Rotation rotation) {
    this.instances = instances;
    this.keys = keys;
    this.rotation = rotation;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                ALL,
                "Make a key by which another client calls the instance's model. It is shown once.",
                Create.class,
                Made.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.CONFLICT, Kind.TOO_MANY_KEYS, Kind.SHOWN_ONCE),
                OPERATE,
                this::create)
            .answers(CREATED),
        new Route<>(
            GET,
            ALL,
            "List the keys of an instance, without their secrets.",
            ListAll.class,
            Keys.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::list),
        new Route<>(
            POST,
            ALL + "/rotation",
            "Replace the key by which the instance itself calls its model. It takes the new one while it runs.",
            Rotate.class,
            Rotated.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            this::rotate),
        new Route<>(
                DELETE,
                ALL + "/{kid}",
                "Revoke a key. It is refused everywhere within a second.",
                Revoke.class,
                Route.Nothing.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_KEY),
                OPERATE,
                this::revoke)
            .answers(NO_CONTENT));
  }

  private Reply<Made> create(Actor actor, Create wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance -> {
          var hold = instance.term().hold();
          return hold == null
              ? made(instance.id(), wish.name())
              : new Reply.Refused<>(Kind.CONFLICT.detail(hold.message()));
        });
  }

  private Reply<Made> made(InstanceId instance, String name) {
    return keys.make(instance, name)
        .<Reply<Made>>map(made ->
            new Reply.Created<>(
                    new Made(
                        made.key().id(),
                        made.key().name(),
                        made.secret().reveal(),
                        made.key().createdAt()),
                    URI.create("/api/v1/instances/%s/keys/%s".formatted(instance, made.key().id())))
                .shownOnce())
        .orElseGet(() ->
            new Reply.Refused<>(
                Kind.TOO_MANY_KEYS.detail(
                    "The instance '%s' has %d keys. Revoke one that is not used any more."
                        .formatted(instance, ClientKeys.MOST))));
  }

  private Reply<Rotated> rotate(Actor actor, Rotate wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance -> {
          var serial =
              rotation.replace(
                  instance.id(), Duration.ofSeconds(wish.overlapSeconds().orElse(3_600)));
          return new Reply.Ok<>(new Rotated(serial.serial(), serial.previousUntil()));
        });
  }

  private Reply<Keys> list(Actor actor, ListAll wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            new Reply.Ok<>(
                new Keys(keys.of(instance.id()).stream().map(KeyRoutes::view).toList())));
  }

  private static KeyView view(ClientKey key) {
    return new KeyView(key.id(), key.name(), key.createdAt());
  }

  private Reply<Route.Nothing> revoke(Actor actor, Revoke wish) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            keys.revoke(instance.id(), wish.kid())
                ? new Reply.NoContent<>()
                : new Reply.Refused<>(
                    Kind.UNKNOWN_KEY.detail(
                        "The instance '%s' has no such key. List them with GET /api/v1/instances/%s/keys."
                            .formatted(instance.id(), instance.id()))));
  }
}
