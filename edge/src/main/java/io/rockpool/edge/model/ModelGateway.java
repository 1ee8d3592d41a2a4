package io.rockpool.edge.model;

import io.rockpool.control.net.Internet;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Prices;
import io.rockpool.edge.Places;
import io.rockpool.edge.Room;
import io.rockpool.edge.Traffic;
import io.rockpool.edge.model.ModelUpstream.Payer;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code /llm/v1} and {@code /llm/anthropic/v1}: what instances ask of their models, to the
 * providers. A client shows a virtual key, the provider sees the operator's; neither sees the
 * other's. Before a call passes, what it may cost is set aside; what it used is booked before the
 * client sees the end of the answer. Answers pass event by event as they come. Prompts and answers
 * are neither kept nor logged.
 *
 * <p>It blocks: see {@link io.rockpool.edge.BlockingHandler}.
 */
public final class ModelGateway extends Handler.Abstract {
  /** Where clients of OpenAI's API find it. */
  public static final String PATH = Dialect.OPENAI.path();

  /** Where clients of Anthropic's API find it. They add {@code /v1} themselves. */
  public static final String ANTHROPIC_PATH = "/llm/anthropic";

  /**
   * The part of a path behind {@link #PATH}, or behind that of Anthropic's clients with its {@code
   * /v1}; empty for any other.
   */
  public static Optional<String> call(String path) {
    return Dialect.of(path).map(dialect -> path.substring(dialect.path().length()));
  }

  /**
   * Whether a path, as it came, asks for one model by its name. In that a slash may be {@code %2F},
   * as official clients send it; nowhere else that means anything.
   */
  public static boolean asksForOneModel(String path) {
    return Dialect.of(path).stream()
        .anyMatch(dialect -> {
          var below = path.substring(dialect.path().length());
          return Api.at(dialect, below)
              .filter(Api::isOfOneModel)
              .flatMap(api -> Caller.model(below.substring(api.path().length())))
              .isPresent();
        });
  }

  /**
   * What the gateway works with.
   *
   * @param upstreams that may answer for a model
   * @param bodies room for requests
   * @param answers room for answers
   */
  record Ground(
      ModelUpstreams upstreams,
      ProviderClient providers,
      Ledger ledger,
      Prices prices,
      Estimates estimates,
      ModelLimits limits,
      Room<InstanceId> bodies,
      HeldAnswer.Spaces answers,
      Semaphore drains,
      CallWatch watch,
      InstantSource clock) {}

  private final Ground ground;
  private final ModelKeys keys;
  private final Traffic traffic;
  private final Places places;

  /**
   * @param upstreams that may answer for a model
   * @param internet where users' own providers may be
   * @param traffic is told when a call, of kind {@link Traffic.Kind#MODEL}, begins and ends; not of
   *     its bytes
   * @param watch is told of calls that have ended
   */
  public ModelGateway(
      ModelUpstreams upstreams,
      Internet internet,
      ModelKeys keys,
      Ledger ledger,
      Prices prices,
      ModelLimits limits,
      Traffic traffic,
      CallWatch watch,
      InstantSource clock) {
    this.ground =
        new Ground(
            upstreams,
            new ProviderClient(internet),
            ledger,
            prices,
            new Estimates(),
            limits,
            new Room<>(limits.heldBytes(), limits.sharePerInstance()),
            new HeldAnswer.Spaces(
                HeldAnswer.Space.of(Payer.OPERATOR, limits.answerBytes()),
                HeldAnswer.Space.of(Payer.ACCOUNT, limits.answerBytes())),
            new Semaphore(limits.drains()),
            watch,
            clock);
    this.keys = keys;
    this.traffic = traffic;
    this.places = new Places(limits.callsPerInstance());
  }

  @Override
  protected void doStart() throws Exception {
    ground.providers().start(getServer().getThreadPool());
    super.doStart();
  }

  @Override
  protected void doStop() throws Exception {
    super.doStop();
    ground.providers().stop();
  }

  /**
   * Asks a provider for its models: whether it can be reached, and takes its key. Costs nothing.
   */
  public Trial attempt(ModelUpstream upstream, Protocol protocol) throws InterruptedException {
    return Trial.of(ground.providers(), upstream, protocol);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var path = request.getHttpURI().getPath();
    var dialect = path == null ? Optional.<Dialect>empty() : Dialect.of(path);
    if (dialect.isEmpty()) {
      return false;
    }
    var refusal =
        answer(
            dialect.get(),
            path.substring(dialect.get().path().length()),
            request,
            response,
            callback);
    refusal.ifPresent(error -> error.write(dialect.get(), response, callback));
    return true;
  }

  private Optional<ModelError> answer(
      Dialect dialect, String path, Request request, Response response, Callback callback)
      throws Exception {
    var api = Api.at(dialect, path);
    if (api.isEmpty()) {
      return Optional.of(ModelError.unknownPath());
    }
    if (!api.get().method().equals(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, api.get().method());
      return Optional.of(ModelError.wrongMethod(api.get().method()));
    }
    var holder = shownKey(request).flatMap(keys::holder);
    if (holder.isEmpty()) {
      return Optional.of(
          new ModelError(
              HttpStatus.UNAUTHORIZED_401,
              "authentication_error",
              "invalid_api_key",
              "This is no valid key of an instance. Send one as a bearer token, or as x-api-key.",
              Duration.ZERO));
    }
    return enter(new Caller(api.get(), path, holder.get(), request, response, callback));
  }

  private Optional<ModelError> enter(Caller caller) throws Exception {
    var instance = caller.holder().instance();
    if (!places.enter(instance)) {
      return Optional.of(
          ModelError.unavailable(
              "This instance has too many model calls open. Try again in a few seconds.",
              Duration.ofSeconds(2)));
    }
    traffic.began(instance, Traffic.Kind.MODEL);
    Request.addCompletionListener(
        caller.request(),
        _ -> {
          places.leave(instance);
          traffic.ended(instance, Traffic.Kind.MODEL, caller.response().getStatus());
        });
    return new ModelCall(ground, caller).run();
  }

  /** The only key that is shown; empty where there is none, or where two are not the same. */
  public static Optional<Secret> shownKey(Request request) {
    var shown = new ArrayList<String>();
    for (var authorization : request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION)) {
      shown.add(
          authorization.regionMatches(true, 0, "Bearer ", 0, 7)
              ? authorization.substring(7).strip()
              : "");
    }
    shown.addAll(request.getHeaders().getValuesList("x-api-key"));
    return new HashSet<>(shown).size() == 1
        ? Optional.of(Secret.of(shown.getFirst()))
        : Optional.empty();
  }
}
