package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many sleepers on one machine: twenty real instances, each after a turn, what they cost together,
 * and all of them woken at once; then a thousand requests at once to one of them. Makes its own
 * swap on the disk, so it needs root and 20 GiB of room.
 */
final class CrowdBench implements Bench {
  private static final int INSTANCES = 20;
  private static final int SWAP = 24;
  private static final int REQUESTS = 1_000;
  private static final double MEBI = 1 << 20;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Override
  public void run(Site site) throws Exception {
    try (var _ = SwapSpace.disk(site.temp(), SWAP);
        var server = Rockpool.byLauncher(site, site.temp().resolve("crowd"))) {
      long empty = used();
      var sleepers = new ArrayList<Sleeper>();
      long begin = System.nanoTime();
      for (int i = 0; i < INSTANCES; i++) {
        sleepers.add(Sleeper.create(server));
        sleepers.getLast().sleep("dozing");
      }
      double creating = (System.nanoTime() - begin) / 1e9;
      double charges = 0;
      for (var sleeper : sleepers) {
        charges += sleeper.charge() / MEBI;
      }
      site.say(
          "%d instances, created, answered and put to sleep one after the other in %.0f s"
              .formatted(INSTANCES, creating));
      site.say(
          "charged to them while they doze: %.0f MiB, %.1f each; RAM in use beyond the empty machine with the server: %.0f MiB, %.1f each"
              .formatted(
                  charges,
                  charges / INSTANCES,
                  (used() - empty) / MEBI,
                  (used() - empty) / MEBI / INSTANCES));
      wakeAll(site, sleepers);
      thousand(site, server, sleepers.getFirst());
    }
    http.shutdownNow();
  }

  private static void wakeAll(Site site, List<Sleeper> sleepers) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var replies = new ArrayList<Future<Double>>();
      for (var sleeper : sleepers) {
        replies.add(threads.submit(() -> sleeper.say("good morning " + sleeper.id())));
      }
      var times = new ArrayList<Double>();
      for (var reply : replies) {
        times.add(reply.get()); // a lost one would throw
      }
      var samples = Samples.of(times);
      site.say(
          "all %d woken at once: all answered; first %.2f s, median %.2f s, last %.2f s; load %s"
              .formatted(
                  samples.count(),
                  samples.percentile(1),
                  samples.median(),
                  samples.percentile(100),
                  Machine.load()));
    }
  }

  private void thousand(Site site, Rockpool server, Sleeper sleeper) throws Exception {
    sleeper.sleep("dozing");
    long wakes = sleeper.shown().at("/sleep/wakes").asLong(0);
    var request =
        HttpRequest.newBuilder(URI.create(server.address() + "/i/" + sleeper.id() + "/v1/models"))
            .header("Authorization", "Bearer " + server.token().reveal())
            .build();
    var statuses = new TreeMap<Integer, Integer>();
    long begin = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<Integer>>();
      for (int i = 0; i < REQUESTS; i++) {
        answers.add(
            threads.submit(() -> http.send(request, BodyHandlers.discarding()).statusCode()));
      }
      for (var answer : answers) {
        statuses.merge(answer.get(), 1, Integer::sum);
      }
    }
    site.say(
        "%d requests at once to one that dozes: answers by status %s in %.2f s, %d wake(s)"
            .formatted(
                REQUESTS,
                statuses,
                (System.nanoTime() - begin) / 1e9,
                sleeper.shown().at("/sleep/wakes").asLong(0) - wakes));
  }

  /** RAM that is not available, swap cache included. */
  private static long used() throws IOException {
    return Machine.bytes("MemTotal") - Machine.bytes("MemAvailable");
  }
}
