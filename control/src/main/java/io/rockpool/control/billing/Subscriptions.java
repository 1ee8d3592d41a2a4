package io.rockpool.control.billing;

import io.rockpool.control.store.Sql;
import io.rockpool.payment.Purchase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Subscriptions in a relational database, at most one of each account. */
public final class Subscriptions {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Sql sql;

  public Subscriptions(Sql sql) {
    this.sql = sql;
  }

  public Optional<Subscription> of(String account) {
    return sql
        .query("SELECT * FROM subscription WHERE account_id = ?", Subscriptions::read, account)
        .stream()
        .findFirst();
  }

  /** Whether an account is an operator's: it pays nothing. */
  boolean isOperators(String account) {
    return !sql.query("SELECT 1 FROM account WHERE id = ? AND operator = 1", _ -> true, account)
        .isEmpty();
  }

  /** Adds one; false when its account has another already. */
  boolean add(Subscription it) {
    return sql.update(
            """
            INSERT INTO subscription (account_id, provider, plan, quantity, order_id, reference, buyer, purchase, paid, since,
              told, look_at, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account_id) DO NOTHING
            """,
            it.account(),
            it.provider(),
            it.plan(),
            it.quantity(),
            it.order(),
            reference(it),
            buyer(it),
            purchase(it),
            it.paid() ? 1 : 0,
            it.since().toEpochMilli(),
            JSON.writeValueAsString(it.told()),
            it.lookAt().toEpochMilli(),
            it.revision())
        == 1;
  }

  /** Writes it, unless somebody else wrote since it was read: then it is out of date. */
  boolean save(Subscription it) {
    return save(sql, it);
  }

  /** The same, and with it does something else: both or neither. */
  boolean save(Subscription it, Consumer<Sql> also) {
    return sql.transaction(transaction -> {
      boolean saved = save(transaction, it);
      if (saved) {
        also.accept(transaction);
      }
      return saved;
    });
  }

  private static boolean save(Sql at, Subscription it) {
    return at.update(
            """
            UPDATE subscription SET provider = ?, plan = ?, quantity = ?, order_id = ?, reference = ?, buyer = COALESCE(?, buyer),
              purchase = ?, paid = ?, since = ?, told = ?, look_at = ?, revision = revision + 1
            WHERE account_id = ? AND revision = ?
            """,
            it.provider(),
            it.plan(),
            it.quantity(),
            it.order(),
            reference(it),
            buyer(it),
            purchase(it),
            it.paid() ? 1 : 0,
            it.since().toEpochMilli(),
            JSON.writeValueAsString(it.told()),
            it.lookAt().toEpochMilli(),
            it.account(),
            it.revision())
        == 1;
  }

  /** Who paid for this account before, as its provider calls them. */
  Optional<String> buyer(String account, String provider) {
    return sql
        .query(
            "SELECT buyer FROM subscription WHERE account_id = ? AND provider = ? AND buyer IS NOT NULL",
            row -> row.getString(1),
            account,
            provider)
        .stream()
        .findFirst();
  }

  /** The next purchase is that of somebody new. */
  void forgetBuyer(String account) {
    sql.update("UPDATE subscription SET buyer = NULL WHERE account_id = ?", account);
  }

  /** Whose subscriptions these names are about: references, orders or buyers. */
  List<String> accounts(String provider, List<String> names) {
    if (names.isEmpty()) {
      return List.of();
    }
    var places = String.join(", ", Collections.nCopies(names.size(), "?"));
    var values = new ArrayList<Object>(List.of(provider));
    for (int i = 0; i < 3; i++) {
      values.addAll(names);
    }
    return sql.query(
        "SELECT account_id FROM subscription WHERE provider = ? AND (reference IN (%1$s) OR order_id IN (%1$s) OR buyer IN (%1$s)) ORDER BY account_id"
            .formatted(places),
        row -> row.getString(1),
        values.toArray());
  }

  /** Those that somebody must look at by now, longest due first. */
  List<String> due(Instant now, int limit) {
    return sql.query(
        "SELECT account_id FROM subscription WHERE look_at <= ? ORDER BY look_at LIMIT ?",
        row -> row.getString(1),
        now.toEpochMilli(),
        limit);
  }

  /** Lets it be looked at later than now. */
  void postpone(String account, Instant until) {
    sql.update(
        "UPDATE subscription SET look_at = ? WHERE account_id = ? AND look_at < ?",
        until.toEpochMilli(),
        account,
        until.toEpochMilli());
  }

  /** Notes when it is looked at again, unless somebody wrote since. */
  void settle(String account, long revision, Instant lookAt) {
    sql.update(
        "UPDATE subscription SET look_at = ? WHERE account_id = ? AND revision = ?",
        lookAt.toEpochMilli(),
        account,
        revision);
  }

  private static @Nullable String reference(Subscription it) {
    var purchase = it.purchase();
    return purchase == null ? null : purchase.reference();
  }

  private static @Nullable String buyer(Subscription it) {
    var purchase = it.purchase();
    return purchase == null ? null : purchase.buyer();
  }

  private static @Nullable String purchase(Subscription it) {
    return it.purchase() == null ? null : JSON.writeValueAsString(it.purchase());
  }

  private static Subscription read(ResultSet row) throws SQLException {
    var purchase = row.getString("purchase");
    return new Subscription(
        row.getString("account_id"),
        row.getString("provider"),
        row.getString("plan"),
        row.getInt("quantity"),
        row.getString("order_id"),
        purchase == null ? null : JSON.readValue(purchase, Purchase.class),
        row.getLong("paid") == 1,
        Instant.ofEpochMilli(row.getLong("since")),
        JSON.readValue(row.getString("told"), Told.class),
        Instant.ofEpochMilli(row.getLong("look_at")),
        row.getLong("revision"));
  }
}
