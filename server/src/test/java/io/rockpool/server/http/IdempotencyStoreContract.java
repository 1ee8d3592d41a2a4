package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.server.http.IdempotencyStore.InUse;
import io.rockpool.server.http.IdempotencyStore.Mismatch;
import io.rockpool.server.http.IdempotencyStore.New;
import io.rockpool.server.http.IdempotencyStore.Replay;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every store of keys promises. */
public abstract class IdempotencyStoreContract {
  private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final String OTHER = "fedcba9876543210".repeat(4);
  private static final Answer ANSWER =
      new Answer(202, Map.of("Location", "/w", "Content-Type", "application/json"), "{\"é\":1}");

  /** An empty store. */
  protected abstract IdempotencyStore open();

  @Test
  void the_first_one_works_and_the_second_one_waits() {
    var store = open();

    assertThat(store.begin("ada", "k", HASH, NOW)).isEqualTo(new New());
    assertThat(store.begin("ada", "k", HASH, NOW)).isEqualTo(new InUse());
  }

  @Test
  void a_finished_answer_is_given_again_as_it_was() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);

    store.finish("ada", "k", HASH, ANSWER, NOW);

    assertThat(store.begin("ada", "k", HASH, NOW.plusSeconds(9))).isEqualTo(new Replay(ANSWER));
  }

  @Test
  void another_request_with_the_key_is_refused_before_and_after_the_end() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);

    assertThat(store.begin("ada", "k", OTHER, NOW)).isEqualTo(new Mismatch());
    store.finish("ada", "k", HASH, ANSWER, NOW);
    assertThat(store.begin("ada", "k", OTHER, NOW)).isEqualTo(new Mismatch());
  }

  @Test
  void keys_belong_to_accounts() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);

    assertThat(store.begin("bob", "k", OTHER, NOW)).isEqualTo(new New());
  }

  @Test
  void an_abandoned_key_is_free_again() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);

    store.abandon("ada", "k", HASH);

    assertThat(store.begin("ada", "k", OTHER, NOW)).isEqualTo(new New());
  }

  @Test
  void a_finished_answer_is_not_abandoned() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);
    store.finish("ada", "k", HASH, ANSWER, NOW);

    store.abandon("ada", "k", HASH);

    assertThat(store.begin("ada", "k", HASH, NOW)).isEqualTo(new Replay(ANSWER));
  }

  @Test
  void finishing_what_was_never_begun_keeps_nothing() {
    var store = open();

    store.finish("ada", "k", HASH, ANSWER, NOW);

    assertThat(store.begin("ada", "k", HASH, NOW)).isEqualTo(new New());
  }

  @Test
  void answers_are_kept_for_a_day() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);
    store.finish("ada", "k", HASH, ANSWER, NOW);
    var end = NOW.plus(IdempotencyStore.KEPT);

    assertThat(store.begin("ada", "k", HASH, end.minusMillis(1))).isEqualTo(new Replay(ANSWER));
    assertThat(store.begin("ada", "k", OTHER, end)).isEqualTo(new New());
  }

  @Test
  void a_key_of_a_dead_holder_goes_to_the_next() {
    var store = open();
    store.begin("ada", "k", HASH, NOW);
    var end = NOW.plus(IdempotencyStore.HELD);

    assertThat(store.begin("ada", "k", HASH, end.minusMillis(1))).isEqualTo(new InUse());
    assertThat(store.begin("ada", "k", HASH, end)).isEqualTo(new New());
  }

  @Test
  void of_many_at_once_one_is_the_first() throws Exception {
    var store = open();
    var begun = new ArrayList<Future<IdempotencyStore.Begun>>();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 50; i++) {
        begun.add(threads.submit(() -> store.begin("ada", "k", HASH, NOW)));
      }
    }

    assertThat(begun.stream().map(Future::resultNow).filter(New.class::isInstance)).hasSize(1);
  }
}
