package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.WhatsApp;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The WhatsApp plugin of a gateway that cannot reach WhatsApp. Codes need WhatsApp itself: the
 * plugin takes no server without its certificate.
 */
@Tag("openclaw")
class RealWhatsAppTest {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final Duration A_MOMENT = Duration.ofSeconds(2);
  private static final Secret PASSWORD = Given.KEYS.password();

  @Test
  void a_running_gateway_takes_an_account_says_that_whatsapp_is_out_of_reach_and_forgets_its_keys(
      @TempDir Path folder) throws Exception {
    try (var model = new EchoModel();
        var gateway = Gateway.overHttp()) {
      var running = new RealGateway(folder, Map.of("whatsapp", nobody()));
      try {
        running.write(Given.rendered(model));
        running.start(gateway);
        var at = running.uri();
        assertThat(gateway.link(at, PASSWORD, "whatsapp", LONG)).isInstanceOf(Linking.NotYet.class);
        assertThat(gateway.account(at, PASSWORD, "whatsapp", LONG))
            .isInstanceOf(LinkedAccount.Unavailable.class);

        running.write(
            Given.rendered(
                model, new WhatsApp(DirectMessages.ALLOWLIST, List.of("+4915112345678"))));
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(200))
            .until(() ->
                gateway
                    .account(at, PASSWORD, "whatsapp", LONG)
                    .equals(new LinkedAccount.Known(false, false, "", "")));

        assertThat(gateway.link(at, PASSWORD, "whatsapp", LONG))
            .isInstanceOfSatisfying(
                Linking.Failed.class,
                it ->
                    assertThat(it.why())
                        .startsWith("WhatsApp login failed: WebSocket Error")
                        .contains("ECONNREFUSED"));
        assertThat(gateway.linked(at, PASSWORD, "whatsapp", "data:image/png;base64,AAAA", A_MOMENT))
            .isEqualTo(new Linking.Expired());

        // As if somebody had scanned a code.
        var keys = folder.resolve("home/.openclaw/credentials/whatsapp/default");
        Files.createDirectories(keys);
        Files.writeString(
            keys.resolve("creds.json"),
            "{\"me\":{\"id\":\"4915112345678:1@s.whatsapp.net\"},\"registered\":true}");
        assertThat(gateway.account(at, PASSWORD, "whatsapp", LONG))
            .isEqualTo(new LinkedAccount.Known(true, false, "+4915112345678", ""));

        gateway.connect(at, PASSWORD, "whatsapp", LONG);
        await()
            .atMost(60, TimeUnit.SECONDS)
            .pollInterval(Duration.ofMillis(200))
            .untilAsserted(() ->
                assertThat(gateway.account(at, PASSWORD, "whatsapp", LONG))
                    .isInstanceOfSatisfying(
                        LinkedAccount.Known.class,
                        it -> assertThat(it.trouble()).contains("ECONNREFUSED")));

        assertThat(gateway.unlink(at, PASSWORD, "whatsapp", LONG))
            .isInstanceOfSatisfying(
                LinkedAccount.Known.class, it -> assertThat(it.isLinked()).isFalse());
        assertThat(keys).doesNotExist();
        assertThat(running.writtenWith("4915112345678:1@")).isEmpty();
        assertThat(gateway.unlink(at, PASSWORD, "whatsapp", LONG))
            .as("again")
            .isInstanceOf(LinkedAccount.Known.class);
        assertThat(running.isAlive()).as("the same process all the time").isTrue();
      } finally {
        running.stop();
      }
    }
  }

  /** An address where nobody listens. */
  private static URI nobody() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("ws://127.0.0.1:" + free.getLocalPort());
    }
  }
}
