package io.rockpool.control.departure;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes accounts. All at once, or not at all: its instances are to be gone, its tokens and keys
 * are worthless, what it set is forgotten, and its secrets are shredded. What was used and what was
 * owed stay, under its id and its name, for the operator's books.
 *
 * <p>Whoever writes something for an account holds its row ({@link Accounts#isThere}): so what
 * comes before the deletion goes with it, and what comes after it is refused.
 */
public final class Departures {
  /** How wanting an account to be gone ended. */
  public sealed interface Departure {
    /**
     * @param instances how many of its instances are being destroyed
     */
    record Gone(int instances) implements Departure {}

    /** There is none, or it was deleted before. */
    record Unknown() implements Departure {}

    /** It has instances, and nobody said that they may go. Nothing was changed. */
    record Occupied(List<InstanceId> instances) implements Departure {
      public Occupied {
        instances = List.copyOf(instances);
      }
    }

    /**
     * Nothing was changed.
     *
     * @param why what keeps it, and what to do
     */
    record Kept(String why) implements Departure {}
  }

  private static final Logger log = LoggerFactory.getLogger(Departures.class);
  private static final Actor SERVER = new Actor.Rockpool("departure");

  /** What an account set, or was given, that is no part of the books. Children first. */
  private static final List<String> FORGOTTEN =
      List.of(
          "provider", "announced", "quota_level", "quota", "budget", "idempotency", "api_token");

  private final Sql sql;
  private final Vault vault;
  private final Function<String, Optional<String>> objection;
  private final Runnable changed;
  private final InstantSource clock;

  /**
   * @param objection what has to end before an account can be deleted, and how; empty where nothing
   *     has to
   * @param changed called after each deletion, so that somebody looks at its instances soon
   */
  public Departures(
      Sql sql,
      Vault vault,
      Function<String, Optional<String>> objection,
      Runnable changed,
      InstantSource clock) {
    this.sql = sql;
    this.vault = vault;
    this.objection = objection;
    this.changed = changed;
    this.clock = clock;
  }

  /**
   * Deletes an account.
   *
   * @param withInstances whether its instances are destroyed, with all their state
   */
  public Departure depart(String account, boolean withInstances) {
    var kept = objection.apply(account);
    var departure = sql.transaction(it -> depart(it, account, withInstances, kept));
    if (departure instanceof Departure.Gone(var instances)) {
      vault.forget();
      changed.run();
      log.atInfo()
          .addKeyValue("account", account)
          .addKeyValue("instances", instances)
          .log("Deleted an account");
    }
    return departure;
  }

  private Departure depart(Sql it, String account, boolean withInstances, Optional<String> kept) {
    var found =
        it.query(
            "SELECT operator FROM account WHERE id = ? AND id <> ? AND deleted_at IS NULL"
                + it.take(),
            row -> row.getLong("operator") == 1,
            account,
            Accounts.POOL);
    if (found.isEmpty()) {
      return new Departure.Unknown();
    }
    if (found.getFirst()) {
      return new Departure.Kept(
          "The account '%s' is an operator's: it looks after the others and stays."
              .formatted(account));
    }
    if (kept.isPresent()) {
      return new Departure.Kept(kept.get());
    }
    var instances =
        it.query(
            "SELECT id FROM instance WHERE account_id = ? AND goal <> 'gone' ORDER BY created_at, id",
            row -> new InstanceId(row.getString("id")),
            account);
    if (!instances.isEmpty() && !withInstances) {
      return new Departure.Occupied(instances);
    }
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var store = new SqlInstanceStore(it);
    for (var instance : instances) {
      Optional<Instance> _ = store.change(SERVER, instance, each -> each.leaving(now));
    }
    it.update(
        "DELETE FROM virtual_key WHERE instance_id IN (SELECT id FROM instance WHERE account_id = ?)",
        account);
    FORGOTTEN.forEach(
        table -> it.update("DELETE FROM " + table + " WHERE account_id = ?", account));
    Vault.shred(it, account);
    it.update("UPDATE account SET deleted_at = ? WHERE id = ?", now.toEpochMilli(), account);
    return new Departure.Gone(instances.size());
  }
}
