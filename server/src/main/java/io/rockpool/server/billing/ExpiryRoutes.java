package io.rockpool.server.billing;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.billing.Reviews;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import io.rockpool.server.instance.InstanceRoutes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/instances/{id}/expiry}: until when an instance runs. */
public final class ExpiryRoutes {
  private static final String ONE = "/api/v1/instances/{id}/expiry";
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  /**
   * @param expiresAt when it is stopped, its state kept; absent to leave that as it is. In the
   *     past, it is stopped at once, or renewed at once where it renews itself
   * @param autoRenew whether it gets another month a day before, as long as its account pays;
   *     absent to leave that as it is
   */
  public record Put(String id, Optional<Instant> expiresAt, Optional<Boolean> autoRenew) {
    public Put {
      if (expiresAt.filter(it -> it.isBefore(Instant.EPOCH) || it.isAfter(LATEST)).isPresent()) {
        throw new IllegalArgumentException("expiresAt is a time from 1970 to 9999");
      }
    }
  }

  public record One(String id) {}

  /**
   * @param expiresAt absent for never
   */
  public record ExpiryView(Optional<Instant> expiresAt, boolean autoRenew) {
    static ExpiryView of(Instance instance) {
      return new ExpiryView(
          Optional.ofNullable(instance.term().expiresAt()), instance.term().autoRenew());
    }
  }

  private final Instances instances;
  private final Reviews reviews;

  public ExpiryRoutes(Instances instances, Reviews reviews) {
    this.instances = instances;
    this.reviews = reviews;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            ONE,
            "Set until when an instance runs, and whether it is renewed by itself. It hears of its end 7, 3 and 1 days before.",
            Put.class,
            ExpiryView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            ONE,
            "Show until when an instance runs.",
            One.class,
            ExpiryView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            READ,
            this::get),
        new Route<>(
            DELETE,
            ONE,
            "Let an instance run for as long as its owner likes.",
            One.class,
            ExpiryView.class,
            Set.of(Kind.UNKNOWN_INSTANCE),
            OPERATE,
            this::delete));
  }

  private Reply<ExpiryView> put(Actor actor, Put wish) {
    return InstanceRoutes.known(
        wish.id(),
        id -> {
          var found = instances.find(actor, id);
          if (found.isEmpty()) {
            return new Reply.Refused<>(Problem.unknownInstance(wish.id()));
          }
          if (actor instanceof Actor.User && !mayOwner(wish, found.get())) {
            return forbidden();
          }
          return shown(reviews.expire(actor, id, wish.expiresAt(), wish.autoRenew()), wish.id());
        });
  }

  /**
   * An end is the operator's to set. To renew by itself is its owner's choice, where renewing costs
   * them something: without that, it would take the end away.
   */
  private boolean mayOwner(Put wish, Instance instance) {
    return wish.expiresAt().isEmpty()
        && (!wish.autoRenew().orElse(false) || reviews.isSold(instance.wanted().plan()));
  }

  private Reply<ExpiryView> get(Actor actor, One one) {
    return InstanceRoutes.known(
        one.id(),
        id ->
            instances
                .find(actor, id)
                .<Reply<ExpiryView>>map(it -> new Reply.Ok<>(ExpiryView.of(it)))
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(one.id()))));
  }

  private Reply<ExpiryView> delete(Actor actor, One one) {
    return InstanceRoutes.known(
        one.id(),
        id ->
            actor instanceof Actor.User && instances.find(actor, id).isPresent()
                ? forbidden()
                : shown(reviews.unlimit(actor, id), one.id()));
  }

  private static <A> Reply<A> forbidden() {
    return new Reply.Refused<>(
        Kind.FORBIDDEN.detail(
            "Only an operator sets until when an instance runs, and renews a free one. Ask the one of this installation."));
  }

  private static Reply<ExpiryView> shown(Taken taken, String id) {
    return switch (taken) {
      case Taken.Accepted(var instance) -> new Reply.Ok<>(ExpiryView.of(instance));
      case Taken.Unknown _, Taken.Refused _, Taken.Stale _ ->
          new Reply.Refused<>(Problem.unknownInstance(id));
    };
  }
}
