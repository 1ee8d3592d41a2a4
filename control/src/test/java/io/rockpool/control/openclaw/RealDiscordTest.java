package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Discord;
import io.rockpool.control.provider.Protocol;
import io.rockpool.runtime.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bot of Discord's, connected to a gateway while it runs, and disconnected again. */
@Tag("openclaw")
class RealDiscordTest {
  private static final Secret TOKEN =
      Secret.of("MTEwMDAwMDAwMDAwMDAwMDAwMg.example.token-of-a-bot");

  @Test
  void a_running_gateway_takes_a_bot_and_answers_what_comes_by_its_socket(@TempDir Path folder)
      throws Exception {
    try (var discord =
            new DiscordDouble(new DiscordDouble.Setting(TOKEN, 0), InstantSource.system());
        var model = new EchoModel();
        var gateway = Gateway.overHttp()) {
      var running = new RealGateway(folder, Map.of("discord", discord.root()));
      try {
        running.write(rendered(model, List.of()));
        running.start(gateway);
        assertThat(discord.calls()).isEmpty();

        running.write(rendered(model, List.of(new Discord(TOKEN, DirectMessages.OPEN, List.of()))));
        soon().until(() -> discord.listening() == 1);
        discord.says(1, "remember word-discord");

        soon()
            .untilAsserted(() ->
                assertThat(discord.read(discord.chat(1))).containsExactly("I heard: word-discord"));

        // Discord ends connections now and then: what was written meanwhile is not lost.
        discord.drop();
        discord.says(1, "and word-resumed");
        soon()
            .untilAsserted(() ->
                assertThat(discord.read(discord.chat(1)))
                    .as("each was answered once")
                    .containsExactly(
                        "I heard: word-discord", "I heard: word-discord word-resumed"));
        assertThat(discord.identified()).isOne();
        assertThat(discord.resumed()).isOne();
        assertThat(running.writtenWith(TOKEN.reveal())).as("nowhere but in our file").isEmpty();

        running.write(rendered(model, List.of()));
        soon().until(() -> discord.listening() == 0);
        assertThat(running.isAlive()).as("the same process all the time").isTrue();
      } finally {
        running.stop();
      }
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(50));
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
