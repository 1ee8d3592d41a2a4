package io.rockpool.channel.discord;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Discord's signatures: Ed25519, over the timestamp and the body. Only Discord can make them; that
 * we check them by a public key leaves nothing to find out by the time it takes.
 */
final class Signature {
  private static final String ALGORITHM = "Ed25519";

  /** Of an X.509 key, before its 32 bytes (RFC 8410). */
  private static final String HEAD = "302a300506032b6570032100";

  private static final Pattern KEY = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{128}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");

  /** Discord names none; what is older was recorded. */
  private static final Duration WINDOW = Duration.ofMinutes(5);

  private final PublicKey key;

  /**
   * @throws IllegalArgumentException when it is no public key
   */
  Signature(Secret publicKey) {
    var hex = publicKey.reveal();
    if (!KEY.matcher(hex).matches()) {
      throw wrongKey();
    }
    try {
      key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(HEAD + hex)));
      java.security.Signature.getInstance(ALGORITHM).initVerify(key);
    } catch (InvalidKeySpecException | InvalidKeyException noPoint) {
      throw wrongKey();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }

  private static IllegalArgumentException wrongKey() {
    return new IllegalArgumentException(
        "Discord's secret is the public key of the application, 64 hexadecimal digits. It stands at discord.com/developers, General Information.");
  }

  boolean isRight(Webhook request, Instant now) {
    var timestamp = request.only("x-signature-timestamp").orElse("");
    var shown = request.only("x-signature-ed25519").orElse("");
    return SECONDS.matcher(timestamp).matches()
        && SIGNATURE.matcher(shown).matches()
        && Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= WINDOW.toSeconds()
        && isSigned(timestamp, request.body(), HexFormat.of().parseHex(shown));
  }

  boolean isSigned(String timestamp, byte[] body, byte[] shown) {
    try {
      var signature = java.security.Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      signature.update(timestamp.getBytes(US_ASCII));
      signature.update(body);
      return signature.verify(shown);
    } catch (SignatureException | InvalidKeyException forged) {
      return false; // no point of the curve, or a number out of range
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }
}
