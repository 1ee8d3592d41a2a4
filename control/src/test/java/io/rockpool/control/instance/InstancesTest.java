package io.rockpool.control.instance;

import static io.rockpool.control.instance.Complaint.Kind.INVALID_VALUE;
import static io.rockpool.control.instance.Complaint.Kind.UNKNOWN_PLAN;
import static io.rockpool.control.instance.Complaint.Kind.UNKNOWN_RUNTIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.Instances.Configured;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstancesTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00.123456789Z");
  private static final Actor ADA = new Actor.User("ada");
  private static final Actor BOB = new Actor.User("bob");
  private static final Actor ROCKPOOL = new Actor.Rockpool("billing");
  private static final Hold HOLD =
      new Hold(Hold.Reason.UNPAID, "Pay first.", Instant.parse("2026-11-21T08:00:00Z"), true);
  private static final Taken UNKNOWN = new Taken.Unknown();

  private final ManualClock clock = new ManualClock(NOW);
  private final AtomicInteger rung = new AtomicInteger();
  private TestDatabase database;
  private Sql sql;
  private InstanceStore store;
  private Events events;
  private Instances instances;

  @BeforeAll
  void open(@TempDir Path home) {
    database = TestDatabase.sqlite(home);
    sql = database.open();
    store = new SqlInstanceStore(sql);
    events = new Events(sql, clock);
    instances =
        new Instances(
            store,
            events,
            Plans.DEFAULT,
            Set.of("fake", "other"),
            "fake",
            new TestBlueprints(),
            Spares.NONE,
            Admission.OPEN,
            rung::incrementAndGet,
            clock);
  }

  @BeforeEach
  void empty() {
    TestDatabase.reset(sql, "ada", "bob");
    rung.set(0);
  }

  @AfterAll
  void close() {
    database.close();
  }

  @Test
  void a_wish_without_any_word_becomes_the_standard_instance() {
    var instance = created("sleep 600");

    assertThat(instance.id().value()).matches("[a-z2-9]{12}");
    assertThat(instance.name()).isEqualTo(instance.id().value());
    assertThat(instance.wanted())
        .isEqualTo(new Wanted(Goal.RUNNING, "free", "fake", List.of(), "sleep 600", 1, 1));
    assertThat(instance.status().phase()).isEqualTo(Phase.PROVISIONING);
    assertThat(rung).hasValue(1);
    assertThat(events.after(instance.id(), 0, 9))
        .extracting(Event::kind, Event::progress)
        .containsExactly(tuple("Created", 0));
  }

  @Test
  void the_answer_and_a_later_read_say_the_same() {
    var instance = created("sleep 600");

    assertThat(instances.find(ADA, instance.id())).contains(instance);
    assertThat(instances.list(ADA, null, 9)).containsExactly(instance);
  }

  @Test
  void what_was_wished_for_is_taken_as_it_is() {
    var taken =
        instances.create(
            ADA, "ada", new NewInstance(" 小龙 ", "pro", "other", List.of("coder"), "run", null));

    var instance = accepted(taken);
    assertThat(instance.name()).isEqualTo("小龙");
    assertThat(instance.wanted())
        .isEqualTo(new Wanted(Goal.RUNNING, "pro", "other", List.of("coder"), "run", 1, 1));
  }

  @Test
  void what_is_held_stops_and_cannot_be_started() {
    var id = created("run").id();

    var held = accepted(instances.term(ROCKPOOL, id, it -> it.held(HOLD)));

    assertThat(held.wanted().goal()).isEqualTo(Goal.STOPPED);
    assertThat(held.wakes()).isFalse();
    assertThat(held.term().hold()).isEqualTo(HOLD);
    assertThat(instances.find(ADA, id)).contains(held);
    assertThat(store.held()).containsExactly(id);
    for (var taken : List.of(instances.start(ADA, id), instances.restart(ADA, id))) {
      assertThat(taken)
          .isEqualTo(
              new Taken.Refused(List.of(new Complaint(Complaint.Kind.UNPAID, "", "Pay first."))));
    }
    assertThat(instances.start(BOB, id)).isEqualTo(UNKNOWN);
    assertThat(instances.find(ADA, id)).contains(held);
  }

  @Test
  void what_is_not_held_any_more_starts_by_itself() {
    var id = created("run").id();
    instances.term(ROCKPOOL, id, it -> it.held(HOLD));

    var free = accepted(instances.term(ROCKPOOL, id, it -> it.held(null)));

    assertThat(free.wanted().goal()).isEqualTo(Goal.RUNNING);
    assertThat(free.status().phase()).isEqualTo(Phase.PROVISIONING);
    assertThat(free.level()).isEqualTo(Level.AWAKE);
    assertThat(free.term().hold()).isNull();
    assertThat(store.held()).isEmpty();
  }

  @Test
  void what_its_owner_stopped_stays_stopped_when_it_is_not_held_any_more() {
    var before = created("run").id();
    instances.stop(ADA, before);
    instances.term(ROCKPOOL, before, it -> it.held(HOLD));
    var meanwhile = created("run").id();
    instances.term(ROCKPOOL, meanwhile, it -> it.held(HOLD));
    instances.stop(ADA, meanwhile);

    for (var id : List.of(before, meanwhile)) {
      var free = accepted(instances.term(ROCKPOOL, id, it -> it.held(null)));
      assertThat(free.wanted().goal()).isEqualTo(Goal.STOPPED);
    }
  }

  @Test
  void another_reason_to_hold_it_does_not_change_whether_it_resumes() {
    var id = created("run").id();
    instances.term(ROCKPOOL, id, it -> it.held(HOLD));

    instances.term(ROCKPOOL, id, it -> it.held(new Hold(Hold.Reason.EXPIRED, "Over.", NOW, false)));

    assertThat(accepted(instances.term(ROCKPOOL, id, it -> it.held(null))).wanted().goal())
        .isEqualTo(Goal.RUNNING);
  }

  @Test
  void what_is_held_can_be_destroyed() {
    var id = created("run").id();
    instances.term(ROCKPOOL, id, it -> it.held(HOLD));

    assertThat(accepted(instances.destroy(ADA, id)).wanted().goal()).isEqualTo(Goal.GONE);
    assertThat(instances.term(ROCKPOOL, id, it -> it.held(null))).isEqualTo(UNKNOWN);
    assertThat(store.held()).isEmpty();
  }

  @Test
  void its_term_is_looked_at_when_something_is_due() {
    var id = created("run").id();
    instances.term(ROCKPOOL, id, it -> it.until(NOW.plus(Duration.ofDays(9))).renewing(false));

    assertThat(store.toReview(NOW.plus(Duration.ofDays(1)), "", 9)).isEmpty();
    assertThat(store.toReview(NOW.plus(Duration.ofDays(2)), "", 9)).containsExactly(id);
  }

  @Test
  void the_same_creation_key_is_the_same_instance() {
    var wish = new NewInstance(null, null, null, List.of(), "run", "key");
    var first = instances.create(ADA, "ada", wish);

    assertThat(instances.create(ADA, "ada", wish)).isEqualTo(first);

    assertThat(instances.list(ADA, null, 9)).containsExactly(accepted(first));
    assertThat(sql.query("SELECT count(*) FROM event", row -> row.getLong(1))).containsExactly(1L);
  }

  @Test
  void nobody_creates_in_another_account_but_the_operator() {
    var wish = new NewInstance(null, null, null, List.of(), "run", null);

    assertThat(instances.create(BOB, "ada", wish)).isEqualTo(UNKNOWN);
    assertThat(instances.create(new Actor.Operator("bob"), "ada", wish))
        .isInstanceOf(Taken.Accepted.class);

    assertThat(instances.list(ADA, null, 9)).extracting(Instance::accountId).containsExactly("ada");
  }

  @Test
  void what_does_not_exist_is_refused_with_the_choice() {
    assertThat(refused(new NewInstance(null, "gold", null, List.of(), "run", null)))
        .containsExactly(
            new Complaint(
                UNKNOWN_PLAN,
                "/plan",
                "There is no plan 'gold'. Choose one of free, pro, enterprise."));
    assertThat(refused(new NewInstance(null, null, "moon", List.of(), "run", null)))
        .containsExactly(
            new Complaint(
                UNKNOWN_RUNTIME,
                "/runtime",
                "There is no runtime 'moon' here. Choose one of fake, other."));
    assertThat(refused(new NewInstance(null, null, null, List.of(), "locked", null)))
        .containsExactly(TestBlueprints.LOCKED);
    assertThat(instances.list(ADA, null, 9)).isEmpty();
    assertThat(rung).hasValue(0);
  }

  @Test
  void all_that_is_wrong_is_said_at_once() {
    assertThat(refused(new NewInstance(" ", null, null, List.of(), "locked", null)))
        .extracting(Complaint::pointer)
        .containsExactly("/config/locked", "/name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a\nb", "a\u0000b", "\u001b[31m", "\ud800"})
  void a_name_that_cannot_be_shown_is_refused(String name) {
    assertThat(refused(new NewInstance(name, null, null, List.of(), "run", null)))
        .extracting(Complaint::kind)
        .containsExactly(INVALID_VALUE);
  }

  @Test
  void a_name_is_as_long_as_people_count() {
    var longest = "🦞".repeat(80);

    assertThat(instances.create(ADA, "ada", named(longest))).isInstanceOf(Taken.Accepted.class);
    assertThat(instances.create(ADA, "ada", named(longest + "a")))
        .isInstanceOf(Taken.Refused.class);
  }

  @Test
  void what_another_account_has_can_only_be_not_found() {
    var id = created("run").id();
    rung.set(0);

    assertThat(instances.find(BOB, id)).isEmpty();
    assertThat(instances.list(BOB, null, 9)).isEmpty();
    assertThat(instances.start(BOB, id)).isEqualTo(UNKNOWN);
    assertThat(instances.stop(BOB, id)).isEqualTo(UNKNOWN);
    assertThat(instances.restart(BOB, id)).isEqualTo(UNKNOWN);
    assertThat(instances.destroy(BOB, id)).isEqualTo(UNKNOWN);
    assertThat(instances.configure(BOB, id, "run # blue", null))
        .isEqualTo(new Configured(UNKNOWN, false));
    assertThat(instances.find(ADA, id)).map(it -> it.wanted().generation()).contains(1L);
    assertThat(rung).hasValue(0);
  }

  @Test
  void stop_and_start_wish_for_the_same_process() {
    var id = created("run").id();
    seen(id, Phase.RUNNING);

    var stopped = accepted(instances.stop(ADA, id));
    seen(id, Phase.STOPPED);
    var started = accepted(instances.start(ADA, id));

    assertThat(stopped.wanted().goal()).isEqualTo(Goal.STOPPED);
    assertThat(stopped.status().phase()).as("until it is seen to be so").isEqualTo(Phase.RUNNING);
    assertThat(started.wanted())
        .isEqualTo(new Wanted(Goal.RUNNING, "free", "fake", List.of(), "run", 3, 1));
    assertThat(started.status().phase()).isEqualTo(Phase.PROVISIONING);
  }

  @Test
  void what_is_stopped_before_it_ran_is_not_stopped_until_it_is_seen_to_be() {
    var id = created("run").id();

    assertThat(accepted(instances.stop(ADA, id)).status().phase()).isEqualTo(Phase.PROVISIONING);
  }

  @Test
  void a_wish_for_what_is_wished_already_is_no_change() {
    var created = created("run");

    assertThat(accepted(instances.start(ADA, created.id()))).isEqualTo(created);
    var stopped = accepted(instances.stop(ADA, created.id()));
    assertThat(accepted(instances.stop(ADA, created.id()))).isEqualTo(stopped);
  }

  @Test
  void what_was_given_up_is_started_in_a_new_process() {
    var id = created("run").id();
    seen(id, Phase.FAILED);

    var started = accepted(instances.start(ADA, id));

    assertThat(started.wanted().processGeneration()).isEqualTo(2);
    assertThat(started.status().phase()).isEqualTo(Phase.PROVISIONING);
  }

  @Test
  void a_restart_is_a_new_process_each_time() {
    var id = created("run").id();
    clock.advance(Duration.ofSeconds(1));

    assertThat(accepted(instances.restart(ADA, id)).wanted().processGeneration()).isEqualTo(2);
    var restarted = accepted(instances.restart(ADA, id));

    assertThat(restarted.wanted().processGeneration()).isEqualTo(3);
    assertThat(restarted.updatedAt()).isAfter(restarted.createdAt());
  }

  @Test
  void what_is_stopped_is_restarted_as_well() {
    var id = created("run").id();
    instances.stop(ADA, id);

    assertThat(accepted(instances.restart(ADA, id)).wanted().goal()).isEqualTo(Goal.RUNNING);
  }

  @Test
  void there_is_no_way_back_from_destroy() {
    var id = created("run").id();

    var destroyed = accepted(instances.destroy(ADA, id));

    assertThat(destroyed.wanted().goal()).isEqualTo(Goal.GONE);
    assertThat(destroyed.status().phase()).isEqualTo(Phase.DELETING);
    assertThat(instances.find(ADA, id)).contains(destroyed);
    assertThat(instances.start(ADA, id)).isEqualTo(UNKNOWN);
    assertThat(instances.destroy(ADA, id)).isEqualTo(UNKNOWN);
    assertThat(instances.configure(ADA, id, "run # blue", null).taken()).isEqualTo(UNKNOWN);
  }

  @Test
  void what_a_gateway_reads_by_itself_needs_no_new_process() {
    var id = created("run # red").id();
    seen(id, Phase.RUNNING);

    var configured = instances.configure(ADA, id, "run # blue", null);

    assertThat(configured.requiresRestart()).isFalse();
    var instance = accepted(configured.taken());
    assertThat(instance.wanted().config()).isEqualTo("run # blue");
    assertThat(instance.wanted().generation()).isEqualTo(2);
    assertThat(instance.wanted().processGeneration()).isEqualTo(1);
    assertThat(instance.status().phase()).isEqualTo(Phase.RUNNING);
  }

  @Test
  void what_it_reads_only_at_its_start_needs_a_new_process() {
    var id = created("run").id();
    seen(id, Phase.RUNNING);

    var configured = instances.configure(ADA, id, "walk", null);

    assertThat(configured.requiresRestart()).isTrue();
    var instance = accepted(configured.taken());
    assertThat(instance.wanted().processGeneration()).isEqualTo(2);
    assertThat(instance.status().phase()).isEqualTo(Phase.PROVISIONING);
  }

  @Test
  void what_is_stopped_gets_a_new_process_without_a_restart() {
    var id = created("run").id();
    seen(id, Phase.RUNNING);
    instances.stop(ADA, id);

    var configured = instances.configure(ADA, id, "walk", null);

    assertThat(configured.requiresRestart()).isFalse();
    var instance = accepted(configured.taken());
    assertThat(instance.wanted().goal()).isEqualTo(Goal.STOPPED);
    assertThat(instance.wanted().processGeneration())
        .as("the process that is to stop may still run when it is wanted again")
        .isEqualTo(3);
  }

  @Test
  void what_was_given_up_is_tried_again_with_another_configuration() {
    var id = created("run # red").id();
    seen(id, Phase.FAILED);

    var same = instances.configure(ADA, id, "run # red", null);
    var other = instances.configure(ADA, id, "run # blue", null);

    assertThat(accepted(same.taken()).status().phase()).isEqualTo(Phase.FAILED);
    assertThat(accepted(other.taken()).wanted().processGeneration()).isEqualTo(2);
    assertThat(accepted(other.taken()).status().phase()).isEqualTo(Phase.PROVISIONING);
  }

  @Test
  void a_configuration_that_cannot_be_is_refused() {
    var id = created("run").id();

    assertThat(instances.configure(ADA, id, "locked", null).taken())
        .isEqualTo(new Taken.Refused(List.of(TestBlueprints.LOCKED)));
    assertThat(instances.find(ADA, id)).map(it -> it.wanted().generation()).contains(1L);
  }

  @Test
  void who_saw_an_older_generation_is_told_so() {
    var id = created("run").id();
    assertThat(instances.configure(ADA, id, "run # blue", 1L).taken())
        .isInstanceOf(Taken.Accepted.class);

    assertThat(instances.configure(ADA, id, "run # red", 1L).taken()).isEqualTo(new Taken.Stale(2));
    assertThat(instances.configure(ADA, id, "run # red", 3L).taken()).isEqualTo(new Taken.Stale(2));

    assertThat(instances.find(ADA, id)).map(it -> it.wanted().config()).contains("run # blue");
    assertThat(instances.configure(ADA, id, "run # red", 2L).taken())
        .isInstanceOf(Taken.Accepted.class);
  }

  private Instance created(String config) {
    return accepted(
        instances.create(ADA, "ada", new NewInstance(null, null, null, List.of(), config, null)));
  }

  private static NewInstance named(@Nullable String name) {
    return new NewInstance(name, null, null, List.of(), "run", null);
  }

  private static Instance accepted(Taken taken) {
    assertThat(taken).isInstanceOf(Taken.Accepted.class);
    return ((Taken.Accepted) taken).instance();
  }

  private List<Complaint> refused(NewInstance wish) {
    var taken = instances.create(ADA, "ada", wish);
    assertThat(taken).isInstanceOf(Taken.Refused.class);
    return ((Taken.Refused) taken).complaints();
  }

  /** The reconciler saw it in this phase. */
  private void seen(InstanceId id, Phase phase) {
    var soon = clock.instant().plusSeconds(1);
    for (var lane : Lane.values()) {
      store.claim("reconciler", lane, 99, soon, Duration.ofSeconds(1));
    }
    var instance = store.held("reconciler", id, soon).orElseThrow();
    var status = instance.status().towards(phase, soon);
    assertThat(store.saveStatus("reconciler", id, instance.wanted().generation(), status)).isTrue();
    store.endLeases();
  }
}
