package io.rockpool.control.vault;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps secrets of accounts, encrypted. Each account has a data key of its own; a master key wraps
 * it. What is sealed is bound to its account, its purpose and its id, so that it opens nowhere
 * else. Without its data key an account's secrets, those in old backups too, are noise: {@link
 * #shred} is how an account is forgotten.
 */
public final class Vault {
  private static final Logger log = LoggerFactory.getLogger(Vault.class);
  private static final int LONGEST = 64 << 10;

  /**
   * Tables of others that keep what {@link #seal} made, in columns that may be null: {@code sealed}
   * and {@code key_version}, which with {@code account_id} refers to the data key.
   */
  private static final List<String> KEPT_BY_OTHERS = List.of("inbox_message");

  private static final int ATTEMPTS = 10;
  private static final int REMEMBERED = 10_000;

  /**
   * The name of a secret.
   *
   * @param purpose what it is for, e.g. {@code channel-token}: 1 to 64 lower-case letters, digits
   *     and dashes
   * @param id which one of these: 1 to 128 letters, digits and {@code . _ : / -}
   */
  public record Name(String accountId, String purpose, String id) {
    private static final Pattern PURPOSE = Pattern.compile("[a-z][a-z0-9-]{0,63}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:/-]{1,128}");

    public Name {
      if (accountId.isEmpty() || !PURPOSE.matcher(purpose).matches() || !ID.matcher(id).matches()) {
        throw new IllegalArgumentException(
            "'%s/%s' is no name of a secret: use letters, digits and . _ : / -"
                .formatted(purpose, id));
      }
    }

    private String context() {
      return context("secret");
    }

    private String context(String kind) {
      return "%s\n%s\n%s\n%s".formatted(kind, accountId, purpose, id);
    }
  }

  /**
   * What {@link #seal} made. Whoever keeps it refers to {@code vault_key} by the account and this
   * version, so that the key stays for as long as the row does.
   *
   * @param keyVersion which of the account's data keys opens it
   * @param bytes 29 more than were sealed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record SealedBytes(long keyVersion, byte[] bytes) {}

  /** A data key as the database has it. */
  private record Wrapped(long version, String master, String text) {}

  private record Sealed(String purpose, String id, long version, String text) {}

  private final Sql sql;
  private final InstantSource clock;
  private final MasterKeys masters;
  private volatile List<KeyWrap> known;

  /** Those that are forgotten, too: a row may have been read just before. */
  private final Map<String, KeyWrap> unwrapping = new ConcurrentHashMap<>();

  private final ReentrantLock rotating = new ReentrantLock();

  /** Whoever wraps a data key reads; whoever changes the master keys writes. */
  private final ReadWriteLock changing = new ReentrantReadWriteLock();

  /**
   * By the context and the wrapped text: a KMS is asked once. Whoever reads a secret has read that
   * text anew.
   */
  private final Map<String, SecretKey> opened = new ConcurrentHashMap<>();

  /**
   * Opens the vault.
   *
   * @throws VaultException when a part of it is encrypted under a master key that this server does
   *     not have
   * @throws IOException when the master keys cannot be read
   */
  public Vault(Sql sql, MasterKeys masters, InstantSource clock) throws IOException {
    this.sql = sql;
    this.masters = masters;
    this.clock = clock;
    this.known = read();
    // Whoever comes first claims the database: a server with another key is found out at its start.
    current(Accounts.ADMIN);
    for (var id : sql.query("SELECT DISTINCT master_id FROM vault_key", row -> row.getString(1))) {
      master(id);
    }
  }

  /**
   * What it holds.
   *
   * @param masterKey wraps now
   * @param otherMasterKeys that are here for what was wrapped before
   * @param dataKeys of all accounts
   * @param oldDataKeys of them, wrapped by another master key than the one of now
   */
  public record Standing(
      String masterKey,
      List<String> otherMasterKeys,
      long dataKeys,
      long oldDataKeys,
      long secrets) {}

  public Standing standing() {
    var ids = known.stream().map(KeyWrap::id).distinct().toList();
    return new Standing(
        ids.getFirst(),
        ids.subList(1, ids.size()),
        count("SELECT COUNT(*) FROM vault_key"),
        count("SELECT COUNT(*) FROM vault_key WHERE master_id <> ?", ids.getFirst()),
        count("SELECT COUNT(*) FROM vault_secret"));
  }

  private long count(String query, Object... values) {
    return sql.query(query, row -> row.getLong(1), values).getFirst();
  }

  /**
   * Keeps a secret in place of the one of that name.
   *
   * @throws IllegalArgumentException when it is empty, or longer than 64 KiB
   * @throws VaultException when it cannot be encrypted now, or the actor may not
   */
  public void put(Actor actor, Name name, Secret secret) {
    var text = secret.reveal().getBytes(StandardCharsets.UTF_8);
    if (text.length == 0 || text.length > LONGEST) {
      throw new IllegalArgumentException("a secret has 1 to %,d bytes".formatted(LONGEST));
    }
    if (!actor.maySee(name.accountId())) {
      throw new VaultException("this account may not keep a secret there");
    }
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      var key = current(name.accountId());
      var sealed = text(Aead.seal(open(name.accountId(), key), text, name.context()));
      if (keep(name, key, sealed)) {
        return;
      }
      // Its key was replaced or shredded just now: the next one seals it.
    }
    throw new VaultException(
        "The secret was not kept: the data key of its account is being replaced again and again.");
  }

  /**
   * Writes it, as long as the key that sealed it is there: another of the same version would not
   * open it.
   */
  private boolean keep(Name name, Wrapped key, String sealed) {
    return sql.transaction(it -> {
      if (!isHeld(it, name.accountId(), key)) {
        return false;
      }
      it.update(
          """
          INSERT INTO vault_secret (account_id, purpose, id, key_version, sealed, updated_at) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (account_id, purpose, id)
          DO UPDATE SET key_version = excluded.key_version, sealed = excluded.sealed, updated_at = excluded.updated_at
          """,
          name.accountId(),
          name.purpose(),
          name.id(),
          key.version(),
          sealed,
          clock.millis());
      return true;
    });
  }

  /** Whether it is there; if so it stays until the end of the transaction. */
  private static boolean isHeld(Sql transaction, String accountId, Wrapped key) {
    return !transaction
        .query(
            "SELECT 1 FROM vault_key WHERE account_id = ? AND version = ? AND wrapped = ?"
                + transaction.hold(),
            _ -> true,
            accountId,
            key.version(),
            key.text())
        .isEmpty();
  }

  /**
   * The secret of that name; empty when there is none, or none that the actor may see.
   *
   * @throws VaultException when it cannot be decrypted
   */
  public Optional<Secret> get(Actor actor, Name name) {
    if (!actor.maySee(name.accountId())) {
      return Optional.empty();
    }
    return sql
        .query(
            """
            SELECT k.version, k.master_id, k.wrapped, s.sealed FROM vault_secret s
            JOIN vault_key k ON k.account_id = s.account_id AND k.version = s.key_version
            WHERE s.account_id = ? AND s.purpose = ? AND s.id = ?
            """,
            row -> Map.entry(wrapped(row), row.getString("sealed")),
            name.accountId(),
            name.purpose(),
            name.id())
        .stream()
        .findFirst()
        .map(it -> reveal(name, it.getKey(), it.getValue()));
  }

  /** A secret that has been read, and is decrypted when it is asked for. */
  public interface Locked {
    /**
     * @throws VaultException when it cannot be decrypted
     */
    Secret open();
  }

  /**
   * All secrets of an account for one purpose by their ids, read together; of those that the actor
   * may see.
   */
  public Map<String, Locked> all(Actor actor, String accountId, String purpose) {
    if (!actor.maySee(accountId)) {
      return Map.of();
    }
    return sql
        .query(
            """
            SELECT s.id, k.version, k.master_id, k.wrapped, s.sealed FROM vault_secret s
            JOIN vault_key k ON k.account_id = s.account_id AND k.version = s.key_version
            WHERE s.account_id = ? AND s.purpose = ?
            """,
            row -> {
              var name = new Name(accountId, purpose, row.getString("id"));
              var key = wrapped(row);
              var sealed = row.getString("sealed");
              return Map.<String, Locked>entry(name.id(), () -> reveal(name, key, sealed));
            },
            accountId,
            purpose)
        .stream()
        .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /**
   * The ids of an account's secrets for one purpose, in their order; of those that the actor may
   * see.
   */
  public List<String> ids(Actor actor, String accountId, String purpose) {
    return actor.maySee(accountId)
        ? sql.query(
            "SELECT id FROM vault_secret WHERE account_id = ? AND purpose = ? ORDER BY id",
            row -> row.getString("id"),
            accountId,
            purpose)
        : List.of();
  }

  /**
   * Encrypts bytes that the caller keeps, by the data key of the name's account. They open under
   * this name only, and never again once the account is shredded.
   *
   * @throws VaultException when they cannot be encrypted now
   */
  public SealedBytes seal(Name name, byte[] bytes) {
    var key = current(name.accountId());
    return new SealedBytes(
        key.version(), Aead.seal(open(name.accountId(), key), bytes, name.context("bytes")));
  }

  /**
   * Decrypts what {@link #seal} made under that name. Who may read it is the caller's to know: it
   * is who has the row.
   *
   * @return empty when its data key was shredded
   * @throws VaultException when it cannot be decrypted
   */
  public Optional<byte[]> open(Name name, SealedBytes sealed) {
    return keys(name.accountId()).stream()
        .filter(key -> key.version() == sealed.keyVersion())
        .findFirst()
        .map(key -> Aead.open(open(name.accountId(), key), sealed.bytes(), name.context("bytes")));
  }

  /** Forgets a secret; whether there was one that the actor may forget. */
  public boolean remove(Actor actor, Name name) {
    return actor.maySee(name.accountId())
        && sql.update(
                "DELETE FROM vault_secret WHERE account_id = ? AND purpose = ? AND id = ?",
                name.accountId(),
                name.purpose(),
                name.id())
            > 0;
  }

  /**
   * Forgets an account's data keys: what they sealed, here or for others, cannot be read again by
   * anybody.
   *
   * @return whether there were any
   */
  public boolean shred(String accountId) {
    var hadKeys = sql.transaction(it -> shred(it, accountId));
    forget();
    return hadKeys;
  }

  /** The same, in a transaction that does more. Tell {@link #forget} once it is done. */
  public static boolean shred(Sql transaction, String accountId) {
    // Who keeps a secret by one of these just now is waited for, and its secret goes with the rest.
    // Keys that are made from now on are left alone: to lock them last would be the way to wait for
    // somebody who waits for us.
    var versions =
        transaction.query(
            "SELECT version FROM vault_key WHERE account_id = ? ORDER BY version"
                + transaction.take(),
            row -> row.getLong("version"),
            accountId);
    for (var version : versions) {
      transaction.update(
          "DELETE FROM vault_secret WHERE account_id = ? AND key_version = ?", accountId, version);
      for (var table : KEPT_BY_OTHERS) {
        transaction.update(
            "UPDATE %s SET sealed = NULL, key_version = NULL WHERE account_id = ? AND key_version = ?"
                .formatted(table),
            accountId,
            version);
      }
      transaction.update(
          "DELETE FROM vault_key WHERE account_id = ? AND version = ?", accountId, version);
    }
    return !versions.isEmpty();
  }

  /** Forgets data keys that were opened: some account's were shredded. */
  public void forget() {
    opened.clear();
  }

  /**
   * How a rotation ended.
   *
   * @param done how many were encrypted anew
   * @param left those that could not be, and stay as they are
   */
  public record Renewal(int done, List<Left> left) {
    public Renewal {
      left = List.copyOf(left);
    }

    private Renewal plus(Renewal other) {
      return new Renewal(
          done + other.done, Stream.concat(left.stream(), other.left.stream()).toList());
    }

    static Renewal failed(String accountId, String what, VaultException why) {
      return new Renewal(0, List.of(new Left(accountId, what, String.valueOf(why.getMessage()))));
    }
  }

  /**
   * What could not be encrypted anew.
   *
   * @param what e.g. {@code data key 3}, or a secret's purpose and id with a slash between
   * @param why for people; never a part of a secret
   */
  public record Left(String accountId, String what, String why) {}

  /**
   * Gives an account a new data key, and seals its secrets by it; may be repeated when it was
   * interrupted. Secrets can be read and kept meanwhile. One that cannot be opened stays, and its
   * data key with it. Where others keep what the old data key sealed it stays, until the next time.
   *
   * @return how many secrets were sealed anew
   */
  public Renewal renewDataKey(String accountId) {
    try {
      var before = keys(accountId);
      if (before.isEmpty() || !create(accountId, before.getFirst().version() + 1)) {
        return new Renewal(0, List.of()); // shredded meanwhile
      }
      var now = current(accountId);
      open(accountId, now);
      var renewal = new Renewal(0, List.of());
      for (var secret : sealedBefore(accountId, now.version())) {
        renewal = renewal.plus(renewed(accountId, secret, now));
      }
      forgetUnused(accountId, now.version());
      return renewal;
    } catch (VaultException e) {
      return Renewal.failed(accountId, "data key", e);
    }
  }

  private Renewal renewed(String accountId, Sealed secret, Wrapped key) {
    try {
      return new Renewal(sealAnew(accountId, secret, key), List.of());
    } catch (VaultException e) {
      return Renewal.failed(accountId, secret.purpose() + "/" + secret.id(), e);
    }
  }

  /** A key that just now sealed a secret again stays, until the next time. */
  private void forgetUnused(String accountId, long version) {
    var unused =
        Stream.concat(Stream.of("vault_secret"), KEPT_BY_OTHERS.stream())
            .map(
                " AND NOT EXISTS (SELECT 1 FROM %s s WHERE s.account_id = vault_key.account_id AND s.key_version = vault_key.version)"
                    ::formatted)
            .collect(joining());
    try {
      sql.update(
          "DELETE FROM vault_key WHERE account_id = ? AND version < ?" + unused,
          accountId,
          version);
    } catch (StoreException e) {
      log.atInfo()
          .addKeyValue("account", accountId)
          .setCause(e)
          .log("an older data key is still used");
    }
  }

  /**
   * Gives every account a new data key, see {@link #renewDataKey}.
   *
   * @return how many secrets were sealed anew, of all accounts
   */
  public Renewal renewDataKeys() {
    rotating.lock();
    try {
      return sql
          .query("SELECT DISTINCT account_id FROM vault_key", row -> row.getString("account_id"))
          .stream()
          .map(this::renewDataKey)
          .reduce(new Renewal(0, List.of()), Renewal::plus);
    } finally {
      rotating.unlock();
    }
  }

  /**
   * Makes a new master key where the file's is the first, and wraps every data key by the first;
   * may be repeated when it was interrupted. Secrets can be read and kept meanwhile. A data key
   * that cannot be opened stays as it is.
   *
   * @param forgetOld whether the other master keys are deleted then, where this server keeps them
   *     and nothing is wrapped by them any more: backups from before cannot be read again. This
   *     process remembers them until its end, for whoever read a row just before
   * @return how many data keys were wrapped anew
   */
  public Renewal renewMaster(boolean forgetOld) throws IOException {
    rotating.lock(); // a second one would make a newer key, and this one would forget it
    try {
      changing.writeLock().lock();
      try {
        masters.renew();
        known = read();
      } finally {
        changing.writeLock().unlock();
      }
      var renewal = wrapAll(known.getFirst());
      if (forgetOld) {
        forgetOld(renewal);
      }
      return renewal;
    } finally {
      rotating.unlock();
    }
  }

  private void forgetOld(Renewal renewal) throws IOException {
    if (!renewal.left().isEmpty()) {
      var first = renewal.left().getFirst();
      throw new VaultException(
          "%d data keys could not be wrapped by the new master key, so no other is forgotten. The first is that of the account '%s': %s"
              .formatted(renewal.left().size(), first.accountId(), first.why()));
    }
    var left = standing().oldDataKeys();
    if (left > 0) {
      throw new VaultException(
          "%d data keys are wrapped by another master key again: another server works with an older one. Nothing is forgotten."
              .formatted(left));
    }
    masters.forgetOld();
    known = read();
  }

  private Renewal wrapAll(KeyWrap newest) {
    var renewal = new Renewal(0, List.of());
    for (var accountId :
        sql.query(
            "SELECT DISTINCT account_id FROM vault_key WHERE master_id <> ?",
            row -> row.getString("account_id"),
            newest.id())) {
      for (var key : keys(accountId)) {
        if (!key.master().equals(newest.id())) {
          renewal = renewal.plus(wrapped(accountId, key, newest));
        }
      }
    }
    return renewal;
  }

  private Renewal wrapped(String accountId, Wrapped key, KeyWrap newest) {
    byte[] opened;
    try {
      opened = open(accountId, key).getEncoded();
    } catch (VaultException e) {
      return Renewal.failed(accountId, "data key " + key.version(), e);
    }
    // Should this fail, the newest key itself is of no use: there is nothing to go on with.
    var fresh = text(newest.wrap(opened, context(accountId, key.version())));
    return new Renewal(
        sql.update(
            "UPDATE vault_key SET master_id = ?, wrapped = ? WHERE account_id = ? AND version = ? AND wrapped = ?",
            newest.id(),
            fresh,
            accountId,
            key.version(),
            key.text()),
        List.of());
  }

  private List<Sealed> sealedBefore(String accountId, long version) {
    return sql.query(
        "SELECT purpose, id, key_version, sealed FROM vault_secret WHERE account_id = ? AND key_version < ?",
        row ->
            new Sealed(
                row.getString("purpose"),
                row.getString("id"),
                row.getLong("key_version"),
                row.getString("sealed")),
        accountId,
        version);
  }

  /** One, unless it is another one meanwhile. */
  private int sealAnew(String accountId, Sealed secret, Wrapped key) {
    var name = new Name(accountId, secret.purpose(), secret.id());
    var old = keys(accountId).stream().filter(it -> it.version() == secret.version()).findFirst();
    if (old.isEmpty()) {
      return 0; // shredded
    }
    var text = Aead.open(open(accountId, old.get()), bytes(secret.text()), name.context());
    var fresh = text(Aead.seal(open(accountId, key), text, name.context()));
    return sql.transaction(it ->
        isHeld(it, accountId, key)
            ? it.update(
                "UPDATE vault_secret SET key_version = ?, sealed = ? WHERE account_id = ? AND purpose = ? AND id = ? AND sealed = ?",
                key.version(),
                fresh,
                accountId,
                secret.purpose(),
                secret.id(),
                secret.text())
            : 0);
  }

  private Secret reveal(Name name, Wrapped key, String sealed) {
    var text = Aead.open(open(name.accountId(), key), bytes(sealed), name.context());
    return Secret.of(new String(text, StandardCharsets.UTF_8));
  }

  /**
   * The key that seals now; an account without one gets its first.
   *
   * @throws VaultException when the account was deleted
   */
  private Wrapped current(String accountId) {
    var keys = keys(accountId);
    while (keys.isEmpty()) {
      if (!create(accountId, 1)) {
        throw new VaultException(
            "The account '%s' was deleted: nothing is kept for it any more.".formatted(accountId));
      }
      keys = keys(accountId);
    }
    return keys.getFirst();
  }

  /**
   * Two servers may try: the first one wins.
   *
   * @return false for a deleted account, which gets none
   */
  private boolean create(String accountId, long version) {
    var key = KeyFile.fresh();
    changing.readLock().lock();
    try {
      var newest = known.getFirst();
      var wrapped = text(newest.wrap(key, context(accountId, version))); // may ask a service
      return sql.transaction(it -> {
        if (Accounts.isDeleted(it, accountId)) {
          return false;
        }
        it.update(
            """
            INSERT INTO vault_key (account_id, version, master_id, wrapped, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (account_id, version) DO NOTHING
            """,
            accountId,
            version,
            newest.id(),
            wrapped,
            clock.millis());
        return true;
      });
    } finally {
      changing.readLock().unlock();
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The newest first. */
  private List<Wrapped> keys(String accountId) {
    return sql.query(
        "SELECT version, master_id, wrapped FROM vault_key WHERE account_id = ? ORDER BY version DESC",
        Vault::wrapped,
        accountId);
  }

  private static Wrapped wrapped(ResultSet row) throws SQLException {
    return new Wrapped(
        row.getLong("version"), row.getString("master_id"), row.getString("wrapped"));
  }

  private SecretKey open(String accountId, Wrapped key) {
    var context = context(accountId, key.version());
    var known = opened.get(context + key.text());
    if (known != null) {
      return known;
    }
    var bytes = master(key.master()).unwrap(bytes(key.text()), context);
    var fresh = new SecretKeySpec(bytes, "AES");
    Arrays.fill(bytes, (byte) 0);
    if (opened.size() >= REMEMBERED) {
      opened.clear();
    }
    opened.put(context + key.text(), fresh);
    return fresh;
  }

  private List<KeyWrap> read() throws IOException {
    var all = masters.all();
    all.forEach(it -> unwrapping.putIfAbsent(it.id(), it));
    return all;
  }

  private KeyWrap master(String id) {
    var all = known;
    return Optional.ofNullable(unwrapping.get(id))
        .orElseThrow(() ->
            new VaultException(
                "The secrets of an account are encrypted under the master key '%s', which this server does not have. It has %s. Restore master.key from your backup, or give the key by ROCKPOOL_MASTER_KEY."
                    .formatted(id, all.stream().map(KeyWrap::id).collect(joining(", ")))));
  }

  private static String context(String accountId, long version) {
    return "data key\n%s\n%d".formatted(accountId, version);
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] bytes(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new VaultException("a secret in the database was changed", e);
    }
  }
}
