package io.rockpool.control.model;

import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Virtual keys for other clients of an instance's model: {@code rpk_ID_SECRET}. Only a hash of each
 * is kept; a key has 256 random bits, so a fast hash (SHA-256) is as good as a slow one.
 *
 * <p>Who may see or make them is not decided here: ask for the instance first, with the actor.
 */
public final class ClientKeys {
  /** So many of an instance at most. */
  public static final int MOST = 100;

  private static final String PREFIX = "rpk_";
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int ID_LETTERS = 12;
  private static final int SECRET_LETTERS = 43; // 62^43 is just above 2^256

  /** Another server's revocation is seen after this: a key is refused within a second. */
  private static final Duration REMEMBERED = Duration.ofMillis(800);

  private static final int MOST_REMEMBERED = 10_000;

  /** A key, without its secret. */
  public record ClientKey(String id, InstanceId instance, String name, Instant createdAt) {}

  /** A key that was just made: the secret is not kept, so this is the only time it can be seen. */
  public record Made(ClientKey key, Secret secret) {}

  /**
   * Whose key it is.
   *
   * @param accountId who owns the instance now
   */
  public record Holder(String id, InstanceId instance, String accountId) {}

  private record Known(Instant until, Optional<Holder> holder) {}

  private final Sql sql;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /**
   * @param random unguessable
   */
  public ClientKeys(Sql sql, RandomGenerator random, InstantSource clock) {
    this.sql = sql;
    this.random = random;
    this.clock = clock;
  }

  /**
   * Makes a key; empty if the instance has {@link #MOST} already.
   *
   * @param name for people
   */
  public Optional<Made> make(InstanceId instance, String name) {
    var id = letters(ID_LETTERS);
    var secret = Secret.of(PREFIX + id + "_" + letters(SECRET_LETTERS));
    var key = new ClientKey(id, instance, name, Instant.ofEpochMilli(clock.millis()));
    var added =
        sql.update(
            """
            INSERT INTO virtual_key (id, instance_id, name, hash, created_at)
            SELECT ?, ?, ?, ?, ? FROM instance
            WHERE id = ? AND goal <> 'gone' AND (SELECT COUNT(*) FROM virtual_key WHERE instance_id = ?) < ?
            """,
            id,
            instance.value(),
            name,
            hash(secret),
            key.createdAt().toEpochMilli(),
            instance.value(),
            instance.value(),
            MOST);
    return added == 1 ? Optional.of(new Made(key, secret)) : Optional.empty();
  }

  /** The keys of an instance, the oldest first. */
  public List<ClientKey> of(InstanceId instance) {
    return sql.query(
        "SELECT * FROM virtual_key WHERE instance_id = ? ORDER BY created_at, id",
        row ->
            new ClientKey(
                row.getString("id"),
                new InstanceId(row.getString("instance_id")),
                row.getString("name"),
                Instant.ofEpochMilli(row.getLong("created_at"))),
        instance.value());
  }

  /** Makes a key worthless: here at once, on every other server within a second. */
  public boolean revoke(InstanceId instance, String id) {
    var removed =
        sql.update(
            "DELETE FROM virtual_key WHERE id = ? AND instance_id = ?", id, instance.value());
    known.clear();
    return removed == 1;
  }

  /** Whose key it is; empty for any other text, and once its instance is to be gone. */
  public Optional<Holder> holder(Secret key) {
    var text = key.reveal();
    if (!text.startsWith(PREFIX) || text.length() > 100) {
      return Optional.empty();
    }
    var hash = hash(key);
    var before = known.get(hash);
    if (before != null && clock.instant().isBefore(before.until())) {
      return before.holder();
    }
    var until = clock.instant().plus(REMEMBERED);
    var found = read(text.substring(PREFIX.length()).split("_", 2)[0], hash);
    if (known.size() >= MOST_REMEMBERED) {
      known.clear();
    }
    known.put(hash, new Known(until, found));
    return found;
  }

  private Optional<Holder> read(String id, String hash) {
    record Row(String hash, Holder holder) {}
    return sql
        .query(
            """
            SELECT k.id, k.hash, k.instance_id, i.account_id
            FROM virtual_key k JOIN instance i ON i.id = k.instance_id
            WHERE k.id = ? AND i.goal <> 'gone'
            """,
            row ->
                new Row(
                    row.getString("hash"),
                    new Holder(
                        row.getString("id"),
                        new InstanceId(row.getString("instance_id")),
                        row.getString("account_id"))),
            id)
        .stream()
        .filter(row -> MessageDigest.isEqual(bytes(row.hash()), bytes(hash)))
        .map(Row::holder)
        .findFirst();
  }

  private String letters(int count) {
    return random
        .ints(count, 0, LETTERS.length())
        .collect(
            StringBuilder::new, (text, i) -> text.append(LETTERS.charAt(i)), StringBuilder::append)
        .toString();
  }

  private static String hash(Secret key) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(key.reveal())));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
