package io.rockpool.control.account;

import io.rockpool.control.store.Sql;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Accounts and the bearer tokens that stand for them. One that was deleted looks like none; its row
 * stays, so that the books name it and its id is given to nobody else.
 */
public final class Accounts {
  /** The one account of a new home. */
  public static final String ADMIN = "admin";

  /**
   * The owner of instances that nobody owns yet, see the warm pool. It is there from the first
   * migration on, holds no token, and nobody acts for it but the pool.
   */
  public static final String POOL = "pool";

  /** So many tokens of an account at most. */
  public static final int MOST_TOKENS = 100;

  /** The name of the administrator's token: that of its file. */
  private static final String ADMIN_TOKEN = "admin.token";

  private static final Pattern ID = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** They mean something else where an account is named. */
  private static final Set<String> RESERVED = Set.of(ADMIN, POOL, "me", "list", "operator");

  private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
  private static final int ID_LENGTH = 12;

  /**
   * Digits of a token's hash that name it: enough to tell tokens apart, and no help to find one.
   */
  private static final int TOKEN_ID_LENGTH = 16;

  /**
   * An account.
   *
   * @param operator whether it may do everything
   */
  public record Account(String id, String name, boolean operator, Instant createdAt) {}

  /** A token, without its secret. */
  public record Token(String id, String name, Instant createdAt) {}

  /**
   * A token that was just made: the secret is not kept, so this is the only time it can be seen.
   */
  public record MadeToken(Token token, Secret secret) {}

  /** How making a token ended. */
  public sealed interface TokenMade {
    record Made(MadeToken made) implements TokenMade {}

    /** There is no such account, or not for this actor. */
    record NoAccount() implements TokenMade {}

    /** It has {@link #MOST_TOKENS}. */
    record TooMany() implements TokenMade {}
  }

  /** How revoking a token ended. */
  public enum Revoked {
    DONE,
    UNKNOWN,
    /** It is that of the administrator's file: the next start would admit it again. */
    OF_FILE
  }

  /** Where a list goes on: behind this account. */
  public record Position(Instant createdAt, String id) {}

  private final Sql sql;
  private final InstantSource clock;
  private final RandomGenerator random = new SecureRandom();

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
          "DELETE FROM api_token WHERE account_id = ? AND name = ? AND hash <> ?",
          ADMIN,
          ADMIN_TOKEN,
          hash);
      return it.update(
          "INSERT INTO api_token (hash, account_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
          hash,
          ADMIN,
          ADMIN_TOKEN,
          now);
    });
  }

  /** Who holds {@code token}; empty for an unknown one. */
  public Optional<Actor> holding(Secret token) {
    // Looked up by its hash: the time it takes says nothing about the token.
    return sql
        .query(
            "SELECT a.id, a.operator FROM api_token t JOIN account a ON a.id = t.account_id WHERE t.hash = ? AND a.deleted_at IS NULL",
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

  /** Whether {@code actor} may see such an account; one that it may not looks like none. */
  public boolean isSeen(Actor actor, String id) {
    return find(actor, id).isPresent();
  }

  /** The account, if {@code actor} may see it. */
  public Optional<Account> find(Actor actor, String id) {
    return actor.maySee(id)
        ? sql
            .query(
                "SELECT * FROM account WHERE id = ? AND deleted_at IS NULL", Accounts::account, id)
            .stream()
            .findFirst()
        : Optional.empty();
  }

  /** At most {@code limit} of those that {@code actor} may see, oldest first. */
  public List<Account> list(Actor actor, @Nullable Position position, int limit) {
    var behind = position == null ? new Position(Instant.EPOCH, "") : position;
    return sql.query(
        """
        SELECT * FROM account
        WHERE (created_at, id) > (?, ?) AND id = COALESCE(?, id) AND id <> ? AND deleted_at IS NULL
        ORDER BY created_at, id LIMIT ?
        """,
        Accounts::account,
        behind.createdAt().toEpochMilli(),
        behind.id(),
        actor instanceof Actor.User(var own) ? own : null,
        POOL,
        limit);
  }

  /** Whether an account can be called so: 1 to 63 lower-case letters, digits and dashes inside. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches() && !RESERVED.contains(text);
  }

  /**
   * Makes an account, for a user.
   *
   * @param id as {@link #isId} wants it; null for one of twelve random letters
   * @param name for people
   * @return empty when there is one of that id, or was
   */
  public Optional<Account> create(@Nullable String id, String name) {
    if (id != null && !isId(id)) {
      throw new IllegalArgumentException("an account cannot be called '%s'".formatted(id));
    }
    var account =
        new Account(id == null ? letters() : id, name, false, Instant.ofEpochMilli(clock.millis()));
    var added =
        sql.update(
            "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO NOTHING",
            account.id(),
            account.name(),
            account.createdAt().toEpochMilli());
    return added == 1 ? Optional.of(account) : Optional.empty();
  }

  /**
   * Makes a token that stands for an account.
   *
   * @param name for people
   */
  public TokenMade makeToken(Actor actor, String id, String name) {
    if (name.equals(ADMIN_TOKEN)) {
      throw new IllegalArgumentException(
          "'%s' is the name of the administrator's file".formatted(ADMIN_TOKEN));
    }
    if (!actor.maySee(id)) {
      return new TokenMade.NoAccount();
    }
    var bytes = new byte[32];
    random.nextBytes(bytes);
    var secret = Secret.of("rp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    var hash = hash(secret);
    var now = clock.millis();
    return sql.transaction(it -> {
      if (!isThere(it, id)) {
        return new TokenMade.NoAccount();
      }
      var added =
          it.update(
              """
              INSERT INTO api_token (hash, account_id, name, created_at)
              SELECT CAST(? AS TEXT), id, CAST(? AS TEXT), CAST(? AS BIGINT) FROM account
              WHERE id = ? AND (SELECT COUNT(*) FROM api_token WHERE account_id = ?) < ?
              """,
              hash,
              name,
              now,
              id,
              id,
              MOST_TOKENS);
      return added == 1
          ? new TokenMade.Made(
              new MadeToken(new Token(tokenId(hash), name, Instant.ofEpochMilli(now)), secret))
          : new TokenMade.TooMany();
    });
  }

  /** The tokens of an account that the actor may see, the oldest first. */
  public List<Token> tokens(Actor actor, String id) {
    return actor.maySee(id)
        ? sql.query(
            "SELECT * FROM api_token WHERE account_id = ? ORDER BY created_at, hash",
            row ->
                new Token(
                    tokenId(row.getString("hash")),
                    row.getString("name"),
                    Instant.ofEpochMilli(row.getLong("created_at"))),
            id)
        : List.of();
  }

  /** Makes a token worthless. */
  public Revoked revokeToken(Actor actor, String id, String token) {
    if (!actor.maySee(id)) {
      return Revoked.UNKNOWN;
    }
    return sql.transaction(it -> {
      var names =
          it.query(
              "SELECT name FROM api_token WHERE account_id = ? AND substr(hash, 1, ?) = ?",
              row -> row.getString("name"),
              id,
              TOKEN_ID_LENGTH,
              token);
      if (names.isEmpty()) {
        return Revoked.UNKNOWN;
      }
      if (id.equals(ADMIN) && names.contains(ADMIN_TOKEN)) {
        return Revoked.OF_FILE;
      }
      it.update(
          "DELETE FROM api_token WHERE account_id = ? AND substr(hash, 1, ?) = ?",
          id,
          TOKEN_ID_LENGTH,
          token);
      return Revoked.DONE;
    });
  }

  /**
   * In a transaction that writes something of an account's: whether it is there. If so, it stays
   * until the end of the transaction, and who deletes it sees what was written.
   */
  public static boolean isThere(Sql transaction, String id) {
    return !transaction
        .query(
            "SELECT 1 FROM account WHERE id = ? AND deleted_at IS NULL" + transaction.hold(),
            _ -> true,
            id)
        .isEmpty();
  }

  /** The same, whether it was deleted: what has no account yet was not. */
  public static boolean isDeleted(Sql transaction, String id) {
    return transaction
        .query(
            "SELECT deleted_at FROM account WHERE id = ?" + transaction.hold(),
            row -> row.getObject("deleted_at") != null,
            id)
        .contains(true);
  }

  private static Account account(ResultSet row) throws SQLException {
    return new Account(
        row.getString("id"),
        row.getString("name"),
        row.getLong("operator") == 1,
        Instant.ofEpochMilli(row.getLong("created_at")));
  }

  private String letters() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    return id.toString();
  }

  private static String tokenId(String hash) {
    return hash.substring(0, Math.min(TOKEN_ID_LENGTH, hash.length()));
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
