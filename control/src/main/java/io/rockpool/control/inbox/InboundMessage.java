package io.rockpool.control.inbox;

import io.rockpool.runtime.InstanceId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A message as a platform sent it.
 *
 * @param connection one chat account at one platform; its messages are told apart by their ids
 * @param messageId what the platform calls it; the same whenever it sends it again
 * @param accountId whose instance it is: its data key encrypts the content
 * @param lane the conversation: what is of one connection and lane is delivered in order, one after
 *     the other
 */
public record InboundMessage(
    String connection,
    String messageId,
    InstanceId instance,
    String accountId,
    String platform,
    String lane,
    Content content) {
  private static final int LONGEST = 512;

  public InboundMessage {
    check("connection", connection);
    check("messageId", messageId);
    check("platform", platform);
    check("lane", lane);
  }

  private static void check(String what, String value) {
    if (value.isEmpty() || value.length() > LONGEST || value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "%s of a message has 1 to %d characters, none of them NUL".formatted(what, LONGEST));
    }
  }

  /**
   * Its idempotency key: hex SHA-256 of the connection, a zero byte and the platform's id. The same
   * for each attempt, on each server, so that a receiver knows a second copy.
   */
  public String key() {
    return key(connection, messageId);
  }

  /** The key that a message has, or would have. */
  public static String key(String connection, String messageId) {
    return hash(connection + '\0' + messageId);
  }

  String laneId() {
    return hash(instance.value() + '\0' + connection + '\0' + lane);
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
