package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Half an hour of random messages, requests and sleeps over eight real instances, while their
 * server is killed every minute or two. A message is said again until it is answered: none may stay
 * without. Minutes by the environment variable {@code ROCKPOOL_SOAK_MINUTES}. Makes its own swap,
 * so it needs root.
 */
final class SoakBench implements Bench {
  private static final int INSTANCES = 8;
  private static final int SWAP = 12;
  private static final int MINUTES = 30;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
  private final AtomicInteger said = new AtomicInteger();
  private final AtomicInteger again = new AtomicInteger();
  private final AtomicInteger sleeps = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicInteger kills = new AtomicInteger();
  private final Queue<Double> replies = new ConcurrentLinkedQueue<>();
  private final Queue<String> lost = new ConcurrentLinkedQueue<>();

  /** Where the server is, whichever it is. */
  private record Place(URI address, String token) {}

  @Override
  public void run(Site site) throws Exception {
    var minutes = System.getenv("ROCKPOOL_SOAK_MINUTES");
    var time = Duration.ofMinutes(minutes == null ? MINUTES : Integer.parseInt(minutes));
    List<String> java;
    try (var any = Rockpool.byLauncher(site, site.temp().resolve("any"))) {
      java = any.java();
    }
    var home = site.temp().resolve("soak");
    int port = Program.freePort();
    try (var _ = SwapSpace.disk(site.temp(), SWAP)) {
      var server = Rockpool.byJava(site, java, home, port);
      try {
        var place = new Place(server.address(), server.token().reveal());
        var ids = new ArrayList<String>();
        for (int i = 0; i < INSTANCES; i++) {
          ids.add(Sleeper.create(server).id());
        }
        long memory = Machine.megabytes(server.program().pid(), "VmRSS");
        long end = System.nanoTime() + time.toNanos();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          var users = new ArrayList<Future<String>>();
          for (var id : ids) {
            users.add(
                threads.submit(() -> {
                  use(place, id, end);
                  return id;
                }));
          }
          while (System.nanoTime() < end) {
            Thread.sleep(random.nextLong(60_000, 120_000));
            server.kill();
            kills.incrementAndGet();
            Thread.sleep(random.nextLong(0, 5_000));
            server = Rockpool.byJava(site, java, home, port);
          }
          for (var user : users) {
            var _ = user.get();
          }
        }
        report(site, place, ids, home, memory, Machine.megabytes(server.program().pid(), "VmRSS"));
        for (var id : ids) {
          call(place, "DELETE", "/api/v1/instances/" + id, "");
        }
        server
            .program()
            .await(
                Duration.ofSeconds(1),
                PATIENCE,
                () -> json(call(place, "GET", "/api/v1/instances", "")).path("items").isEmpty());
      } finally {
        server.close();
      }
    }
    http.shutdownNow();
  }

  private void use(Place place, String id, long end) throws InterruptedException {
    int number = 0;
    while (System.nanoTime() < end) {
      Thread.sleep(random.nextLong(0, 20_000));
      int draw = random.nextInt(100);
      if (draw < 60) {
        say(place, id, "word-%s-%d".formatted(id, ++number));
      } else if (draw < 70) {
        var _ = tried(place, "GET", "/i/" + id + "/v1/models", "");
      } else {
        sleep(place, id, draw < 92 ? "dozing" : "stopped");
      }
    }
    say(place, id, "last-" + id);
  }

  private void say(Place place, String id, String words) throws InterruptedException {
    said.incrementAndGet();
    long begin = System.nanoTime();
    var body = "{\"text\":\"%s\"}".formatted(words);
    while (System.nanoTime() < begin + PATIENCE.toNanos()) {
      var answer = tried(place, "POST", "/api/v1/instances/" + id + "/messages", body);
      if (answer != null && answer.statusCode() == 200 && answer.body().contains(words)) {
        replies.add((System.nanoTime() - begin) / 1e9);
        return;
      }
      again.incrementAndGet();
      Thread.sleep(500);
    }
    lost.add(words);
  }

  private void sleep(Place place, String id, String level) {
    var answer =
        tried(
            place,
            "POST",
            "/api/v1/instances/" + id + "/sleep",
            "{\"level\":\"%s\"}".formatted(level));
    if (answer != null) {
      (answer.statusCode() == 202 ? sleeps : busy).incrementAndGet();
    }
  }

  private void report(Site site, Place place, List<String> ids, Path home, long before, long after)
      throws IOException, InterruptedException {
    long wakes = 0;
    var states = new ArrayList<String>();
    for (var id : ids) {
      var shown = json(call(place, "GET", "/api/v1/instances/" + id, ""));
      wakes += shown.at("/sleep/wakes").asLong(0);
      states.add(shown.path("status").asString(""));
    }
    long roots =
        ProcessHandle.allProcesses()
            .flatMap(it -> it.info().commandLine().stream())
            .filter(it -> it.contains(home.toString()) && it.contains("rockpool-instance"))
            .count();
    var times = Samples.of(replies);
    site.say(
        """
        messages: %d said, %d answered, %d lost; said again %d times because the server was away
        replies: median %.2f s, p99 %.2f s, longest %.2f s
        server killed: %d times; put to sleep: %d times, busy: %d times; woken: %d times
        at the end: %s; %d trees of processes for %d instances; server %d MB, was %d MB at the beginning
        lost: %s\
        """
            .formatted(
                said.get(),
                times.count(),
                lost.size(),
                again.get(),
                times.median(),
                times.percentile(99),
                times.percentile(100),
                kills.get(),
                sleeps.get(),
                busy.get(),
                wakes,
                states,
                roots,
                ids.size(),
                after,
                before,
                lost));
  }

  /** Null when nobody answers. */
  private @Nullable HttpResponse<String> tried(
      Place place, String method, String path, String body) {
    try {
      return call(place, method, path, body);
    } catch (IOException away) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private HttpResponse<String> call(Place place, String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(place.address().resolve(path))
            .timeout(Duration.ofMinutes(4))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + place.token())
            .header("Content-Type", "application/json")
            .build(),
        BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }
}
