package io.rockpool.edge;

import static io.rockpool.edge.EdgeGround.ADA;
import static io.rockpool.edge.EdgeGround.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.Gate.Answer;
import io.rockpool.edge.Traffic.Kind;
import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PassageTest {
  @ParameterizedTest
  @CsvSource({
    "/i/ada/chat/main, GET /i/ada/chat/main",
    "/i/ada/v1/models, GET /v1/models",
    "/i/ada/v1/models?a=b%20c, GET /v1/models?a=b%20c",
    "/i/ada/readyz, GET /readyz"
  })
  void a_path_reaches_the_gateway_where_it_serves_it(String asked, String arrived)
      throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {

      assertThat(edge.get(asked).body()).isEqualTo(arrived);
    }
  }

  @Test
  void a_query_passes_letter_by_letter() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {

      var answer = edge.raw(plain("GET /i/ada/x?q=a|b&r={1}%2F..%2F HTTP/1.1", ""));

      assertThat(answer).endsWith("GET /i/ada/x?q=a|b&r={1}%2F..%2F");
    }
  }

  @Test
  void an_instance_answers_at_a_host_name_of_its_own() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge =
            new EdgeGround(
                new EdgeSettings("Claw.example", EdgeLimits.DEFAULT), open(gateway.port()))) {
      var host = "Host: ADA.claw.example:3000\r\nConnection: close\r\n\r\n";

      assertThat(edge.raw("GET /v1/models HTTP/1.1\r\n" + host)).endsWith("GET /v1/models");
      assertThat(edge.raw("GET / HTTP/1.1\r\n" + host)).contains("302", "/i/ada/");
      assertThat(edge.raw("GET /i/bob/ HTTP/1.1\r\n" + host)).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void a_bodys_bytes_pass_in_both_directions() throws Exception {
    try (var gateway =
            new StrictGateway(
                (request, response, callback) -> Content.copy(request, response, callback));
        var edge = new EdgeGround(open(gateway.port()))) {
      var body = new byte[5_000_000];
      for (int i = 0; i < body.length; i++) {
        body[i] = (byte) (i * 31);
      }
      var request =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/chat/completions"))
              .POST(BodyPublishers.ofByteArray(body))
              .build();

      var answer = edge.http.send(request, BodyHandlers.ofByteArray());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(body);
      await()
          .untilAsserted(() ->
              assertThat(edge.meter.told).containsExactly("began ada API", "ended ada API 200"));
      assertThat(edge.meter.up.sum()).isEqualTo(body.length);
      assertThat(edge.meter.down.sum()).isEqualTo(body.length);
    }
  }

  @Test
  void a_body_is_answered_while_it_is_still_being_sent() throws Exception {
    try (var gateway =
            new StrictGateway(
                (request, response, callback) -> Content.copy(request, response, callback));
        var edge = new EdgeGround(open(gateway.port()));
        var wire = edge.wire()) {
      var out = wire.getOutputStream();
      out.write(
          ascii(
              "POST /i/ada/v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"));

      EdgeGround.readUntil(wire.getInputStream(), "first");
      out.write(ascii("4\r\nlast\r\n0\r\n\r\n"));
      EdgeGround.readUntil(wire.getInputStream(), "last");
    }
  }

  @Test
  void a_client_that_asks_first_may_send_its_body() throws Exception {
    try (var gateway =
            new StrictGateway(
                (request, response, callback) -> Content.copy(request, response, callback));
        var edge = new EdgeGround(open(gateway.port()))) {
      var request =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/x"))
              .expectContinue(true)
              .POST(BodyPublishers.ofString("hello"));

      assertThat(edge.send(request).body()).isEqualTo("hello");
    }
  }

  @Test
  void events_arrive_one_by_one() throws Exception {
    var next = new ArrayBlockingQueue<String>(1);
    try (var gateway =
            new StrictGateway((_, response, callback) -> {
              response.getHeaders().put("Content-Type", "text/event-stream");
              try (var out = Content.Sink.asOutputStream(response)) {
                for (int i = 0; i < 3; i++) {
                  out.write(ascii("data: " + next.take() + "\n\n"));
                }
              }
              callback.succeeded();
            });
        var edge = new EdgeGround(open(gateway.port()))) {
      next.put("one");
      var answer =
          edge.http.send(
              HttpRequest.newBuilder(edge.uri("/i/ada/v1/events")).build(),
              BodyHandlers.ofInputStream());
      var events = answer.body();

      // The gateway writes the next event only after the one before was read here.
      EdgeGround.readUntil(events, "one");
      next.put("two");
      EdgeGround.readUntil(events, "two");
      next.put("three");
      EdgeGround.readUntil(events, "three");
      assertThat(events.readAllBytes()).asString(StandardCharsets.UTF_8).isBlank();
    }
  }

  @Test
  void a_gateway_notices_that_its_client_left() throws Exception {
    var left = new CountDownLatch(1);
    try (var gateway =
            new StrictGateway((_, response, callback) -> {
              try (var out = Content.Sink.asOutputStream(response)) {
                while (true) {
                  out.write(ascii(": still here\n\n"));
                }
              } catch (IOException gone) {
                left.countDown();
                callback.failed(gone);
              }
            });
        var edge = new EdgeGround(open(gateway.port()))) {
      try (var wire = edge.wire()) {
        wire.getOutputStream().write(ascii(plain("GET /i/ada/v1/events HTTP/1.1", "")));
        EdgeGround.readUntil(wire.getInputStream(), "still here");
      }

      assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.API)).isZero());
    }
  }

  @Test
  void a_gateway_that_breaks_off_is_not_taken_for_one_that_ended() throws Exception {
    try (var broken = breakingOff();
        var edge = new EdgeGround(open(broken.getLocalPort()))) {
      assertThat(edge.raw(plain("GET /i/ada/v1/x HTTP/1.1", "")))
          .contains("half")
          .doesNotContain("\r\n0\r\n");
    }
  }

  @Test
  void a_gate_that_waits_holds_up_nobody_else() throws Exception {
    var asked = new CountDownLatch(50);
    var mayAnswer = new Semaphore(0);
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge =
            new EdgeGround((id, kind, request) -> {
              if (!id.equals(ADA)) {
                asked.countDown();
                mayAnswer.acquireUninterruptibly();
              }
              return open(gateway.port()).admit(id, kind, request);
            });
        var waiting = Executors.newVirtualThreadPerTaskExecutor()) {
      var held =
          IntStream.range(0, 50)
              .mapToObj(_ -> waiting.submit(() -> edge.get("/i/bob/").statusCode()))
              .toList();
      asked.await();

      assertThat(edge.get("/i/ada/").statusCode()).isEqualTo(200);

      mayAnswer.release(50);
      assertThat(held).allSatisfy(it -> assertThat(it.get()).isEqualTo(404));
    }
  }

  @Test
  void a_gate_that_remembers_is_not_asked() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo)) {
      var remembering =
          new Gate() {
            @Override
            public Optional<Answer> recall(InstanceId id, Kind kind, Request request) {
              return Optional.of(open(gateway.port()).admit(id, kind, request));
            }

            @Override
            public Answer admit(InstanceId id, Kind kind, Request request) {
              throw new IllegalStateException("asked all the same");
            }
          };
      try (var edge = new EdgeGround(remembering)) {
        assertThat(edge.get("/i/ada/").statusCode()).isEqualTo(200);
        assertThat(edge.get("/i/bob/").statusCode()).isEqualTo(404);
      }
    }
  }

  @Test
  void a_gate_that_breaks_is_an_error_and_nothing_more() throws Exception {
    try (var edge =
        new EdgeGround((_, _, _) -> {
          throw new IllegalStateException("the store is gone");
        })) {
      assertThat(edge.get("/i/ada/").statusCode()).isEqualTo(500);
    }
  }

  @Test
  void what_a_client_says_about_itself_does_not_reach_the_gateway() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var answer =
          edge.raw(
              plain(
                  "GET /i/ada/ HTTP/1.1",
                  """
                  Authorization: Bearer rp_secret\r
                  Cookie: a=1; rockpool_session=s3cret\r
                  Forwarded: for=1.2.3.4\r
                  X-Forwarded-For: 1.2.3.4\r
                  X-Forwarded-Proto: https\r
                  X-Real-IP: 1.2.3.4\r
                  Via: 1.1 me\r
                  TE: trailers\r
                  x-rockpool-user-p4711p4711p4711p4711: root\r
                  x-rockpool-edge: 2\r
                  x-openclaw-scopes: operator.admin\r
                  X-Hop: 1\r
                  """));

      assertThat(answer).startsWith("HTTP/1.1 200");
      var headers = gateway.seen.getFirst().headers();
      assertThat(headers.getValuesList("Cookie")).containsExactly("a=1");
      assertThat(headers.get("x-openclaw-scopes")).isNull();
      assertThat(headers.toString()).doesNotContain("s3cret", "rp_secret", "root", "1.2.3.4");
    }
  }

  @Test
  void a_client_cannot_have_the_edges_own_headers_dropped() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var answer =
          edge.raw(
              """
              GET /i/ada/ HTTP/1.1\r
              Host: h\r
              X-Hop: 1\r
              Connection: close, x-hop, x-rockpool-user-p4711p4711p4711p4711, x-rockpool-edge, x-forwarded-for\r
              \r
              """);

      assertThat(answer).startsWith("HTTP/1.1 200");
      assertThat(gateway.seen.getFirst().headers().get("X-Hop")).isNull();
    }
  }

  @Test
  void a_gateways_headers_reach_the_client_but_for_those_that_speak_for_the_whole_site()
      throws Exception {
    try (var gateway =
            new StrictGateway((_, response, callback) -> {
              response.setStatus(418);
              response.getHeaders().add("Set-Cookie", "a=1; Path=/i/ada");
              response.getHeaders().add("Set-Cookie", "rockpool_session=stolen");
              response.getHeaders().add("Set-Cookie", "b=2");
              response.getHeaders().add("Service-Worker-Allowed", "/");
              StrictGateway.write(response, callback, "short and stout");
            });
        var edge = new EdgeGround(open(gateway.port()))) {
      var answer = edge.get("/i/ada/");

      assertThat(answer.statusCode()).isEqualTo(418);
      assertThat(answer.headers().allValues("set-cookie"))
          .containsExactly("a=1; Path=/i/ada", "b=2");
      assertThat(answer.headers().firstValue("service-worker-allowed")).isEmpty();
    }
  }

  @Test
  void a_page_of_another_site_changes_nothing() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var post =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/chat/completions"))
              .header("Origin", "https://evil.example")
              .POST(BodyPublishers.ofString("{}"));

      var answer = edge.send(post);

      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("foreign-origin");
      assertThat(gateway.seen).isEmpty();
      assertThat(edge.get("/i/ada/x", "Origin", "https://evil.example").statusCode())
          .isEqualTo(200);
      assertThat(gateway.seen.getFirst().headers().get("Origin")).isNull();
    }
  }

  @Test
  void the_instances_own_page_may_change_things() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var post =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/x"))
              .header("Origin", "http://127.0.0.1:" + edge.port())
              .POST(BodyPublishers.ofString("{}"));

      assertThat(edge.send(post).statusCode()).isEqualTo(200);
      assertThat(gateway.seen.getFirst().headers().get("Origin"))
          .isEqualTo("http://rockpool.invalid");
    }
  }

  @Test
  void an_invalid_id_looks_like_an_unknown_one() throws Exception {
    try (var edge = new EdgeGround((_, _, _) -> new Answer.Unknown())) {
      var unknown = edge.get("/i/bob/");
      var invalid = edge.get("/i/B_b/");

      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.headers().firstValue("content-type")).contains("application/problem+json");
      assertThat(invalid.statusCode()).isEqualTo(404);
      assertThat(invalid.body()).isEqualTo(unknown.body());
    }
  }

  @Test
  void what_is_no_instances_business_is_left_to_the_next_handler() throws Exception {
    try (var edge = new EdgeGround((_, _, _) -> new Answer.Unknown())) {

      assertThat(edge.get("/api/v1/instances").body()).doesNotContain("unknown-instance");
    }
  }

  @Test
  void a_sleeper_says_when_to_come_again_and_its_page_does_so_by_itself() throws Exception {
    try (var edge = new EdgeGround((_, _, _) -> new Answer.Asleep(Duration.ofMillis(2_500)))) {
      var program = edge.get("/i/ada/v1/models");
      var browser = edge.get("/i/ada/", "Accept", "text/html,application/xhtml+xml;q=0.9");

      assertThat(program.statusCode()).isEqualTo(503);
      assertThat(program.headers().firstValue("retry-after")).contains("3");
      assertThat(program.body()).contains("\"urn:rockpool:problem:waking\"");
      assertThat(browser.statusCode()).isEqualTo(503);
      assertThat(browser.headers().firstValue("content-type")).contains("text/html;charset=utf-8");
      assertThat(browser.headers().firstValue("content-security-policy"))
          .hasValueSatisfying(it -> assertThat(it).contains("default-src 'none'"));
      assertThat(browser.body()).contains("http-equiv=\"refresh\" content=\"3\"");
    }
  }

  @Test
  void a_refusal_is_shown_as_text() throws Exception {
    var problem = Problem.of("x", "<b>No</b>", 403, "<script>alert('1')</script> & \"more\"");
    try (var edge = new EdgeGround((_, _, _) -> new Answer.Refused(problem))) {
      var page = edge.get("/i/ada/", "Accept", "text/html");

      assertThat(page.statusCode()).isEqualTo(403);
      assertThat(page.body())
          .contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;")
          .doesNotContain("<script", "<b>");
    }
  }

  @Test
  void who_is_signed_out_is_sent_to_the_login_page_and_a_program_is_told() throws Exception {
    try (var edge = new EdgeGround((_, _, _) -> new Answer.SignIn("/login?next=%2Fi%2Fada%2F"))) {
      var browser = edge.get("/i/ada/", "Accept", "text/html");
      var program = edge.get("/i/ada/v1/models");

      assertThat(browser.statusCode()).isEqualTo(302);
      assertThat(browser.headers().firstValue("location")).contains("/login?next=%2Fi%2Fada%2F");
      assertThat(program.statusCode()).isEqualTo(401);
    }
  }

  @Test
  void a_gateway_that_is_down_is_a_bad_gateway_with_advice() throws Exception {
    int nobody;
    try (var taken = new ServerSocket(0)) {
      nobody = taken.getLocalPort();
    }
    try (var edge = new EdgeGround(open(nobody))) {
      var answer = edge.get("/i/ada/v1/models");

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body()).contains("gateway-unreachable", "logs");
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.API)).isZero());
    }
  }

  @Test
  void a_body_that_says_it_is_too_long_is_refused_unread() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(limited(1_024, 8), open(gateway.port()))) {
      var post =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/x"))
              .POST(BodyPublishers.ofByteArray(new byte[1_025]));

      var answer = edge.send(post);

      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body()).contains("edge.body-bytes");
      assertThat(gateway.seen).isEmpty();
    }
  }

  @Test
  void a_body_that_turns_out_too_long_is_refused_while_it_comes() throws Exception {
    try (var gateway =
            new StrictGateway((request, response, callback) -> {
              try (var in = Content.Source.asInputStream(request)) {
                in.readAllBytes();
              }
              StrictGateway.write(response, callback, "read it all");
            });
        var edge = new EdgeGround(limited(1_024, 8), open(gateway.port()))) {
      var chunk = "400\r\n" + "x".repeat(1_024) + "\r\n";

      var answer =
          edge.raw(
              "POST /i/ada/v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + chunk
                  + chunk
                  + "0\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 413").contains("edge.body-bytes");
    }
  }

  @Test
  void one_instance_has_only_so_many_requests_at_once() throws Exception {
    var go = new CountDownLatch(1);
    var waiting = new CountDownLatch(2);
    try (var gateway =
            new StrictGateway((request, response, callback) -> {
              waiting.countDown();
              go.await();
              StrictGateway.echo(request, response, callback);
            });
        var edge = new EdgeGround(limited(1_024, 2), open(gateway.port()))) {
      var slow = HttpRequest.newBuilder(edge.uri("/i/ada/v1/slow")).build();
      var first = edge.http.sendAsync(slow, BodyHandlers.ofString());
      var second = edge.http.sendAsync(slow, BodyHandlers.ofString());
      assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();

      var third = edge.get("/i/ada/v1/fast");
      go.countDown();

      assertThat(third.statusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE_503);
      assertThat(third.headers().firstValue("retry-after")).contains("1");
      assertThat(first.join().statusCode()).isEqualTo(200);
      assertThat(second.join().statusCode()).isEqualTo(200);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.API)).isZero());
      assertThat(edge.get("/i/ada/v1/fast").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void work_waits_while_a_gateway_has_enough_of_it_and_reading_does_not() throws Exception {
    var go = new CountDownLatch(1);
    var atWork = new AtomicInteger();
    var most = new AtomicInteger();
    try (var gateway =
            new StrictGateway((request, response, callback) -> {
              if (request.getMethod().equals("POST")) {
                most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
                go.await();
                atWork.decrementAndGet();
              }
              StrictGateway.echo(request, response, callback);
            });
        var edge = withTurns(new Turns(2, Duration.ofMinutes(1)), gateway)) {
      var work =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/chat/completions"))
              .POST(BodyPublishers.ofString("hello"))
              .build();
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < 20; i++) {
        answers.add(edge.http.sendAsync(work, BodyHandlers.ofString()));
      }
      await().until(() -> atWork.get() == 2 && edge.inFlight(Kind.API) == 20);

      assertThat(edge.get("/i/ada/v1/models").statusCode()).isEqualTo(200);
      go.countDown();

      for (var answer : answers) {
        assertThat(answer.join().statusCode()).isEqualTo(200);
      }
      assertThat(most).hasValueLessThanOrEqualTo(2);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.API)).isZero());
    }
  }

  @Test
  void work_that_waited_too_long_is_told_to_come_again() throws Exception {
    var go = new CountDownLatch(1);
    try (var gateway =
            new StrictGateway((request, response, callback) -> {
              go.await();
              StrictGateway.echo(request, response, callback);
            });
        var edge = withTurns(new Turns(1, Duration.ofMillis(50)), gateway)) {
      var work =
          HttpRequest.newBuilder(edge.uri("/i/ada/v1/chat/completions"))
              .POST(BodyPublishers.ofString("hello"))
              .build();
      var first = edge.http.sendAsync(work, BodyHandlers.ofString());
      await().until(() -> gateway.seen.size() == 1);

      var second = edge.http.send(work, BodyHandlers.ofString());
      go.countDown();

      assertThat(second.statusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE_503);
      assertThat(second.headers().firstValue("retry-after")).contains("10");
      assertThat(first.join().statusCode()).isEqualTo(200);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.API)).isZero());
      assertThat(edge.http.send(work, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_probe_is_told_apart_from_use() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      edge.get("/i/ada/readyz");

      await()
          .untilAsserted(() ->
              assertThat(edge.meter.told)
                  .containsExactly("began ada PROBE", "ended ada PROBE 200"));
    }
  }

  @Test
  void the_gate_sees_the_request_as_it_came_and_what_it_is_for() throws Exception {
    var asked = new AtomicReference<Kind>();
    var authorization = new AtomicReference<String>();
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge =
            new EdgeGround((id, kind, request) -> {
              asked.set(kind);
              authorization.set(request.getHeaders().get("Authorization"));
              return open(gateway.port()).admit(id, kind, request);
            })) {
      edge.get("/i/ada/readyz", "Authorization", "Bearer internal");

      assertThat(authorization).hasValue("Bearer internal");
      assertThat(asked).hasValue(Kind.PROBE);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/i/ada/../bob/",
        "/i/ada/..%2fbob/",
        "/i/ada/%2e%2e/bob/",
        "/i/ada//v1/models",
        "/i/ada/..\\..\\api/v1/admin/rpc",
        "/i/ada/%zz/%2e%2e/%2e%2e/%2e%2e/api/v1/admin/rpc",
        "/i/ada/%252e%252e/x",
        "/i/ada/hooks/agent",
        "/i/ada/api/v1/admin/rpc",
        "/i/ada;x=1/../bob/"
      })
  void a_crooked_path_gets_nowhere(String path) throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var answer = edge.raw(plain("GET " + path + " HTTP/1.1", ""));

      assertThat(answer).matches("(?s)HTTP/1.1 40[04] .*");
      assertThat(gateway.seen).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: +4\r\n",
        "Content-Length : 4\r\n",
        "X: a\r\n folded\r\nContent-Length: 4, 5\r\n"
      })
  void a_request_with_two_ends_is_refused(String headers) throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge = new EdgeGround(open(gateway.port()))) {
      var answer =
          edge.raw(
              plain("POST /i/ada/v1/x HTTP/1.1", headers)
                  + "0\r\n\r\nGET /i/ada/v1/smuggled HTTP/1.1\r\nHost: h\r\n\r\n");

      assertThat(answer).matches("(?s)HTTP/1.1 (4..|501) .*");
      assertThat(gateway.seen).noneMatch(it -> it.target().contains("smuggled"));
    }
  }

  @Test
  void an_id_is_read_once_and_for_the_gate_as_for_the_gateway() throws Exception {
    var asked = new AtomicReference<String>();
    try (var gateway = new StrictGateway(StrictGateway::echo);
        var edge =
            new EdgeGround((id, kind, request) -> {
              asked.set(id.value());
              return open(gateway.port()).admit(id, kind, request);
            })) {
      edge.get("/i/ada/x?id=bob");

      assertThat(asked).hasValue(ADA.value());
      assertThat(gateway.seen.getFirst().target()).isEqualTo("/i/ada/x?id=bob");
    }
  }

  private static EdgeGround withTurns(Turns turns, StrictGateway gateway) {
    return new EdgeGround(
        EdgeSettings.DEFAULT, open(gateway.port()), Sleep.NEVER, turns, Duration.ofSeconds(30));
  }

  private static EdgeSettings limited(long bodyBytes, int requests) {
    var usual = EdgeLimits.DEFAULT;
    return new EdgeSettings(
        "",
        new EdgeLimits(
            bodyBytes,
            usual.headerBytes(),
            requests,
            usual.tunnelsPerInstance(),
            usual.tunnelIdle(),
            usual.connectTimeout()));
  }

  /** Says that 100 bytes come, sends four and hangs up. */
  private static ServerSocket breakingOff() throws IOException {
    var listener = new ServerSocket(0);
    Thread.ofVirtual()
        .start(() -> {
          try (var wire = listener.accept()) {
            EdgeGround.readUntil(wire.getInputStream(), "\r\n\r\n");
            wire.getOutputStream()
                .write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return listener;
  }

  private static String plain(String line, String headers) {
    return line + "\r\nHost: h\r\nConnection: close\r\n" + headers + "\r\n";
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
