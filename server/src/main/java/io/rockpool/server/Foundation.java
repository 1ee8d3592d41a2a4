package io.rockpool.server;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.secret.HomeKey;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Database;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.KmsProvider;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.control.webhook.Publisher;
import io.rockpool.runtime.Secret;
import io.rockpool.server.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/**
 * What every part of a server stands on: its settings and addresses, secrets, accounts, and the
 * store.
 *
 * @param address where this host reaches this server
 * @param publicUrl where its users reach it
 */
record Foundation(
    Settings settings,
    URI address,
    URI publicUrl,
    HomeKey homeKey,
    Secret adminToken,
    Database database,
    Accounts accounts,
    Vault vault,
    InstanceStore store,
    Events events,
    InstantSource clock)
    implements AutoCloseable {

  /**
   * @param port that this server listens on
   * @param services that may keep the vault's master key
   */
  static Foundation open(
      Home home, Settings settings, int port, List<KmsProvider> services, InstantSource clock)
      throws IOException, Home.Unusable {
    var homeKey = HomeKey.at(home.file("home.key"));
    var adminToken = home.adminToken();
    var database = database(home, settings);
    try {
      var sql = database.sql();
      var accounts = new Accounts(sql, clock);
      accounts.admitAdmin(adminToken);
      return new Foundation(
          settings,
          settings.ownUrl(port),
          settings.publicUrl(port),
          homeKey,
          adminToken,
          database,
          accounts,
          vault(home, settings, sql, services, clock),
          new SqlInstanceStore(sql),
          new Events(sql, clock, new Publisher(new SecureRandom())),
          clock);
    } catch (IOException | Home.Unusable | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  Sql sql() {
    return database.sql();
  }

  /** Whether nobody else works at the same database. */
  boolean isAlone() {
    return settings.database().url() == null;
  }

  @Override
  public void close() {
    database.close();
  }

  private static Database database(Home home, Settings settings) {
    var url = settings.database().url();
    if (url != null) {
      return Database.postgres(url, settings.database().user(), settings.database().password());
    }
    var database = Database.sqlite(home.file("rockpool.db"));
    // The home's lock says that nobody else works here: whoever held a lease is dead.
    new SqlInstanceStore(database.sql()).endLeases();
    return database;
  }

  private static Vault vault(
      Home home, Settings settings, Sql sql, List<KmsProvider> services, InstantSource clock)
      throws IOException, Home.Unusable {
    try {
      return new Vault(
          sql,
          new MasterKeys(
              MasterKeySources.of(settings.vault(), services),
              new KeyFile(home.file("master.key")),
              settings.database().url() == null),
          clock);
    } catch (VaultException | IllegalArgumentException e) {
      throw new Home.Unusable(String.valueOf(e.getMessage()));
    }
  }
}
