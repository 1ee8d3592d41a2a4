package io.rockpool.control.openclaw;

import static io.rockpool.control.openclaw.ScriptedGateway.events;
import static io.rockpool.control.openclaw.ScriptedGateway.json;
import static io.rockpool.control.openclaw.ScriptedGateway.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HttpGatewayTest {
  private static final Secret PASSWORD = Secret.of("open-sesame");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final Gateway gateway = Gateway.overHttp();
  private final List<String> heard = new ArrayList<>();

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void an_answer_is_heard_piece_by_piece() throws Exception {
    try (var server =
        new ScriptedGateway((_, out, _) ->
            events(
                out,
                "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}",
                "{\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}",
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}",
                "[DONE]"))) {
      var reply = say(server.uri(), new Message("main", "tele.5", "hi \"there\""), LONG);

      assertThat(reply).isEqualTo(new Reply.Answered("Hello", new Reply.Usage(9, 2)));
      assertThat(heard).containsExactly("Hel", "lo");
      var request = server.received();
      assertThat(request.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
      assertThat(request.headers())
          .containsEntry("authorization", "Bearer open-sesame")
          .containsEntry("x-openclaw-session-key", "agent:main:rp:tele.5")
          .doesNotContainKeys(
              "origin", "forwarded", "x-forwarded-for", "x-real-ip", "upgrade", "http2-settings");
      assertThat(Json.object(request.body()))
          .isEqualTo(
              Json.object(
                  "{model:'openclaw/main',stream:true,stream_options:{include_usage:true},"
                      + "messages:[{role:'user',content:'hi \"there\"'}]}"));
    }
  }

  @Test
  void an_agent_can_be_named() throws Exception {
    try (var server = new ScriptedGateway((_, out, _) -> events(out, "[DONE]"))) {
      say(server.uri(), new Message("coder", "c", "hi"), LONG);

      assertThat(server.received().body()).contains("\"model\":\"openclaw/coder\"");
    }
  }

  @Test
  void nobody_there_is_unreachable() throws Exception {
    URI nobody;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + taken.getLocalPort());
    }

    assertThat(say(nobody, new Message("main", "c", "hi"), LONG))
        .isInstanceOf(Reply.Unreachable.class);
    assertThat(gateway.ready(nobody, LONG)).isInstanceOf(Readiness.Silent.class);
  }

  @Test
  void hanging_up_before_the_answer_is_broken_and_not_unreachable() throws Exception {
    try (var server = new ScriptedGateway((_, _, _) -> {})) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), LONG))
          .isEqualTo(
              new Reply.Broken(
                  "", "The instance hung up before it answered: look at the conversation."));
    }
  }

  @Test
  void hanging_up_within_the_answer_keeps_what_came() throws Exception {
    try (var server =
        new ScriptedGateway(
            (_, out, _) -> events(out, "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}"))) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), LONG))
          .isEqualTo(
              new Reply.Broken(
                  "Hel", "The instance stopped while it answered: look at the conversation."));
    }
  }

  @Test
  void an_error_within_the_answer_is_broken() throws Exception {
    try (var server =
        new ScriptedGateway((_, out, _) ->
            events(
                out,
                "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}",
                "{\"error\":{\"message\":\"upstream provider timeout\"}}",
                "[DONE]"))) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), LONG))
          .isEqualTo(new Reply.Broken("Hel", "The answer was cut off: upstream provider timeout"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401, did not take Rockpool's password",
    "404, no chat interface",
    "429, a few minutes",
    "503, try again shortly",
    "502, provider has a problem",
    "400, refused the message (400): Unknown agent 'nope'.",
    "500, refused the message (500): Unknown agent 'nope'."
  })
  void a_refusal_says_what_to_do(int status, String advice) throws Exception {
    try (var server =
        new ScriptedGateway((_, out, _) ->
            json(out, status, "{\"error\":{\"message\":\"Unknown agent 'nope'.\"}}"))) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), LONG))
          .isInstanceOfSatisfying(
              Reply.Refused.class,
              it -> {
                assertThat(it.status()).isEqualTo(status);
                assertThat(it.advice()).contains(advice).doesNotContain("sesame");
              });
    }
  }

  @Test
  void a_refusal_without_end_is_bounded() throws Exception {
    try (var server =
        new ScriptedGateway((_, out, _) -> {
          json(out, 500, "");
          while (true) {
            write(out, "x".repeat(10_000));
          }
        })) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), LONG))
          .isInstanceOf(Reply.Refused.class);
    }
  }

  @Test
  void silence_before_the_answer_ends_at_the_deadline() throws Exception {
    try (var server = new ScriptedGateway((_, _, socket) -> awaitHangUp(socket))) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), SHORT))
          .isInstanceOf(Reply.Broken.class);
    }
  }

  @Test
  void silence_within_the_answer_ends_at_the_deadline_and_hangs_up() throws Exception {
    var hungUp = new CountDownLatch(1);
    try (var server =
        new ScriptedGateway((_, out, socket) -> {
          events(out, "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}");
          awaitHangUp(socket);
          hungUp.countDown();
        })) {
      assertThat(say(server.uri(), new Message("main", "c", "hi"), SHORT))
          .isEqualTo(
              new Reply.Broken(
                  "Hel", "The answer took too long and was given up: ask for less, or again."));
      assertThat(hungUp.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_interrupted_caller_hangs_up(boolean withinTheAnswer) throws Exception {
    var waiting = new SynchronousQueue<Boolean>();
    var hungUp = new CountDownLatch(1);
    try (var server =
        new ScriptedGateway((_, out, socket) -> {
          if (withinTheAnswer) {
            events(out, "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}");
          }
          waiting.put(true);
          awaitHangUp(socket);
          hungUp.countDown();
        })) {
      var thrown = new AtomicReference<Throwable>();
      var caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  say(server.uri(), new Message("main", "c", "hi"), LONG);
                } catch (InterruptedException e) {
                  thrown.set(e);
                }
              });
      waiting.take();

      caller.interrupt();

      caller.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      assertThat(hungUp.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void a_listener_that_throws_ends_the_answer() throws Exception {
    var hungUp = new CountDownLatch(1);
    try (var server =
        new ScriptedGateway((_, out, socket) -> {
          events(out, "{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}");
          awaitHangUp(socket);
          hungUp.countDown();
        })) {
      assertThatThrownBy(() ->
              gateway.say(
                  server.uri(),
                  PASSWORD,
                  new Message("main", "c", "hi"),
                  _ -> {
                    throw new IllegalStateException("the chat is gone");
                  },
                  LONG))
          .hasMessage("the chat is gone");
      assertThat(hungUp.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "cron:1", "subagent:x", "a/b", "世界", "a\r\nx: y"})
  void a_conversation_cannot_have_a_name_that_means_something_to_openclaw(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Message("main", name, "hi"));
  }

  @Test
  void a_gateway_that_is_well_is_ready() throws Exception {
    try (var server =
        probes(200, "{\"ok\":true,\"status\":\"started\"}", 200, "{\"ready\":true}")) {
      assertThat(gateway.ready(server.uri(), LONG)).isEqualTo(new Readiness.Ready());
    }
  }

  @Test
  void a_broken_part_does_not_keep_it_from_taking_messages() throws Exception {
    try (var server =
        probes(
            200,
            "{\"ok\":true,\"status\":\"started\"}",
            503,
            "{\"ready\":false,\"failing\":[\"telegram\"]}")) {
      assertThat(gateway.ready(server.uri(), LONG))
          .isEqualTo(new Readiness.Impaired(List.of("telegram")));
    }
  }

  @Test
  void a_gateway_that_starts_or_drains_is_not_yet_ready() throws Exception {
    try (var starting = probes(503, "{\"ok\":false,\"status\":\"starting\"}", 503, "{}");
        var draining =
            probes(
                200,
                "{\"ok\":true,\"status\":\"started\"}",
                503,
                "{\"ready\":false,\"failing\":[\"gateway-draining\"]}")) {
      assertThat(gateway.ready(starting.uri(), LONG)).isEqualTo(new Readiness.NotYet("starting"));
      assertThat(gateway.ready(draining.uri(), LONG)).isEqualTo(new Readiness.NotYet("draining"));
    }
  }

  @Test
  void another_server_is_no_gateway() throws Exception {
    try (var server = probes(200, "<html>", 200, "<html>")) {
      assertThat(gateway.ready(server.uri(), LONG)).isInstanceOf(Readiness.Silent.class);
    }
  }

  @Test
  void a_silent_gateway_is_silent_at_the_deadline() throws Exception {
    try (var server = new ScriptedGateway((_, _, socket) -> awaitHangUp(socket))) {
      assertThat(gateway.ready(server.uri(), SHORT)).isInstanceOf(Readiness.Silent.class);
    }
  }

  private Reply say(URI uri, Message message, Duration deadline) throws InterruptedException {
    return gateway.say(uri, PASSWORD, message, heard::add, deadline);
  }

  private static ScriptedGateway probes(
      int startupStatus, String startup, int readyStatus, String ready) throws IOException {
    return new ScriptedGateway((request, out, _) -> {
      if (request.line().contains("/startupz")) {
        json(out, startupStatus, startup);
      } else {
        json(out, readyStatus, ready);
      }
    });
  }

  /** Returns once the other end is gone. */
  private static void awaitHangUp(Socket socket) {
    try {
      while (socket.getInputStream().read() >= 0) {}
    } catch (IOException _) {
      // reset: gone, too
    }
  }
}
