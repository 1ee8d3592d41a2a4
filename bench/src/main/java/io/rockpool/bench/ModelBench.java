package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the model gateway adds to a call: asked directly, through nginx, through the gateway with
 * its keys, budgets and books, and through Portkey's gateway, which has none of these.
 */
final class ModelBench implements Bench {
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration ROUND = Duration.ofSeconds(15);
  private static final int ROUNDS = 3;
  private static final int CONNECTIONS = 64;
  static final String CALL = "/chat/completions";
  static final String ASKED =
      "{\"model\":\"slow\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

  private record Target(String name, URI address, Map<String, String> headers) {}

  @Override
  public void run(Site site) throws Exception {
    try (var model = new SlowModel();
        var nginx = Nginx.proxy(site, model.address());
        var portkey = NodeProxy.portkey(site, Site.program(site.openclaw(), "node").toString());
        var server = server(site, model)) {
      var free = key(server);
      var bound = key(server);
      server.call(
          "PUT",
          "/instances/%s/budget".formatted(bound.instance()),
          "{\"currency\":\"USD\",\"amount\":\"1000000\"}");
      var gateway = server.address() + "/llm/v1";
      var targets =
          List.of(
              new Target("directly", model.address(), Map.of()),
              new Target("through nginx", nginx.address().resolve("/v1"), Map.of()),
              new Target("through Rockpool", URI.create(gateway), bearer(free.secret())),
              new Target(
                  "through Rockpool, under a hard budget",
                  URI.create(gateway),
                  bearer(bound.secret())),
              new Target(
                  "through Portkey " + portkey.version(),
                  portkey.address().resolve("/v1"),
                  Map.of(
                      "Authorization",
                      "Bearer sk-none",
                      "x-portkey-provider",
                      "openai",
                      "x-portkey-custom-host",
                      model.address().toString())));
      for (var target : targets.subList(1, targets.size())) {
        measure(site, target, WARM_UP);
      }
      for (int round = 1; round <= ROUNDS; round++) {
        site.say(round(site, targets, round));
      }
    }
  }

  /** Of an instance. */
  record Key(String instance, Secret secret) {}

  /** A server that asks {@code model}, and knows what it costs. */
  static Rockpool server(Site site, SlowModel model) throws IOException, InterruptedException {
    var server =
        Rockpool.withGateway(
            site,
            model.address(),
            site.temp().resolve("model-home"),
            Map.of(
                "ROCKPOOL_MODEL_BASE_URL",
                model.address().toString(),
                "ROCKPOOL_MODEL",
                SlowModel.NAME,
                "ROCKPOOL_MODEL_API_KEY",
                "sk-none"));
    server.call(
        "PUT",
        "/models/%s/price".formatted(SlowModel.NAME),
        "{\"currency\":\"USD\",\"inputPerMillion\":\"1\",\"outputPerMillion\":\"10\"}");
    return server;
  }

  /** The key of a new instance. */
  static Key key(Rockpool server) throws IOException, InterruptedException {
    var id = server.runningInstance(DoubledRuntime.NAME);
    var made = server.call("POST", "/instances/%s/keys".formatted(id), "{\"name\":\"bench\"}");
    return new Key(id, Secret.of(made.path("key").stringValue()));
  }

  private static Map<String, String> bearer(Secret key) {
    return Map.of("Authorization", "Bearer " + key.reveal());
  }

  private static Wrk measure(Site site, Target target, Duration time)
      throws IOException, InterruptedException {
    var script = Wrk.posting(site.temp(), target.headers(), ASKED);
    return Wrk.run(script, URI.create(target.address() + CALL), CONNECTIONS, time);
  }

  private static String round(Site site, List<Target> targets, int round)
      throws IOException, InterruptedException {
    var table =
        new Table(
            "%d connections, answers after 50 to 150 ms, round %d".formatted(CONNECTIONS, round),
            "calls/s",
            "mean ms",
            "p50 ms",
            "p99 ms",
            "mean added",
            "p99 added");
    var measured = new LinkedHashMap<String, Wrk>();
    for (var target : targets) {
      measured.put(target.name(), measure(site, target, ROUND));
    }
    var direct = measured.values().iterator().next();
    measured.forEach((name, wrk) ->
        table.row(
            name,
            "%,.0f".formatted(wrk.perSecond()),
            "%.2f".formatted(mean(wrk)),
            "%.2f".formatted(wrk.p50()),
            "%.2f".formatted(wrk.p99()),
            "%+.2f".formatted(mean(wrk) - mean(direct)),
            "%+.2f".formatted(wrk.p99() - direct.p99())));
    return table.toString();
  }

  /** Of a closed loop: less scattered than the median of answers that take 50 to 150 ms. */
  private static double mean(Wrk wrk) {
    return CONNECTIONS * 1_000.0 / wrk.perSecond();
  }
}
