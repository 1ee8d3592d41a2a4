package io.rockpool.control.sleep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.sleep.Waker.Awaited;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Usage;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Waiting, with nobody who wakes: that it is woken is the reconciler's tests' business. */
class WakerTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final Actor OWNER = new Actor.User("ada");
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path home;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger changes = new AtomicInteger();
  private TestDatabase database;
  private InstanceStore store;
  private Activity activity;
  private volatile Optional<Usage> usage = Optional.empty();
  private Waker waker;

  @BeforeEach
  void open() {
    database = TestDatabase.sqlite(home);
    var sql = database.open();
    TestDatabase.reset(sql, "ada", "eve");
    store = new SqlInstanceStore(sql);
    insert(ADA);
    store.change(OWNER, ADA, it -> it.resting(it.rest().down(Level.DOZING, Rest.ASKED, "", NOW)));
    var clock = InstantSource.system();
    activity = new Activity(store, clock);
    waker =
        new Waker(
            store,
            changes::incrementAndGet,
            activity,
            _ -> usage,
            new Waker.Bounds(2, 100, 1),
            clock);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    threads.close();
    database.close();
  }

  @Test
  void who_waits_wants_it_awake() {
    var _ = threads.submit(() -> waiting(10));

    await().until(() -> rest().level() == Level.AWAKE);
    assertThat(rest().reason()).isEqualTo("Message");
    assertThat(rest().wakes()).isEqualTo(1);
    assertThat(changes.get()).isPositive();
  }

  @Test
  void who_waits_too_long_is_told_so_and_it_is_woken_all_the_same() throws Exception {
    assertThat(waker.await(OWNER, ADA, "Message", "", 0, Duration.ofMillis(50)))
        .isEqualTo(new Awaited.Late());
    await().until(() -> waker.waiting(ADA) == 0);
    assertThat(rest().level()).isEqualTo(Level.AWAKE);
  }

  @Test
  void no_more_callers_than_the_bound_wait() throws Exception {
    for (int i = 0; i < 2; i++) {
      var _ = threads.submit(() -> waiting(10));
    }
    await().until(() -> waker.waiting(ADA) == 2);

    assertThat(waiting(10)).isEqualTo(new Awaited.Crowded());
  }

  @Test
  void no_more_bytes_than_the_bound_wait() throws Exception {
    var _ = threads.submit(() -> waiting(60));
    await().until(() -> waker.waiting(ADA) == 1);

    assertThat(waiting(60)).isEqualTo(new Awaited.Crowded());
  }

  @Test
  void one_caller_may_hold_more_than_the_bound() throws Exception {
    assertThat(waker.await(OWNER, ADA, "Message", "", 1_000, Duration.ofMillis(50)))
        .isEqualTo(new Awaited.Late());
  }

  @Test
  void others_instances_are_unknown_and_not_woken() throws Exception {
    assertThat(waker.await(new Actor.User("eve"), ADA, "Message", "", 0, LONG))
        .isEqualTo(new Awaited.Unknown());
    assertThat(waker.wake(new Actor.User("eve"), ADA, "Asked", "")).isEmpty();
    assertThat(rest().level()).isEqualTo(Level.DOZING);
  }

  @Test
  void who_gives_up_does_not_count_any_more() throws Exception {
    var waiting = threads.submit(() -> waiting(10));
    await().until(() -> waker.waiting(ADA) == 1);

    waiting.cancel(true);

    await().until(() -> waker.waiting(ADA) == 0);
  }

  @Test
  void the_next_one_wakes_when_the_first_has_answered() throws Exception {
    doze(ADA);
    insert(BOB);
    doze(BOB);
    var first = threads.submit(() -> waker.await(OWNER, ADA, "Message", "", 10, LONG));
    await().until(() -> rest(ADA).level() == Level.AWAKE);
    var second = threads.submit(() -> waker.await(OWNER, BOB, "Message", "", 10, LONG));
    await().until(() -> waker.waiting(BOB) == 1);

    activity.began(ADA);
    see(ADA, Phase.RUNNING);
    assertThat(first.get()).isInstanceOf(Awaited.Awake.class);
    assertThat(rest(BOB).level()).isEqualTo(Level.DOZING);
    activity.ended(ADA);

    await().until(() -> rest(BOB).level() == Level.AWAKE);
    see(BOB, Phase.RUNNING);
    assertThat(second.get()).isInstanceOf(Awaited.Awake.class);
  }

  @Test
  void the_next_one_wakes_when_the_first_only_waits_for_its_model() throws Exception {
    doze(ADA);
    insert(BOB);
    doze(BOB);
    usage = Optional.of(new Usage(1, 1, Duration.ofSeconds(1), "first"));
    var first = threads.submit(() -> waker.await(OWNER, ADA, "Message", "", 10, LONG));
    await().until(() -> rest(ADA).level() == Level.AWAKE);
    var _ = threads.submit(() -> waker.await(OWNER, BOB, "Message", "", 10, LONG));

    activity.began(ADA);
    see(ADA, Phase.RUNNING);
    assertThat(first.get()).isInstanceOf(Awaited.Awake.class);

    await().until(() -> rest(BOB).level() == Level.AWAKE);
  }

  @Test
  void who_waited_for_a_place_too_long_is_woken_all_the_same() throws Exception {
    doze(ADA);
    insert(BOB);
    doze(BOB);
    var _ = threads.submit(() -> waker.await(OWNER, ADA, "Message", "", 10, LONG));
    await().until(() -> rest(ADA).level() == Level.AWAKE);

    assertThat(waker.await(OWNER, BOB, "Message", "", 0, Duration.ofMillis(50)))
        .isEqualTo(new Awaited.Late());
    see(ADA, Phase.RUNNING);

    await().until(() -> rest(BOB).level() == Level.AWAKE);
  }

  @Test
  void one_that_must_start_needs_no_place_among_those_that_wake() throws Exception {
    doze(ADA);
    insert(BOB);
    store.change(OWNER, BOB, it -> it.resting(it.rest().down(Level.STOPPED, Rest.ASKED, "", NOW)));
    var _ = threads.submit(() -> waker.await(OWNER, ADA, "Message", "", 10, LONG));
    await().until(() -> rest(ADA).level() == Level.AWAKE);

    var _ = threads.submit(() -> waker.await(OWNER, BOB, "Message", "", 10, LONG));

    await().until(() -> rest(BOB).level() == Level.AWAKE);
  }

  private void insert(InstanceId id) {
    store.insert(
        Instance.fresh(
            id,
            "ada",
            id.value(),
            new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
            NOW),
        null);
  }

  /** It is frozen. */
  private void doze(InstanceId id) {
    see(id, Phase.DOZING);
    store.change(OWNER, id, it -> it.resting(it.rest().down(Level.DOZING, Rest.ASKED, "", NOW)));
  }

  /** As a reconciler does. */
  private void see(InstanceId id, Phase phase) {
    store.take("server", id, Instant.now(), LONG);
    assertThat(store.saveStatus("server", id, 1, status(phase))).isTrue();
  }

  private static Status status(Phase phase) {
    return new Status(
        phase, NOW, 100, 1, null, List.of(), null, URI.create("http://127.0.0.1:1"), Trial.of(1));
  }

  private Awaited waiting(long bytes) throws InterruptedException {
    return waker.await(OWNER, ADA, "Message", "A message came.", bytes, LONG);
  }

  private Rest rest() {
    return rest(ADA);
  }

  private Rest rest(InstanceId id) {
    return store.find(OWNER, id).orElseThrow().rest();
  }
}
