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
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bot of Telegram's, connected to a gateway while it runs, and opened to everybody. */
@Tag("openclaw")
class RealTelegramTest {
  private static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");
  private static final long USER = 7;

  @Test
  void a_running_gateway_takes_a_bot_and_then_that_others_may_write_to_it(@TempDir Path folder)
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
      running.write(Given.rendered(model, account(telegram, webhook, DirectMessages.PAIRING)));
      soon().until(() -> telegram.webhook().equals(Optional.of(webhook)));
      telegram.says(USER, USER, "remember word-shut");
      soon()
          .untilAsserted(
              () -> assertThat(said(telegram)).anyMatch(it -> it.contains("Pairing code")));

      running.write(Given.rendered(model, account(telegram, webhook, DirectMessages.OPEN)));
      soon()
          .pollInterval(Duration.ofMillis(500))
          .untilAsserted(() -> {
            telegram.says(USER, USER, "remember word-open");
            assertThat(said(telegram)).anyMatch(it -> it.startsWith("I heard: word-open"));
          });

      assertThat(said(telegram)).as("it was not let in").noneMatch(it -> it.contains("word-shut"));
      assertThat(running.isAlive()).as("the same process all the time").isTrue();
      assertThat(running.writtenWith(TOKEN.reveal()))
          .as("the token is nowhere but in our file")
          .isEmpty();
    } finally {
      running.stop();
    }
  }

  private static ChatAccount account(
      TelegramDouble telegram, URI webhook, DirectMessages directMessages) {
    return new Telegram(
        TOKEN,
        webhook,
        Secret.of("secret-of-the-webhook"),
        Optional.of(telegram.root()),
        directMessages,
        List.of());
  }

  private static List<String> said(TelegramDouble telegram) {
    return telegram.said(USER).stream().map(TelegramDouble.Said::text).toList();
  }

  private static ConditionFactory soon() {
    return await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(50));
  }
}
