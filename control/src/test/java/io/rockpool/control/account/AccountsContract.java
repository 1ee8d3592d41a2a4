package io.rockpool.control.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the domain expects of accounts, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AccountsContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Actor ADMIN = new Actor.Operator(Accounts.ADMIN);
  private static final Secret TOKEN = Secret.of("a token");
  private static final Secret OTHER = Secret.of("another token");

  private TestDatabase database;
  private Sql sql;
  private Accounts accounts;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    accounts = new Accounts(sql, new ManualClock(NOW));
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada");
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void who_holds_the_admin_token_is_the_operator() {
    accounts.admitAdmin(TOKEN);

    assertThat(accounts.holding(TOKEN)).contains(ADMIN);
    assertThat(accounts.holding(OTHER)).isEmpty();
  }

  @Test
  void nobody_holds_a_token_of_a_new_home() {
    assertThat(accounts.holding(TOKEN)).isEmpty();
    assertThat(accounts.holding(Secret.of(""))).isEmpty();
  }

  @Test
  void each_start_admits_the_same_token_again() {
    accounts.admitAdmin(TOKEN);
    accounts.admitAdmin(TOKEN);

    assertThat(accounts.holding(TOKEN)).contains(ADMIN);
    assertThat(hashes()).isOne();
  }

  @Test
  void a_new_admin_token_ends_the_old_one() {
    accounts.admitAdmin(TOKEN);

    accounts.admitAdmin(OTHER);

    assertThat(accounts.holding(TOKEN)).isEmpty();
    assertThat(accounts.holding(OTHER)).contains(ADMIN);
  }

  @Test
  void a_new_admin_token_ends_no_token_of_another_name_or_account() {
    accounts.admitAdmin(TOKEN);
    token("a hash", "ada", "admin.token");
    token("another hash", Accounts.ADMIN, "laptop");

    accounts.admitAdmin(OTHER);

    assertThat(hashes()).isEqualTo(3);
  }

  @Test
  void who_holds_an_accounts_token_is_its_user() {
    accounts.admitAdmin(TOKEN);
    sql.update("UPDATE api_token SET account_id = 'ada'");

    assertThat(accounts.holding(TOKEN)).contains(new Actor.User("ada"));
  }

  @Test
  void the_database_does_not_know_the_token() {
    accounts.admitAdmin(TOKEN);

    // printf 'a token' | sha256sum
    assertThat(sql.query("SELECT hash FROM api_token", row -> row.getString(1)))
        .containsExactly("e3316e2bafebb6103a3418e8778c0adc960d40213a03a7e7f4fcd3426ed807bf");
  }

  @Test
  void a_restart_keeps_the_tokens() {
    accounts.admitAdmin(TOKEN);

    var restarted = new Accounts(database.open(), new ManualClock(NOW));

    assertThat(restarted.holding(TOKEN)).contains(ADMIN);
  }

  private void token(String hash, String account, String name) {
    sql.update(
        "INSERT INTO api_token (hash, account_id, name, created_at) VALUES (?, ?, ?, 0)",
        hash,
        account,
        name);
  }

  private long hashes() {
    return sql.query("SELECT count(*) FROM api_token", row -> row.getLong(1)).getFirst();
  }
}
