package io.rockpool.control.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.InstanceStore.Inserted;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.MemberStore.Claimed;
import io.rockpool.control.instance.MemberStore.Demand;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the pool expects of its store, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MemberStoreContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Actor ADA = new Actor.User("ada");
  private static final Actor OPERATOR = new Actor.Operator("admin");
  private static final Actor ROCKPOOL = new Actor.Rockpool("test");
  private static final InstanceId X = new InstanceId("x");
  private static final String ME = "this replica";

  private TestDatabase database;
  private Sql sql;
  private InstanceStore instances;
  private MemberStore store;
  private Events events;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    instances = new SqlInstanceStore(sql);
    events = new Events(sql, InstantSource.fixed(NOW));
    store = new SqlMemberStore(sql, events);
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada", "bob");
  }

  private SqlMemberStore replica() {
    var elsewhere = database.open();
    return new SqlMemberStore(elsewhere, new Events(elsewhere, InstantSource.fixed(NOW)));
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void members_are_those_of_the_pool() {
    warm("x");
    instances.insert(instance("y", "ada", Phase.RUNNING), null);

    assertThat(store.members()).extracting(it -> it.instance().id()).containsExactly(X);
    assertThat(only().isWarm()).isTrue();
  }

  @Test
  void nobody_but_the_control_plane_sees_a_member() {
    warm("x");

    assertThat(instances.find(OPERATOR, X)).isEmpty();
    assertThat(instances.find(ADA, X)).isEmpty();
    assertThat(instances.list(OPERATOR, null, 9)).isEmpty();
    assertThat(instances.list(ADA, null, 9)).isEmpty();
    assertThat(instances.change(OPERATOR, X, it -> it)).isEmpty();
    assertThat(instances.countByPhase()).isEmpty();
    assertThat(instances.find(ROCKPOOL, X)).isPresent();
    assertThat(instances.list(ROCKPOOL, null, 9)).hasSize(1);
    assertThat(OPERATOR.maySee("pool")).isFalse();
  }

  @Test
  void a_member_is_warm_while_the_process_that_was_warmed_runs() {
    insertMember("x");
    assertThat(only().isWarm()).as("not warmed").isFalse();

    store.warmed(X, NOW.plusSeconds(30));
    assertThat(only().isWarm()).isTrue();

    instances.claim(ME, Lane.REST, 9, NOW, LEASE);
    instances.saveStatus(ME, X, 1, status(Phase.DOZING, NOW));
    assertThat(only().isWarm()).as("it dozes").isTrue();
    instances.saveStatus(ME, X, 1, status(Phase.RUNNING, NOW.plusSeconds(60)));
    assertThat(only().isWarm()).as("in a new process").isFalse();
    store.warmed(X, NOW.plusSeconds(90));
    instances.saveStatus(ME, X, 1, status(Phase.STOPPED, NOW.plusSeconds(60)));
    assertThat(only().isWarm()).as("it stopped").isFalse();
  }

  @Test
  void a_claimed_member_is_its_owners_and_has_no_past() {
    warm("x");
    events.append(X, "Starting", 40, "OpenClaw is being started.");
    var owned = owned(only(), "ada", Phase.PROVISIONING);

    assertThat(store.claim(only(), owned, "key")).isEqualTo(new Claimed.Won(owned));

    assertThat(instances.find(ADA, X)).contains(owned);
    assertThat(instances.find(OPERATOR, X)).isPresent();
    assertThat(store.members()).isEmpty();
    assertThat(events.after(X, 0, 9))
        .extracting(Event::id, Event::kind, Event::progress)
        .containsExactly(tuple(1L, "Created", 0));
  }

  @Test
  void one_that_answers_at_once_says_so_to_whoever_listens() {
    warm("x");
    var heard = new ArrayList<String>();
    var listened =
        new Events(
            sql,
            InstantSource.fixed(NOW),
            (it, id, event) ->
                heard.addAll(
                    it.query(
                        "SELECT account_id FROM instance WHERE id = ?",
                        row -> event.kind() + " of " + row.getString(1),
                        id.value())));

    new SqlMemberStore(sql, listened).claim(only(), owned(only(), "ada", Phase.RUNNING), null);

    assertThat(heard).containsExactly("Created of ada", "Running of ada");

    assertThat(events.after(X, 0, 9))
        .extracting(Event::id, Event::kind, Event::progress)
        .containsExactly(tuple(1L, "Created", 0), tuple(2L, "Running", 100));
  }

  @Test
  void what_was_claimed_is_due_and_waits_for_no_start_until_something_was_written_about_it() {
    warm("x");
    instances.claim(ME, Lane.REST, 9, NOW, LEASE);
    instances.release(ME, X, 1, NOW.plusSeconds(600));
    store.claim(only(), owned(only(), "ada", Phase.PROVISIONING), null);
    var soon = NOW.plusSeconds(2);

    assertThat(instances.claim(ME, Lane.STARTS, 9, soon, LEASE)).isEmpty();
    assertThat(instances.claim(ME, Lane.REST, 9, soon, LEASE)).containsExactly(X);
    instances.saveStatus(ME, X, 2, status(Phase.PROVISIONING, NOW));
    instances.release(ME, X, 1, soon);

    assertThat(instances.claim(ME, Lane.REST, 9, soon, LEASE)).isEmpty();
    assertThat(instances.claim(ME, Lane.STARTS, 9, soon, LEASE)).containsExactly(X);
  }

  @Test
  void a_member_that_starts_again_waits_among_the_starts() {
    warm("x");
    instances.claim(ME, Lane.REST, 9, NOW, LEASE);
    instances.saveStatus(ME, X, 1, status(Phase.PROVISIONING, NOW));
    instances.release(ME, X, 1, NOW);

    assertThat(instances.claim(ME, Lane.REST, 9, NOW, LEASE)).isEmpty();
    assertThat(instances.claim(ME, Lane.STARTS, 9, NOW, LEASE)).containsExactly(X);
  }

  @Test
  void a_member_that_changed_since_it_was_seen_is_not_given_away() {
    warm("x");
    var seen = only();
    instances.claim(ME, Lane.REST, 9, NOW, LEASE);
    instances.saveStatus(ME, X, 1, status(Phase.DOZING, NOW));

    assertThat(store.claim(seen, owned(seen, "ada", Phase.RUNNING), null))
        .isEqualTo(new Claimed.Lost());

    assertThat(instances.find(ADA, X)).isEmpty();
  }

  @Test
  void a_member_that_is_to_be_gone_is_none() {
    warm("x");
    var seen = only();
    instances.change(
        new Actor.User("pool"),
        X,
        it -> it.wanting(it.wanted().towards(Goal.GONE), it.status(), NOW));

    assertThat(store.members()).isEmpty();
    assertThat(store.claim(seen, owned(seen, "ada", Phase.RUNNING), null))
        .isEqualTo(new Claimed.Lost());
  }

  @Test
  void what_is_owned_is_changed_by_the_pool_no_more() {
    warm("x");
    store.claim(only(), owned(only(), "ada", Phase.RUNNING), null);

    assertThat(instances.change(new Actor.User("pool"), X, it -> it)).isEmpty();
    assertThat(store.beginWarming(X, NOW, NOW.plusSeconds(60))).isFalse();
  }

  @Test
  void the_same_key_within_a_day_means_the_first_instance() {
    warm("x");
    var first = instance("first", "ada", Phase.RUNNING);
    assertThat(instances.insert(first, "key")).isEqualTo(new Inserted.New());

    assertThat(store.claim(only(), owned(only(), "ada", Phase.RUNNING), "key"))
        .isEqualTo(new Claimed.Before(first));
    assertThat(store.members()).hasSize(1);

    var tomorrow = at(owned(only(), "ada", Phase.RUNNING), NOW.plus(Duration.ofHours(24)));
    assertThat(store.claim(only(), tomorrow, "key")).isEqualTo(new Claimed.Won(tomorrow));
  }

  @Test
  void of_many_who_claim_one_member_at_once_one_gets_it() throws Exception {
    warm("x");
    var seen = only();
    var replica = replica();

    var results =
        inParallel(
            20,
            n ->
                (n % 2 == 0 ? store : replica)
                    .claim(seen, owned(seen, n % 3 == 0 ? "ada" : "bob", Phase.RUNNING), null));

    assertThat(results).filteredOn(Claimed.Won.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(Claimed.Lost.class::isInstance).hasSize(19);
  }

  @Test
  void nobody_gets_more_of_the_pool_at_once_than_they_may_have() throws Exception {
    IntStream.range(0, 20).forEach(n -> warm("m" + n));
    var seen = store.members();
    var replica = replica();

    var results =
        inParallel(
            20,
            n ->
                (n % 2 == 0 ? store : replica)
                    .claim(seen.get(n), owned(seen.get(n), "ada", Phase.RUNNING), null, 3));

    assertThat(results).filteredOn(Claimed.Won.class::isInstance).hasSize(3);
    assertThat(results).filteredOn(Claimed.Full.class::isInstance).hasSize(17);
    assertThat(instances.list(ADA, null, 99)).hasSize(3);
  }

  @Test
  void of_many_claims_with_one_key_at_once_one_wins() throws Exception {
    IntStream.range(0, 20).forEach(n -> warm("m" + n));
    var seen = store.members();
    var replica = replica();

    var results =
        inParallel(
            20,
            n ->
                (n % 2 == 0 ? store : replica)
                    .claim(seen.get(n), owned(seen.get(n), "ada", Phase.RUNNING), "key"));

    assertThat(results).filteredOn(Claimed.Won.class::isInstance).hasSize(1);
    assertThat(instances.list(ADA, null, 99)).hasSize(1);
    assertThat(store.members()).hasSize(19);
  }

  @Test
  void one_server_at_a_time_warms_a_member() {
    insertMember("x");

    assertThat(store.beginWarming(X, NOW, NOW.plusSeconds(60))).isTrue();
    assertThat(store.beginWarming(X, NOW.plusSeconds(59), NOW.plusSeconds(99))).isFalse();
    assertThat(store.beginWarming(X, NOW.plusSeconds(60), NOW.plusSeconds(99))).isTrue();
  }

  @Test
  void demand_is_what_owners_made_lately() {
    assertThat(store.demand("free", "fake", NOW.minusSeconds(60)))
        .isEqualTo(new Demand(0, Instant.EPOCH, List.of(), 0));
    warm("x");
    instances.insert(at(instance("old", "ada", Phase.RUNNING), NOW.minusSeconds(60)), null);
    instances.insert(at(instance("new", "ada", Phase.RUNNING), NOW.minusSeconds(9)), null);
    instances.insert(instance("starts", "bob", Phase.PROVISIONING), null);

    assertThat(store.demand("free", "fake", NOW.minusSeconds(60)))
        .isEqualTo(new Demand(2, NOW, List.of("coder"), 1));
    assertThat(store.demand("pro", "fake", NOW.minusSeconds(60)))
        .isEqualTo(new Demand(0, Instant.EPOCH, List.of(), 1));
  }

  private Member only() {
    assertThat(store.members()).hasSize(1);
    return store.members().getFirst();
  }

  private void insertMember(String id) {
    instances.insert(instance(id, "pool", Phase.RUNNING), null);
  }

  private void warm(String id) {
    insertMember(id);
    store.warmed(new InstanceId(id), NOW.plusSeconds(1));
  }

  private static Instance owned(Member member, String account, Phase phase) {
    var before = member.instance();
    return new Instance(
        before.id(),
        account,
        "lobster",
        NOW.plusSeconds(1),
        NOW.plusSeconds(1),
        new Wanted(Goal.RUNNING, "free", "fake", List.of("ops"), "{}", 2, 1),
        status(phase, NOW),
        Rest.fresh(NOW.plusSeconds(1)),
        before.revision() + 1);
  }

  private static Instance at(Instance instance, Instant time) {
    return new Instance(
        instance.id(),
        instance.accountId(),
        instance.name(),
        time,
        time,
        instance.wanted(),
        instance.status(),
        Rest.fresh(time),
        instance.revision());
  }

  private static Instance instance(String id, String account, Phase phase) {
    return new Instance(
        new InstanceId(id),
        account,
        id,
        NOW,
        NOW,
        new Wanted(Goal.RUNNING, "free", "fake", List.of("coder"), "{}", 1, 1),
        status(phase, NOW),
        Rest.fresh(NOW),
        1);
  }

  /** Of a process that was started then. */
  private static Status status(Phase phase, Instant startedAt) {
    return new Status(
        phase,
        NOW,
        100,
        1,
        ME,
        List.of(),
        null,
        URI.create("http://127.0.0.1:1"),
        Trial.of(1).started(startedAt, NOW).placed(startedAt).ready(startedAt));
  }

  private interface Numbered<T> {
    T run(int number);
  }

  private static <T> List<T> inParallel(int count, Numbered<T> work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = IntStream.range(0, count).mapToObj(n -> (Callable<T>) () -> work.run(n)).toList();
      return threads.invokeAll(tasks).stream().map(Future::resultNow).toList();
    }
  }
}
