package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.slack.SlackChannel;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Discord;
import io.rockpool.control.openclaw.ChatAccount.Slack;
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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chat accounts that one gateway takes while it runs, and gives up again. */
@Tag("openclaw")
class RealChatAppsTest {
  private static final Secret TOKEN = Secret.of("xoxb-example-token-of-a-bot");
  private static final Secret SIGNING = Secret.of("8f742231b10e8888abcd99yyyzzz85a5");
  private static final Secret DISCORD_TOKEN =
      Secret.of("MTEwMDAwMDAwMDAwMDAwMDAwMg.example.token-of-a-bot");
  private static final Duration LONG = Duration.ofHours(1);

  private static final SlackDouble slack =
      new SlackDouble(new SlackDouble.Setting(TOKEN, SIGNING, 0), InstantSource.system());
  private static final DiscordDouble discord =
      new DiscordDouble(new DiscordDouble.Setting(DISCORD_TOKEN, 0), InstantSource.system());
  private static final Gateway gateway = Gateway.overHttp();
  private static final Deque<AutoCloseable> closing =
      new ArrayDeque<>(List.of(gateway, discord, slack));

  @TempDir private static Path folder;
  private static EchoModel model;
  private static RealGateway running;

  private final Receiver receiver = new SlackChannel().receiver(new Keys(SIGNING, "U0BOT"));

  @BeforeAll
  static void start() throws Exception {
    model = new EchoModel();
    closing.push(model);
    running = new RealGateway(folder, Map.of("slack", slack.root(), "discord", discord.root()));
    closing.push(running::stop);
    running.write(Given.rendered(model));
    running.start(gateway);
    assertThat(slack.calls()).isEmpty();
    assertThat(discord.calls()).isEmpty();
  }

  @AfterAll
  static void stop() throws Exception {
    while (!closing.isEmpty()) {
      closing.pop().close();
    }
  }

  @Test
  void an_app_of_slack_is_answered_what_waited_for_an_hour() throws Exception {
    var door = running.uri().resolve(Slack.PATH);
    var chat = slack.chat(1);
    var first = slack.writes(1, chat, "remember word-slack").body();
    assertThat(post(door, first, Instant.now())).isEqualTo(404);

    running.write(Given.rendered(model, new Slack(TOKEN, SIGNING, DirectMessages.OPEN, List.of())));
    soon().until(() -> post(door, first, Instant.now()) == 200);

    assertThat(post(door, first, Instant.now())).as("again").isEqualTo(200);
    assertThat(post(door, first, Instant.now().minus(LONG))).as("not signed anew").isEqualTo(401);
    soon().until(() -> slack.read(chat).equals(List.of("I heard: word-slack")));
    assertThat(post(door, slack.writes(2, chat, "and word-second").body(), Instant.now()))
        .isEqualTo(200);
    soon()
        .untilAsserted(() ->
            assertThat(slack.read(chat))
                .as("the first message was answered once")
                .containsExactly("I heard: word-slack", "I heard: word-slack word-second"));
    var channel = "C0001";
    var mention = "<@U0BOT> and word-channel";
    slack.says("U0ADA", channel, "makes it known"); // nobody has said where events go
    assertThat(post(door, slack.writes(3, channel, mention).body(), Instant.now())).isEqualTo(200);
    soon()
        .untilAsserted(
            () -> assertThat(slack.read(channel)).containsExactly("I heard: word-channel"));
    for (var secret : List.of(TOKEN, SIGNING)) {
      assertThat(running.writtenWith(secret.reveal())).as("nowhere but in our file").isEmpty();
    }

    running.write(Given.rendered(model));
    soon().until(() -> post(door, first, Instant.now()) == 404);
    assertThat(running.isAlive()).as("the same process all the time").isTrue();
  }

  @Test
  void a_bot_of_discord_is_answered_what_comes_by_its_socket() throws Exception {
    running.write(
        Given.rendered(model, new Discord(DISCORD_TOKEN, DirectMessages.OPEN, List.of())));
    soon().until(() -> discord.listening() == 1);
    var chat = discord.chat(1);
    discord.says(1, "remember word-discord");

    soon()
        .untilAsserted(
            () -> assertThat(discord.read(chat)).containsExactly("I heard: word-discord"));

    // Discord ends connections now and then: what was written meanwhile is not lost.
    discord.drop();
    discord.says(1, "and word-resumed");
    soon()
        .untilAsserted(() ->
            assertThat(discord.read(chat))
                .as("each was answered once")
                .containsExactly("I heard: word-discord", "I heard: word-discord word-resumed"));
    assertThat(discord.identified()).isOne();
    assertThat(discord.resumed()).isOne();
    assertThat(running.writtenWith(DISCORD_TOKEN.reveal())).as("nowhere but in our file").isEmpty();

    running.write(Given.rendered(model));
    soon().until(() -> discord.listening() == 0);
    assertThat(running.isAlive()).as("the same process all the time").isTrue();
  }

  private static ConditionFactory soon() {
    return await().atMost(3, TimeUnit.MINUTES).pollInterval(Duration.ofMillis(50));
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
}
