package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.slack.SlackChannel;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Slack;
import io.rockpool.control.provider.Protocol;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An app of Slack's, connected to a gateway while it runs, and disconnected again. */
@Tag("openclaw")
class RealSlackTest {
  private static final Secret TOKEN = Secret.of("xoxb-example-token-of-a-bot");
  private static final Secret SIGNING = Secret.of("8f742231b10e8888abcd99yyyzzz85a5");
  private static final Duration LONG = Duration.ofHours(1);

  private final Receiver receiver = new SlackChannel().receiver(new Keys(SIGNING, "U0BOT"));

  @Test
  void a_running_gateway_takes_an_app_and_answers_what_waited_for_an_hour(@TempDir Path folder)
      throws Exception {
    try (var slack =
            new SlackDouble(new SlackDouble.Setting(TOKEN, SIGNING, 0), InstantSource.system());
        var model = new EchoModel();
        var gateway = Gateway.overHttp()) {
      var running = new RealGateway(folder, Map.of("slack", slack.root()));
      try {
        running.write(rendered(model, List.of()));
        running.start(gateway);
        assertThat(slack.calls()).isEmpty();
        var door = running.uri().resolve(Slack.PATH);
        var chat = slack.chat(1);
        var first = slack.writes(1, chat, "remember word-slack").body();
        assertThat(post(door, first, Instant.now())).isEqualTo(404);

        running.write(
            rendered(model, List.of(new Slack(TOKEN, SIGNING, DirectMessages.OPEN, List.of()))));
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> post(door, first, Instant.now()) == 200);

        assertThat(post(door, first, Instant.now())).as("again").isEqualTo(200);
        assertThat(post(door, first, Instant.now().minus(LONG)))
            .as("not signed anew")
            .isEqualTo(401);
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> slack.read(chat).equals(List.of("I heard: word-slack")));
        assertThat(post(door, slack.writes(2, chat, "and word-second").body(), Instant.now()))
            .isEqualTo(200);
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(50))
            .untilAsserted(() ->
                assertThat(slack.read(chat))
                    .as("the first message was answered once")
                    .containsExactly("I heard: word-slack", "I heard: word-slack word-second"));
        var channel = "C0001";
        var mention = "<@U0BOT> and word-channel";
        slack.says("U0ADA", channel, "makes it known"); // nobody has said where events go
        assertThat(post(door, slack.writes(3, channel, mention).body(), Instant.now()))
            .isEqualTo(200);
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(50))
            .untilAsserted(
                () -> assertThat(slack.read(channel)).containsExactly("I heard: word-channel"));
        for (var secret : List.of(TOKEN, SIGNING)) {
          assertThat(running.writtenWith(secret.reveal())).as("nowhere but in our file").isEmpty();
        }

        running.write(rendered(model, List.of()));
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> post(door, first, Instant.now()) == 404);
        assertThat(running.isAlive()).as("the same process all the time").isTrue();
      } finally {
        running.stop();
      }
    }
  }

  /**
   * As it was taken from Slack, and signed at another time; over a connection of its own, as
   * deliveries are.
   */
  private int post(URI door, byte[] body, Instant signedAt)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(door).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    receiver.sign(body, signedAt).forEach(request::header);
    request.header("Content-Type", "application/json");
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
  }

  private static RenderedConfig rendered(EchoModel model, List<ChatAccount> chats) {
    var inputs =
        new ConfigInputs(
            Given.ADA,
            List.of(),
            Json.object("{}"),
            Json.object("{}"),
            new ModelEndpoint(model.baseUrl(), Protocol.OPENAI, "demo", "Demo", 200_000, 8_192),
            chats);
    return switch (Given.CONFIG.render(inputs, Given.KEYS)) {
      case Rendering.Rendered(var config) -> config;
      case Rendering.Refused(var problems) -> throw new AssertionError(problems);
    };
  }
}
