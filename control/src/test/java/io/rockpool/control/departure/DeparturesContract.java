package io.rockpool.control.departure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Accounts.TokenMade;
import io.rockpool.control.account.Actor;
import io.rockpool.control.departure.Departures.Departure;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore.Inserted;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What operators expect of deleting an account, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeparturesContract {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final Actor OPERATOR = new Actor.Operator(Accounts.ADMIN);
  private static final InstanceId HERS = new InstanceId("hers");
  private static final Vault.Name TOKEN = new Vault.Name("ada", "channel-token", "telegram");

  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(NOW);
  private final AtomicInteger changes = new AtomicInteger();
  private TestDatabase database;
  private Sql sql;
  private SqlInstanceStore store;
  private Accounts accounts;
  private Vault vault;
  private Departures departures;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    store = new SqlInstanceStore(sql);
    accounts = new Accounts(sql, clock);
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob");
    accounts.admitAdmin(Secret.of("the token of the administrator"));
    vault =
        new Vault(
            sql, new MasterKeys(List.of(), new KeyFile(folder.resolve("master.key")), true), clock);
    changes.set(0);
    departures = departures(_ -> Optional.empty());
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void an_account_without_instances_is_gone_and_looks_as_if_it_never_was() {
    assertThat(departures.depart("ada", false)).isEqualTo(new Departure.Gone(0));

    assertThat(accounts.find(OPERATOR, "ada")).isEmpty();
    assertThat(accounts.list(OPERATOR, null, 9))
        .extracting(Accounts.Account::id)
        .containsExactlyInAnyOrder("bob", Accounts.ADMIN);
    assertThat(departures.depart("ada", true)).isEqualTo(new Departure.Unknown());
    assertThat(departures.depart("nobody", true)).isEqualTo(new Departure.Unknown());
    assertThat(departures.depart(Accounts.POOL, true)).isEqualTo(new Departure.Unknown());
    assertThat(changes).hasValue(1);
  }

  @Test
  void one_with_instances_stays_unless_they_may_go() {
    store.insert(instance("hers", "ada"), null);
    store.insert(instance("his", "bob"), null);

    assertThat(departures.depart("ada", false)).isEqualTo(new Departure.Occupied(List.of(HERS)));
    assertThat(accounts.isSeen(OPERATOR, "ada")).isTrue();
    assertThat(goal(HERS)).contains(Goal.RUNNING);

    assertThat(departures.depart("ada", true)).isEqualTo(new Departure.Gone(1));
    assertThat(goal(HERS)).contains(Goal.GONE);
    assertThat(goal(new InstanceId("his"))).contains(Goal.RUNNING);
  }

  @Test
  void one_whose_instances_are_on_their_way_out_may_go() {
    store.insert(instance("hers", "ada"), null);
    store.change(OPERATOR, HERS, it -> it.leaving(NOW));

    assertThat(departures.depart("ada", false)).isEqualTo(new Departure.Gone(0));
  }

  @Test
  void its_tokens_and_the_keys_of_its_instances_open_nothing_any_more() {
    store.insert(instance("hers", "ada"), null);
    var token = ((TokenMade.Made) accounts.makeToken(OPERATOR, "ada", "laptop")).made().secret();
    var keys = new ClientKeys(sql, new SecureRandom(), clock);
    var key = keys.make(HERS, "laptop").orElseThrow().secret();
    assertThat(accounts.holding(token)).contains(new Actor.User("ada"));

    departures.depart("ada", true);

    assertThat(accounts.holding(token)).isEmpty();
    assertThat(new ClientKeys(sql, new SecureRandom(), clock).holder(key)).isEmpty();
    assertThat(keys.make(HERS, "another")).isEmpty();
  }

  @Test
  void its_secrets_are_unreadable_and_no_other_can_be_kept_for_it() {
    vault.put(OPERATOR, TOKEN, Secret.of("123:a token"));

    departures.depart("ada", true);

    assertThat(vault.get(OPERATOR, TOKEN)).isEmpty();
    assertThat(count("vault_key WHERE account_id = 'ada'")).isZero();
    assertThatThrownBy(() -> vault.put(OPERATOR, TOKEN, Secret.of("123:another")))
        .isInstanceOf(VaultException.class);
  }

  @Test
  void what_it_used_and_owed_stays_and_what_it_set_goes() {
    sql.update(
        "INSERT INTO usage_day VALUES ('hers', 'ada', 20000, 'm', 'USD', 1, 2, 0, 0, 0, 3, 0, 4, 'acme', 0)");
    sql.update("INSERT INTO statement VALUES ('ada', '2026-10', 1, '{}')");
    sql.update(
        "INSERT INTO budget (owner, account_id, currency, amount, period, hard) VALUES ('account:ada', 'ada', 'USD', 1, 'month', 1)");

    departures.depart("ada", true);

    assertThat(count("usage_day WHERE account_id = 'ada'")).isOne();
    assertThat(count("statement WHERE account_id = 'ada'")).isOne();
    assertThat(count("account WHERE id = 'ada' AND name = 'ada' AND deleted_at IS NOT NULL"))
        .isOne();
    assertThat(count("budget")).isZero();
  }

  @Test
  void its_id_is_given_to_nobody_else() {
    departures.depart("ada", true);

    assertThat(accounts.create("ada", "Another Ada")).isEmpty();
    assertThat(accounts.makeToken(OPERATOR, "ada", "laptop")).isEqualTo(new TokenMade.NoAccount());
    assertThat(store.insert(instance("hers", "ada"), null)).isEqualTo(new Inserted.NoAccount());
  }

  @Test
  void an_operators_account_stays_and_so_does_one_that_still_pays() {
    var paying = departures(it -> Optional.of(it + " pays until December."));

    assertThat(departures.depart(Accounts.ADMIN, true)).isInstanceOf(Departure.Kept.class);
    assertThat(paying.depart("ada", true))
        .isEqualTo(new Departure.Kept("ada pays until December."));
    assertThat(accounts.isSeen(OPERATOR, "ada")).isTrue();
  }

  @Test
  void nothing_that_is_made_while_an_account_is_deleted_outlives_it() throws Exception {
    for (int round = 0; round < 20; round++) {
      var account = "account" + round;
      assertThat(accounts.create(account, "Somebody")).isPresent();
      var together = new CyclicBarrier(9);
      var work = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 4; i++) {
        var instance = instance("i" + round + "-" + i, account);
        var name = new Vault.Name(account, "model-key", "k" + i);
        work.add(() -> {
          together.await();
          store.insert(instance, null);
          var _ = accounts.makeToken(OPERATOR, account, "a token");
          return true;
        });
        work.add(() -> {
          together.await();
          try {
            vault.put(OPERATOR, name, Secret.of("a secret"));
          } catch (VaultException itWasDeleted) {
            return true;
          }
          return true;
        });
      }
      work.add(() -> {
        together.await();
        return departures.depart(account, true) instanceof Departure.Gone;
      });
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var each : threads.invokeAll(work)) {
          assertThat(each.get()).isTrue();
        }
      }
    }

    assertThat(count("instance WHERE goal <> 'gone'")).isZero();
    assertThat(count("api_token WHERE account_id LIKE 'account%'")).isZero();
    assertThat(count("vault_key WHERE account_id LIKE 'account%'")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  private Departures departures(Function<String, Optional<String>> objection) {
    return new Departures(sql, vault, objection, changes::incrementAndGet, clock);
  }

  private Optional<Goal> goal(InstanceId id) {
    return store.find(OPERATOR, id).map(it -> it.wanted().goal());
  }

  private long count(String from) {
    return sql.query("SELECT count(*) FROM " + from, row -> row.getLong(1)).getFirst();
  }

  private static Instance instance(String id, String account) {
    return Instance.fresh(
        new InstanceId(id),
        account,
        id,
        new Wanted(Goal.RUNNING, "standard", "fake", List.of(), "{}", 1, 1),
        NOW);
  }
}
