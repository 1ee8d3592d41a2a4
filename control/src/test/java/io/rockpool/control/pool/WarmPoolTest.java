package io.rockpool.control.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Admission;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.SqlMemberStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One look after the other; the reconciler's part is written by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WarmPoolTest {
  private static final Actor ADA = new Actor.User("ada");
  private static final HostMemory PLENTY = new HostMemory(16_000_000_000L, 12_000_000_000L, 0, 0);
  private static final HostMemory SHORT = new HostMemory(16_000_000_000L, 1_000_000_000L, 0, 0);

  private final ManualClock clock = new ManualClock(Instant.parse("2026-11-21T08:00:00Z"));
  private final List<String> warmed = new ArrayList<>();
  private TestDatabase database;
  private Sql sql;
  private InstanceStore store;
  private SqlMemberStore members;
  private Instances instances;
  private Optional<HostMemory> memory = Optional.of(PLENTY);
  private boolean warmsWell = true;

  @BeforeAll
  void open(@TempDir Path home) {
    database = TestDatabase.sqlite(home);
    sql = database.open();
    store = new SqlInstanceStore(sql);
    var events = new Events(sql, clock);
    members = new SqlMemberStore(sql, events);
    instances =
        new Instances(
            store,
            events,
            Plans.DEFAULT,
            Set.of("fake"),
            "fake",
            new TestBlueprints(),
            new Claims(members, new TestBlueprints(), rules(2)),
            Admission.OPEN,
            () -> {},
            clock);
  }

  @BeforeEach
  void empty() {
    TestDatabase.reset(sql, "ada");
    warmed.clear();
    memory = Optional.of(PLENTY);
    warmsWell = true;
  }

  @AfterAll
  void close() {
    database.close();
  }

  @Test
  void a_new_pool_gets_one_member_and_warms_it() throws Exception {
    var pool = pool(2);

    pool.look();
    assertThat(only().instance().accountId()).isEqualTo("pool");
    assertThat(only().instance().wanted().config()).isEqualTo("{}");
    pool.look();
    assertThat(warmed).as("while it starts").isEmpty();
    runs(only());
    pool.look();

    assertThat(warmed).containsExactly(only().instance().id() + " main");
    assertThat(only().isWarm()).isTrue();
    pool.look();
    assertThat(members.members()).hasSize(1);
    assertThat(warmed).hasSize(1);
  }

  @Test
  void a_member_is_as_the_newest_owner_wanted_it() throws Exception {
    create(List.of("coder", "ops"));
    clock.advance(WarmPool.QUIET);
    var pool = pool(2);

    pool.look();
    runs(only());
    pool.look();

    assertThat(only().instance().wanted().agents()).containsExactly("coder", "ops");
    assertThat(warmed).containsExactly(only().instance().id() + " coder");
  }

  @Test
  void the_pool_grows_one_by_one_with_what_owners_ask_for() throws Exception {
    create(List.of());
    create(List.of());
    create(List.of());
    clock.advance(WarmPool.QUIET);
    var pool = pool(2);

    pool.look();
    pool.look();
    assertThat(members.members()).as("one at a time").hasSize(1);
    runs(only());
    pool.look();
    pool.look();
    pool.look();

    assertThat(members.members()).hasSize(2);
  }

  @Test
  void an_owners_start_comes_first() throws Exception {
    var id = created(List.of());
    clock.advance(WarmPool.QUIET);
    var pool = pool(2);

    pool.look();
    assertThat(members.members()).as("while it starts").isEmpty();
    runs(id);
    pool.look();

    assertThat(members.members()).hasSize(1);
  }

  @Test
  void an_owners_first_seconds_are_quiet() throws Exception {
    create(List.of());
    var pool = pool(2);

    pool.look();
    assertThat(members.members()).isEmpty();
    clock.advance(WarmPool.QUIET);
    pool.look();

    assertThat(members.members()).hasSize(1);
  }

  @Test
  void the_pool_is_given_up_where_memory_is_short_or_unknown() throws Exception {
    var pool = pool(2);
    pool.look();

    memory = Optional.of(SHORT);
    pool.look();

    assertThat(members.members()).isEmpty();
    memory = Optional.empty();
    pool.look();
    assertThat(members.members()).isEmpty();
  }

  @Test
  void a_pool_that_was_turned_off_is_emptied() throws Exception {
    pool(2).look();

    pool(0).look();

    assertThat(members.members()).isEmpty();
  }

  @Test
  void demand_that_has_ebbed_lets_a_cold_member_go_first() throws Exception {
    create(List.of());
    create(List.of());
    clock.advance(WarmPool.QUIET);
    var pool = pool(2);
    pool.look();
    runs(only());
    pool.look();
    pool.look();
    var warm = members.members().stream().filter(Member::isWarm).toList();
    assertThat(members.members()).hasSize(2);
    assertThat(warm).hasSize(1);

    clock.advance(WarmPool.LATELY);
    pool.look();

    assertThat(members.members())
        .extracting(it -> it.instance().id())
        .containsExactly(warm.getFirst().instance().id());
  }

  @Test
  void what_could_not_be_warmed_is_tried_again_later_and_then_replaced() throws Exception {
    warmsWell = false;
    var pool = pool(2);
    pool.look();
    runs(only());

    pool.look();
    pool.look();
    assertThat(warmed).hasSize(1);
    assertThat(only().isWarm()).isFalse();
    clock.advance(WarmPool.WARMING);
    pool.look();
    assertThat(warmed).hasSize(2);

    var first = only().instance().id();
    clock.advance(WarmPool.PATIENCE);
    pool.look();
    assertThat(members.members()).isEmpty();
    pool.look();
    assertThat(only().instance().id()).isNotEqualTo(first);
  }

  @Test
  void a_member_in_a_new_process_is_warmed_again() throws Exception {
    var pool = pool(2);
    pool.look();
    runs(only());
    pool.look();
    clock.advance(Duration.ofMinutes(1));
    runs(only()); // in another one

    pool.look();

    assertThat(warmed).hasSize(2);
    assertThat(only().isWarm()).isTrue();
  }

  @Test
  void two_servers_that_add_one_each_end_with_one() throws Exception {
    var pool = pool(2);
    pool.look();
    var wish = new NewInstance("warm", "free", "fake", List.of(), "{}", null);
    instances.create(new Actor.User("pool"), "pool", wish);

    pool.look();
    pool(2).look();

    assertThat(members.members()).hasSize(1);
  }

  private WarmPool pool(int most) {
    return new WarmPool(
        members,
        instances,
        (id, _, agent) -> {
          warmed.add(id + " " + agent);
          return warmsWell;
        },
        rules(most),
        () -> memory,
        clock);
  }

  private static PoolRules rules(int most) {
    return new PoolRules(most, "free", "fake");
  }

  private Member only() {
    assertThat(members.members()).hasSize(1);
    return members.members().getFirst();
  }

  private void create(List<String> agents) {
    runs(created(agents));
  }

  /** For an owner, whose command needs a process of its own. */
  private InstanceId created(List<String> agents) {
    var wish = new NewInstance(null, null, null, agents, "run", null);
    var taken = instances.create(ADA, "ada", wish);
    assertThat(taken).isInstanceOf(Instances.Taken.Accepted.class);
    return ((Instances.Taken.Accepted) taken).instance().id();
  }

  private void runs(Member member) {
    runs(member.instance().id());
  }

  /** As the reconciler would see it, in a process that was started now. */
  private void runs(InstanceId id) {
    var now = clock.instant();
    store.take("reconciler", id, now, Duration.ofDays(1));
    Instance instance = store.find(new Actor.Rockpool("test"), id).orElseThrow();
    var status =
        new Status(
            Phase.RUNNING,
            now,
            100,
            1,
            "reconciler",
            List.of(),
            null,
            URI.create("http://127.0.0.1:1"),
            Trial.of(1).started(now, now).placed(now).ready(now));
    assertThat(store.saveStatus("reconciler", id, instance.wanted().generation(), status)).isTrue();
    store.release("reconciler", id, instance.revision(), now);
  }
}
