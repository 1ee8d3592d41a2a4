package io.rockpool.control.vault;

import static java.util.stream.Collectors.joining;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data keys of all accounts, each wrapped by a master key. An account has one that seals now,
 * the newest; older ones stay for as long as something that they sealed does.
 */
final class DataKeys {
  private static final Logger log = LoggerFactory.getLogger(DataKeys.class);

  /**
   * Tables of others that keep what {@link Vault#seal} made, in columns that may be null: {@code
   * sealed} and {@code key_version}, which with {@code account_id} refers to the data key.
   */
  private static final List<String> KEPT_BY_OTHERS = List.of("inbox_message", "outbox_message");

  private static final int REMEMBERED = 10_000;

  /** So old may be what is known of an account's keys where messages come by the thousand. */
  private static final Duration RECENT = Duration.ofSeconds(1);

  /**
   * A data key as the database has it.
   *
   * @param master the id of the master key that wraps it
   * @param text wrapped, in Base64
   */
  record Wrapped(long version, String master, String text) {
    /** Of the columns {@code version}, {@code master_id} and {@code wrapped}. */
    static Wrapped of(ResultSet row) throws SQLException {
      return new Wrapped(
          row.getLong("version"), row.getString("master_id"), row.getString("wrapped"));
    }
  }

  /**
   * An account's keys, the newest first.
   *
   * @param at when they were read, by {@link System#nanoTime}
   */
  private record Read(List<Wrapped> keys, long at) {}

  private final Sql sql;
  private final InstantSource clock;
  private final MasterKeys masters;

  /** The master keys: the first wraps. */
  private volatile List<KeyWrap> known;

  /** Those that are forgotten, too: a row may have been read just before. */
  private final Map<String, KeyWrap> unwrapping = new ConcurrentHashMap<>();

  /** Whoever wraps a data key reads; whoever changes the master keys writes. */
  private final ReadWriteLock changing = new ReentrantReadWriteLock();

  /**
   * By the context and the wrapped text: a KMS is asked once. Whoever reads a secret has read that
   * text anew.
   */
  private final Map<String, SecretKey> opened = new ConcurrentHashMap<>();

  /** By account. */
  private final Map<String, Read> recent = new ConcurrentHashMap<>();

  /**
   * Opens the data keys of a database.
   *
   * @throws VaultException when one of them is wrapped by a master key that this server does not
   *     have
   * @throws IOException when the master keys cannot be read
   */
  DataKeys(Sql sql, MasterKeys masters, InstantSource clock) throws IOException {
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

  /** See {@link Vault#standing}. */
  Vault.Standing standing() {
    var ids = known.stream().map(KeyWrap::id).distinct().toList();
    return new Vault.Standing(
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
   * The key that seals now; an account without one gets its first.
   *
   * @throws VaultException when the account was deleted
   */
  Wrapped current(String accountId) {
    var keys = all(accountId);
    while (keys.isEmpty()) {
      if (!create(accountId, 1)) {
        throw new VaultException(
            "The account '%s' was deleted: nothing is kept for it any more.".formatted(accountId));
      }
      keys = all(accountId);
    }
    return keys.getFirst();
  }

  /**
   * The same as it was a second ago at most. It may be gone by now: whoever keeps what it seals
   * refers to it, and learns so.
   */
  Wrapped currentRecently(String accountId) {
    var keys = allRecently(accountId);
    return keys.isEmpty() ? current(accountId) : keys.getFirst();
  }

  /**
   * Makes a data key of that version. Two servers may try: the first one wins.
   *
   * @return false for a deleted account, which gets none
   * @throws VaultException when a service that wraps it does not answer, or refuses
   */
  boolean create(String accountId, long version) {
    var key = KeyFile.fresh();
    changing.readLock().lock();
    try {
      var newest = known.getFirst();
      var wrapped = InText.of(newest.wrap(key, context(accountId, version))); // may ask a service
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
      recent.remove(accountId);
      changing.readLock().unlock();
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The data keys of an account, the newest first; empty once they were shredded. */
  List<Wrapped> all(String accountId) {
    return sql.query(
        "SELECT version, master_id, wrapped FROM vault_key WHERE account_id = ? ORDER BY version DESC",
        Wrapped::of,
        accountId);
  }

  /** The same as they were a second ago at most. */
  List<Wrapped> allRecently(String accountId) {
    var known = recent.get(accountId);
    if (known != null && System.nanoTime() - known.at() < RECENT.toNanos()) {
      return known.keys();
    }
    long at = System.nanoTime();
    var keys = all(accountId);
    if (recent.size() >= REMEMBERED) {
      recent.clear();
    }
    recent.put(accountId, new Read(keys, at));
    return keys;
  }

  /** Has them read anew when they are needed next. */
  void readAnew(String accountId) {
    recent.remove(accountId);
  }

  /**
   * What seals and opens.
   *
   * @throws VaultException when this server does not have its master key, or it was changed, or a
   *     service that unwraps it does not answer
   */
  SecretKey open(String accountId, Wrapped key) {
    var context = context(accountId, key.version());
    var known = opened.get(context + key.text());
    if (known != null) {
      return known;
    }
    var bytes = master(key.master()).unwrap(InText.bytes(key.text()), context);
    var fresh = new SecretKeySpec(bytes, "AES");
    Arrays.fill(bytes, (byte) 0);
    if (opened.size() >= REMEMBERED) {
      opened.clear();
    }
    opened.put(context + key.text(), fresh);
    return fresh;
  }

  /** Whether a data key is there; if so it stays until the end of the transaction. */
  static boolean isHeld(Sql transaction, String accountId, Wrapped key) {
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
   * Shreds an account's data keys with what they sealed, in a transaction that may do more. Tell
   * {@link #forget} once it is done.
   *
   * @return whether there were any
   */
  static boolean shred(Sql transaction, String accountId) {
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
  void forget() {
    recent.clear();
    opened.clear();
  }

  /**
   * Forgets an account's data keys before that version where nothing that they sealed is left. One
   * that just now sealed a secret again stays, until the next time.
   */
  void forgetUnused(String accountId, long version) {
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
   * Makes a new master key where the file's is the first, and reads all again.
   *
   * @return the one that wraps from now on
   */
  KeyWrap renewMaster() throws IOException {
    changing.writeLock().lock();
    try {
      masters.renew();
      known = read();
      return known.getFirst();
    } finally {
      changing.writeLock().unlock();
    }
  }

  /** Deletes the other master keys where this server keeps them: nothing is wrapped by them. */
  void forgetOldMasters() throws IOException {
    masters.forgetOld();
    known = read();
  }

  /** The accounts that have a data key. */
  List<String> accounts() {
    return sql.query(
        "SELECT DISTINCT account_id FROM vault_key", row -> row.getString("account_id"));
  }

  /** The accounts that have a data key which another master key wraps. */
  List<String> accountsNotWrappedBy(KeyWrap master) {
    return sql.query(
        "SELECT DISTINCT account_id FROM vault_key WHERE master_id <> ?",
        row -> row.getString("account_id"),
        master.id());
  }

  /**
   * Wraps a data key by that master key.
   *
   * @param opened the same data key, see {@link #open}
   * @return 1; 0 when it was wrapped or shredded meanwhile
   * @throws VaultException when a service that wraps it does not answer, or refuses
   */
  int wrapAnew(String accountId, Wrapped key, SecretKey opened, KeyWrap master) {
    var fresh = InText.of(master.wrap(opened.getEncoded(), context(accountId, key.version())));
    return sql.update(
        "UPDATE vault_key SET master_id = ?, wrapped = ? WHERE account_id = ? AND version = ? AND wrapped = ?",
        master.id(),
        fresh,
        accountId,
        key.version(),
        key.text());
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
}
