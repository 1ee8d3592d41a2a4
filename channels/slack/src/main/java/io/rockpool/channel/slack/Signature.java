package io.rockpool.channel.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Slack's signatures, version 0. */
final class Signature {
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final String TIMESTAMP = "X-Slack-Request-Timestamp";
  private static final String SIGNATURE = "X-Slack-Signature";
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");

  private final Secret secret;

  Signature(Secret secret) {
    if (secret.reveal().isBlank()) {
      throw new IllegalArgumentException(
          "Slack's signing secret is empty. It stands at api.slack.com/apps, Basic Information.");
    }
    this.secret = secret;
  }

  boolean isRight(Webhook request, Instant now) {
    // A missing header takes as long as a wrong one.
    var timestamp = request.only("x-slack-request-timestamp").orElse("");
    var shown = request.only("x-slack-signature").orElse("");
    var same = Digests.same(shown, of(timestamp, request.body()));
    return same && isRecent(timestamp, now);
  }

  private static boolean isRecent(String timestamp, Instant now) {
    return SECONDS.matcher(timestamp).matches()
        && Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= WINDOW.toSeconds();
  }

  Map<String, String> sign(byte[] body, Instant now) {
    var timestamp = Long.toString(now.getEpochSecond());
    return Map.of(TIMESTAMP, timestamp, SIGNATURE, of(timestamp, body));
  }

  private String of(String timestamp, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), "HmacSHA256"));
      mac.update("v0:%s:".formatted(timestamp).getBytes(UTF_8));
      return "v0=" + HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }
}
