package io.rockpool.control.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
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
  private static final Actor ADA = new Actor.User("ada");
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

  @Test
  void a_token_is_its_accounts_until_it_is_revoked() {
    var made = made("ada", "laptop");
    made("ada", "phone");
    assertThat(accounts.holding(made.secret())).contains(new Actor.User("ada"));
    assertThat(accounts.tokens(ADA, "ada")).contains(made.token()).hasSize(2);
    assertThat(accounts.tokens(new Actor.User("bob"), "ada")).isEmpty();

    assertThat(accounts.revokeToken(new Actor.User("bob"), "ada", made.token().id()))
        .isEqualTo(Accounts.Revoked.UNKNOWN);
    assertThat(accounts.revokeToken(ADA, "ada", made.token().id()))
        .isEqualTo(Accounts.Revoked.DONE);

    assertThat(accounts.holding(made.secret())).isEmpty();
    assertThat(accounts.tokens(ADA, "ada"))
        .extracting(Accounts.Token::name)
        .containsExactly("phone");
  }

  @Test
  void the_token_of_the_file_is_not_revoked_and_its_name_not_given() {
    accounts.admitAdmin(TOKEN);
    var id = accounts.tokens(ADMIN, Accounts.ADMIN).getFirst().id();

    assertThat(accounts.revokeToken(ADMIN, Accounts.ADMIN, id)).isEqualTo(Accounts.Revoked.OF_FILE);
    assertThatThrownBy(() -> accounts.makeToken(ADMIN, Accounts.ADMIN, "admin.token"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void an_account_has_a_hundred_tokens_at_most() {
    for (int i = 0; i < Accounts.MOST_TOKENS; i++) {
      made("ada", "token " + i);
    }

    assertThat(accounts.makeToken(ADMIN, "ada", "one more"))
        .isEqualTo(new Accounts.TokenMade.TooMany());
    assertThat(accounts.makeToken(ADMIN, "nobody", "x"))
        .isEqualTo(new Accounts.TokenMade.NoAccount());
  }

  @Test
  void accounts_are_listed_by_pages_without_the_pools_and_each_user_sees_their_own() {
    for (var id : List.of("c", "a", "b")) {
      assertThat(accounts.create(id, id)).isPresent();
    }

    var first = accounts.list(ADMIN, null, 2);
    var last = first.getLast();
    var rest = accounts.list(ADMIN, new Accounts.Position(last.createdAt(), last.id()), 9);

    assertThat(Stream.concat(first.stream(), rest.stream()).map(Accounts.Account::id))
        .containsExactly("ada", "a", "b", "c");
    assertThat(accounts.list(ADA, null, 9)).extracting(Accounts.Account::id).containsExactly("ada");
    assertThat(accounts.find(ADA, "a")).isEmpty();
    assertThat(accounts.find(ADMIN, Accounts.POOL)).isEmpty();
    assertThat(accounts.create("a", "another")).isEmpty();
  }

  private Accounts.MadeToken made(String account, String name) {
    return ((Accounts.TokenMade.Made) accounts.makeToken(ADMIN, account, name)).made();
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
