package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Phase;
import io.rockpool.edge.EdgeHeaders;
import io.rockpool.edge.Gate;
import io.rockpool.edge.Problem;
import io.rockpool.edge.Traffic;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Lets the owners of instances pass the edge, with a bearer token or a browser session. */
public final class InstanceGate implements Gate {
  private static final String BEARER = "Bearer ";

  /** As the configuration of every gateway calls its one user. */
  private static final String USER = "owner";

  private static final Duration SOON = Duration.ofSeconds(2);
  private static final int MOST_KNOWN = 20_000;

  private final Tokens tokens;
  private final BrowserSessions sessions;
  private final Places places;
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
      Secret probe,
      Function<InstanceId, Secret> edgeProof,
      InstantSource clock) {
    this.tokens = tokens;
    this.sessions = sessions;
    this.places = new Places(store, clock);
    this.probe = probe;
    this.edgeProof = edgeProof;
  }

  @Override
  public Optional<Answer> recall(InstanceId id, Traffic.Kind kind, Request request) {
    var bearer = bearer(request);
    var actor = bearer.isPresent() ? tokens.remembered(bearer.get()) : cookie(request, id);
    return actor.flatMap(it -> places.remembered(it, id)).map(this::owned);
  }

  @Override
  public Answer admit(InstanceId id, Traffic.Kind kind, Request request) {
    var bearer = bearer(request);
    if (bearer.isPresent() && bearer.get().equals(probe)) {
      return places.fresh(id).map(this::probed).orElseGet(Answer.Unknown::new);
    }
    var actor = bearer.isPresent() ? tokens.holder(bearer.get()) : cookie(request, id);
    if (actor.isEmpty()) {
      return new Answer.SignIn(
          "/login?instance=" + URLEncoder.encode(id.value(), StandardCharsets.UTF_8));
    }
    return places.find(actor.get(), id).map(this::owned).orElseGet(Answer.Unknown::new);
  }

  /** The probe passes as soon as there is a process: it finds out whether the instance answers. */
  private Answer probed(Instance instance) {
    var gateway = instance.status().gateway();
    return gateway == null ? new Answer.Asleep(SOON) : to(instance.id(), gateway);
  }

  private Answer owned(Instance instance) {
    var status = instance.status();
    var gateway = status.gateway();
    return switch (status.phase()) {
      case RUNNING ->
          gateway != null && instance.wanted().goal() == Goal.RUNNING
              ? to(instance.id(), gateway)
              : new Answer.Asleep(SOON);
      case PROVISIONING, DOZING -> new Answer.Asleep(SOON);
      case STOPPED, ARCHIVED, FAILED, DELETING -> new Answer.Refused(notRunning(instance));
    };
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

  private static Problem notRunning(Instance instance) {
    var kind = io.rockpool.server.http.Problem.Kind.NOT_RUNNING;
    var state = instance.status().phase() == Phase.FAILED ? "was given up" : "does not run";
    var problem =
        kind.detail(
            "The instance '%s' %s. %s"
                .formatted(
                    instance.id(),
                    state,
                    instance.status().condition("Ready").map(it -> it.message()).orElse("")));
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
