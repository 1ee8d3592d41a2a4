package io.rockpool.control.vault;

import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault.Renewal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.SecretKey;

/**
 * Encrypts anew what is there: the secrets of an account by a new data key, the data keys by a new
 * master key. Secrets can be read and kept meanwhile, and whatever was interrupted may be repeated.
 */
final class Rotation {
  private record Sealed(String purpose, String id, long version, String text) {}

  private final Sql sql;
  private final DataKeys keys;

  /** One at a time: a second one would make a newer master key, and the first would forget it. */
  private final ReentrantLock rotating = new ReentrantLock();

  Rotation(Sql sql, DataKeys keys) {
    this.sql = sql;
    this.keys = keys;
  }

  /** See {@link Vault#renewDataKeys}. */
  Renewal renewDataKeys() {
    rotating.lock();
    try {
      return keys.accounts().stream()
          .map(this::renewDataKey)
          .reduce(new Renewal(0, List.of()), Renewal::plus);
    } finally {
      rotating.unlock();
    }
  }

  /** See {@link Vault#renewDataKey}. */
  Renewal renewDataKey(String accountId) {
    try {
      var before = keys.all(accountId);
      if (before.isEmpty() || !keys.create(accountId, before.getFirst().version() + 1)) {
        return new Renewal(0, List.of()); // shredded meanwhile
      }
      var now = keys.current(accountId);
      keys.open(accountId, now);
      var renewal = new Renewal(0, List.of());
      for (var secret : sealedBefore(accountId, now.version())) {
        renewal = renewal.plus(renewed(accountId, secret, now));
      }
      keys.forgetUnused(accountId, now.version());
      return renewal;
    } catch (VaultException e) {
      return Renewal.failed(accountId, "data key", e);
    }
  }

  private Renewal renewed(String accountId, Sealed secret, DataKeys.Wrapped key) {
    try {
      return new Renewal(sealAnew(accountId, secret, key), List.of());
    } catch (VaultException e) {
      return Renewal.failed(accountId, secret.purpose() + "/" + secret.id(), e);
    }
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
  private int sealAnew(String accountId, Sealed secret, DataKeys.Wrapped key) {
    var name = new Vault.Name(accountId, secret.purpose(), secret.id());
    var old =
        keys.all(accountId).stream().filter(it -> it.version() == secret.version()).findFirst();
    if (old.isEmpty()) {
      return 0; // shredded
    }
    var text =
        Aead.open(keys.open(accountId, old.get()), InText.bytes(secret.text()), name.context());
    var fresh = InText.of(Aead.seal(keys.open(accountId, key), text, name.context()));
    return sql.transaction(it ->
        DataKeys.isHeld(it, accountId, key)
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

  /** See {@link Vault#renewMaster}. */
  Renewal renewMaster(boolean forgetOld) throws IOException {
    rotating.lock();
    try {
      var renewal = wrapAll(keys.renewMaster());
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
    var left = keys.standing().oldDataKeys();
    if (left > 0) {
      throw new VaultException(
          "%d data keys are wrapped by another master key again: another server works with an older one. Nothing is forgotten."
              .formatted(left));
    }
    keys.forgetOldMasters();
  }

  private Renewal wrapAll(KeyWrap newest) {
    var renewal = new Renewal(0, List.of());
    for (var accountId : keys.accountsNotWrappedBy(newest)) {
      for (var key : keys.all(accountId)) {
        if (!key.master().equals(newest.id())) {
          renewal = renewal.plus(wrapped(accountId, key, newest));
        }
      }
    }
    return renewal;
  }

  private Renewal wrapped(String accountId, DataKeys.Wrapped key, KeyWrap newest) {
    SecretKey opened;
    try {
      opened = keys.open(accountId, key);
    } catch (VaultException e) {
      return Renewal.failed(accountId, "data key " + key.version(), e);
    }
    // Should this fail, the newest key itself is of no use: there is nothing to go on with.
    return new Renewal(keys.wrapAnew(accountId, key, opened, newest), List.of());
  }
}
