package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.MemberStore.Member;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.runtime.InstanceId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members of the pool, from the claim until their owner's gateway is as wanted. */
class ClaimingTest {
  private static final Actor POOL = new Actor.User("pool");
  private static final String COMMAND = "sleep 600";

  @TempDir Path home;
  private Fleet fleet;

  @BeforeEach
  void open() {
    fleet = new Fleet(home, Fleet.QUICK);
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  @Test
  void a_member_that_has_what_its_owner_wants_answers_at_once() {
    fleet.server();
    var member = warm();
    var handed = fleet.handed.get();

    var claimed = claimed(COMMAND);

    assertThat(claimed.id()).isEqualTo(member);
    assertThat(claimed.accountId()).isEqualTo("ada");
    assertThat(claimed.isReachable()).isTrue();
    patiently().until(() -> fleet.get(member).status().appliedGeneration() == 2);
    fleet.look();
    assertThat(fleet.until(member, Phase.RUNNING).isReachable()).isTrue();
    assertThat(fleet.ground.starts(member)).isOne();
    assertThat(fleet.handed).as("its files stay as they are").hasValue(handed);
    assertThat(fleet.said(member)).extracting(Event::kind).containsExactly("Created", "Running");
  }

  @Test
  void a_member_takes_its_owners_files_before_anybody_reaches_it() {
    fleet.server();
    var member = warm();
    fleet.filesAnswer = FilesProbe.Answer.NOT_YET;

    var claimed = claimed(COMMAND + " # blue");

    assertThat(claimed.id()).isEqualTo(member);
    assertThat(claimed.isReachable()).isFalse();
    assertThat(claimed.status().progress()).isEqualTo(90);
    int asked = fleet.asked.get();
    patiently().until(() -> fleet.asked.get() > asked + 2);
    assertThat(fleet.get(member).status().phase())
        .as("while its gateway works by older files")
        .isEqualTo(Phase.PROVISIONING);
    fleet.filesAnswer = FilesProbe.Answer.TAKEN;
    assertThat(fleet.until(member, Phase.RUNNING).isReachable()).isTrue();
    assertThat(fleet.ground.configFile(member, TestBlueprints.FILE)).contains(COMMAND + " # blue");
    assertThat(fleet.ground.starts(member)).isOne();
  }

  @Test
  void what_needs_a_new_process_is_made_anew() {
    fleet.server();
    var member = warm();

    var made = claimed("another command");

    assertThat(made.id()).isNotEqualTo(member);
    fleet.until(made.id(), Phase.RUNNING);
    assertThat(fleet.members.members()).hasSize(1);
    assertThat(fleet.claims.misses()).isOne();
    assertThat(fleet.claims.claims()).isZero();
  }

  @Test
  void a_member_that_was_not_warmed_is_not_given_away() {
    fleet.server();
    var member = member();

    assertThat(claimed(COMMAND).id()).isNotEqualTo(member);
  }

  @Test
  void a_member_that_dozes_is_woken_for_its_owner() {
    fleet.plans = Fleet.plans(new SleepPolicy(false, Duration.ofSeconds(10), Duration.ofDays(7)));
    fleet.server();
    var member = warm();
    fleet.store.change(
        POOL, member, it -> it.resting(it.rest().down(Level.DOZING, "Idle", "", now())));
    fleet.look();
    patiently().until(() -> only().instance().status().phase() == Phase.DOZING);
    assertThat(only().isWarm()).isTrue();

    var claimed = claimed(COMMAND + " # blue");

    assertThat(claimed.id()).isEqualTo(member);
    assertThat(fleet.until(member, Phase.RUNNING).isReachable()).isTrue();
    assertThat(fleet.get(member).rest().wakes()).as("nothing of its past").isZero();
    assertThat(fleet.ground.starts(member)).isOne();
  }

  @Test
  void a_claim_outlives_the_server_that_made_it() {
    var first = fleet.server();
    var member = warm();
    first.close();

    var claimed = claimed(COMMAND + " # blue");

    assertThat(claimed.id()).isEqualTo(member);
    fleet.store.endLeases();
    fleet.server();
    assertThat(fleet.until(member, Phase.RUNNING).isReachable()).isTrue();
    assertThat(fleet.ground.configFile(member, TestBlueprints.FILE)).contains(COMMAND + " # blue");
    assertThat(fleet.ground.starts(member)).isOne();
  }

  @Test
  void a_member_whose_process_ended_unseen_is_started_for_its_owner() {
    var first = fleet.server();
    var member = warm();
    first.close();
    fleet.ground.kill(member);

    assertThat(claimed(COMMAND + " # blue").id()).isEqualTo(member);

    fleet.store.endLeases();
    fleet.server();
    patiently().until(() -> fleet.ground.starts(member) == 2);
    assertThat(fleet.until(member, Phase.RUNNING).isReachable()).isTrue();
  }

  @Test
  void of_fifty_at_once_each_has_an_instance_of_its_own() throws Exception {
    fleet.server();
    var first = warm();
    var second = warm();

    List<InstanceId> ids;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          IntStream.range(0, 50).mapToObj(_ -> (Callable<InstanceId>) () -> claimed(COMMAND).id());
      ids = threads.invokeAll(tasks.toList()).stream().map(Future::resultNow).toList();
    }

    assertThat(ids).doesNotHaveDuplicates().contains(first, second);
    assertThat(fleet.claims.claims()).isEqualTo(2);
    assertThat(fleet.claims.misses()).isEqualTo(48);
    assertThat(fleet.members.members()).isEmpty();
  }

  @Test
  void a_wish_that_is_repeated_is_granted_once() {
    fleet.server();
    warm();
    warm();
    var wish = new NewInstance("小龙", null, null, List.of(), COMMAND, "key");

    var first = accepted(fleet.instances.create(ADA, "ada", wish));
    var again = accepted(fleet.instances.create(ADA, "ada", wish));

    assertThat(again.id()).isEqualTo(first.id());
    assertThat(first.name()).isEqualTo("小龙");
    assertThat(fleet.members.members()).hasSize(1);
  }

  @Test
  void a_wrong_wish_costs_no_member() {
    fleet.server();
    warm();

    assertThat(
            fleet.instances.create(
                ADA, "ada", new NewInstance(null, null, null, List.of(), "locked", null)))
        .isInstanceOf(Taken.Refused.class);

    assertThat(fleet.members.members()).hasSize(1);
  }

  @Test
  void another_plan_is_made_anew_and_is_no_miss() {
    fleet.server();
    var member = warm();

    var made =
        accepted(
            fleet.instances.create(
                ADA, "ada", new NewInstance(null, "pro", null, List.of(), COMMAND, null)));

    assertThat(made.id()).isNotEqualTo(member);
    assertThat(fleet.claims.misses()).isZero();
  }

  private Instance claimed(String config) {
    return accepted(
        fleet.instances.create(
            ADA, "ada", new NewInstance(null, null, null, List.of(), config, null)));
  }

  private InstanceId warm() {
    var id = member();
    fleet.members.warmed(id, now());
    return id;
  }

  private InstanceId member() {
    var wish = new NewInstance("warm", null, null, List.of(), COMMAND, null);
    var id = accepted(fleet.instances.create(POOL, "pool", wish)).id();
    patiently()
        .until(() ->
            fleet
                .store
                .find(POOL, id)
                .filter(it -> it.status().phase() == Phase.RUNNING)
                .isPresent());
    return id;
  }

  private Member only() {
    return fleet.members.members().getFirst();
  }

  private static Instance accepted(Taken taken) {
    assertThat(taken).isInstanceOf(Taken.Accepted.class);
    return ((Taken.Accepted) taken).instance();
  }

  private static Instant now() {
    return Instant.now();
  }
}
