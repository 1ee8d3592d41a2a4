package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.sleep.Waker;
import io.rockpool.edge.EdgeHeaders;
import io.rockpool.edge.Gate;
import io.rockpool.edge.Problem;
import io.rockpool.edge.Traffic.Kind;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.server.instance.MessageRoutes;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;

/** Lets the owners of instances pass the edge, with a bearer token or a browser session. */
public final class InstanceGate implements Gate {
  private static final String BEARER = "Bearer ";

  /** As the configuration of every gateway calls its one user. */
  private static final String USER = "owner";

  private static final Duration SOON = Duration.ofSeconds(2);

  /** How long a browser's window may stay white: most wakes take less. */
  private static final Duration A_MOMENT = Duration.ofSeconds(2);

  /** How long a program is held: two cold starts on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final Problem ASLEEP =
      new Problem(
          "urn:rockpool:problem:asleep",
          "Asleep",
          503,
          "The instance sleeps, and a probe does not wake it. Its state is in the API; a message or any other request wakes it.");
  private static final int MOST_KNOWN = 20_000;

  private final Tokens tokens;
  private final BrowserSessions sessions;
  private final Places places;
  private final Waker waker;
  private final Secret probe;
  private final Function<InstanceId, Secret> edgeProof;

  // To derive a proof costs more than all the rest of the gate, and it never changes.
  private final ConcurrentHashMap<InstanceId, Answer.To> known = new ConcurrentHashMap<>();

  /**
   * @param probe the bearer token of the control plane's own probes
   * @param edgeProof by what an instance's gateway knows the edge; the same at every call
   */
  public InstanceGate(
      Tokens tokens,
      BrowserSessions sessions,
      InstanceStore store,
      Waker waker,
      Secret probe,
      Function<InstanceId, Secret> edgeProof,
      InstantSource clock) {
    this.tokens = tokens;
    this.sessions = sessions;
    this.places = new Places(store, clock);
    this.waker = waker;
    this.probe = probe;
    this.edgeProof = edgeProof;
  }

  @Override
  public Optional<Answer> recall(InstanceId id, Kind kind, Request request) {
    var bearer = bearer(request);
    var actor = bearer.isPresent() ? tokens.remembered(bearer.get()) : cookie(request, id);
    return actor.flatMap(it -> places.remembered(it, id)).flatMap(this::now);
  }

  @Override
  public Answer admit(InstanceId id, Kind kind, Request request) {
    var bearer = bearer(request);
    if (bearer.isPresent() && bearer.get().equals(probe)) {
      return places.fresh(id).map(this::probed).orElseGet(Answer.Unknown::new);
    }
    var actor = bearer.isPresent() ? tokens.holder(bearer.get()) : cookie(request, id);
    if (actor.isEmpty()) {
      return new Answer.SignIn(
          "/login?instance=" + URLEncoder.encode(id.value(), StandardCharsets.UTF_8));
    }
    return places
        .find(actor.get(), id)
        .map(it -> now(it).orElseGet(() -> asleep(actor.get(), it, kind, request)))
        .orElseGet(Answer.Unknown::new);
  }

  /** Who only asks whether it lives does not wake it. */
  private Answer asleep(Actor actor, Instance instance, Kind kind, Request request) {
    return kind == Kind.PROBE || kind == Kind.POLL
        ? new Answer.Refused(ASLEEP)
        : awaited(actor, instance, request);
  }

  /** The probe passes as soon as there is a process: it finds out whether the instance answers. */
  private Answer probed(Instance instance) {
    var gateway = instance.status().gateway();
    return gateway == null ? new Answer.Asleep(SOON) : to(instance.id(), gateway);
  }

  /** As it is known to be; empty when it has to be woken. */
  private Optional<Answer> now(Instance instance) {
    var gateway = instance.status().gateway();
    if (gateway != null && instance.isReachable()) {
      return Optional.of(to(instance.id(), gateway));
    }
    return instance.wakes() ? Optional.empty() : Optional.of(down(instance));
  }

  private static Answer down(Instance instance) {
    return new Answer.Refused(shown(MessageRoutes.notRunning(instance)));
  }

  /** Wakes it and waits; a browser gets a page meanwhile, which asks again. */
  private Answer awaited(Actor actor, Instance instance, Request request) {
    var patience = isNavigation(request) ? A_MOMENT : PATIENCE;
    try {
      return switch (waker.await(
          actor, instance.id(), "Request", "A request came for it.", 0, patience)) {
        case Waker.Awaited.Awake(var awake) -> {
          places.remember(awake);
          yield now(awake).orElseGet(() -> new Answer.Asleep(SOON));
        }
        case Waker.Awaited.Down(var down) -> down(down);
        case Waker.Awaited.Unknown _ -> new Answer.Unknown();
        case Waker.Awaited.Crowded _, Waker.Awaited.Late _ -> new Answer.Asleep(SOON);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Asleep(SOON);
    }
  }

  private static boolean isNavigation(Request request) {
    var headers = request.getHeaders();
    return HttpMethod.GET.is(request.getMethod())
        && !headers.contains(HttpHeader.UPGRADE)
        && headers.getCSV(HttpHeader.ACCEPT, false).stream()
            .anyMatch(it -> it.startsWith("text/html"));
  }

  private Answer to(InstanceId id, URI gateway) {
    if (known.size() >= MOST_KNOWN) {
      known.clear();
    }
    return known.compute(
        id,
        (_, to) -> {
          if (to == null) {
            return new Answer.To(gateway, USER, edgeProof.apply(id));
          }
          return to.gateway().equals(gateway) ? to : new Answer.To(gateway, USER, to.proof());
        });
  }

  private static Problem shown(io.rockpool.server.http.Problem problem) {
    return new Problem(
        problem.type().toString(), problem.title(), problem.status(), problem.detail());
  }

  private Optional<Actor> cookie(Request request, InstanceId id) {
    return Request.getCookies(request).stream()
        .filter(it -> it.getName().equals(EdgeHeaders.SESSION_COOKIE))
        .flatMap(it -> sessions.actor(it.getValue(), id).stream())
        .findFirst();
  }

  private static Optional<Secret> bearer(Request request) {
    var header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? Optional.of(Secret.of(header.substring(BEARER.length()).strip()))
        : Optional.empty();
  }
}
