package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

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

  /** What npm's users run it with; OpenClaw's own, which is faster, is measured beside it. */
  private static final String THEIR_NODE = "node";

  private static final String DIRECT = "nginx itself";
  private static final String NGINX = "through nginx";
  private static final String EDGE = "through the edge";
  private static final String PEER = "through configurable-http-proxy, ";

  /**
   * What is asked.
   *
   * @param program whose processor time counts
   */
  private record Target(String name, URI address, Program program) {}

  @Override
  public void run(Site site) throws Exception {
    var newNode = Site.program(site.openclaw(), "node").toString();
    try (var upstream = Nginx.upstream(site);
        var nginx = Nginx.proxy(site, upstream.address());
        var server =
            Rockpool.withGateway(site, upstream.address(), site.temp().resolve("edge-home"));
        var peer = NodeProxy.start(site, THEIR_NODE, upstream.address());
        var fastPeer = NodeProxy.start(site, newNode, upstream.address())) {
      var id = server.runningInstance(DoubledRuntime.NAME);
      var path = "/i/%s/v1/models".formatted(id);
      var targets =
          List.of(
              new Target(DIRECT, upstream.address().resolve(path), upstream.program()),
              new Target(NGINX, nginx.address().resolve(path), nginx.program()),
              new Target(EDGE, server.address().resolve(path), server.program()),
              proxied(peer, THEIR_NODE),
              proxied(fastPeer, newNode));
      site.say(
          "%s · %s · configurable-http-proxy %s"
              .formatted(
                  Machine.version("nginx", "-v"),
                  Machine.version("wrk", "-v").replaceAll("\\s*Copyright.*", ""),
                  peer.version()));
      var script = Wrk.script(site.temp(), server.token());
      for (var target : targets) {
        Wrk.run(script, target.address(), CONNECTIONS.getFirst(), WARM_UP);
      }
      for (int connections : CONNECTIONS) {
        for (int round = 1; round <= ROUNDS; round++) {
          site.say(round(script, targets, connections, round));
        }
      }
      site.say(
          "\nResident memory of the server after this: %d MB"
              .formatted(Machine.megabytes(server.program().pid(), "VmRSS")));
    }
  }

  private static Target proxied(NodeProxy peer, String node)
      throws IOException, InterruptedException {
    return new Target(
        PEER + "Node " + Machine.version(node, "--version"),
        peer.address().resolve("/i/bench/v1/models"),
        peer.program());
  }

  private static String round(Path script, List<Target> targets, int connections, int round)
      throws IOException, InterruptedException {
    var measured = new LinkedHashMap<String, Wrk>();
    var table =
        new Table(
            "%d connections, round %d".formatted(connections, round),
            "requests/s",
            "p50 ms",
            "p99 ms",
            "CPU µs/request",
            "load");
    for (var target : targets) {
      var before = target.program().cpuTime();
      var wrk = Wrk.run(script, target.address(), connections, ROUND);
      var used = target.program().cpuTime().minus(before);
      measured.put(target.name(), wrk);
      table.row(
          target.name(),
          "%,.0f".formatted(wrk.perSecond()),
          "%.2f".formatted(wrk.p50()),
          "%.2f".formatted(wrk.p99()),
          "%.0f".formatted(used.toNanos() / 1e3 / wrk.requests()),
          Machine.load());
    }
    double edge = perSecond(measured, EDGE);
    var ratios = new StringJoiner(" · ");
    measured.forEach((name, wrk) -> {
      double ratio = edge / wrk.perSecond();
      if (name.startsWith(PEER)) {
        ratios.add(
            "edge : %s = %.2f (%.0f or more wanted: %s)"
                .formatted(
                    name.substring("through ".length()),
                    ratio,
                    WANTED,
                    ratio >= WANTED ? "yes" : "no"));
      } else if (name.equals(NGINX)) {
        ratios.add("edge : nginx = %.2f".formatted(ratio));
      }
    });
    return table + ratios.toString();
  }

  private static double perSecond(Map<String, Wrk> measured, String name) {
    var wrk = measured.get(name);
    if (wrk == null) {
      throw new IllegalStateException(name + " was not measured");
    }
    return wrk.perSecond();
  }
}
