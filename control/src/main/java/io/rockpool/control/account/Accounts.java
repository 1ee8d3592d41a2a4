package io.rockpool.control.account;

import io.rockpool.control.store.Sql;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;

/** Accounts and the bearer tokens that stand for them. */
public final class Accounts {
  /** The one account of a new home. */
  public static final String ADMIN = "admin";

  /**
   * The owner of instances that nobody owns yet, see the warm pool. It is there from the first
   * migration on, holds no token, and nobody acts for it but the pool.
   */
  public static final String POOL = "pool";

  private final Sql sql;
  private final InstantSource clock;

  public Accounts(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** Makes {@code token} the only admin token; the admin account is created when it is missing. */
  public void admitAdmin(Secret token) {
    var now = clock.millis();
    var hash = hash(token);
    sql.transaction(it -> {
      it.update(
          "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 1, ?) ON CONFLICT (id) DO NOTHING",
          ADMIN,
          "Administrator",
          now);
      it.update(
          "DELETE FROM api_token WHERE account_id = ? AND name = 'admin.token' AND hash <> ?",
          ADMIN,
          hash);
      return it.update(
          "INSERT INTO api_token (hash, account_id, name, created_at) VALUES (?, ?, 'admin.token', ?) ON CONFLICT (hash) DO NOTHING",
          hash,
          ADMIN,
          now);
    });
  }

  /** Who holds {@code token}; empty for an unknown one. */
  public Optional<Actor> holding(Secret token) {
    // Looked up by its hash: the time it takes says nothing about the token.
    return sql
        .query(
            "SELECT a.id, a.operator FROM api_token t JOIN account a ON a.id = t.account_id WHERE t.hash = ?",
            row -> {
              var id = row.getString("id");
              return row.getLong("operator") == 1
                  ? (Actor) new Actor.Operator(id)
                  : new Actor.User(id);
            },
            hash(token))
        .stream()
        .findFirst();
  }

  /** Whether there is such an account, for this actor. The pool's is none. */
  public boolean exists(Actor actor, String id) {
    return actor.maySee(id)
        && !id.equals(POOL)
        && !sql.query("SELECT id FROM account WHERE id = ?", row -> row.getString(1), id).isEmpty();
  }

  private static String hash(Secret token) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(digest.digest(token.reveal().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
