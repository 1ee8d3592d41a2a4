package io.rockpool.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.MemberStore;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.pool.Claims;
import io.rockpool.edge.Traffic;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Secret;
import io.rockpool.server.door.Tokens;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code GET /metrics} in Prometheus' text format. Labels come from closed sets, but for those of
 * {@link InstanceGauges} and {@link ModelMeters}, which only operators see.
 */
final class Metrics extends Handler.Abstract implements Traffic {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  private record Passed(Kind kind, int statusClass) {}

  private record Moved(Kind kind, Direction direction) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final InstanceStore store;
  private final Map<Passed, Counter> requests = new ConcurrentHashMap<>();
  private final Map<Moved, Counter> bytes = new ConcurrentHashMap<>();
  private final MemberStore members;
  private volatile Map<Phase, Long> phases = Map.of();
  private volatile List<Member> waiting = List.of();

  private final PrometheusMeterRegistry instances =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final InstanceGauges gauges;
  private final ModelMeters models;
  private final InboxMeters inbox;
  private final Tokens tokens;

  Metrics(
      InstanceStore store,
      Map<String, RuntimeDriver> drivers,
      Tokens tokens,
      MemberStore members,
      Claims claims,
      Set<String> platforms,
      InstantSource clock) {
    this.store = store;
    this.gauges = new InstanceGauges(instances, store, drivers);
    this.models = new ModelMeters(instances);
    this.inbox = new InboxMeters(registry, platforms, clock);
    this.tokens = tokens;
    this.members = members;
    for (var phase : Phase.values()) {
      Gauge.builder("rockpool.instances", () -> phases.getOrDefault(phase, 0L))
          .description("Instances, by where they are.")
          .tags("phase", word(phase))
          .register(registry);
    }
    for (boolean warm : new boolean[] {true, false}) {
      Gauge.builder(
              "rockpool.pool.members",
              () -> waiting.stream().filter(it -> it.isWarm() == warm).count())
          .description("Instances that wait for an owner.")
          .tags("warm", Boolean.toString(warm))
          .register(registry);
    }
    FunctionCounter.builder("rockpool.pool.claims", claims, Claims::claims)
        .description("Instances that were made of one that waited.")
        .register(registry);
    FunctionCounter.builder("rockpool.pool.misses", claims, Claims::misses)
        .description("Instances that could have been, had there been one.")
        .register(registry);
    var runtime = ManagementFactory.getRuntimeMXBean();
    Gauge.builder("rockpool.uptime.seconds", runtime, it -> it.getUptime() / 1_000.0)
        .description("Since the server was started.")
        .register(registry);
    var memory = ManagementFactory.getMemoryMXBean();
    Gauge.builder("rockpool.heap.bytes", memory, it -> it.getHeapMemoryUsage().getUsed())
        .description("Java heap in use.")
        .register(registry);
  }

  /** What is told of calls of models; operators see it. */
  ModelMeters models() {
    return models;
  }

  /** What is told of messages of chat apps. */
  InboxMeters inbox() {
    return inbox;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!Request.getPathInContext(request).equals("/metrics")
        || !HttpMethod.GET.is(request.getMethod())) {
      return false;
    }
    phases = store.countByPhase();
    waiting = members.members();
    inbox.refresh();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    if (maySeeInstances(request)) {
      gauges.refresh();
      Content.Sink.write(response, true, registry.scrape() + instances.scrape(), callback);
    } else {
      Content.Sink.write(response, true, registry.scrape(), callback);
    }
    return true;
  }

  /** Ids are for operators: by their token, or on this host itself and not through a proxy. */
  private boolean maySeeInstances(Request request) {
    var headers = request.getHeaders();
    var bearer = headers.get(HttpHeader.AUTHORIZATION);
    if (bearer != null) {
      return bearer.regionMatches(true, 0, "Bearer ", 0, 7)
          && tokens.holder(Secret.of(bearer.substring(7).strip())).orElse(null)
              instanceof Actor.Operator;
    }
    return headers.stream().noneMatch(it -> isForwarded(it.getLowerCaseName()))
        && LOOPBACK.contains(String.valueOf(Request.getServerName(request)))
        && request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress it
        && it.getAddress().isLoopbackAddress();
  }

  private static boolean isForwarded(String header) {
    return header.equals("forwarded")
        || header.equals("via")
        || header.equals("x-real-ip")
        || header.startsWith("x-forwarded");
  }

  @Override
  public void began(InstanceId id, Kind kind) {}

  @Override
  public void moved(InstanceId id, Kind kind, Direction direction, long count) {
    bytes
        .computeIfAbsent(
            new Moved(kind, direction),
            it ->
                counter(
                    "rockpool.edge.bytes",
                    "Bytes of bodies and tunnels that passed the edge.",
                    Tags.of("kind", word(it.kind()), "direction", word(it.direction()))))
        .increment((double) count);
  }

  @Override
  public void ended(InstanceId id, Kind kind, int status) {
    requests
        .computeIfAbsent(
            new Passed(kind, status / 100),
            it ->
                counter(
                    "rockpool.edge.requests",
                    "Requests and tunnels that passed the edge and have ended.",
                    Tags.of(
                        Tag.of("kind", word(it.kind())),
                        Tag.of("status", it.statusClass() + "xx"))))
        .increment();
  }

  private Counter counter(String name, String description, Tags tags) {
    return Counter.builder(name).description(description).tags(tags).register(registry);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
