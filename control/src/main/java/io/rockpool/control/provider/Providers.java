package io.rockpool.control.provider;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Model providers: the operator's, which serve every account, and those that accounts bring with
 * keys of their own. Their keys are in the vault.
 */
public final class Providers {
  /** Whose the operator's are. */
  public static final String OPERATOR = Accounts.ADMIN;

  /** So many of one account at most. */
  public static final int MOST = 50;

  private static final Logger log = LoggerFactory.getLogger(Providers.class);
  private static final String PURPOSE = "provider-key";
  private static final Actor GATEWAY = new Actor.Rockpool("model gateway");
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TypeReference<List<Provider.Model>> MODELS = new TypeReference<>() {};

  /** Another server's change is seen after this. */
  private static final Duration REMEMBERED = Duration.ofMillis(800);

  private static final int MOST_REMEMBERED = 10_000;

  /**
   * A provider, ready to be called.
   *
   * @param key empty text where it needs none
   */
  public record Keyed(Provider provider, Secret key) {}

  private record Known(Instant until, List<Keyed> all) {}

  private final Sql sql;
  private final Vault vault;
  private final InstantSource clock;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  public Providers(Sql sql, Vault vault, InstantSource clock) {
    this.sql = sql;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * Sets a provider in place of the account's one of that name.
   *
   * @param key empty to keep the one that is there, if any
   * @return false if the account has {@link #MOST} others
   * @throws VaultException when the key cannot be encrypted now, or the actor may not
   */
  public boolean put(Actor actor, Provider provider, Optional<Secret> key) {
    if (!actor.maySee(provider.accountId())) {
      throw new VaultException("this account may not set a provider there");
    }
    var added =
        sql.update(
            """
            INSERT INTO provider (account_id, name, protocol, base, models, priority, streamed_usage, inside, silence)
            SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM account
            WHERE id = ? AND (SELECT COUNT(*) FROM provider WHERE account_id = ? AND name <> ?) < ?
            ON CONFLICT (account_id, name) DO UPDATE SET protocol = excluded.protocol, base = excluded.base,
              models = excluded.models, priority = excluded.priority, streamed_usage = excluded.streamed_usage,
              inside = excluded.inside, silence = excluded.silence
            """,
            provider.name(),
            provider.protocol().name(),
            provider.base().toString(),
            JSON.writeValueAsString(provider.models()),
            provider.priority(),
            provider.usage().name(),
            provider.inside() ? 1 : 0,
            provider.silence().toMillis(),
            provider.accountId(),
            provider.accountId(),
            provider.name(),
            MOST);
    if (added == 1) {
      key.ifPresent(it -> vault.put(actor, secret(provider.accountId(), provider.name()), it));
    }
    known.remove(provider.accountId());
    return added == 1;
  }

  /** Removes a provider and its key; whether there was one that the actor may remove. */
  public boolean remove(Actor actor, String account, String name) {
    if (!actor.maySee(account)) {
      return false;
    }
    var removed =
        sql.update("DELETE FROM provider WHERE account_id = ? AND name = ?", account, name) == 1;
    if (removed) {
      vault.remove(actor, secret(account, name));
    }
    known.remove(account);
    return removed;
  }

  /** The providers of an account by their priority, of those that the actor may see. */
  public List<Provider> of(Actor actor, String account) {
    return actor.maySee(account) ? read(account) : List.of();
  }

  /** Those that have a key, by name. */
  public List<String> withKey(Actor actor, String account) {
    return vault.ids(actor, account, PURPOSE);
  }

  /**
   * One, ready to be called; empty if there is none that the actor may see.
   *
   * @throws VaultException when its key cannot be decrypted
   */
  public Optional<Keyed> keyed(Actor actor, String account, String name) {
    return of(actor, account).stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .map(it -> keyed(actor, it));
  }

  /**
   * Those that may serve a model for an account, the first choice first. An account's own come
   * alone: whoever brings a key does not mean to be served by another one.
   */
  public List<Keyed> serving(String account, Protocol protocol, String model) {
    var own = serving(all(account), protocol, model);
    return own.isEmpty() && !account.equals(OPERATOR)
        ? serving(all(OPERATOR), protocol, model)
        : own;
  }

  private static List<Keyed> serving(List<Keyed> all, Protocol protocol, String model) {
    return all.stream()
        .filter(
            it -> it.provider().protocol() == protocol && it.provider().model(model).isPresent())
        .toList();
  }

  /** All that an account may use: its own first, then the operator's; each by priority. */
  public List<Provider> usable(String account) {
    var own = all(account).stream().map(Keyed::provider).toList();
    if (account.equals(OPERATOR)) {
      return own;
    }
    var all = new ArrayList<>(own);
    all(OPERATOR).forEach(it -> all.add(it.provider()));
    return List.copyOf(all);
  }

  /** Those of an account; looked up once a second at most. */
  private List<Keyed> all(String account) {
    var now = clock.instant();
    var before = known.get(account);
    if (before == null || !now.isBefore(before.until())) {
      before = new Known(now.plus(REMEMBERED), callable(account));
      if (known.size() >= MOST_REMEMBERED) {
        known.clear();
      }
      known.put(account, before);
    }
    return before.all();
  }

  private List<Keyed> callable(String account) {
    return read(account).stream()
        .flatMap(it -> {
          try {
            return Optional.of(keyed(GATEWAY, it)).stream();
          } catch (VaultException e) {
            log.atError()
                .addKeyValue("account", account)
                .addKeyValue("provider", it.name())
                .setCause(e)
                .log("the key of a model provider cannot be read: it is not called");
            return Optional.<Keyed>empty().stream();
          }
        })
        .toList();
  }

  private Keyed keyed(Actor actor, Provider provider) {
    return new Keyed(
        provider,
        vault
            .get(actor, secret(provider.accountId(), provider.name()))
            .orElseGet(() -> Secret.of("")));
  }

  private List<Provider> read(String account) {
    return sql
        .query("SELECT * FROM provider WHERE account_id = ?", Providers::read, account)
        .stream()
        .sorted(Comparator.comparingInt(Provider::priority).thenComparing(Provider::name))
        .toList();
  }

  private static Provider read(ResultSet row) throws SQLException {
    return new Provider(
        row.getString("account_id"),
        row.getString("name"),
        Protocol.valueOf(row.getString("protocol")),
        URI.create(row.getString("base")),
        JSON.readValue(row.getString("models"), MODELS),
        row.getInt("priority"),
        StreamedUsage.valueOf(row.getString("streamed_usage")),
        row.getLong("inside") == 1,
        Duration.ofMillis(row.getLong("silence")));
  }

  private static Vault.Name secret(String account, String name) {
    return new Vault.Name(account, PURPOSE, name);
  }
}
