package io.rockpool.control.channel;

import io.rockpool.control.account.Actor;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** What connections hold in the vault. All may throw a {@link VaultException}. */
final class ConnectionSecrets {
  private static final Actor SERVER = new Actor.Rockpool("channels");
  private static final String TOKEN = "channel-token";
  private static final String SECRET = "channel-secret";
  private static final String KEY = "channel-key";

  /**
   * Of one connection.
   *
   * @param token of the bot
   * @param secret by which the platform proves itself
   * @param key in the webhook's address
   */
  record Held(Secret token, Secret secret, Secret key) {}

  private final Vault vault;

  ConnectionSecrets(Vault vault) {
    this.vault = vault;
  }

  /** The token comes last: where it is, all are. */
  void put(Connection of, Held held) {
    vault.put(SERVER, name(of, KEY), held.key());
    vault.put(SERVER, name(of, SECRET), held.secret());
    vault.put(SERVER, name(of, TOKEN), held.token());
  }

  /** Empty where they never were all kept, or were shredded. */
  Optional<Held> of(Connection connection) {
    return vault
        .get(SERVER, name(connection, TOKEN))
        .flatMap(token ->
            vault
                .get(SERVER, name(connection, SECRET))
                .flatMap(secret ->
                    vault
                        .get(SERVER, name(connection, KEY))
                        .map(key -> new Held(token, secret, key))));
  }

  /** Of its bot; empty where it was shredded. */
  Optional<Secret> token(Connection of) {
    return vault.get(SERVER, name(of, TOKEN));
  }

  /** By which its platform proves itself; empty where it was shredded. */
  Optional<Secret> secret(Connection of) {
    return vault.get(SERVER, name(of, SECRET));
  }

  void remove(Connection of) {
    for (var purpose : new String[] {TOKEN, SECRET, KEY}) {
      vault.remove(SERVER, name(of, purpose));
    }
  }

  /** As the database knows a key. */
  static String hash(String key) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static String hash(Secret key) {
    return hash(key.reveal());
  }

  private static Vault.Name name(Connection of, String purpose) {
    return new Vault.Name(of.accountId(), purpose, of.id());
  }
}
