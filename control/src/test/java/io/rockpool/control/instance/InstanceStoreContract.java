package io.rockpool.control.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.InstanceStore.Inserted;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.InstanceStore.Position;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Placement;
import io.rockpool.runtime.tck.ManualClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the domain expects of a store of instances, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class InstanceStoreContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Actor ADA = new Actor.User("ada");
  private static final Actor BOB = new Actor.User("bob");
  private static final Actor OPERATOR = new Actor.Operator("admin");
  private static final Actor ROCKPOOL = new Actor.Rockpool("test");
  private static final String ME = "this replica";
  private static final String OTHER = "the other replica";
  private static final InstanceId X = new InstanceId("x");

  private TestDatabase database;
  private Sql sql;
  private InstanceStore store;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    store = new SqlInstanceStore(sql);
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada", "bob");
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void what_was_inserted_is_found_as_it_was() {
    var instance = instance("x", "ada", NOW);

    assertThat(store.insert(instance, null)).isEqualTo(new Inserted.New());

    assertThat(store.find(ADA, X)).contains(instance);
  }

  @Test
  void a_restart_keeps_everything() {
    var status =
        new Status(
            Phase.RUNNING,
            NOW.plusNanos(1),
            100,
            1,
            "server-1",
            List.of(
                new Condition("Ready", true, "Answering", "It answers.", NOW),
                new Condition("Sandbox", false, "HostLacks", "Installiere bwrap 🦞", NOW)),
            new Placement("fake", Map.of("pid", 4711L, "host", "here")),
            URI.create("http://127.0.0.1:18789"),
            new Trial(1, 2, NOW, NOW, NOW, NOW, "No room.", "Given up."));
    store.insert(instance("x", "ada", NOW), "key");
    claimed(X);
    store.saveStatus(ME, X, 1, status);

    var restarted = new SqlInstanceStore(database.open());

    assertThat(restarted.find(ADA, X)).map(Instance::status).contains(status);
    assertThat(restarted.held(ME, X, NOW)).map(Instance::status).contains(status);
    assertThat(restarted.insert(instance("y", "ada", NOW), "key"))
        .isInstanceOf(Inserted.Before.class);
  }

  @Test
  void how_deep_it_shall_sleep_is_kept_and_makes_it_due_for_its_holder() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.release(ME, X, 1, NOW.plusSeconds(600));
    var rest = Rest.fresh(NOW).down(Level.DOZING, "Idle", "Nobody needed it.", NOW);

    var changed = store.change(ADA, X, it -> it.resting(rest.until(NOW.plusSeconds(60))));

    assertThat(store.find(ADA, X)).isEqualTo(changed);
    assertThat(changed).map(Instance::revision).contains(2L);
    assertThat(changed).map(it -> it.wanted().generation()).contains(1L);
    assertThat(new SqlInstanceStore(database.open()).find(ADA, X)).isEqualTo(changed);
    claimed(X);
  }

  @Test
  void what_was_changed_while_it_was_held_is_due_when_it_is_given_back() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.change(
        ADA, X, it -> it.resting(it.rest().down(Level.DOZING, "Idle", "Nobody needed it.", NOW)));
    store.claim(ME, Lane.STARTS, 1, NOW, LEASE); // its holder sees that, and works on

    store.release(ME, X, 1, NOW.plusSeconds(600));

    claimed(X);
  }

  @Test
  void being_needed_is_noted_for_those_that_were_and_never_goes_back() {
    store.insert(instance("x", "ada", NOW), null);
    store.insert(instance("y", "ada", NOW), null);

    store.touch(List.of(X), NOW.plusSeconds(9));
    store.touch(List.of(X), NOW.plusSeconds(5));
    store.touch(List.of(), NOW.plusSeconds(99));

    assertThat(store.find(ADA, X)).map(it -> it.rest().activeAt()).contains(NOW.plusSeconds(9));
    assertThat(store.find(ADA, new InstanceId("y"))).map(it -> it.rest().activeAt()).contains(NOW);
  }

  @Test
  void who_was_idle_longest_comes_first() {
    for (var id : List.of("x", "y", "z")) {
      store.insert(in(Phase.RUNNING, instance(id, "ada", NOW)), null);
    }
    store.insert(in(Phase.DOZING, instance("d", "ada", NOW)), null);
    store.insert(in(Phase.RUNNING, instance("s", "ada", NOW)), null);
    store.change(ADA, new InstanceId("s"), it -> towards(it, Goal.STOPPED));
    store.touch(List.of(X), NOW.plusSeconds(3));
    store.touch(List.of(new InstanceId("y")), NOW.plusSeconds(2));
    store.touch(List.of(new InstanceId("z")), NOW.plusSeconds(1));

    assertThat(store.longestIdle(Phase.RUNNING, 2).stream().map(it -> it.id().value()))
        .containsExactly("z", "y");
    assertThat(store.longestIdle(Phase.DOZING, 2).stream().map(it -> it.id().value()))
        .containsExactly("d");
  }

  @Test
  void unreachable_is_who_does_not_run_or_shall_sleep() {
    for (var id : List.of("x", "y")) {
      store.insert(in(Phase.RUNNING, instance(id, "ada", NOW)), null);
    }
    store.insert(in(Phase.DOZING, instance("d", "ada", NOW)), null);
    store.change(
        ADA, X, it -> it.resting(it.rest().down(Level.DOZING, "Idle", "Nobody needed it.", NOW)));
    var y = new InstanceId("y");
    var d = new InstanceId("d");

    assertThat(store.unreachable(List.of(X, y, d))).containsExactlyInAnyOrder(X, d);
    assertThat(store.unreachable(List.of(y))).isEmpty();
    assertThat(store.unreachable(List.of())).isEmpty();
  }

  @Test
  void one_creation_key_is_one_instance_however_many_ask_at_once() throws Exception {
    var replica = new SqlInstanceStore(database.open());

    var results =
        inParallel(
            100,
            n -> (n % 2 == 0 ? store : replica).insert(instance("x" + n, "ada", NOW), "the same"));

    var made = store.list(ADA, null, 200);
    assertThat(made).hasSize(1);
    assertThat(results).filteredOn(it -> it instanceof Inserted.New).hasSize(1);
    assertThat(results)
        .filteredOn(it -> it instanceof Inserted.Before)
        .hasSize(99)
        .containsOnly(new Inserted.Before(made.getFirst()));
  }

  @Test
  void a_creation_key_lives_for_a_day() {
    var first = instance("x", "ada", NOW);
    var day = Duration.ofHours(24);
    store.insert(first, "key");

    var within = store.insert(instance("y", "ada", NOW.plus(day).minusMillis(1)), "key");
    var after = store.insert(instance("z", "ada", NOW.plus(day)), "key");
    var again = store.insert(instance("w", "ada", NOW.plus(day).plusMillis(1)), "key");

    assertThat(within).isEqualTo(new Inserted.Before(first));
    assertThat(after).isEqualTo(new Inserted.New());
    assertThat(again).isEqualTo(new Inserted.Before(instance("z", "ada", NOW.plus(day))));
    assertThat(store.list(ADA, null, 10))
        .extracting(it -> it.id().value())
        .containsExactly("x", "z");
  }

  @Test
  void creation_keys_are_each_accounts_own() {
    store.insert(instance("x", "ada", NOW), "key");

    assertThat(store.insert(instance("y", "bob", NOW), "key")).isEqualTo(new Inserted.New());
  }

  @Test
  void without_a_creation_key_each_wish_is_a_new_instance() {
    store.insert(instance("x", "ada", NOW), null);

    assertThat(store.insert(instance("y", "ada", NOW), null)).isEqualTo(new Inserted.New());
  }

  @Test
  void another_accounts_instance_looks_like_none() {
    store.insert(instance("x", "ada", NOW), null);
    var asked = new AtomicInteger();

    assertThat(store.find(BOB, X)).isEmpty();
    assertThat(store.list(BOB, null, 10)).isEmpty();
    assertThat(
            store.change(
                BOB,
                X,
                instance -> {
                  asked.incrementAndGet();
                  return towards(instance, Goal.GONE);
                }))
        .isEmpty();

    assertThat(asked).hasValue(0);
    assertThat(store.find(ADA, X)).contains(instance("x", "ada", NOW));
  }

  @Test
  void the_operator_and_rockpool_itself_see_all() {
    store.insert(instance("x", "ada", NOW), null);
    store.insert(instance("y", "bob", NOW), null);

    for (var actor : List.of(OPERATOR, ROCKPOOL)) {
      assertThat(store.find(actor, X)).isPresent();
      assertThat(store.list(actor, null, 10)).hasSize(2);
      assertThat(store.list(actor, new Position(NOW, "x"), 10)).hasSize(1);
      assertThat(store.change(actor, X, it -> towards(it, Goal.STOPPED))).isPresent();
    }
  }

  @Test
  void pages_follow_each_other_without_gap_or_repetition() {
    for (int n = 0; n < 10; n++) {
      // In pairs of the same millisecond.
      store.insert(instance("a" + n, "ada", NOW.plusMillis(n / 2)), null);
      store.insert(instance("b" + n, "bob", NOW.plusMillis(n / 2)), null);
    }

    assertThat(pages(ADA, 3)).containsExactlyElementsOf(names("a", 10));
    assertThat(pages(OPERATOR, 3)).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void what_is_created_meanwhile_does_not_shift_the_pages() {
    for (int n = 0; n < 4; n++) {
      store.insert(instance("a" + n, "ada", NOW.plusSeconds(n)), null);
    }
    var first = store.list(ADA, null, 2);
    store.insert(instance("new", "ada", NOW.plusSeconds(9)), null);
    remove(new InstanceId("a0"));

    var second = store.list(ADA, position(first.getLast()), 2);
    var third = store.list(ADA, position(second.getLast()), 2);

    assertThat(Stream.of(first, second, third).flatMap(List::stream))
        .extracting(it -> it.id().value())
        .containsExactly("a0", "a1", "a2", "a3", "new");
  }

  @Test
  void an_instance_is_claimed_once_it_is_due() {
    store.insert(instance("x", "ada", NOW), null);

    assertThat(store.claim(ME, Lane.STARTS, 9, NOW.minusMillis(1), LEASE)).isEmpty();
    assertThat(store.claim(ME, Lane.STARTS, 9, NOW, LEASE)).containsExactly(X);
    assertThat(store.held(ME, X, NOW)).contains(instance("x", "ada", NOW));
    assertThat(store.held(OTHER, X, NOW)).isEmpty();
  }

  @Test
  void what_is_held_is_not_claimed_until_the_lease_ends() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var end = NOW.plus(LEASE);

    assertThat(store.claim(OTHER, Lane.STARTS, 9, end.minusMillis(1), LEASE)).isEmpty();
    assertThat(store.held(ME, X, end.minusMillis(1))).isPresent();
    assertThat(store.held(ME, X, end)).isEmpty();
    assertThat(store.claim(OTHER, Lane.STARTS, 9, end, LEASE)).containsExactly(X);
    assertThat(store.held(ME, X, NOW)).isEmpty();
  }

  @Test
  void what_is_held_is_claimed_again_by_its_holder_once_for_each_change() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);

    assertThat(store.claim(ME, Lane.STARTS, 9, NOW.plusMillis(1), LEASE)).isEmpty();
    store.change(ADA, X, it -> towards(it, Goal.STOPPED));
    assertThat(store.claim(OTHER, Lane.REST, 9, NOW.plusMillis(1), LEASE)).isEmpty();
    assertThat(store.claim(ME, Lane.REST, 9, NOW.plusMillis(1), LEASE)).containsExactly(X);
    assertThat(store.claim(ME, Lane.REST, 9, NOW.plusMillis(1), LEASE)).isEmpty();
    assertThat(store.held(ME, X, NOW.plus(LEASE))).as("its lease was renewed").isPresent();
  }

  @Test
  void what_changed_is_due_when_it_is_given_back_also_after_a_second_claim() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.change(ADA, X, it -> towards(it, Goal.STOPPED));
    store.claim(ME, Lane.REST, 9, NOW, LEASE);

    store.release(ME, X, 1, NOW.plusSeconds(600));

    assertThat(store.claim(OTHER, Lane.REST, 9, NOW, LEASE)).containsExactly(X);
  }

  @Test
  void what_was_made_due_while_it_was_held_is_claimed_by_its_holder() {
    store.insert(in(Phase.RUNNING, instance("x", "ada", NOW)), null);
    store.claim(ME, Lane.REST, 9, NOW, LEASE);

    store.touchRunning(NOW);

    assertThat(store.claim(OTHER, Lane.REST, 9, NOW, LEASE)).isEmpty();
    assertThat(store.claim(ME, Lane.REST, 9, NOW, LEASE)).containsExactly(X);
  }

  @Test
  void what_was_renewed_and_then_left_is_due_when_its_lease_ends() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var end = NOW.plus(LEASE.multipliedBy(100));
    store.renew(ME, Set.of(X), NOW, end);

    assertThat(store.claim(OTHER, Lane.STARTS, 9, end.minusMillis(1), LEASE)).isEmpty();
    assertThat(store.claim(OTHER, Lane.STARTS, 9, end, LEASE)).containsExactly(X);
  }

  @Test
  void a_holder_gives_back_what_it_names_and_nothing_of_others() {
    var y = new InstanceId("y");
    var z = new InstanceId("z");
    store.insert(instance("x", "ada", NOW), null);
    store.insert(instance("y", "ada", NOW), null);
    claimed(X, y);
    store.insert(instance("z", "ada", NOW), null);
    store.claim(OTHER, Lane.STARTS, 9, NOW, LEASE);

    store.endLeases(ME, Set.of(X, z));
    store.endLeases(ME, Set.of());

    assertThat(store.held(ME, X, NOW)).isEmpty();
    assertThat(store.held(ME, y, NOW)).isPresent();
    assertThat(store.held(OTHER, z, NOW)).isPresent();
    assertThat(store.claim(OTHER, Lane.STARTS, 9, NOW, LEASE)).containsExactly(X);
  }

  @Test
  void each_lane_has_its_own_instances() {
    store.insert(instance("starts", "ada", NOW), null);
    for (var phase : Phase.values()) {
      if (phase != Phase.PROVISIONING) {
        var id = phase.name().toLowerCase(Locale.ROOT);
        store.insert(in(phase, instance(id, "ada", NOW)), null);
      }
    }

    assertThat(store.claim(ME, Lane.STARTS, 99, NOW, LEASE))
        .containsExactly(new InstanceId("starts"));
    assertThat(store.claim(ME, Lane.REST, 99, NOW, LEASE)).hasSize(Phase.values().length - 1);
  }

  @Test
  void those_that_are_due_longest_are_claimed_first() {
    store.insert(instance("late", "ada", NOW), null);
    store.insert(instance("early", "ada", NOW.minusSeconds(2)), null);
    store.insert(instance("middle", "ada", NOW.minusSeconds(1)), null);

    assertThat(store.claim(ME, Lane.STARTS, 2, NOW, LEASE))
        .containsExactlyInAnyOrder(new InstanceId("early"), new InstanceId("middle"));
  }

  @Test
  void an_instance_never_has_two_owners() throws Exception {
    int count = 200;
    for (int n = 0; n < count; n++) {
      store.insert(instance("a" + n, "ada", NOW), null);
    }
    var replica = new SqlInstanceStore(database.open());

    var taken =
        inParallel(
                16,
                n -> {
                  var mine = new ArrayList<InstanceId>();
                  var from = n % 2 == 0 ? store : replica;
                  while (mine.addAll(from.claim("owner " + n, Lane.STARTS, 7, NOW, LEASE))) {
                    assertThat(mine).allMatch(id -> from.held("owner " + n, id, NOW).isPresent());
                  }
                  return mine;
                })
            .stream()
            .flatMap(List::stream)
            .toList();

    assertThat(taken).hasSize(count).doesNotHaveDuplicates();
  }

  @Test
  void a_renewed_lease_lasts_longer() {
    store.insert(instance("x", "ada", NOW), null);
    store.insert(instance("y", "ada", NOW), null);
    claimed(X, new InstanceId("y"));
    var later = NOW.plus(LEASE).minusMillis(1);

    store.renew(ME, Set.of(X), later, later.plus(LEASE));
    store.renew(ME, Set.of(), later, later.plus(LEASE));

    assertThat(store.held(ME, X, later.plus(LEASE).minusMillis(1))).isPresent();
    assertThat(store.held(ME, new InstanceId("y"), NOW.plus(LEASE)))
        .as("only what is named is renewed")
        .isEmpty();
  }

  @Test
  void a_lost_lease_is_not_renewed() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var end = NOW.plus(LEASE);

    store.renew(ME, Set.of(X), end, end.plus(LEASE));
    assertThat(store.held(ME, X, end)).isEmpty();
    store.claim(OTHER, Lane.STARTS, 9, end, LEASE);
    store.renew(ME, Set.of(X), end, end.plus(LEASE.multipliedBy(9)));

    assertThat(store.held(ME, X, end)).isEmpty();
    assertThat(store.held(OTHER, X, end.plus(LEASE))).isEmpty();
  }

  @Test
  void only_the_holder_writes_what_was_seen() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var status = in(Phase.RUNNING, instance("x", "ada", NOW)).status();

    assertThat(store.saveStatus(OTHER, X, 1, status)).isFalse();
    assertThat(store.find(ADA, X)).contains(instance("x", "ada", NOW));
    assertThat(store.saveStatus(ME, X, 1, status)).isTrue();
    assertThat(store.find(ADA, X)).map(Instance::status).contains(status);
    assertThat(store.countByPhase()).containsExactly(Map.entry(Phase.RUNNING, 1L));
  }

  @Test
  void what_was_seen_of_an_older_wish_is_not_written() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.change(ADA, X, it -> towards(it, Goal.GONE));
    var status = in(Phase.RUNNING, instance("x", "ada", NOW)).status();

    assertThat(store.saveStatus(ME, X, 1, status)).isFalse();
    assertThat(store.saveStatus(ME, X, 2, status)).isTrue();
  }

  @Test
  void what_was_given_back_is_due_when_it_was_said() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var due = NOW.plusSeconds(5);

    store.release(ME, X, 1, due);

    assertThat(store.held(ME, X, NOW)).isEmpty();
    assertThat(store.claim(OTHER, Lane.STARTS, 9, due.minusMillis(1), LEASE)).isEmpty();
    assertThat(store.claim(OTHER, Lane.STARTS, 9, due, LEASE)).containsExactly(X);
  }

  @Test
  void what_changed_while_it_was_held_is_due_when_it_is_given_back() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.change(ADA, X, it -> towards(it, Goal.STOPPED));

    store.release(ME, X, 1, NOW.plusSeconds(600));

    assertThat(store.claim(OTHER, Lane.REST, 9, NOW.plusMillis(1), LEASE)).containsExactly(X);
  }

  @Test
  void a_stranger_gives_nothing_back() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);

    store.release(OTHER, X, 1, NOW);

    assertThat(store.held(ME, X, NOW)).isPresent();
  }

  @Test
  void what_is_removed_leaves_only_the_proof() {
    var events = new Events(sql, new ManualClock(NOW));
    store.insert(instance("x", "ada", NOW), null);
    events.append(X, "Created", 0, "It was created.");
    claimed(X);

    store.remove(ME, X, NOW);

    assertThat(store.find(ROCKPOOL, X)).isEmpty();
    assertThat(store.held(ME, X, NOW)).isEmpty();
    assertThat(events.after(X, 0, 10)).isEmpty();
    assertThat(store.wasDestroyed(X)).isTrue();
    assertThat(store.wasDestroyed(new InstanceId("y"))).isFalse();
  }

  @Test
  void what_is_done_along_with_the_end_is_done_once_and_sees_the_instance() {
    var seen = new ArrayList<String>();
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);

    for (int again = 0; again < 2; again++) {
      store.remove(
          ME,
          X,
          NOW,
          it -> seen.addAll(it.query("SELECT account_id FROM instance", row -> row.getString(1))));
    }

    assertThat(seen).containsExactly("ada");
  }

  @Test
  void what_is_done_along_with_the_beginning_is_done_where_it_is_new() {
    var seen = new ArrayList<String>();
    for (var id : List.of("x", "y")) {
      store.insert(
          instance(id, "ada", NOW),
          "key",
          Integer.MAX_VALUE,
          it -> seen.addAll(it.query("SELECT id FROM instance", row -> row.getString(1))));
    }
    store.insert(instance("z", "nobody", NOW), null, Integer.MAX_VALUE, _ -> seen.add("z"));

    assertThat(seen).containsExactly("x");
  }

  @Test
  void a_stranger_removes_nothing() {
    var events = new Events(sql, new ManualClock(NOW));
    store.insert(instance("x", "ada", NOW), null);
    events.append(X, "Created", 0, "It was created.");
    claimed(X);

    store.remove(OTHER, X, NOW, _ -> events.append(X, "Destroyed", null, "It is gone."));

    assertThat(store.held(ME, X, NOW)).isPresent();
    assertThat(events.after(X, 0, 10)).hasSize(1);
    assertThat(store.wasDestroyed(X)).isFalse();
  }

  @Test
  void a_change_makes_it_due_at_once() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.release(ME, X, 1, NOW.plusSeconds(600));

    var changed = store.change(ADA, X, it -> towards(it, Goal.STOPPED));

    assertThat(changed).isEqualTo(store.find(ADA, X));
    assertThat(changed).map(it -> it.wanted().goal()).contains(Goal.STOPPED);
    // What is to stop waits for no start, though it is still on its way.
    assertThat(store.claim(ME, Lane.STARTS, 9, NOW.plusMillis(1), LEASE)).isEmpty();
    assertThat(store.claim(ME, Lane.REST, 9, NOW.plusMillis(1), LEASE)).containsExactly(X);
  }

  @Test
  void a_change_to_the_same_changes_nothing() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    store.release(ME, X, 1, NOW.plusSeconds(600));

    assertThat(store.change(ADA, X, it -> it)).contains(instance("x", "ada", NOW));

    assertThat(store.claim(ME, Lane.STARTS, 9, NOW.plusMillis(1), LEASE)).isEmpty();
  }

  @Test
  void what_is_to_be_gone_is_changed_no_more() {
    store.insert(instance("x", "ada", NOW), null);
    store.change(ADA, X, it -> towards(it, Goal.GONE));

    assertThat(store.change(ADA, X, it -> towards(it, Goal.RUNNING))).isEmpty();
    assertThat(store.change(ADA, new InstanceId("y"), it -> it)).isEmpty();
  }

  @Test
  void changes_at_once_are_all_kept() throws Exception {
    store.insert(instance("x", "ada", NOW), null);
    var replica = new SqlInstanceStore(database.open());

    inParallel(
        40, n -> (n % 2 == 0 ? store : replica).change(ADA, X, it -> withAgent(it, "agent" + n)));

    var wanted = store.find(ADA, X).orElseThrow().wanted();
    assertThat(wanted.generation()).isEqualTo(41);
    assertThat(wanted.agents()).containsExactlyInAnyOrderElementsOf(names("agent", 40));
  }

  @Test
  void a_change_keeps_what_was_seen_meanwhile() {
    store.insert(instance("x", "ada", NOW), null);
    claimed(X);
    var seen = in(Phase.RUNNING, instance("x", "ada", NOW)).status();
    var asked = new AtomicInteger();

    var changed =
        store.change(
            ADA,
            X,
            instance -> {
              if (asked.incrementAndGet() == 1) {
                store.saveStatus(ME, X, 1, seen);
              }
              return withAgent(instance, "agent");
            });

    assertThat(asked).hasValue(2);
    assertThat(changed).map(Instance::status).contains(seen);
    assertThat(store.find(ADA, X)).isEqualTo(changed);
  }

  @Test
  void a_server_that_is_alone_ends_all_leases() {
    store.insert(instance("x", "ada", NOW), null);
    store.claim(OTHER, Lane.STARTS, 9, NOW, Duration.ofDays(9));

    store.endLeases();

    assertThat(store.held(OTHER, X, NOW)).isEmpty();
    assertThat(store.claim(ME, Lane.STARTS, 9, NOW, LEASE)).containsExactly(X);
  }

  @Test
  void what_should_run_can_be_made_due_at_once() {
    var later = NOW.plusSeconds(600);
    store.insert(in(Phase.RUNNING, instance("runs", "ada", later)), null);
    store.insert(in(Phase.FAILED, instance("failed", "ada", later)), null);
    store.insert(towards(in(Phase.RUNNING, instance("stops", "ada", later)), Goal.STOPPED), null);

    store.touchRunning(NOW);

    assertThat(store.claim(ME, Lane.REST, 9, NOW, LEASE)).containsExactly(new InstanceId("runs"));
  }

  @Test
  void phases_are_counted() {
    assertThat(store.countByPhase()).isEmpty();

    store.insert(instance("x", "ada", NOW), null);
    store.insert(instance("y", "bob", NOW), null);
    store.insert(in(Phase.FAILED, instance("z", "bob", NOW)), null);

    assertThat(store.countByPhase()).isEqualTo(Map.of(Phase.PROVISIONING, 2L, Phase.FAILED, 1L));
  }

  private void claimed(InstanceId... ids) {
    assertThat(store.claim(ME, Lane.STARTS, 99, NOW, LEASE)).containsExactlyInAnyOrder(ids);
  }

  private void remove(InstanceId id) {
    store.claim(ME, Lane.STARTS, 99, NOW.plusSeconds(99), LEASE);
    store.remove(ME, id, NOW);
    store.endLeases();
  }

  private List<String> pages(Actor actor, int limit) {
    var all = new ArrayList<String>();
    Position position = null;
    while (true) {
      var page = store.list(actor, position, limit);
      assertThat(page).hasSizeLessThanOrEqualTo(limit);
      if (page.isEmpty()) {
        return all;
      }
      page.forEach(it -> all.add(it.id().value()));
      position = position(page.getLast());
    }
  }

  private static Position position(Instance instance) {
    return new Position(instance.createdAt(), instance.id().value());
  }

  private static List<String> names(String stem, int count) {
    return IntStream.range(0, count).mapToObj(n -> stem + n).toList();
  }

  private static Instance instance(String id, String account, Instant time) {
    return new Instance(
        new InstanceId(id),
        account,
        "Name of " + id,
        time,
        time,
        new Wanted(Goal.RUNNING, "free", "fake", List.of("coder"), "{\"a\": 1}", 1, 1),
        Status.fresh(time),
        Rest.fresh(time),
        1);
  }

  private static Instance in(Phase phase, Instance instance) {
    return with(instance, instance.wanted(), instance.status().towards(phase, NOW));
  }

  private static Instance towards(Instance instance, Goal goal) {
    return with(instance, instance.wanted().towards(goal), instance.status());
  }

  private static Instance withAgent(Instance instance, String agent) {
    var wanted = instance.wanted();
    var agents = new ArrayList<>(wanted.agents());
    agents.remove("coder");
    agents.add(agent);
    return with(
        instance,
        new Wanted(
            wanted.goal(),
            wanted.plan(),
            wanted.runtime(),
            agents,
            wanted.config(),
            wanted.generation() + 1,
            wanted.processGeneration()),
        instance.status());
  }

  private static Instance with(Instance instance, Wanted wanted, Status status) {
    return new Instance(
        instance.id(),
        instance.accountId(),
        instance.name(),
        instance.createdAt(),
        instance.updatedAt(),
        wanted,
        status,
        instance.rest(),
        instance.revision());
  }

  private interface Numbered<T> {
    T run(int number);
  }

  private static <T> List<T> inParallel(int count, Numbered<T> work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = IntStream.range(0, count).mapToObj(n -> (Callable<T>) () -> work.run(n)).toList();
      var results = new ArrayList<T>();
      for (var task : threads.invokeAll(tasks)) {
        results.add(task.get());
      }
      return results;
    }
  }
}
