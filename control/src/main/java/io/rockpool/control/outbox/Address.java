package io.rockpool.control.outbox;

import io.rockpool.channel.Place;
import io.rockpool.runtime.InstanceId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Where something is said, and for whom.
 *
 * @param key of the delivery that is answered: hex SHA-256. What is said under the same key is said
 *     once
 * @param connection one bot at one platform
 * @param instance whose answer it is; null for Rockpool's own words
 * @param accountId whose data key encrypts it
 */
public record Address(
    String key,
    String connection,
    String platform,
    @Nullable InstanceId instance,
    String accountId,
    Place place) {
  public Address {
    if (!key.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("a delivery's key is hex SHA-256");
    }
  }

  String id(int part) {
    return key + '/' + part;
  }

  String laneId() {
    return laneId(connection, place.chat());
  }

  static String laneId(String connection, String chat) {
    try {
      var text = connection + '\0' + chat;
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
