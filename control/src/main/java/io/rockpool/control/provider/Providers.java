package io.rockpool.control.provider;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
   * A provider, as it is called.
   *
   * @param key empty text where it needs none; nothing where it cannot be read now
   */
  public record Keyed(Provider provider, Optional<Secret> key) {}

  private record Known(Instant until, List<Entry> all) {}

  /** A provider whose key is decrypted when it is first to be called. */
  private static final class Entry {
    final Provider provider;
    private final Optional<Vault.Locked> locked;
    private @Nullable Keyed keyed;

    Entry(Provider provider, Optional<Vault.Locked> locked) {
      this.provider = provider;
      this.locked = locked;
    }

    synchronized Keyed keyed() {
      if (keyed == null) {
        keyed = unlocked(provider, () -> locked.map(Vault.Locked::open));
      }
      return keyed;
    }
  }

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
   * @param key empty to keep the one that is there, if any was given for the same host
   * @return false if the account has {@link #MOST} others
   * @throws IllegalArgumentException when the key is empty, or longer than 64 KiB
   * @throws VaultException when the key cannot be encrypted now, or the actor may not
   */
  public boolean put(Actor actor, Provider provider, Optional<Secret> key) {
    if (!actor.maySee(provider.accountId())) {
      throw new VaultException("this account may not set a provider there");
    }
    // The key first: it is bound to its host, so that whatever fails, none is sent to another.
    key.ifPresent(it -> vault.put(actor, secret(provider), it));
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
    forgetKeys(
        actor, provider.accountId(), provider.name(), added == 1 ? secret(provider).id() : "");
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
      forgetKeys(actor, account, name, "");
    }
    known.remove(account);
    return removed;
  }

  /** The providers of an account by their priority, of those that the actor may see. */
  public List<Provider> of(Actor actor, String account) {
    return actor.maySee(account) ? read(account) : List.of();
  }

  /** Those that have a key for the host where they are, by name. */
  public List<String> withKey(Actor actor, String account) {
    var keys = vault.ids(actor, account, PURPOSE);
    return of(actor, account).stream()
        .filter(it -> keys.contains(secret(it).id()))
        .map(Provider::name)
        .toList();
  }

  /** One; empty if there is none that the actor may see. */
  public Optional<Keyed> keyed(Actor actor, String account, String name) {
    return of(actor, account).stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .map(it -> keyed(actor, it));
  }

  /**
   * Those that may serve a model for an account, the first choice first. An account's own come
   * alone, even where their keys cannot be read: whoever brings a key does not mean to be served by
   * another one.
   */
  public List<Keyed> serving(String account, Protocol protocol, String model) {
    var own = serving(all(account), protocol, model);
    return own.isEmpty() && !account.equals(OPERATOR)
        ? serving(all(OPERATOR), protocol, model)
        : own;
  }

  private static List<Keyed> serving(List<Entry> all, Protocol protocol, String model) {
    return all.stream()
        .filter(it -> it.provider.protocol() == protocol && it.provider.model(model).isPresent())
        .map(Entry::keyed)
        .toList();
  }

  /** All that an account may use: its own first, then the operator's; each by priority. */
  public List<Provider> usable(String account) {
    var own = all(account).stream().map(it -> it.provider).toList();
    if (account.equals(OPERATOR)) {
      return own;
    }
    var all = new ArrayList<>(own);
    all(OPERATOR).forEach(it -> all.add(it.provider));
    return List.copyOf(all);
  }

  /** Those of an account; looked up once a second at most. */
  private List<Entry> all(String account) {
    if (known.size() >= MOST_REMEMBERED) {
      known.clear();
    }
    // One looks, the others of that moment wait for it.
    return known
        .compute(
            account,
            (_, before) -> {
              var now = clock.instant();
              return before != null && now.isBefore(before.until())
                  ? before
                  : new Known(now.plus(REMEMBERED), entries(account));
            })
        .all();
  }

  /** Two questions to the database, however many there are. */
  private List<Entry> entries(String account) {
    var all = read(account);
    if (all.isEmpty()) {
      return List.of();
    }
    var keys = vault.all(GATEWAY, account, PURPOSE);
    return all.stream()
        .map(it -> new Entry(it, Optional.ofNullable(keys.get(secret(it).id()))))
        .toList();
  }

  private Keyed keyed(Actor actor, Provider provider) {
    return unlocked(provider, () -> vault.get(actor, secret(provider)));
  }

  private static Keyed unlocked(Provider provider, Supplier<Optional<Secret>> key) {
    try {
      return new Keyed(provider, Optional.of(key.get().orElseGet(() -> Secret.of(""))));
    } catch (VaultException e) {
      log.atError()
          .addKeyValue("account", provider.accountId())
          .addKeyValue("provider", provider.name())
          .setCause(e)
          .log("the key of a model provider cannot be read: it is not called");
      return new Keyed(provider, Optional.empty());
    }
  }

  /** Forgets the keys of a provider but one. */
  private void forgetKeys(Actor actor, String account, String name, String kept) {
    for (var id : vault.ids(actor, account, PURPOSE)) {
      if (id.startsWith(name + "/") && !id.equals(kept)) {
        vault.remove(actor, new Vault.Name(account, PURPOSE, id));
      }
    }
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

  /** Where its key is. The host is a part of the name: a key is never sent to another one. */
  private static Vault.Name secret(Provider provider) {
    var base = provider.base();
    var origin = "%s://%s:%d".formatted(base.getScheme(), base.getHost(), base.getPort());
    return new Vault.Name(
        provider.accountId(), PURPOSE, provider.name() + "/" + hash(origin).substring(0, 32));
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
