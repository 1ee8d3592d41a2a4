package io.rockpool.control.sleep;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivityTest {
  private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final Actor OWNER = new Actor.User("ada");

  @TempDir Path home;
  private final ManualClock clock = new ManualClock(START);
  private TestDatabase database;
  private InstanceStore store;
  private Activity activity;

  @BeforeEach
  void open() {
    database = TestDatabase.sqlite(home);
    var sql = database.open();
    TestDatabase.reset(sql, "ada");
    store = new SqlInstanceStore(sql);
    for (var id : List.of(ADA, BOB)) {
      store.insert(
          Instance.fresh(
              id,
              "ada",
              id.value(),
              new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
              START),
          null);
    }
    activity = new Activity(store, clock);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void what_is_used_is_told() {
    clock.advance(Duration.ofSeconds(60));
    activity.used(ADA);
    activity.flush();

    assertThat(activeAt(ADA)).isEqualTo(START.plusSeconds(60));
    assertThat(activeAt(BOB)).isEqualTo(START);
  }

  @Test
  void what_is_used_once_is_told_once() {
    activity.used(ADA);
    clock.advance(Duration.ofSeconds(60));
    activity.flush();
    clock.advance(Duration.ofSeconds(60));
    activity.flush();

    assertThat(activeAt(ADA)).isEqualTo(START.plusSeconds(60));
  }

  @Test
  void what_is_under_way_is_told_until_it_ends() {
    activity.began(ADA);
    clock.advance(Duration.ofSeconds(60));
    activity.flush();
    clock.advance(Duration.ofSeconds(60));
    activity.flush();
    assertThat(activeAt(ADA)).isEqualTo(START.plusSeconds(120));

    activity.ended(ADA);
    clock.advance(Duration.ofSeconds(60));
    activity.flush();
    assertThat(activeAt(ADA)).as("its end counts").isEqualTo(START.plusSeconds(180));

    clock.advance(Duration.ofSeconds(60));
    activity.flush();
    assertThat(activeAt(ADA)).isEqualTo(START.plusSeconds(180));
  }

  @Test
  void what_is_used_all_the_time_is_told_every_five_seconds() {
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofSeconds(1));
      activity.used(ADA);
      activity.flush();
    }

    assertThat(activeAt(ADA)).isEqualTo(START.plusSeconds(6));
    clock.advance(Duration.ofSeconds(1));
    activity.flush();
    assertThat(activeAt(ADA)).as("nothing is forgotten").isEqualTo(START.plusSeconds(11));
  }

  private Instant activeAt(InstanceId id) {
    return store.find(OWNER, id).orElseThrow().rest().activeAt();
  }
}
