package io.rockpool.edge.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rockpool.channel.Keys;
import io.rockpool.control.channel.Intake.Rates;
import io.rockpool.runtime.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("fuzz")
class WebhooksFuzzTest {
  /** Short, as much of what is sent ends too early. */
  private static final Webhooks.Bounds BOUNDS =
      new Webhooks.Bounds(Duration.ofMillis(50), 32L << 20, 8L << 20);

  @TempDir static Path folder;
  private static WebhookGround ground;

  @BeforeAll
  static void open() throws IOException {
    ground =
        new WebhookGround(
            folder,
            Map.of(
                "telegram", new Keys(Secret.of("s3cret"), "1"),
                "slack", new Keys(Secret.of("s3cret"), "1")),
            new Rates(0, 1_000_000),
            BOUNDS,
            List.of());
  }

  @AfterAll
  static void close() {
    ground.close();
  }

  @DictionaryEntries({
    "\r\n",
    "\r\n\r\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked",
    "Content-Encoding: gzip",
    "X-Telegram-Bot-Api-Secret-Token: s3cret",
    "X-Slack-Signature: v0=",
    "X-Slack-Request-Timestamp: ",
    "Expect: 100-continue",
    "0\r\n\r\n",
    "{\"update_id\":",
    "\"message\":{\"chat\":{\"id\":"
  })
  @FuzzTest(maxDuration = "1m")
  void whatever_comes_behind_a_known_address_is_answered_cleanly(byte[] sent) throws IOException {
    var answer = answer(sent);

    if (!answer.isEmpty()) {
      assertThat(answer).matches("(?s)HTTP/1\\.1 (100|200|4[0-9]{2}) .*");
      if (answer.startsWith("HTTP/1.1 200 ")) {
        assertThat(answer).as("Telegram would execute it").endsWith("\r\n\r\n");
      }
    }
  }

  /** Empty where the server took it for no request at all. */
  private static String answer(byte[] sent) throws IOException {
    try (var socket = ground.open()) {
      var request = new ByteArrayOutputStream();
      request.writeBytes(
          "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
              .formatted(WebhookGround.TELEGRAM)
              .getBytes(ISO_8859_1));
      request.writeBytes(sent);
      socket.getOutputStream().write(request.toByteArray());
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (SocketException reset) {
      return "";
    }
  }
}
