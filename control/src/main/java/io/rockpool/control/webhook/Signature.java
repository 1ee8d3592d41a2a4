package io.rockpool.control.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.runtime.Secret;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs as Standard Webhooks 1.0 says, by its symmetric scheme. */
final class Signature {
  private static final String PREFIX = "whsec_";
  private static final String VERSION = "v1,";
  private static final int KEY_BYTES = 32;

  /** A new secret, as receivers are given it. */
  static Secret freshSecret(RandomGenerator random) {
    var key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return Secret.of(PREFIX + Base64.getEncoder().encodeToString(key));
  }

  /**
   * The value of {@code webhook-signature}: one signature for each secret.
   *
   * @param id of the message
   * @param seconds of this attempt, since 1970
   */
  static String of(List<Secret> secrets, String id, long seconds, byte[] body) {
    return secrets.stream()
        .map(secret -> VERSION + one(secret, id, seconds, body))
        .collect(Collectors.joining(" "));
  }

  private static String one(Secret secret, String id, long seconds, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      var key = Base64.getDecoder().decode(secret.reveal().substring(PREFIX.length()));
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update("%s.%d.".formatted(id, seconds).getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private Signature() {}
}
