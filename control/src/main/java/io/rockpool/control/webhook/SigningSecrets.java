package io.rockpool.control.webhook;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What messages are signed by: in the vault, each under its webhook and serial. The row that says
 * that there is one is written first, so that nothing is in the vault that nobody knows of.
 */
final class SigningSecrets {
  private static final String PURPOSE = "webhook-secret";
  private static final Actor SERVER = new Actor.Rockpool("webhooks");

  private final WebhookStore store;
  private final Vault vault;
  private final RandomGenerator random;

  SigningSecrets(WebhookStore store, Vault vault, RandomGenerator random) {
    this.store = store;
    this.vault = vault;
    this.random = random;
  }

  /**
   * Makes one.
   *
   * @throws VaultException when it cannot be encrypted now
   */
  Secret make(String webhook, long serial) {
    var secret = Signature.freshSecret(random);
    vault.put(SERVER, name(webhook, serial), secret);
    return secret;
  }

  /**
   * Those that sign now, newest first; without any that was shredded.
   *
   * @throws VaultException when one cannot be decrypted
   */
  List<Secret> of(String webhook, Instant now) {
    return store.secrets(webhook, now).stream()
        .map(serial -> vault.get(SERVER, name(webhook, serial)))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Forgets what signs no more. */
  void tidy(Instant now) {
    var kept = vault.ids(SERVER, Accounts.ADMIN, PURPOSE);
    var known = store.tidySecrets(now);
    kept.stream()
        .filter(id -> !known.contains(id))
        .forEach(id -> vault.remove(SERVER, new Vault.Name(Accounts.ADMIN, PURPOSE, id)));
  }

  private static Vault.Name name(String webhook, long serial) {
    return new Vault.Name(Accounts.ADMIN, PURPOSE, webhook + "/" + serial);
  }
}
