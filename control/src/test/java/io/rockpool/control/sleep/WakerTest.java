package io.rockpool.control.sleep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.sleep.Waker.Awaited;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
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
  private static final Actor OWNER = new Actor.User("ada");
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path home;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger changes = new AtomicInteger();
  private TestDatabase database;
  private InstanceStore store;
  private Waker waker;

  @BeforeEach
  void open() {
    database = TestDatabase.sqlite(home);
    var sql = database.open();
    TestDatabase.reset(sql, "ada", "eve");
    store = new SqlInstanceStore(sql);
    store.insert(
        Instance.fresh(
            ADA,
            "ada",
            "ada",
            new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
            NOW),
        null);
    store.change(OWNER, ADA, it -> it.resting(it.rest().down(Level.DOZING, Rest.ASKED, "", NOW)));
    waker =
        new Waker(
            store, changes::incrementAndGet, new Waker.Bounds(2, 100), InstantSource.system());
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

  private Awaited waiting(long bytes) throws InterruptedException {
    return waker.await(OWNER, ADA, "Message", "A message came.", bytes, LONG);
  }

  private Rest rest() {
    return store.find(OWNER, ADA).orElseThrow().rest();
  }
}
