package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.reconcile.FilesProbe;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Secret;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A member of the pool as OpenClaw is: warmed, then given to an owner with a team. */
@Tag("openclaw")
class RealWarmUpTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final List<String> TEAM = List.of("lingxi", "coder", "ops");

  @Test
  void a_warmed_gateway_takes_its_owners_team_and_shows_nothing_of_before(@TempDir Path folder)
      throws Exception {
    var running = new RealGateway(folder);
    try (var model = new EchoModel();
        var gateway = Gateway.overHttp()) {
      running.write(rendered(model, List.of()));
      running.start(gateway);

      assertThat(gateway.rehearse(running.uri(), Secret.of("a-wrong-password-0123"), "main", LONG))
          .isInstanceOf(Rehearsal.Failed.class);
      assertThat(gateway.rehearse(running.uri(), Given.KEYS.password(), "nope", LONG))
          .isInstanceOf(Rehearsal.Failed.class);
      assertThat(model.requests()).isEmpty();

      assertThat(gateway.rehearse(running.uri(), Given.KEYS.password(), "main", LONG))
          .isEqualTo(new Rehearsal.Done());

      assertThat(model.requests()).as("a turn was done").isNotEmpty();
      assertThat(sessions(running)).isEmpty();

      var owned = rendered(model, TEAM);
      running.write(owned);
      var probe = new ConfigProbe(gateway, _ -> Given.KEYS.password());
      var spec = OpenClawLaunch.spec(Given.ADA, 1, owned, new Limits(1L << 30, 2_000, 256));
      await()
          .atMost(30, TimeUnit.SECONDS)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> probe.ask(running.uri(), spec) == FilesProbe.Answer.TAKEN);
      var reply =
          gateway.say(
              running.uri(),
              Given.KEYS.password(),
              new Message("lingxi", "first", "remember word-owner"),
              _ -> {},
              LONG);

      assertThat(reply)
          .isInstanceOfSatisfying(
              Reply.Answered.class, it -> assertThat(it.text()).isEqualTo("I heard: word-owner"));
      assertThat(EchoModel.systemPrompt(model.requests().getLast())).contains("心有灵犀");
      assertThat(sessions(running))
          .extracting(it -> it.path("key").asString())
          .containsExactly("agent:lingxi:rp:first");
      assertThat(model.requests().getLast().path("messages").toString())
          .contains("word-owner")
          .doesNotContain("I heard: ");
    } finally {
      running.stop();
    }
  }

  private static List<JsonNode> sessions(RealGateway running) throws InterruptedException {
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var socket = new OperatorSocket(http, running.uri(), Given.KEYS.password())) {
      var listed = socket.ask("sessions.list", Json.object("{}"));
      assertThat(listed.path("ok").asBoolean(false)).as("%s", listed).isTrue();
      return listed.at("/payload/sessions").valueStream().toList();
    }
  }

  private static RenderedConfig rendered(EchoModel model, List<String> team) {
    return Given.rendered(
        new ConfigInputs(
            Given.ADA,
            team,
            Json.object("{}"),
            Json.object("{}"),
            Given.at(model.baseUrl()),
            List.of()),
        Given.KEYS);
  }
}
