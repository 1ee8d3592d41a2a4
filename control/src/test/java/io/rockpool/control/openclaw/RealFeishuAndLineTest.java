package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Pair;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.generic.FeishuChannel;
import io.rockpool.channel.generic.LineChannel;
import io.rockpool.channel.tck.Certificate;
import io.rockpool.channel.tck.FeishuDouble;
import io.rockpool.channel.tck.LineDouble;
import io.rockpool.channel.tck.Tunnel;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Feishu;
import io.rockpool.control.openclaw.ChatAccount.Line;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.ConnectException;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An app of Feishu's and a channel of LINE's, connected to a gateway while it runs, and
 * disconnected again. LINE's plugin knows the address of its API by heart: here a proxy leads to
 * the double.
 */
@Tag("openclaw")
class RealFeishuAndLineTest {
  private static final Pair APP =
      new Pair(Secret.of("cli_a1b2c3"), Secret.of("app-secret-0123456789abcdef"));
  private static final Secret VERIFICATION = Secret.of("verification-0123456789abcdef");
  private static final Secret ENCRYPT = Secret.of("encrypt-key-0123456789abcdef");
  private static final Secret TOKEN = Secret.of("line-channel-access-token-0123456789");
  private static final Secret CHANNEL = Secret.of("8c570fa6dd201bb328f1c1eac23a96d8");
  private static final Answer KEPT = new Answer(200, "durable");

  private record Answer(int status, String accepted) {
    static final Answer NOBODY = new Answer(0, "");
  }

  @Test
  void a_running_gateway_takes_both_keeps_what_comes_and_answers_once(@TempDir Path folder)
      throws Exception {
    var certificate = Certificate.of(folder, "api.line.me");
    var tls = Optional.of(certificate.tls());
    try (var feishu =
            new FeishuDouble(
                new FeishuDouble.Setting(APP, VERIFICATION, ENCRYPT, 0, tls),
                InstantSource.system());
        var line =
            new LineDouble(
                new LineDouble.Setting(TOKEN, CHANNEL, false, 0, tls), InstantSource.system());
        var tunnel = new Tunnel(Map.of("api.line.me", line.root()));
        var model = new EchoModel();
        var gateway = Gateway.overHttp()) {
      var running =
          new RealGateway(
              folder,
              Map.of(),
              Map.of(
                  "NODE_EXTRA_CA_CERTS",
                  certificate.pem().toString(),
                  "NODE_USE_ENV_PROXY",
                  "1",
                  "HTTPS_PROXY",
                  tunnel.uri().toString(),
                  "NO_PROXY",
                  "127.0.0.1"));
      var atFeishu = new FeishuChannel().receiver(feishu.keys());
      var atLine = new LineChannel().receiver(line.keys());
      var feishusDoor =
          URI.create("http://%s:%d%s".formatted(running.listener(), Feishu.PORT, Feishu.PATH));
      var linesDoor = running.uri().resolve(Line.PATH);
      var chat = feishu.chat(1);
      var user = line.chat(1);
      var event = feishu.writes(1, chat, "remember word-feishu").body();
      var body =
          line.writes(
                  List.of(
                      line.event(1, user, "remember word-line"),
                      line.event(2, line.chat(2), "remember word-other")))
              .body();
      try {
        running.write(Given.rendered(model));
        running.start(gateway);
        assertThat(post(feishusDoor, atFeishu, event, Instant.now())).isEqualTo(Answer.NOBODY);
        assertThat(post(linesDoor, atLine, body, Instant.now())).isEqualTo(new Answer(404, ""));

        running.write(
            Given.rendered(
                model,
                new Feishu(
                    APP.first().reveal(),
                    APP.second(),
                    VERIFICATION,
                    ENCRYPT,
                    Optional.of(feishu.root()),
                    DirectMessages.OPEN,
                    List.of()),
                new Line(TOKEN, CHANNEL, DirectMessages.OPEN, List.of())));
        soon().until(() -> post(feishusDoor, atFeishu, event, Instant.now()).equals(KEPT));
        soon().until(() -> post(linesDoor, atLine, body, Instant.now()).equals(KEPT));

        // What comes again, what is old, and what it does not keep.
        assertThat(post(feishusDoor, atFeishu, event, Instant.now())).isEqualTo(KEPT);
        assertThat(post(linesDoor, atLine, body, Instant.now())).isEqualTo(KEPT);
        assertThat(post(feishusDoor, atFeishu, event, Instant.now().minusSeconds(4_000)))
            .as("not signed anew")
            .isEqualTo(new Answer(401, ""));
        var read = feishu.encrypted(feishu.happens(2, "im.message.message_read_v1"));
        assertThat(post(feishusDoor, atFeishu, read, Instant.now())).isEqualTo(new Answer(200, ""));
        assertThat(post(linesDoor, atLine, line.writes(List.of()).body(), Instant.now()))
            .isEqualTo(new Answer(200, ""));

        soon()
            .untilAsserted(() -> assertThat(line.read(user)).containsExactly("I heard: word-line"));
        soon()
            .untilAsserted(
                () -> assertThat(line.read(line.chat(2))).containsExactly("I heard: word-other"));
        soon()
            .untilAsserted(
                () -> assertThat(feishu.read(chat)).containsExactly("I heard: word-feishu"));
        var second = feishu.writes(3, chat, "and word-second").body();
        assertThat(post(feishusDoor, atFeishu, second, Instant.now())).isEqualTo(KEPT);
        soon()
            .untilAsserted(() ->
                assertThat(feishu.read(chat))
                    .as("the first message was answered once")
                    .containsExactly("I heard: word-feishu", "I heard: word-feishu word-second"));
        for (var secret : List.of(APP.second(), VERIFICATION, ENCRYPT, TOKEN, CHANNEL)) {
          assertThat(running.writtenWith(secret.reveal())).as("nowhere but in our files").isEmpty();
        }

        running.write(Given.rendered(model));
        soon().until(() -> post(linesDoor, atLine, body, Instant.now()).status() == 404);
        soon().until(() -> post(feishusDoor, atFeishu, event, Instant.now()).equals(Answer.NOBODY));
        assertThat(running.isAlive()).as("the same process all the time").isTrue();
      } finally {
        running.stop();
      }
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(50));
  }

  /** As it was taken from the platform, and signed at another time; as deliveries are. */
  private static Answer post(URI door, Receiver receiver, byte[] body, Instant signedAt)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(door).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    receiver.sign(body, signedAt).forEach(request::header);
    request.header("Content-Type", "application/json");
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var answer = http.send(request.build(), BodyHandlers.discarding());
      return new Answer(
          answer.statusCode(),
          answer.headers().firstValue("x-openclaw-delivery-accepted").orElse(""));
    } catch (ConnectException nobody) {
      return Answer.NOBODY;
    }
  }
}
