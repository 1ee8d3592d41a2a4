package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.control.openclaw.Pairings.Approval;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Strangers who write to a bot of OpenClaw's, and are let in. One gateway for all of it. */
@Tag("openclaw")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class RealPairingTest {
  private static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Gateway gateway = Gateway.overHttp();
  private EchoModel model;
  private TelegramDouble telegram;
  private RealGateway running;

  @BeforeAll
  void open(@TempDir Path folder) throws IOException {
    running = new RealGateway(folder);
    model = new EchoModel();
    telegram =
        new TelegramDouble(
            new TelegramDouble.Setting(TOKEN, "rockpool_bot", true, 0), InstantSource.system());
    telegram.start();
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
                DirectMessages.PAIRING,
                List.of())));
    running.start(gateway);
    eventually(() -> assertThat(telegram.webhook()).contains(webhook));
  }

  @AfterAll
  void close() throws Exception {
    if (running != null) {
      running.stop();
    }
    if (telegram != null) {
      telegram.close();
      model.close();
    }
    gateway.close();
  }

  @Test
  void whoever_asks_is_listed_and_once_let_in_is_told_and_answered() throws Exception {
    assertThat(pairings()).isEqualTo(new Pairings.Waiting(List.of()));

    telegram.says(7, 7, "remember word-stranger");
    eventually(() -> assertThat(said(7)).anyMatch(it -> it.contains("Pairing code")));

    var request = ((Pairings.Waiting) pairings()).requests().getFirst();
    assertThat(request.sender()).isEqualTo("7");
    assertThat(request.name()).isEqualTo("User 7");
    assertThat(request.expiresAt()).isEqualTo(request.askedAt().plus(Duration.ofHours(1)));
    assertThat(approve(request.id())).isEqualTo(new Approval.Done("7", true));
    assertThat(pairings()).isEqualTo(new Pairings.Waiting(List.of()));
    assertThat(approve(request.id())).isEqualTo(new Approval.Unknown());
    telegram.says(7, 7, "remember word-friend");
    eventually(() -> assertThat(said(7)).contains("I heard: word-friend"));
    assertThat(said(7)).noneMatch(it -> it.contains("word-stranger"));
  }

  @Test
  void nobody_is_let_in_who_did_not_ask() throws Exception {
    assertThat(approve("no-such-request")).isEqualTo(new Approval.Unknown());
  }

  @Test
  void a_platform_that_the_instance_does_not_have_is_not_ready() throws Exception {
    assertThat(gateway.pairings(running.uri(), Given.KEYS.password(), "icq", PATIENCE))
        .isInstanceOf(Pairings.Unavailable.class);
    assertThat(
            gateway.pairings(running.uri(), Secret.of("wrong"), "telegram", Duration.ofSeconds(5)))
        .isInstanceOf(Pairings.Unavailable.class);
  }

  private Pairings pairings() throws InterruptedException {
    return gateway.pairings(running.uri(), Given.KEYS.password(), "telegram", PATIENCE);
  }

  private Approval approve(String request) throws InterruptedException {
    return gateway.approve(running.uri(), Given.KEYS.password(), "telegram", request, PATIENCE);
  }

  private List<String> said(long chat) {
    return telegram.said(chat).stream().map(TelegramDouble.Said::text).toList();
  }

  private static void eventually(ThrowingRunnable holds) {
    await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(50)).untilAsserted(holds);
  }
}
