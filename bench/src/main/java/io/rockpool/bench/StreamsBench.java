package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many streams at once through the model gateway, and what became of each: on fresh connections to
 * the provider, and on such as it is about to close.
 */
final class StreamsBench implements Bench {
  private static final int STREAMS = 2_000;
  private static final int CALLS = 400;
  private static final String WHOLE = "whole";

  @Override
  public void run(Site site) throws Exception {
    try (var model = new SlowModel();
        var server = ModelBench.server(site, model)) {
      var key = ModelBench.key(server).secret();
      var address = URI.create(server.address() + "/llm/v1" + ModelBench.CALL);
      site.say(streams("at once", server, address, key));
      callsAtOnce(address, key);
      Thread.sleep(SlowModel.IDLE.minusMillis(150));
      site.say(streams("while the provider closes idle connections", server, address, key));
    }
  }

  /** Calls that leave connections to the provider behind. */
  private static void callsAtOnce(URI address, Secret key) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (int i = 0; i < CALLS; i++) {
        var _ =
            threads.submit(() ->
                http.send(request(address, key, ModelBench.ASKED), BodyHandlers.discarding()));
      }
    }
  }

  private static HttpRequest request(URI address, Secret key, String body) {
    return HttpRequest.newBuilder(address)
        .header("Authorization", "Bearer " + key.reveal())
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private static String streams(String when, Rockpool server, URI address, Secret key)
      throws Exception {
    var most = new AtomicLong();
    Map<String, Integer> ends = new TreeMap<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var calls = new ArrayList<Callable<String>>();
      for (int i = 0; i < STREAMS; i++) {
        calls.add(() -> end(http, address, key));
      }
      var watching =
          threads.submit(() -> {
            while (true) {
              most.accumulateAndGet(heap(server), Math::max);
              Thread.sleep(Duration.ofMillis(500));
            }
          });
      for (var call : threads.invokeAll(calls)) {
        ends.merge(call.get(), 1, Integer::sum);
      }
      watching.cancel(true);
    }
    var whole = ends.getOrDefault(WHOLE, 0);
    ends.remove(WHOLE);
    var others = new StringBuilder();
    ends.forEach((end, count) -> others.append("\n%,d: %s".formatted(count, end)));
    return "\n%,d streams %s, an event every %d ms: %,d came to their end; heap in use at most %d MB, resident %d MB%s"
        .formatted(
            STREAMS,
            when,
            SlowModel.BETWEEN.toMillis(),
            whole,
            most.get() >> 20,
            Machine.megabytes(server.program().pid(), "VmRSS"),
            others);
  }

  /** {@link #WHOLE}, or what was there in place of the end. */
  private static String end(HttpClient http, URI address, Secret key) throws InterruptedException {
    try {
      var answer =
          http.send(
              request(address, key, ModelBench.ASKED.replaceFirst("\\{", "{\"stream\":true,")),
              BodyHandlers.ofInputStream());
      if (answer.statusCode() != 200) {
        return "%d %s".formatted(answer.statusCode(), text(answer.body()));
      }
      return end(answer.body());
    } catch (IOException e) {
      return "no answer: " + e;
    }
  }

  private static String end(InputStream body) throws IOException {
    int events = 0;
    var last = "";
    try (var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data: ")) {
          events++;
          last = line;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      return "broken after %d events: %s".formatted(events, e);
    }
    return events == SlowModel.EVENTS + 1 && last.equals("data: [DONE]")
        ? WHOLE
        : "ended after %d events with %s".formatted(events, last);
  }

  private static String text(InputStream body) throws IOException {
    try (body) {
      return new String(body.readNBytes(500), StandardCharsets.UTF_8);
    }
  }

  private static long heap(Rockpool server) throws IOException, InterruptedException {
    return server
        .metrics()
        .lines()
        .filter(it -> it.startsWith("rockpool_heap_bytes"))
        .map(it -> (long) Double.parseDouble(it.substring(it.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0L);
  }
}
