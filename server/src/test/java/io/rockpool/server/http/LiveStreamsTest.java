package io.rockpool.server.http;

import static io.rockpool.server.http.Served.problem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveStreamsTest {
  private static final Duration BEAT = Duration.ofMillis(100);

  private final LinkedBlockingQueue<EventSource.Next> events = new LinkedBlockingQueue<>();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicReference<String> seen = new AtomicReference<>("");
  private Served served = serve(BEAT, 2, 3);

  private Served serve(Duration heartbeat, int perAccount, int all) {
    var it = HttpLimits.DEFAULT;
    return new Served(
        PondRoutes.of(
            new PondRoutes.Work() {
              @Override
              public Reply<PondRoutes.Pond> watch(Actor actor, PondRoutes.Look request) {
                seen.set(request.lastEventId().map(LastEventId::value).orElse("none"));
                return request.id().equals("none")
                    ? new Reply.Refused<>(Problem.unknownInstance("none"))
                    : new Reply.Live<>(new Queued());
              }
            }),
        new HttpLimits(
            it.prefixes(), it.bodyBytes(), heartbeat, perAccount, all, it.keyWait(), it.keyPause()),
        new MemoryIdempotencyStore());
  }

  private final class Queued implements EventSource {
    @Override
    public Next next(Duration wait) throws InterruptedException {
      assertThat(Actor.current()).isInstanceOf(Actor.User.class);
      var next = events.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
      if (next instanceof Event event && event.name().equals("bug")) {
        throw new IllegalStateException("the secret cause");
      }
      return next == null ? new Silence() : next;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @AfterEach
  void stop() {
    served.close();
  }

  @Test
  void events_arrive_as_they_happen() throws IOException {
    try (var socket = watch("ada")) {
      var lines = lines(socket);

      events.add(new EventSource.Event("7", "splash", new PondRoutes.Splash(3)));

      assertThat(head(lines))
          .contains(
              "HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-store");
      assertThat(until(lines, "data:"))
          .containsSubsequence(": open", "id: 7", "event: splash", "data: {\"height\":3}");
    }
  }

  @Test
  void a_silent_stream_outlives_the_idle_limit_by_its_heartbeat() throws IOException {
    served.idleTimeout(Duration.ofMillis(500));
    try (var socket = watch("ada")) {
      var lines = lines(socket);
      head(lines);

      // 10 beats of 100 ms are longer than the connector's idle limit
      for (var beat = 0; beat < 10; beat++) {
        until(lines, ":");
      }
      assertThat(served.handler.openStreams()).isEqualTo(1);
    }
  }

  @Test
  void an_ended_source_ends_the_answer() {
    events.add(new EventSource.Event("1", "splash", new PondRoutes.Splash(1)));
    events.add(new EventSource.End());

    var answer = ask("ada");

    assertThat(answer.body()).isEqualTo(": open\n\nid: 1\nevent: splash\ndata: {\"height\":1}\n\n");
    await().untilAsserted(() -> assertThat(served.handler.openStreams()).isZero());
    assertThat(closed).hasValue(1);
  }

  @Test
  void a_client_that_left_is_noticed() throws IOException {
    try (var socket = watch("ada")) {
      head(lines(socket));
      await().untilAsserted(() -> assertThat(served.handler.openStreams()).isEqualTo(1));
    }

    await().untilAsserted(() -> assertThat(closed).hasValue(1));
    await().untilAsserted(() -> assertThat(served.handler.openStreams()).isZero());
  }

  @Test
  void a_client_that_stops_reading_is_cut_off() throws IOException {
    served.idleTimeout(Duration.ofMillis(500));
    var large = new EventSource.Event("1", "splash", "x".repeat(1 << 20));
    for (var i = 0; i < 64; i++) {
      events.add(large);
    }
    try (var _ = watch("ada")) {
      await().untilAsserted(() -> assertThat(closed).hasValue(1));
    }

    assertThat(events).isNotEmpty();
    await().untilAsserted(() -> assertThat(served.handler.openStreams()).isZero());
  }

  @Test
  void the_last_event_reaches_the_route() {
    events.add(new EventSource.End());

    served.send(
        served
            .request("/api/v1/ponds/ada")
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", "41"));

    assertThat(seen).hasValue("41");
  }

  @Test
  void without_the_accept_header_nothing_is_live() {
    assertThat(served.get("/api/v1/ponds/ada").headers().firstValue("Content-Type"))
        .contains("application/json");
    assertThat(
            served
                .send(
                    served
                        .request("/api/v1/ponds/ada")
                        .header("Accept", "text/event-stream")
                        .HEAD())
                .headers()
                .firstValue("Content-Type"))
        .contains("application/json");
  }

  @Test
  void a_refusal_of_a_stream_is_a_problem() {
    var answer =
        served.send(served.request("/api/v1/ponds/none").header("Accept", "text/event-stream"));

    assertThat(problem(answer)).isEqualTo("unknown-instance");
  }

  @Test
  void streams_are_counted_by_account_and_in_all() throws IOException {
    try (var _ = opened("ada");
        var _ = opened("ada")) {
      var third = ask("ada");
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(third.headers().firstValue("Retry-After")).isPresent();

      try (var _ = opened("bob")) {
        assertThat(ask("eve").statusCode()).isEqualTo(503);
      }
    }
    assertThat(closed.get()).isGreaterThanOrEqualTo(2); // those that got no place
    await().untilAsserted(() -> assertThat(served.handler.openStreams()).isZero());
    events.add(new EventSource.End());
    assertThat(ask("ada").statusCode()).isEqualTo(200);
  }

  @Test
  void a_broken_source_says_so_without_its_cause() {
    events.add(new EventSource.Event("1", "bug", "x"));

    var answer = ask("ada");

    assertThat(answer.body())
        .contains("event: problem\ndata: {\"type\":\"urn:rockpool:problem:internal\"")
        .doesNotContain("secret");
    assertThat(closed).hasValue(1);
  }

  @Test
  void stopping_ends_streams_at_once() throws IOException {
    served.close();
    served = serve(Duration.ofMinutes(5), 2, 3);
    try (var socket = watch("ada")) {
      var lines = lines(socket);
      head(lines);
      await().untilAsserted(() -> assertThat(served.handler.openStreams()).isEqualTo(1));

      var _ = served.handler.shutdown();

      await().untilAsserted(() -> assertThat(closed).hasValue(1));
      assertThat(ask("ada").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void an_event_cannot_break_out_of_its_line() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EventSource.Event("1\ndata: x", "splash", "x"));
    assertThatIllegalArgumentException().isThrownBy(() -> new EventSource.Event("1", "a\rb", "x"));
  }

  @Test
  void known_events_make_a_source() throws InterruptedException {
    var event = new EventSource.Event("1", "splash", "x");
    try (var source = EventSource.of(List.of(event))) {
      assertThat(source.next(BEAT)).isEqualTo(event);
      assertThat(source.next(BEAT)).isEqualTo(new EventSource.End());
    }
  }

  private HttpResponse<String> ask(String account) {
    return served.send(
        served
            .request("/api/v1/ponds/ada")
            .setHeader("Authorization", "Bearer " + account)
            .header("Accept", "text/event-stream;q=0.9, */*"));
  }

  private Socket opened(String account) throws IOException {
    var socket = watch(account);
    head(lines(socket));
    return socket;
  }

  private Socket watch(String account) throws IOException {
    var socket = served.open();
    var request =
        "GET /api/v1/ponds/ada HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n"
            .formatted(account);
    socket.getOutputStream().write(request.getBytes(UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }

  private static BufferedReader lines(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  private static List<String> head(BufferedReader lines) throws IOException {
    var head = new ArrayList<String>();
    for (var line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      head.add(line);
    }
    return head;
  }

  /** The lines up to one that begins so, chunk sizes among them. */
  private static List<String> until(BufferedReader lines, String start) throws IOException {
    var read = new ArrayList<String>();
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      read.add(line);
      if (line.startsWith(start)) {
        return read;
      }
    }
    throw new IOException("the stream ended: " + read);
  }
}
