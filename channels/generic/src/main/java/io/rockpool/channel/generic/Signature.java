package io.rockpool.channel.generic;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.generic.Proof.Part;
import io.rockpool.channel.generic.Proof.Stamp;
import io.rockpool.runtime.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs as a {@link Proof} says, with one secret. */
final class Signature {
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
  private static final String HMAC = "HmacSHA256";
  private static final int NONCE = 16;

  private final Proof proof;
  private final List<Part> parts;
  private final Secret secret;

  Signature(Proof proof, Secret secret) {
    this.proof = proof;
    this.parts = proof.parts();
    this.secret = secret;
  }

  /** Whether a request says at all who sent it. */
  boolean isSigned(Webhook request) {
    return request.headers().containsKey(lower(proof.header()));
  }

  /** A missing header takes as long as a wrong one. */
  boolean isRight(Webhook request, Instant now) {
    var timestamp = proof.stamp().map(it -> header(request, it.timestamp())).orElse("");
    var nonce = proof.stamp().map(it -> header(request, it.nonce())).orElse("");
    var expected = of(timestamp, nonce, request.body());
    var isSame = Digests.same(header(request, proof.header()), expected);
    return isSame && proof.stamp().map(it -> isRecent(it, timestamp, now)).orElse(true);
  }

  private static String header(Webhook request, String name) {
    return request.only(lower(name)).orElse("");
  }

  private static String lower(String header) {
    return header.toLowerCase(Locale.ROOT);
  }

  private static boolean isRecent(Stamp stamp, String timestamp, Instant now) {
    return SECONDS.matcher(timestamp).matches()
        && Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= stamp.window().toSeconds();
  }

  /** The headers that prove a body at another time. */
  Map<String, String> sign(byte[] body, Instant now) {
    var headers = new HashMap<String, String>();
    var timestamp = "";
    var nonce = "";
    if (proof.stamp().isPresent()) {
      var stamp = proof.stamp().get();
      timestamp = Long.toString(now.getEpochSecond());
      headers.put(stamp.timestamp(), timestamp);
      if (!stamp.nonce().isEmpty()) {
        nonce = nonce(body, now);
        headers.put(stamp.nonce(), nonce);
      }
    }
    headers.put(proof.header(), of(timestamp, nonce, body));
    return headers;
  }

  /** Another one for each body and time. Nothing depends on that it cannot be guessed. */
  private static String nonce(byte[] body, Instant now) {
    var named = Digests.name((Digests.name(body) + now).getBytes(UTF_8));
    return named.substring(named.length() - NONCE);
  }

  private String of(String timestamp, String nonce, byte[] body) {
    var hash =
        switch (proof.algorithm()) {
          case SHA_256 -> sha256(timestamp, nonce, body);
          case HMAC_SHA_256 -> hmac(timestamp, nonce, body);
        };
    return proof.prefix()
        + switch (proof.encoding()) {
          case HEX -> HexFormat.of().formatHex(hash);
          case BASE64 -> Base64.getEncoder().encodeToString(hash);
        };
  }

  private byte[] sha256(String timestamp, String nonce, byte[] body) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      parts.forEach(it -> digest.update(bytes(it, timestamp, nonce, body)));
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private byte[] hmac(String timestamp, String nonce, byte[] body) {
    try {
      var mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), HMAC));
      parts.forEach(it -> mac.update(bytes(it, timestamp, nonce, body)));
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private byte[] bytes(Part part, String timestamp, String nonce, byte[] body) {
    return switch (part) {
      case Part.Text(var text) -> text.getBytes(UTF_8);
      case Part.Value value ->
          switch (value) {
            case TIMESTAMP -> timestamp.getBytes(UTF_8);
            case NONCE -> nonce.getBytes(UTF_8);
            case SECRET -> secret.reveal().getBytes(UTF_8);
            case BODY -> body;
          };
    };
  }
}
