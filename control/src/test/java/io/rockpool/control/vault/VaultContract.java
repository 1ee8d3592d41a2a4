package io.rockpool.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.account.Actor;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.Vault.Name;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What accounts expect of the vault, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class VaultContract {
  private static final Actor ADA = new Actor.User("ada");
  private static final Actor OPERATOR = new Actor.Operator("admin");
  private static final Actor BOB = new Actor.User("bob");
  private static final Name TOKEN = new Name("ada", "channel-token", "telegram");
  private static final Secret SECRET = Secret.of("123:a token — 令牌");
  private static final MasterKey OLD = MasterKey.fresh();
  private static final MasterKey NEW = MasterKey.fresh();

  @TempDir Path folder;

  private TestDatabase database;
  private Sql sql;
  private Vault vault;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob");
    vault = vault(sql, OLD);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void what_is_kept_is_read_again_by_another_server() throws IOException {
    vault.put(ADA, TOKEN, SECRET);

    assertThat(vault.get(ADA, TOKEN)).contains(SECRET);
    assertThat(vault(database.open(), OLD).get(ADA, TOKEN)).contains(SECRET);
  }

  @Test
  void the_newest_secret_of_a_name_is_the_only_one() {
    vault.put(ADA, TOKEN, SECRET);
    vault.put(ADA, TOKEN, Secret.of("another"));

    assertThat(vault.get(ADA, TOKEN)).contains(Secret.of("another"));
    assertThat(vault.ids(ADA, "ada", "channel-token")).containsExactly("telegram");
  }

  @Test
  void a_removed_secret_is_gone() {
    vault.put(ADA, TOKEN, SECRET);

    assertThat(vault.remove(ADA, TOKEN)).isTrue();
    assertThat(vault.remove(ADA, TOKEN)).isFalse();
    assertThat(vault.get(ADA, TOKEN)).isEmpty();
  }

  @Test
  void nobody_else_sees_or_changes_it() {
    vault.put(ADA, TOKEN, SECRET);

    assertThat(vault.get(BOB, TOKEN)).isEmpty();
    assertThat(vault.ids(BOB, "ada", "channel-token")).isEmpty();
    assertThat(vault.remove(BOB, TOKEN)).isFalse();
    assertThatThrownBy(() -> vault.put(BOB, TOKEN, Secret.of("mine")))
        .isInstanceOf(VaultException.class);
    assertThat(vault.get(ADA, TOKEN)).contains(SECRET);
  }

  @Test
  void the_database_holds_nothing_of_it_in_clear_and_no_two_rows_alike() {
    vault.put(ADA, TOKEN, SECRET);
    vault.put(ADA, new Name("ada", "channel-token", "slack"), SECRET);

    var sealed = sql.query("SELECT sealed FROM vault_secret", row -> row.getString(1));
    assertThat(sealed).hasSize(2).doesNotHaveDuplicates();
    assertThat(sealed)
        .noneMatch(it ->
            new String(Base64.getDecoder().decode(it), StandardCharsets.UTF_8).contains("token"));
  }

  @Test
  void a_row_that_was_moved_opens_nowhere() throws IOException {
    var other = new Name("bob", "channel-token", "telegram");
    vault.put(ADA, TOKEN, SECRET);
    vault.put(BOB, other, Secret.of("bob's"));

    // As somebody would who can write to the database but has no key.
    sql.update("UPDATE vault_secret SET id = 'slack' WHERE account_id = 'ada'");
    sql.update(
        "UPDATE vault_key SET wrapped = (SELECT wrapped FROM vault_key WHERE account_id = 'ada') WHERE account_id = 'bob'");

    assertThatThrownBy(() -> vault.get(ADA, new Name("ada", "channel-token", "slack")))
        .isInstanceOf(VaultException.class)
        .hasMessageNotContaining("token —");
    assertThatThrownBy(() -> vault(sql, OLD).get(BOB, other)).isInstanceOf(VaultException.class);
  }

  @Test
  void a_shredded_account_cannot_be_read_and_its_neighbour_can() throws IOException {
    var other = new Name("bob", "channel-token", "telegram");
    vault.put(ADA, TOKEN, SECRET);
    vault.put(BOB, other, SECRET);
    var replica = vault(database.open(), OLD);
    assertThat(replica.get(ADA, TOKEN)).contains(SECRET);

    vault.shred("ada");

    assertThat(vault.get(ADA, TOKEN)).isEmpty();
    assertThat(replica.get(ADA, TOKEN)).isEmpty();
    assertThat(vault.get(BOB, other)).contains(SECRET);
    vault.put(ADA, TOKEN, Secret.of("a new life"));
    assertThat(replica.get(ADA, TOKEN)).contains(Secret.of("a new life"));
  }

  @Test
  void a_secret_that_is_put_while_its_account_is_shredded_and_begins_anew_is_readable()
      throws IOException {
    vault.put(ADA, TOKEN, SECRET);
    var slow =
        new Vault(
            sql,
            new MasterKeys(
                List.of(
                    new Meanwhile(
                        OLD,
                        () -> {
                          vault.shred("ada");
                          vault.put(ADA, new Name("ada", "model-key", "k"), SECRET);
                        })),
                new KeyFile(folder.resolve("none")),
                true),
            new ManualClock(Instant.EPOCH));

    slow.put(ADA, TOKEN, Secret.of("another"));

    assertThat(slow.get(ADA, TOKEN)).contains(Secret.of("another"));
    assertThat(vault.get(ADA, TOKEN)).contains(Secret.of("another"));
    assertThat(vault.get(ADA, new Name("ada", "model-key", "k"))).contains(SECRET);
  }

  @Test
  void nothing_is_lost_while_an_account_is_shredded_all_the_time() throws Exception {
    var replica = vault(database.open(), OLD);
    var done = new AtomicBoolean();
    var shreds = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var shredder =
          threads.submit(() -> {
            while (!done.get()) {
              shreds.addAndGet(replica.shred("ada") ? 1 : 0);
            }
          });
      try {
        for (int i = 0; i < 100 || shreds.get() == 0; i++) {
          var secret = Secret.of("secret " + i);
          if (isKept(secret)) {
            // shredded since, or what was put; never noise, which would be an exception
            assertThat(vault.get(ADA, TOKEN).orElse(secret)).isEqualTo(secret);
          }
        }
      } finally {
        done.set(true);
      }
      shredder.get();
    }
  }

  @Test
  void what_is_kept_for_a_deleted_account_is_refused() {
    sql.update("UPDATE account SET deleted_at = 1 WHERE id = 'ada'");

    assertThatThrownBy(() -> vault.put(OPERATOR, TOKEN, SECRET))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("'ada' was deleted");
    assertThat(wrapped()).isEmpty();
  }

  @Test
  void a_rotation_goes_on_behind_what_it_cannot_open_and_says_what_that_was() {
    var good = new Name("bob", "model-key", "good");
    var bad = new Name("ada", "model-key", "bad");
    vault.put(ADA, bad, SECRET);
    vault.put(ADA, TOKEN, SECRET);
    vault.put(BOB, good, SECRET);
    sql.update(
        "UPDATE vault_secret SET sealed = (SELECT sealed FROM vault_secret WHERE id = 'good') WHERE id = 'bad'");

    var renewal = vault.renewDataKeys();

    assertThat(renewal.done()).isEqualTo(2);
    assertThat(renewal.left())
        .singleElement()
        .satisfies(it -> {
          assertThat(it.accountId()).isEqualTo("ada");
          assertThat(it.what()).isEqualTo("model-key/bad");
          assertThat(it.why()).isNotEmpty();
        });
    assertThat(vault.get(ADA, TOKEN)).contains(SECRET);
    assertThat(vault.get(BOB, good)).contains(SECRET);
  }

  @Test
  void a_data_key_that_cannot_be_opened_keeps_no_other_from_a_new_master_key() throws IOException {
    vault.put(ADA, TOKEN, SECRET);
    vault.put(BOB, new Name("bob", "model-key", "k"), SECRET);
    sql.update(
        "UPDATE vault_key SET wrapped = (SELECT wrapped FROM vault_key WHERE account_id = 'bob') WHERE account_id = 'ada'");
    var both = vault(sql, NEW, OLD);

    var renewal = both.renewMaster(false);

    assertThat(renewal.done()).isEqualTo(2);
    assertThat(renewal.left()).extracting(Vault.Left::accountId).containsExactly("ada");
    assertThat(both.renewDataKeys().left()).extracting(Vault.Left::accountId).contains("ada");
    assertThatThrownBy(() -> both.renewMaster(true))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("'ada'");
  }

  @Test
  void a_new_data_key_takes_over_all_secrets() {
    for (int i = 0; i < 20; i++) {
      vault.put(ADA, new Name("ada", "model-key", "k" + i), Secret.of("secret " + i));
    }
    var before = wrapped();

    assertThat(vault.renewDataKey("ada").done()).isEqualTo(20);

    assertThat(wrapped()).hasSize(1).doesNotContainAnyElementsOf(before);
    for (int i = 0; i < 20; i++) {
      assertThat(vault.get(ADA, new Name("ada", "model-key", "k" + i)))
          .contains(Secret.of("secret " + i));
    }
  }

  @Test
  void secrets_can_be_kept_and_read_while_keys_are_renewed() throws Exception {
    vault.put(ADA, TOKEN, Secret.of("0"));
    var replica = vault(database.open(), OLD);
    var done = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var user =
          threads.submit(() -> {
            int number = 0;
            while (!done.get()) {
              replica.put(ADA, TOKEN, Secret.of(Integer.toString(++number)));
              assertThat(replica.get(ADA, TOKEN)).contains(Secret.of(Integer.toString(number)));
            }
            return number;
          });
      for (int i = 0; i < 20; i++) {
        var _ = vault.renewDataKey("ada");
      }
      done.set(true);
      assertThat(user.get()).isPositive();
    }
    assertThat(vault.renewDataKey("ada").done()).isOne();
    assertThat(wrapped()).hasSize(1);
  }

  @Test
  void a_new_master_key_takes_over_and_the_old_one_is_not_needed_any_more() throws IOException {
    vault.put(ADA, TOKEN, SECRET);
    vault.put(BOB, new Name("bob", "model-key", "k"), SECRET);
    var both = vault(sql, NEW, OLD);
    assertThat(both.get(ADA, TOKEN)).contains(SECRET);
    assertThat(both.standing()).isEqualTo(new Vault.Standing(NEW.id(), List.of(OLD.id()), 3, 3, 2));

    assertThat(both.renewMaster(false).done()).isEqualTo(3);
    assertThat(both.renewMaster(false).done()).isZero();

    assertThat(vault(sql, NEW).get(ADA, TOKEN)).contains(SECRET);
    assertThatThrownBy(() -> vault(sql, OLD))
        .isInstanceOf(VaultException.class)
        .hasMessageContainingAll(OLD.id(), NEW.id(), "ROCKPOOL_MASTER_KEY");
  }

  @Test
  void a_master_key_in_a_file_is_renewed_under_load_and_forgotten_when_that_is_wanted()
      throws Exception {
    var file = new KeyFile(folder.resolve("master.key"));
    sql.update("DELETE FROM vault_key");
    var keys = new MasterKeys(List.of(), file, true);
    var ours = new Vault(sql, keys, new ManualClock(Instant.EPOCH));
    var first = ours.standing().masterKey();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var user =
          threads.submit(() -> {
            for (int i = 0; i < 50; i++) {
              ours.shred("ada"); // each secret needs a data key of its own
              ours.put(ADA, TOKEN, Secret.of("secret " + i));
            }
          });
      while (!user.isDone()) {
        var _ = ours.renewMaster(true);
      }
      user.get();
    }

    assertThat(ours.renewMaster(false).done()).isEqualTo(2);
    assertThat(ours.standing().otherMasterKeys()).hasSize(1).doesNotContain(first);
    var restarted = new Vault(sql, keys, new ManualClock(Instant.EPOCH));
    assertThat(restarted.get(ADA, TOKEN)).contains(Secret.of("secret 49"));
    assertThat(restarted.renewMaster(true).done()).isEqualTo(2);
    assertThat(MasterKey.in(file)).hasSize(1);
    assertThat(restarted.get(ADA, TOKEN)).contains(Secret.of("secret 49"));
  }

  @Test
  void rotations_at_once_lose_nothing() throws Exception {
    var file = new KeyFile(folder.resolve("twice.key"));
    sql.update("DELETE FROM vault_key");
    var keys = new MasterKeys(List.of(), file, true);
    var ours = new Vault(sql, keys, new ManualClock(Instant.EPOCH));
    for (int i = 0; i < 20; i++) {
      ours.put(OPERATOR, new Name("account" + i, "model-key", "k"), SECRET);
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> rotation =
          () -> ours.renewMaster(true).done() + ours.renewDataKeys().done();
      var rotations = IntStream.range(0, 8).mapToObj(_ -> threads.submit(rotation)).toList();
      while (!rotations.stream().allMatch(Future::isDone)) {
        assertThat(ours.get(OPERATOR, new Name("account7", "model-key", "k"))).contains(SECRET);
      }
      for (var each : rotations) {
        assertThat(each.get()).isPositive();
      }
    }

    var restarted = new Vault(sql, keys, new ManualClock(Instant.EPOCH));
    for (int i = 0; i < 20; i++) {
      assertThat(restarted.get(OPERATOR, new Name("account" + i, "model-key", "k")))
          .contains(SECRET);
    }
  }

  @Test
  void the_first_server_of_a_database_decides_on_its_master_key() {
    assertThatThrownBy(() -> vault(sql, NEW))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining(OLD.id());
  }

  @Test
  void where_others_share_the_database_no_master_key_is_made_that_they_do_not_know()
      throws IOException {
    sql.update("DELETE FROM vault_key");
    var shared =
        new Vault(
            sql,
            new MasterKeys(List.of(), new KeyFile(folder.resolve("shared.key")), false),
            new ManualClock(Instant.EPOCH));

    assertThatThrownBy(() -> shared.renewMaster(false))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("ROCKPOOL_MASTER_KEY");
  }

  @Test
  void keys_of_a_file_give_way_to_those_of_a_service() throws IOException {
    var file = new KeyFile(folder.resolve("replaced.key"));
    sql.update("DELETE FROM vault_key");
    new Vault(sql, new MasterKeys(List.of(), file, true), new ManualClock(Instant.EPOCH))
        .put(ADA, TOKEN, SECRET);
    var both =
        new Vault(sql, new MasterKeys(List.of(NEW), file, true), new ManualClock(Instant.EPOCH));

    assertThat(both.get(ADA, TOKEN)).contains(SECRET);
    assertThat(both.renewMaster(true).done()).isEqualTo(2);

    assertThat(file.exists()).isFalse();
    assertThat(vault(sql, NEW).get(ADA, TOKEN)).contains(SECRET);
  }

  @Test
  void servers_that_keep_the_first_secret_of_an_account_at_once_agree_on_its_key()
      throws Exception {
    var together = new CyclicBarrier(8);
    var servers = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 8; i++) {
      var name = new Name("ada", "model-key", "k" + i);
      var server = vault(sql, OLD);
      servers.add(() -> {
        together.await();
        server.put(ADA, name, SECRET);
        return true;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var each : threads.invokeAll(servers)) {
        assertThat(each.get()).isTrue();
      }
    }

    assertThat(wrapped()).hasSize(1);
    assertThat(
            IntStream.range(0, 8)
                .mapToObj(i -> vault.get(ADA, new Name("ada", "model-key", "k" + i))))
        .allMatch(it -> it.equals(Optional.of(SECRET)));
  }

  @Test
  void sealed_bytes_open_under_their_name_alone() throws IOException {
    var name = new Name("ada", "inbox", "m1");
    var bytes = new byte[100_000];
    bytes[7] = 7;

    var sealed = vault.seal(name, bytes);

    assertThat(vault(database.open(), OLD).open(name, sealed)).hasValue(bytes);
    assertThatThrownBy(() -> vault.open(new Name("ada", "inbox", "m2"), sealed))
        .isInstanceOf(VaultException.class);
    assertThatThrownBy(() -> vault.open(new Name("ada", "outbox", "m1"), sealed))
        .isInstanceOf(VaultException.class);
    assertThat(vault.open(new Name("bob", "inbox", "m1"), sealed)).isEmpty();
  }

  @Test
  void a_secret_that_is_given_as_sealed_bytes_does_not_open() {
    vault.put(ADA, TOKEN, SECRET);
    var text = sql.query("SELECT sealed FROM vault_secret", row -> row.getString(1)).getFirst();

    assertThatThrownBy(
            () -> vault.open(TOKEN, new Vault.SealedBytes(1, Base64.getDecoder().decode(text))))
        .isInstanceOf(VaultException.class);
  }

  @Test
  void sealed_bytes_of_a_shredded_account_never_open_again() {
    var name = new Name("ada", "inbox", "m1");
    var sealed = vault.seal(name, new byte[] {1});

    vault.shred("ada");
    assertThat(vault.open(name, sealed)).isEmpty();

    vault.put(ADA, TOKEN, SECRET); // a data key of the same version
    assertThatThrownBy(() -> vault.open(name, sealed)).isInstanceOf(VaultException.class);
  }

  @Test
  void what_is_no_secret_is_not_kept() {
    assertThatThrownBy(() -> vault.put(ADA, TOKEN, Secret.of("")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> vault.put(ADA, TOKEN, Secret.of("x".repeat(65_537))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Name("ada", "Channel", "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Name("ada", "channel", "a\nb"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Whoever shreds without a pause may keep it from being kept: then that is said. */
  private boolean isKept(Secret secret) {
    try {
      vault.put(ADA, TOKEN, secret);
      return true;
    } catch (VaultException e) {
      assertThat(e).hasMessageContaining("was not kept");
      return false;
    }
  }

  /**
   * A master key; something else happens while it unwraps a data key of ada's for the first time.
   */
  private static final class Meanwhile implements KeyWrap {
    private final KeyWrap key;
    private final Runnable event;
    private final AtomicBoolean happened = new AtomicBoolean();

    Meanwhile(KeyWrap key, Runnable event) {
      this.key = key;
      this.event = event;
    }

    @Override
    public String id() {
      return key.id();
    }

    @Override
    public byte[] wrap(byte[] plain, String context) {
      return key.wrap(plain, context);
    }

    @Override
    public byte[] unwrap(byte[] wrapped, String context) {
      if (context.contains("ada") && happened.compareAndSet(false, true)) {
        event.run();
      }
      return key.unwrap(wrapped, context);
    }
  }

  private Vault vault(Sql sql, MasterKey... keys) throws IOException {
    var none = new KeyFile(folder.resolve("none"));
    return new Vault(
        sql, new MasterKeys(List.of(keys), none, true), new ManualClock(Instant.EPOCH));
  }

  private List<String> wrapped() {
    return sql.query(
        "SELECT wrapped FROM vault_key WHERE account_id = 'ada'", row -> row.getString(1));
  }
}
