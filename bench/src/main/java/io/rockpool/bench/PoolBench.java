package io.rockpool.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * From the wish of a new user to the first reply: with an instance that waited for an owner, and
 * with none.
 */
final class PoolBench implements Bench {
  private static final int ROUNDS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final double WANTED = 5;

  @Override
  public void run(Site site) throws Exception {
    List<String> java;
    var cold = new ArrayList<Double>();
    try (var server = Rockpool.byLauncher(site, site.temp().resolve("cold"))) {
      java = server.java();
      for (int i = 0; i < ROUNDS; i++) {
        cold.add(firstReply(server, "{}"));
      }
    }
    var table = new Table("seconds to the first reply", "median", "each", "load");
    row(table, "cold", cold);
    try (var server =
        Rockpool.withEnvironment(
            site, java, site.temp().resolve("warm"), "ROCKPOOL_POOL_MOST", "1")) {
      var same = rounds(server, "{}");
      row(table, "from the pool", same);
      row(table, "from the pool, with a team", rounds(server, "{\"agents\":[\"coder\"]}"));
      double ratio = Samples.of(cold).median() / Samples.of(same).median();
      site.say(
          table
              + "cold : from the pool = %.1f (%.0f or more wanted: %s)"
                  .formatted(ratio, WANTED, ratio >= WANTED ? "yes" : "no"));
    }
  }

  private static List<Double> rounds(Rockpool server, String wish)
      throws IOException, InterruptedException {
    var times = new ArrayList<Double>();
    for (int i = 0; i < ROUNDS; i++) {
      server.program().await(Duration.ofSeconds(1), LIMIT, () -> isWarm(server));
      times.add(firstReply(server, wish));
    }
    return times;
  }

  /** Creates an instance, says something, and destroys it. */
  private static double firstReply(Rockpool server, String wish)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    var id = server.call("POST", "/instances", wish).path("id").stringValue();
    new Sleeper(server, id).say("hello");
    double seconds = (System.nanoTime() - begin) / 1e9;
    server.destroy(id);
    return seconds;
  }

  private static boolean isWarm(Rockpool server) throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var page =
          http.send(
                  HttpRequest.newBuilder(server.address().resolve("/metrics")).build(),
                  BodyHandlers.ofString())
              .body();
      return page.contains("rockpool_pool_members{warm=\"true\"} 1.0");
    }
  }

  private static void row(Table table, String name, List<Double> times) throws IOException {
    table.row(
        name,
        "%.2f".formatted(Samples.of(times).median()),
        times.stream().map("%.2f"::formatted).toList().toString(),
        Machine.load());
  }
}
