package io.rockpool.runtime.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A receiver of webhooks, written from Standard Webhooks 1.0 and from nothing of Rockpool's: it
 * refuses what a real one refuses, and keeps each message once. What it answers to good ones can be
 * scripted.
 */
public final class StandardReceiver {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final int LARGEST = 20 << 10;

  private final InstantSource clock;
  private final List<String> secrets;
  private final Map<String, String> kept = new LinkedHashMap<>();
  private final List<Instant> seen = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final Map<String, Integer> attempts = new HashMap<>();
  private int answer = 204;

  /**
   * @param secrets that it knows, {@code whsec_…}; each message must be signed by one of them
   */
  public StandardReceiver(InstantSource clock, String... secrets) {
    this.clock = clock;
    this.secrets = new ArrayList<>(List.of(secrets));
  }

  /** From now on it knows this secret alone. */
  public synchronized void trust(String secret) {
    secrets.clear();
    secrets.add(secret);
  }

  /** From now on this is what good messages are answered with; only 2xx keeps them. */
  public synchronized void answer(int status) {
    answer = status;
  }

  /**
   * A request.
   *
   * @param headers by name, in any case
   * @return the status of its answer
   */
  public synchronized int receive(String method, Map<String, String> headers, byte[] body) {
    var lower = new HashMap<String, String>();
    headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    var objection = objection(method, lower, body);
    if (!objection.isEmpty()) {
      refusals.add(objection);
      return objection.startsWith("signature") ? 401 : 400;
    }
    var id = lower.getOrDefault("webhook-id", "");
    attempts.merge(id, 1, Integer::sum);
    seen.add(clock.instant());
    if (answer / 100 == 2) {
      kept.putIfAbsent(id, new String(body, UTF_8));
    }
    return answer;
  }

  private String objection(String method, Map<String, String> headers, byte[] body) {
    var id = headers.getOrDefault("webhook-id", "");
    var timestamp = headers.getOrDefault("webhook-timestamp", "");
    if (!method.equals("POST")) {
      return "method " + method;
    }
    if (!headers.getOrDefault("content-type", "").startsWith("application/json")) {
      return "type of the body";
    }
    if (id.isEmpty() || id.contains(".")) {
      return "id " + id;
    }
    if (!timestamp.matches("[0-9]{10}")) {
      return "timestamp " + timestamp;
    }
    var age =
        Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), clock.instant()).abs();
    if (age.compareTo(TOLERANCE) > 0) {
      return "timestamp is off by " + age;
    }
    if (body.length >= LARGEST) {
      return "body of " + body.length + " bytes";
    }
    return isSigned(id, timestamp, headers.getOrDefault("webhook-signature", ""), body)
        ? ""
        : "signature";
  }

  private boolean isSigned(String id, String timestamp, String signatures, byte[] body) {
    boolean signed = false;
    for (var secret : secrets) {
      var expected = hmac(secret, id + "." + timestamp + ".", body);
      for (var each : signatures.split(" ", -1)) {
        var parts = each.split(",", 2);
        signed |=
            parts.length == 2
                && parts[0].equals("v1")
                && MessageDigest.isEqual(parts[1].getBytes(UTF_8), expected.getBytes(UTF_8));
      }
    }
    return signed;
  }

  private static String hmac(String secret, String before, byte[] body) {
    try {
      var key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
      if (key.length < 24 || key.length > 64) {
        throw new IllegalArgumentException("a secret has 24 to 64 bytes, not " + key.length);
      }
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(before.getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The bodies of messages that it took, in the order in which they came first. */
  public synchronized List<String> bodies() {
    return List.copyOf(kept.values());
  }

  /** The ids of these. */
  public synchronized List<String> ids() {
    return List.copyOf(kept.keySet());
  }

  /** When good messages came, taken or not. */
  public synchronized List<Instant> seen() {
    return List.copyOf(seen);
  }

  /** How often a message came. */
  public synchronized int attempts(String id) {
    return attempts.getOrDefault(id, 0);
  }

  /** Why requests were refused. */
  public synchronized List<String> refusals() {
    return List.copyOf(refusals);
  }
}
