package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests per second of one short answer: asked directly, through nginx, through the edge with its
 * authorisation and routing, and through configurable-http-proxy.
 */
final class EdgeBench implements Bench {
  private static final Duration WARM_UP = Duration.ofSeconds(8);
  private static final Duration ROUND = Duration.ofSeconds(6);
  private static final int ROUNDS = 2;
  private static final List<Integer> CONNECTIONS = List.of(32, 4);
  private static final double WANTED = 5;

  private static final String DIRECT = "nginx itself";
  private static final String NGINX = "through nginx";
  private static final String EDGE = "through the edge";
  private static final String PEER = "through configurable-http-proxy";

  @Override
  public void run(Site site) throws Exception {
    try (var upstream = Nginx.upstream(site);
        var nginx = Nginx.proxy(site, upstream.address());
        var server =
            Rockpool.withGateway(site, upstream.address(), site.temp().resolve("edge-home"));
        var peer = NodeProxy.start(site, upstream.address())) {
      var id = server.runningInstance(DoubledRuntime.NAME);
      var path = "/i/%s/v1/models".formatted(id);
      var targets = new LinkedHashMap<String, URI>();
      targets.put(DIRECT, upstream.address().resolve(path));
      targets.put(NGINX, nginx.address().resolve(path));
      targets.put(EDGE, server.address().resolve(path));
      targets.put(PEER, peer.address().resolve("/i/bench/v1/models"));
      site.say(
          "%s · %s · configurable-http-proxy %s on Node.js %s"
              .formatted(
                  Machine.version("nginx", "-v"),
                  Machine.version("wrk", "-v").replaceAll("\\s*Copyright.*", ""),
                  peer.version(),
                  Machine.version(Site.program(site.openclaw(), "node").toString(), "--version")));
      var script = Wrk.script(site.temp(), server.token());
      for (var target : targets.values()) {
        Wrk.run(script, target, CONNECTIONS.getFirst(), WARM_UP);
      }
      for (int connections : CONNECTIONS) {
        for (int round = 1; round <= ROUNDS; round++) {
          site.say(round(script, targets, connections, round));
        }
      }
      site.say(
          "\nResident memory of the server after this: %d MB"
              .formatted(Machine.megabytes(server.pid(), "VmRSS")));
    }
  }

  private static String round(Path script, Map<String, URI> targets, int connections, int round)
      throws IOException, InterruptedException {
    var measured = new LinkedHashMap<String, Wrk>();
    var table =
        new Table(
            "%d connections, round %d".formatted(connections, round),
            "requests/s",
            "p50 ms",
            "p99 ms",
            "load");
    for (var target : targets.entrySet()) {
      var wrk = Wrk.run(script, target.getValue(), connections, ROUND);
      measured.put(target.getKey(), wrk);
      table.row(
          target.getKey(),
          "%,.0f".formatted(wrk.perSecond()),
          "%.2f".formatted(wrk.p50()),
          "%.2f".formatted(wrk.p99()),
          Machine.load());
    }
    double edge = perSecond(measured, EDGE);
    double ratio = edge / perSecond(measured, PEER);
    return table
        + "edge : configurable-http-proxy = %.2f (5 or more wanted: %s) · edge : nginx = %.2f"
            .formatted(ratio, ratio >= WANTED ? "yes" : "no", edge / perSecond(measured, NGINX));
  }

  private static double perSecond(Map<String, Wrk> measured, String name) {
    var wrk = measured.get(name);
    if (wrk == null) {
      throw new IllegalStateException(name + " was not measured");
    }
    return wrk.perSecond();
  }
}
