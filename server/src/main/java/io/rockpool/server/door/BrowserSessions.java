package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Cookies by which a browser is known at one instance. Signed, not stored: {@code
 * role.account.expiry.signature}, each for one instance only, so that what one instance's page gets
 * hold of opens no other.
 */
public final class BrowserSessions {
  static final Duration LIFE = Duration.ofHours(12);

  private final Secret key;
  private final InstantSource clock;

  public BrowserSessions(Secret key, InstantSource clock) {
    this.key = key;
    this.clock = clock;
  }

  String cookieFor(Actor actor, InstanceId id) {
    var content =
        switch (actor) {
          case Actor.User(var account) -> "user." + account;
          case Actor.Operator(var account) -> "operator." + account;
          case Actor.Rockpool _ -> throw new IllegalArgumentException("no browser is Rockpool");
        };
    var text = content + "." + clock.instant().plus(LIFE).getEpochSecond();
    return text + "." + signature(text, id);
  }

  /** Who a cookie stands for at this instance; empty if it is not ours, or too old. */
  Optional<Actor> actor(String cookie, InstanceId id) {
    var parts = cookie.split("\\.", -1);
    if (parts.length != 4 || !parts[2].matches("[0-9]{1,12}")) {
      return Optional.empty();
    }
    var text = parts[0] + "." + parts[1] + "." + parts[2];
    var expected = signature(text, id).getBytes(StandardCharsets.US_ASCII);
    if (!MessageDigest.isEqual(expected, parts[3].getBytes(StandardCharsets.UTF_8))
        || clock.instant().isAfter(Instant.ofEpochSecond(Long.parseLong(parts[2])))) {
      return Optional.empty();
    }
    return switch (parts[0]) {
      case "user" -> Optional.of(new Actor.User(parts[1]));
      case "operator" -> Optional.of(new Actor.Operator(parts[1]));
      default -> Optional.empty();
    };
  }

  private String signature(String text, InstanceId id) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal((id + "|" + text).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
