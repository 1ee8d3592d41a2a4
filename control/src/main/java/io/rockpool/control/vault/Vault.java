package io.rockpool.control.vault;

import static java.util.stream.Collectors.toMap;

import io.rockpool.control.account.Actor;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps secrets of accounts, encrypted. Each account has a data key of its own; a master key wraps
 * it. What is sealed is bound to its account, its purpose and its id, so that it opens nowhere
 * else. Without its data key an account's secrets, those in old backups too, are noise: {@link
 * #shred} is how an account is forgotten.
 */
public final class Vault {
  private static final int LONGEST = 64 << 10;
  private static final int ATTEMPTS = 10;

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

    String context() {
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

  private final Sql sql;
  private final InstantSource clock;
  private final DataKeys keys;
  private final Rotation rotation;

  /**
   * Opens the vault.
   *
   * @throws VaultException when a part of it is encrypted under a master key that this server does
   *     not have
   * @throws IOException when the master keys cannot be read
   */
  public Vault(Sql sql, MasterKeys masters, InstantSource clock) throws IOException {
    this.sql = sql;
    this.clock = clock;
    this.keys = new DataKeys(sql, masters, clock);
    this.rotation = new Rotation(sql, keys);
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
    return keys.standing();
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
      var key = keys.current(name.accountId());
      var sealed = InText.of(Aead.seal(keys.open(name.accountId(), key), text, name.context()));
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
  private boolean keep(Name name, DataKeys.Wrapped key, String sealed) {
    return sql.transaction(it -> {
      if (!DataKeys.isHeld(it, name.accountId(), key)) {
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
            row -> Map.entry(DataKeys.Wrapped.of(row), row.getString("sealed")),
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
              var key = DataKeys.Wrapped.of(row);
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

  private Secret reveal(Name name, DataKeys.Wrapped key, String sealed) {
    var text = Aead.open(keys.open(name.accountId(), key), InText.bytes(sealed), name.context());
    return Secret.of(new String(text, StandardCharsets.UTF_8));
  }

  /**
   * Encrypts bytes that the caller keeps, by the data key of the name's account. They open under
   * this name only, and never again once the account is shredded.
   *
   * <p>The data key may have been replaced or shredded on another server within the last second:
   * then the row that refers to it cannot be written. Tell {@link #readAnew} and seal again.
   *
   * @throws VaultException when they cannot be encrypted now
   */
  public SealedBytes seal(Name name, byte[] bytes) {
    var key = keys.currentRecently(name.accountId());
    return new SealedBytes(
        key.version(), Aead.seal(keys.open(name.accountId(), key), bytes, name.context("bytes")));
  }

  /** What {@link #seal} made could not be kept: the account's data keys are read anew. */
  public void readAnew(String accountId) {
    keys.readAnew(accountId);
  }

  /**
   * Decrypts what {@link #seal} made under that name. Who may read it is the caller's to know: it
   * is who has the row.
   *
   * @return empty when its data key was shredded; on another server, a second ago or more
   * @throws VaultException when it cannot be decrypted
   */
  public Optional<byte[]> open(Name name, SealedBytes sealed) {
    Optional<byte[]> opened;
    try {
      opened = opened(keys.allRecently(name.accountId()), name, sealed);
    } catch (VaultException _) { // perhaps by another key of the same version
      opened = Optional.empty();
    }
    return opened.isPresent() ? opened : opened(keys.all(name.accountId()), name, sealed);
  }

  private Optional<byte[]> opened(List<DataKeys.Wrapped> all, Name name, SealedBytes sealed) {
    return all.stream()
        .filter(key -> key.version() == sealed.keyVersion())
        .findFirst()
        .map(key ->
            Aead.open(keys.open(name.accountId(), key), sealed.bytes(), name.context("bytes")));
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
    var hadKeys = sql.transaction(it -> DataKeys.shred(it, accountId));
    keys.forget();
    return hadKeys;
  }

  /** The same, in a transaction that does more. Tell {@link #forget} once it is done. */
  public static boolean shred(Sql transaction, String accountId) {
    return DataKeys.shred(transaction, accountId);
  }

  /** Forgets data keys that were opened: some account's were shredded. */
  public void forget() {
    keys.forget();
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

    Renewal plus(Renewal other) {
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
    return rotation.renewDataKey(accountId);
  }

  /**
   * Gives every account a new data key, see {@link #renewDataKey}.
   *
   * @return how many secrets were sealed anew, of all accounts
   */
  public Renewal renewDataKeys() {
    return rotation.renewDataKeys();
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
    return rotation.renewMaster(forgetOld);
  }
}
