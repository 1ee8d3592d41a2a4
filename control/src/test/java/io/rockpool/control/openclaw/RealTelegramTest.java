package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bot of Telegram's, connected to a gateway while it runs, and disconnected again. */
@Tag("openclaw")
class RealTelegramTest {
  private static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");
  private static final long USER = 7;

  @Test
  void a_running_gateway_takes_a_bot_and_answers_whoever_writes_to_it(@TempDir Path folder)
      throws Exception {
    var running = new RealGateway(folder);
    try (var model = new EchoModel();
        var gateway = Gateway.overHttp();
        var telegram =
            new TelegramDouble(
                new TelegramDouble.Setting(TOKEN, "rockpool_bot", true, 0),
                InstantSource.system())) {
      telegram.start();
      running.write(Given.rendered(model));
      running.start(gateway);
      assertThat(telegram.calls()).isEmpty();

      var webhook =
          URI.create("http://%s:%d%s".formatted(running.listener(), Telegram.PORT, Telegram.PATH));
      running.write(
          Given.rendered(
              model,
              new Telegram(
                  TOKEN,
                  webhook,
                  Secret.of("secret-of-the-webhook"),
                  Optional.of(telegram.root()),
                  DirectMessages.OPEN,
                  List.of())));
      await()
          .atMost(60, TimeUnit.SECONDS)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> telegram.webhook().equals(Optional.of(webhook)));
      telegram.says(USER, USER, "remember word-telegram");

      await()
          .atMost(60, TimeUnit.SECONDS)
          .pollInterval(Duration.ofMillis(50))
          .untilAsserted(() ->
              assertThat(telegram.said(USER))
                  .extracting(TelegramDouble.Said::text)
                  .contains("I heard: word-telegram"));
      assertThat(running.writtenWith(TOKEN.reveal()))
          .as("the token is nowhere but in our file")
          .isEmpty();
    } finally {
      running.stop();
    }
  }
}
