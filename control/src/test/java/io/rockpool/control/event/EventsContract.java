package io.rockpool.control.event;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What the domain expects of events, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
abstract class EventsContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ManualClock clock = new ManualClock(NOW);
  private TestDatabase database;
  private Sql sql;
  private Events events;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    events = new Events(sql, clock);
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void events_are_counted_for_each_instance_from_one() {
    var then = clock.instant();
    events.append(ADA, "Created", 0, "It was created.");
    clock.advance(Duration.ofMillis(1));
    events.append(ADA, "Starting", 40, "It is being started.");
    events.append(BOB, "Created", 0, "It was created.");

    assertThat(events.after(ADA, 0, 10))
        .containsExactly(
            new Event(1, then, "Created", 0, "It was created."),
            new Event(2, then.plusMillis(1), "Starting", 40, "It is being started."));
    assertThat(events.after(BOB, 0, 10)).extracting(Event::id).containsExactly(1L);
  }

  @Test
  void an_event_without_progress_has_none() {
    events.append(ADA, "Stopped", null, "It has stopped.");

    assertThat(events.after(ADA, 0, 10))
        .extracting(Event::progress)
        .containsExactly((Integer) null);
  }

  @Test
  void reading_goes_on_behind_an_event() {
    for (int n = 1; n <= 5; n++) {
      events.append(ADA, "Preparing", n, "Fetching.");
    }

    assertThat(events.after(ADA, 2, 2)).extracting(Event::id).containsExactly(3L, 4L);
    assertThat(events.after(ADA, 5, 2)).isEmpty();
  }

  @Test
  void what_was_just_said_is_not_said_again() {
    events.append(ADA, "Silent", null, "It does not answer.");
    events.append(ADA, "Silent", null, "It does not answer.");
    events.append(ADA, "Running", 100, "It answers.");
    events.append(ADA, "Silent", null, "It does not answer.");

    assertThat(events.after(ADA, 0, 10))
        .extracting(Event::kind)
        .containsExactly("Silent", "Running", "Silent");
  }

  @Test
  void progress_alone_is_worth_an_event() {
    events.append(ADA, "Preparing", 10, "Fetching OpenClaw.");
    events.append(ADA, "Preparing", 20, "Fetching OpenClaw.");

    assertThat(events.after(ADA, 0, 10)).extracting(Event::progress).containsExactly(10, 20);
  }

  @Test
  void the_newest_five_hundred_are_kept() {
    for (int n = 1; n <= 510; n++) {
      events.append(ADA, "Preparing", n % 100, "Step " + n);
    }
    events.append(BOB, "Created", 0, "It was created.");

    assertThat(events.after(ADA, 0, 1_000))
        .extracting(Event::id)
        .containsExactlyElementsOf(LongStream.rangeClosed(11, 510).boxed().toList());
    assertThat(events.after(BOB, 0, 10)).hasSize(1);
  }

  @Test
  void replicas_that_append_at_once_lose_no_event() throws Exception {
    var replica = new Events(database.open(), clock);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          IntStream.range(0, 40)
              .mapToObj(n ->
                  Executors.callable(() ->
                      (n % 2 == 0 ? events : replica).append(ADA, "Preparing", n, "Step " + n)))
              .toList();
      for (var task : threads.invokeAll(tasks)) {
        task.get();
      }
    }

    assertThat(events.after(ADA, 0, 100))
        .extracting(Event::progress)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 40).boxed().toList());
  }

  @Test
  void who_listens_hears_each_event_once() {
    var heard = new ArrayList<Event>();
    var listened = new Events(sql, clock, (_, _, event) -> heard.add(event));

    listened.append(ADA, "Silent", null, "It does not answer.");
    listened.append(ADA, "Silent", null, "It does not answer.");
    sql.transaction(it -> {
      listened.append(it, ADA, "Running", 100, "It answers.");
      return true;
    });

    assertThat(heard).containsExactlyElementsOf(events.after(ADA, 0, 10));
    assertThat(heard).extracting(Event::kind).containsExactly("Silent", "Running");
  }

  @Test
  void an_event_that_nobody_can_be_told_of_is_none() {
    var deaf =
        new Events(
            sql,
            clock,
            (transaction, _, _) -> transaction.update("INSERT INTO nowhere (id) VALUES (1)"));

    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> deaf.append(ADA, "Silent", null, "It does not answer."));

    assertThat(events.after(ADA, 0, 10)).isEmpty();
  }

  @Test
  void who_waits_gets_the_next_event() throws Exception {
    Callable<List<Event>> reader = () -> events.await(ADA, 0, 10, LONG);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(reader);
      events.append(ADA, "Created", 0, "It was created.");

      assertThat(waiting.get(20, SECONDS)).extracting(Event::kind).containsExactly("Created");
    }
  }

  @Test
  void who_waits_gets_the_events_of_other_replicas() throws Exception {
    var replica = new Events(database.open(), clock);
    Callable<List<Event>> reader = () -> events.await(ADA, 0, 10, LONG);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(reader);
      replica.append(ADA, "Created", 0, "It was created.");

      assertThat(waiting.get(20, SECONDS)).extracting(Event::kind).containsExactly("Created");
    }
  }

  @Test
  void who_waits_in_vain_gets_nothing_in_the_end() throws Exception {
    assertThat(events.await(ADA, 0, 10, Duration.ofMillis(20))).isEmpty();
    assertThat(events.await(ADA, 0, 10, Duration.ZERO)).isEmpty();
  }
}
