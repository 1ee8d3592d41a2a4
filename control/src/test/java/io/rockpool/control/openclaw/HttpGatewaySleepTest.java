package io.rockpool.control.openclaw;

import static io.rockpool.control.openclaw.ScriptedGateway.json;
import static io.rockpool.control.openclaw.ScriptedGateway.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Timeout(30)
class HttpGatewaySleepTest {
  private static final Secret PASSWORD = Secret.of("open-sesame");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private static final String READY =
      ok("{'status':'ready','suspensionId':'04d9','expiresAtMs':1795244417604,'activeCount':0}");
  private static final String BUSY =
      ok(
          "{'status':'busy','reason':'active-work','retryAfterMs':20000,'activeCount':2,"
              + "'blockers':[{'kind':'embedded-run','count':1,'message':'1 active embedded run(s)'},"
              + "{'kind':'task','count':1,'message':'Tax return','task':{'title':'Tax return'}}]}");
  private static final String DRAINING =
      ok(
          "{'status':'draining','suspensionId':'04d9','expiresAtMs':1795244417604,"
              + "'retryAfterMs':20000,'blockers':[]}");
  private static final String RESUMED = ok("{'ok':true,'status':'running','resumed':true}");
  private static final String NOT_SUSPENDED = ok("{'ok':true,'status':'running','resumed':false}");
  private static final String MISMATCH =
      refused("{'code':'INVALID_REQUEST','message':'gateway suspension id does not match'}");
  private static final String CONFLICT =
      refused(
          "{'code':'UNAVAILABLE','message':'another gateway suspension is already prepared',"
              + "'retryable':true,'retryAfterMs':63000,"
              + "'details':{'reason':'gateway-suspension-conflict','expiresAtMs':1795244417604}}");
  private static final String RECOVERING =
      refused(
          "{'code':'UNAVAILABLE','message':'gateway scheduler recovery is pending',"
              + "'retryable':true,'retryAfterMs':1000,"
              + "'details':{'reason':'scheduler-resume-failed'}}");
  private static final String SUSPENDED =
      refused(
          "{'code':'UNAVAILABLE','message':'gateway is suspending',"
              + "'details':{'reason':'gateway-suspending','phase':'prepared'}}");

  private final Gateway gateway = Gateway.overHttp();

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void an_idle_gateway_is_suspended_until_a_time() throws Exception {
    try (var server = answering(said(200, READY))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG))
          .isEqualTo(new Suspension.Ready("04d9", Instant.parse("2026-11-21T07:00:17.604Z")));

      var request = server.received();
      assertThat(request.line()).isEqualTo("POST /api/v1/admin/rpc HTTP/1.1");
      assertThat(request.headers())
          .containsEntry("authorization", "Bearer open-sesame")
          .doesNotContainKeys("origin", "forwarded", "x-forwarded-for", "x-real-ip");
      assertThat(Json.object(request.body()))
          .isEqualTo(
              Json.object(
                  "{id:'1',method:'gateway.suspend.prepare',params:{requestId:'rockpool'}}"));
    }
  }

  @Test
  void a_busy_gateway_says_what_it_works_on_but_not_the_titles_of_tasks() throws Exception {
    try (var server = answering(said(200, BUSY))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG))
          .isEqualTo(
              new Suspension.Busy(
                  "active-work",
                  Duration.ofSeconds(20),
                  List.of("1 active embedded run(s)", "1 background task")));
    }
  }

  @ParameterizedTest
  @CsvSource({"-5, 1", "0, 1", "1500, 1.5", "9e99, 20", "99999999, 600", "'\"soon\"', 20"})
  void when_to_ask_a_busy_one_again_is_bounded(String millis, double seconds) throws Exception {
    try (var server = answering(said(200, ok("{'status':'busy','retryAfterMs':" + millis + "}")))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG))
          .isEqualTo(
              new Suspension.Busy(
                  "active-work", Duration.ofMillis((long) (seconds * 1_000)), List.of()));
    }
  }

  @Test
  void a_gateway_that_was_asked_too_often_is_busy_for_as_long_as_it_says() throws Exception {
    var limited =
        refused(
            "{'code':'UNAVAILABLE',"
                + "'message':'rate limit exceeded for gateway.suspend.prepare; retry after 20s',"
                + "'retryable':true,'retryAfterMs':19970,"
                + "'details':{'method':'gateway.suspend.prepare','limit':'30 per 60s'}}");
    try (var server = answering(said(503, limited))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG))
          .isEqualTo(
              new Suspension.Busy(
                  "asked-too-often",
                  Duration.ofMillis(19_970),
                  List.of("it was asked more often than it allows (30 per 60s)")));
    }
  }

  @Test
  void a_gateway_that_took_up_work_while_suspended_is_resumed_and_busy() throws Exception {
    try (var server = answering(said(200, DRAINING), said(200, RESUMED))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG)).isInstanceOf(Suspension.Busy.class);

      server.received();
      assertThat(params(server)).isEqualTo(Json.object("{suspensionId:'04d9'}"));
    }
  }

  /** What a gateway answers, and a word of the advice. */
  record Refusal(int status, String body, String word) {
    @Override
    public String toString() {
      return status + " " + word;
    }
  }

  static final List<Refusal> refusals =
      List.of(
          new Refusal(503, CONFLICT, "Somebody else"),
          new Refusal(503, RECOVERING, "in a second"),
          new Refusal(503, SUSPENDED, "resume it first"),
          new Refusal(503, "{\"error\":{\"code\":\"gateway_unavailable\"}}", "try again shortly"),
          new Refusal(401, "{\"error\":{\"message\":\"Unauthorized\"}}", "did not take"),
          new Refusal(404, "Not Found", "(404)"),
          new Refusal(500, refused("{'code':'X','message':'it\\u009Bfell'}"), "it fell"),
          new Refusal(200, "<html>", "cannot read"),
          new Refusal(200, "[]", "cannot read"),
          new Refusal(200, "", "cannot read"),
          new Refusal(200, ok("{'status':'asleep'}"), "cannot read"),
          new Refusal(200, ok("{'status':'ready','expiresAtMs':1}"), "cannot read"),
          new Refusal(200, ok("{'status':'ready','suspensionId':'x'}"), "cannot read"),
          new Refusal(
              200, ok("{'status':'ready','suspensionId':'x','expiresAtMs':1e99}"), "cannot read"),
          new Refusal(200, ok("{'status':'draining'}"), "cannot read"));

  @ParameterizedTest
  @FieldSource("refusals")
  void what_does_not_suspend_says_what_to_do(Refusal refusal) throws Exception {
    try (var server = answering(said(refusal.status(), refusal.body()))) {
      assertThat(gateway.suspend(server.uri(), PASSWORD, LONG))
          .isInstanceOfSatisfying(
              Suspension.Unavailable.class,
              it -> assertThat(it.advice()).contains(refusal.word()).doesNotContain("sesame"));
    }
  }

  @Test
  void a_gateway_is_resumed_by_the_id_of_its_suspension() throws Exception {
    try (var server = answering(said(200, RESUMED))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, "04d9", LONG))
          .isEqualTo(new Resumption.Running());
      assertThat(Json.object(server.received().body()))
          .isEqualTo(
              Json.object("{id:'1',method:'gateway.suspend.resume',params:{suspensionId:'04d9'}}"));
    }
  }

  @Test
  void resuming_what_is_not_suspended_is_fine() throws Exception {
    try (var server = answering(said(200, NOT_SUSPENDED), said(200, NOT_SUSPENDED))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, "old", LONG))
          .isEqualTo(new Resumption.Running());
      assertThat(gateway.resume(server.uri(), PASSWORD, null, LONG))
          .isEqualTo(new Resumption.Running());
    }
  }

  @Test
  void a_suspension_whose_id_was_lost_is_found_and_ended() throws Exception {
    for (var held : List.of(READY, DRAINING)) {
      try (var server = answering(said(400, MISMATCH), said(200, held), said(200, RESUMED))) {
        assertThat(gateway.resume(server.uri(), PASSWORD, null, LONG))
            .isEqualTo(new Resumption.Running());

        server.received();
        assertThat(params(server)).isEqualTo(Json.object("{requestId:'rockpool'}"));
        assertThat(params(server)).isEqualTo(Json.object("{suspensionId:'04d9'}"));
      }
    }
  }

  @Test
  void a_suspension_that_ran_out_meanwhile_needs_no_end() throws Exception {
    try (var server = answering(said(400, MISMATCH), said(200, BUSY))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, "old", LONG))
          .isEqualTo(new Resumption.Running());
    }
  }

  @Test
  void a_gateway_that_restarts_meanwhile_is_not_said_to_run() throws Exception {
    var restarts = ok("{'status':'busy','reason':'gateway-draining','blockers':[]}");
    try (var server = answering(said(400, MISMATCH), said(200, restarts))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, "old", LONG))
          .isInstanceOf(Resumption.Unavailable.class);
    }
  }

  @Test
  void a_suspension_of_somebody_elses_is_left_alone() throws Exception {
    try (var server = answering(said(400, MISMATCH), said(503, CONFLICT))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, null, LONG))
          .isInstanceOfSatisfying(
              Resumption.Unavailable.class,
              it -> assertThat(it.advice()).contains("Somebody else"));
    }
    try (var server = answering(said(400, MISMATCH), said(200, READY), said(400, MISMATCH))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, null, LONG))
          .isInstanceOf(Resumption.Unavailable.class);
    }
  }

  @ParameterizedTest
  @FieldSource("refusals")
  void what_does_not_resume_says_what_to_do(Refusal refusal) throws Exception {
    try (var server = answering(said(refusal.status(), refusal.body()))) {
      assertThat(gateway.resume(server.uri(), PASSWORD, "04d9", LONG))
          .isInstanceOfSatisfying(
              Resumption.Unavailable.class,
              it -> assertThat(it.advice()).contains(refusal.word()).doesNotContain("sesame"));
    }
  }

  @Test
  void the_next_job_is_known_by_its_time() throws Exception {
    try (var server =
        answering(said(200, ok("{'enabled':true,'jobs':3,'nextWakeAtMs':1795316400000}")))) {
      assertThat(gateway.nextWake(server.uri(), PASSWORD, LONG))
          .isEqualTo(new NextWake.At(Instant.parse("2026-11-22T03:00:00Z")));
      assertThat(Json.object(server.received().body()))
          .isEqualTo(Json.object("{id:'1',method:'cron.status',params:{}}"));
    }
  }

  @Test
  void without_jobs_it_never_wakes() throws Exception {
    try (var server = answering(said(200, ok("{'enabled':true,'jobs':0,'nextWakeAtMs':null}")))) {
      assertThat(gateway.nextWake(server.uri(), PASSWORD, LONG)).isEqualTo(new NextWake.Never());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{'nextWakeAtMs':'soon'}", "{'nextWakeAtMs':1e99}", "{'nextWakeAtMs':[]}"})
  void a_time_that_cannot_be_read_is_not_never(String payload) throws Exception {
    try (var server = answering(said(200, ok(payload)))) {
      assertThat(gateway.nextWake(server.uri(), PASSWORD, LONG))
          .isInstanceOf(NextWake.Unknown.class);
    }
  }

  @ParameterizedTest
  @FieldSource("refusals")
  void a_gateway_that_does_not_say_when_it_wakes_says_what_to_do(Refusal refusal) throws Exception {
    try (var server = answering(said(refusal.status(), refusal.body()))) {
      assertThat(gateway.nextWake(server.uri(), PASSWORD, LONG))
          .isInstanceOfSatisfying(
              NextWake.Unknown.class,
              it -> assertThat(it.advice()).contains(refusal.word()).doesNotContain("sesame"));
    }
  }

  @Test
  void nobody_there_is_unavailable() throws Exception {
    URI nobody;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + taken.getLocalPort());
    }

    assertUnavailable(nobody, LONG);
  }

  @Test
  void a_gateway_that_hangs_up_is_unavailable() throws Exception {
    try (var server = new ScriptedGateway((_, _, _) -> {})) {
      assertUnavailable(server.uri(), LONG);
    }
  }

  @Test
  void a_frozen_gateway_is_unavailable_at_the_deadline() throws Exception {
    try (var server = new ScriptedGateway((_, _, socket) -> awaitHangUp(socket))) {
      assertUnavailable(server.uri(), SHORT);
    }
  }

  @Test
  void a_gateway_that_never_ends_its_answer_is_unavailable_at_the_deadline() throws Exception {
    try (var server =
        new ScriptedGateway((_, out, socket) -> {
          write(out, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"ok\":true,");
          awaitHangUp(socket);
        })) {
      assertUnavailable(server.uri(), SHORT);
    }
  }

  private void assertUnavailable(URI uri, Duration deadline) throws InterruptedException {
    assertThat(gateway.suspend(uri, PASSWORD, deadline)).isInstanceOf(Suspension.Unavailable.class);
    assertThat(gateway.resume(uri, PASSWORD, "04d9", deadline))
        .isInstanceOf(Resumption.Unavailable.class);
    assertThat(gateway.resume(uri, PASSWORD, null, deadline))
        .isInstanceOf(Resumption.Unavailable.class);
    assertThat(gateway.nextWake(uri, PASSWORD, deadline)).isInstanceOf(NextWake.Unknown.class);
  }

  private static JsonNode params(ScriptedGateway server) throws InterruptedException {
    return Json.object(server.received().body()).path("params");
  }

  private static String ok(String payload) {
    return Json.object("{id:'1',ok:true,payload:" + payload + "}").toString();
  }

  private static String refused(String error) {
    return Json.object("{id:'1',ok:false,error:" + error + "}").toString();
  }

  private record Said(int status, String body) {}

  private static Said said(int status, String body) {
    return new Said(status, body);
  }

  /** One after the other. */
  private static ScriptedGateway answering(Said... answers) throws IOException {
    var left = new ArrayDeque<>(List.of(answers));
    return new ScriptedGateway((_, out, _) -> {
      var answer = left.remove();
      json(out, answer.status(), answer.body());
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
