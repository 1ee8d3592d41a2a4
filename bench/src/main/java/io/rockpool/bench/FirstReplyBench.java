package io.rockpool.bench;

import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.ModelEndpoint;
import io.rockpool.control.provider.Protocol;
import io.rockpool.edge.model.DemoModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.ToDoubleFunction;

/**
 * From the wish for an instance to its first reply: through Rockpool, and by hand, in turns. Both
 * begin without state and ask the demo model of the same server.
 */
final class FirstReplyBench implements Bench {
  private static final int ROUNDS = 3;
  private static final double WANTED = 1.15;
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String WORDS = "Hello! Who are you?";

  /** Seconds from the wish to a connection, to a good {@code /readyz}, and to the reply. */
  private record Times(double listening, double ready, double reply) {}

  // A gateway takes HTTP/2's offer to upgrade for a WebSocket.
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Override
  public void run(Site site) throws Exception {
    site.say("OpenClaw: " + site.openclaw().getFileName());
    var ours = new ArrayList<Times>();
    var byHand = new ArrayList<Times>();
    var table = new Table("seconds from the wish", "listening", "ready", "first reply", "load");
    try (var server = Rockpool.byLauncher(site, site.temp().resolve("reply-home"))) {
      byHand(site, server); // the first start of all reads OpenClaw from disk
      for (int round = 1; round <= ROUNDS; round++) {
        ours.add(throughRockpool(server));
        row(table, "Rockpool, " + round, ours.getLast(), Machine.load());
        byHand.add(byHand(site, server));
        row(table, "by hand, " + round, byHand.getLast(), Machine.load());
      }
    }
    row(table, "Rockpool, median", median(ours), "");
    row(table, "by hand, median", median(byHand), "");
    double ratio = median(ours).reply() / median(byHand).reply();
    site.say(
        table
            + "Rockpool : by hand = %.2f (%.2f or less wanted: %s)"
                .formatted(ratio, WANTED, ratio <= WANTED ? "yes" : "no"));
    http.shutdownNow();
  }

  private Times throughRockpool(Rockpool server) throws Exception {
    long begin = System.nanoTime();
    var id = server.call("POST", "/instances", "{}").path("id").stringValue();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var listening =
          threads.submit(() -> {
            int port = port(server, id);
            until(() -> Program.listens(port));
            return since(begin);
          });
      var ready =
          threads.submit(() -> {
            until(() -> server.status(id).equals("running"));
            return since(begin);
          });
      server.call(
          "POST", "/instances/%s/messages".formatted(id), "{\"text\":\"%s\"}".formatted(WORDS));
      double reply = since(begin);
      var times = new Times(listening.get(), ready.get(), reply);
      server.destroy(id);
      return times;
    }
  }

  private static int port(Rockpool server, String id) throws IOException, InterruptedException {
    var port = new int[1];
    until(() -> {
      port[0] = server.call("GET", "/instances/" + id, "").path("placement").path("port").asInt(0);
      return port[0] > 0;
    });
    return port[0];
  }

  private Times byHand(Site site, Rockpool server) throws IOException, InterruptedException {
    var model =
        new ModelEndpoint(
            server.address().resolve(DemoModel.PATH),
            Protocol.OPENAI,
            DemoModel.MODEL,
            "Rockpool demo",
            128_000,
            8_192);
    long begin = System.nanoTime();
    try (var gateway = HandGateway.start(site, model);
        var client = Gateway.overHttp()) {
      gateway.await(LOOK, LIMIT, () -> Program.listens(gateway.port()));
      double listening = since(begin);
      gateway.await(LOOK, LIMIT, () -> isReady(gateway.address()));
      double ready = since(begin);
      gateway.say(client, WORDS, LIMIT);
      return new Times(listening, ready, since(begin));
    }
  }

  private boolean isReady(URI gateway) throws IOException, InterruptedException {
    return http.send(
                HttpRequest.newBuilder(gateway.resolve("/readyz")).build(),
                BodyHandlers.discarding())
            .statusCode()
        == 200;
  }

  private static void until(Program.Condition condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IOException("Not ready in %d s.".formatted(LIMIT.toSeconds()));
      }
      Thread.sleep(LOOK);
    }
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static Times median(List<Times> all) {
    return new Times(
        median(all, Times::listening), median(all, Times::ready), median(all, Times::reply));
  }

  private static double median(List<Times> all, ToDoubleFunction<Times> which) {
    return Samples.of(all.stream().mapToDouble(which).boxed().toList()).median();
  }

  private static void row(Table table, String name, Times times, String load) {
    table.row(
        name,
        "%.2f".formatted(times.listening()),
        "%.2f".formatted(times.ready()),
        "%.2f".formatted(times.reply()),
        load);
  }
}
