package io.rockpool.edge.outward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.rockpool.control.net.Internet;
import io.rockpool.control.webhook.Outcome;
import io.rockpool.control.webhook.Outcome.Answered;
import io.rockpool.control.webhook.Outcome.Unreachable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebhookCourierTest {
  private static final Instant NOW = Instant.parse("2026-11-30T08:00:00Z");
  private static final byte[] BODY = "{\"type\":\"rockpool.test\"}".getBytes(UTF_8);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** A request as the receiver saw it. */
  private record Seen(String method, String target, Headers headers, String body) {}

  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch over = new CountDownLatch(1);
  private final WebhookCourier courier =
      new WebhookCourier(new Internet(List.of(), Set.of()), InstantSource.fixed(NOW), PATIENCE);
  private HttpServer server;
  private HttpHandler script = exchange -> answer(exchange, 204, null);

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::receive);
    server.start();
  }

  @AfterEach
  void close() throws Exception {
    over.countDown();
    courier.stop();
    server.stop(0);
    threads.shutdownNow();
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      seen.add(
          new Seen(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              exchange.getRequestHeaders(),
              new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
      script.handle(exchange);
    }
  }

  private static void answer(HttpExchange exchange, int status, @Nullable String retryAfter)
      throws IOException {
    if (retryAfter != null) {
      exchange.getResponseHeaders().set("Retry-After", retryAfter);
    }
    exchange.sendResponseHeaders(status, -1);
  }

  private Outcome post(String host, boolean inside) throws InterruptedException {
    return courier.post(
        URI.create(
            "http://%s:%d/hooks/a%%2Fb?key=1".formatted(host, server.getAddress().getPort())),
        inside,
        Map.of("webhook-id", "msg_1", "webhook-timestamp", "1732150000"),
        BODY);
  }

  @Test
  void a_message_is_posted_as_it_is() throws Exception {
    assertThat(post("127.0.0.1", true)).isEqualTo(new Answered(204, null));

    assertThat(seen)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.method()).isEqualTo("POST");
          assertThat(it.target()).isEqualTo("/hooks/a%2Fb?key=1");
          assertThat(it.body()).isEqualTo(new String(BODY, UTF_8));
          assertThat(it.headers().get("webhook-id")).containsExactly("msg_1");
          assertThat(it.headers().get("webhook-timestamp")).containsExactly("1732150000");
          assertThat(it.headers().get("Content-Type")).containsExactly("application/json");
          assertThat(it.headers().get("User-Agent")).containsExactly("Rockpool");
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 301, 302, 307, 401, 404, 407, 410, 429, 500, 504})
  void every_status_is_an_answer_and_nothing_is_asked_a_second_time(int status) throws Exception {
    script =
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/elsewhere");
          exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
          exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"x\"");
          answer(exchange, status, null);
        };

    assertThat(post("127.0.0.1", true)).isEqualTo(new Answered(status, null));

    assertThat(seen).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "7|PT7S",
        "0|PT0S",
        "999999999|PT277777H46M39S",
        "Mon, 30 Nov 2026 08:02:00 GMT|PT2M",
        "Mon, 30 Nov 2026 07:59:00 GMT|PT-1M",
        "9999999999|",
        "soon|",
        "-1|",
        "1.5|"
      },
      delimiter = '|')
  void when_to_come_again_is_said_in_seconds_or_as_a_time(
      String retryAfter, @Nullable Duration expected) throws Exception {
    script = exchange -> answer(exchange, 429, retryAfter);

    assertThat(post("127.0.0.1", true)).isEqualTo(new Answered(429, expected));
  }

  @Test
  void whoever_does_not_answer_in_time_did_not() throws Exception {
    script = _ -> hang();

    var outcome = post("127.0.0.1", true);

    assertThat(outcome)
        .isEqualTo(
            new Unreachable(
                "It did not answer within 2 seconds: it should answer first, and work then."));
  }

  private void hang() {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void an_answer_counts_though_its_body_never_ends() throws Exception {
    script =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('x');
          exchange.getResponseBody().flush();
          hang();
        };

    assertThat(post("127.0.0.1", true)).isEqualTo(new Answered(200, null));
  }

  @Test
  void of_a_long_answer_a_mebibyte_is_read_and_the_rest_broken_off() throws Exception {
    var written = new LongAdder();
    var brokenOff = new CountDownLatch(1);
    script =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          var some = new byte[64 << 10];
          try {
            for (int n = 0; n < 1_000; n++) {
              exchange.getResponseBody().write(some);
              written.add(some.length);
            }
          } catch (IOException e) {
            brokenOff.countDown();
          }
        };

    assertThat(post("127.0.0.1", true)).isEqualTo(new Answered(200, null));

    assertThat(brokenOff.await(30, TimeUnit.SECONDS)).isTrue();
    // What is on its way in buffers of both sides comes to some more.
    assertThat(written.sum()).isBetween(1L << 20, 32L << 20);
  }

  @Test
  void whoever_hangs_up_did_not_answer() throws Exception {
    script = HttpExchange::close;

    assertThat(post("127.0.0.1", true))
        .isEqualTo(
            new Unreachable("It does not answer: check the URL, and that the receiver runs."));
  }

  @Test
  void where_nobody_listens_there_is_no_answer() throws Exception {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertThat(courier.post(URI.create("http://127.0.0.1:" + port + "/"), true, Map.of(), BODY))
        .isInstanceOf(Unreachable.class);
  }

  @Test
  void whoever_speaks_no_tls_gets_no_message() throws Exception {
    try (var plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      threads.execute(() -> speakPlainly(plain));

      assertThat(
              courier.post(
                  URI.create("https://127.0.0.1:" + plain.getLocalPort() + "/"),
                  true,
                  Map.of(),
                  BODY))
          .isEqualTo(
              new Unreachable(
                  "No secure connection: its certificate must be valid, and for this host."));
    }
  }

  private static void speakPlainly(ServerSocket server) {
    try (var socket = server.accept()) {
      int _ = socket.getInputStream().read();
      socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8));
      socket.getOutputStream().flush();
      var _ = socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      // it has hung up
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]"})
  void what_leads_inside_is_refused_at_the_connection_too(String host) throws Exception {
    assertThat(post(host, false))
        .isInstanceOfSatisfying(
            Unreachable.class, it -> assertThat(it.why()).contains("inside a private network"));
    assertThat(seen).isEmpty();
  }
}
