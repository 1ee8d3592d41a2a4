package io.rockpool.server.http;

import static io.rockpool.server.http.Served.problem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotentCallsTest {
  private static final String POND = "{\"name\":\"ada\",\"fish\":3}";

  private final AtomicInteger works = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final MemoryIdempotencyStore store = new MemoryIdempotencyStore();
  private final Served served =
      new Served(PondRoutes.of(new Counted()), limits(Duration.ofSeconds(20)), store);
  private final Served hasty =
      new Served(PondRoutes.of(new Counted()), limits(Duration.ofMillis(1)), store);

  private final class Counted implements PondRoutes.Work {
    @Override
    public Reply<PondRoutes.Pond> create(Actor actor, PondRoutes.Create request) {
      var work = works.incrementAndGet();
      return switch (request.name()) {
        case "gated" -> {
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          yield accepted(work);
        }
        case "bug" -> throw new IllegalStateException("a bug");
        case "busy" -> new Reply.Refused<>(Problem.Kind.RATE_LIMITED.detail("Too fast."));
        case "taken" -> new Reply.Refused<>(Problem.Kind.CONFLICT.detail("Taken " + work));
        default -> accepted(work);
      };
    }

    private static Reply<PondRoutes.Pond> accepted(int work) {
      return new Reply.Accepted<>(PondRoutes.pond("ada", work), URI.create("/w/" + work)).etag(1);
    }
  }

  private static HttpLimits limits(Duration keyWait) {
    var it = HttpLimits.DEFAULT;
    return new HttpLimits(
        it.prefixes(),
        it.bodyBytes(),
        it.heartbeat(),
        it.streamsPerAccount(),
        it.streams(),
        keyWait,
        Duration.ofMillis(10));
  }

  @AfterEach
  void stop() {
    gate.countDown();
    served.close();
    hasty.close();
  }

  @Test
  void the_same_key_and_request_get_the_same_answer_and_one_work() {
    var first = create("k", POND);
    var second = create("k", POND);

    assertThat(works).hasValue(1);
    assertThat(second.statusCode()).isEqualTo(202);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Location")).contains("/w/1");
    assertThat(second.headers().firstValue("ETag")).contains("\"1\"");
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    assertThat(second.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(second.headers().firstValue("X-Request-Id"))
        .isNotEqualTo(first.headers().firstValue("X-Request-Id"));
  }

  @Test
  void another_request_with_the_key_is_422() {
    create("k", POND);

    var answer = create("k", "{\"name\":\"ada\",\"fish\":4}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(problem(answer)).isEqualTo("idempotency-key-reused");
    assertThat(works).hasValue(1);
  }

  @Test
  void without_a_key_every_request_works() {
    served.post("/api/v1/ponds", POND);
    served.post("/api/v1/ponds", POND);

    assertThat(works).hasValue(2);
  }

  @Test
  void accounts_do_not_share_keys() {
    create("k", POND);

    served.send(
        served
            .json("/api/v1/ponds", POND)
            .setHeader("Authorization", "Bearer bob")
            .header("Idempotency-Key", "k"));

    assertThat(works).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bug", "busy"})
  void what_may_go_better_next_time_is_not_kept(String name) {
    create("k", "{\"name\":\"" + name + "\",\"fish\":3}");
    create("k", "{\"name\":\"" + name + "\",\"fish\":3}");

    assertThat(works).hasValue(2);
  }

  @Test
  void a_refusal_of_the_work_is_kept() {
    create("k", "{\"name\":\"taken\",\"fish\":3}");

    var answer = create("k", "{\"name\":\"taken\",\"fish\":3}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("Taken 1");
  }

  @Test
  void an_invalid_request_does_not_take_the_key() {
    create("k", "{}");

    assertThat(create("k", POND).statusCode()).isEqualTo(202);
  }

  @Test
  void a_long_or_strange_key_is_422() {
    assertThat(create("has space", POND).statusCode()).isEqualTo(422);
    assertThat(create("k".repeat(255), POND).statusCode()).isEqualTo(202);
    assertThat(create("k".repeat(256), POND).statusCode()).isEqualTo(422);
  }

  @Test
  void a_hundred_at_once_get_the_one_answer() throws Exception {
    var answers = new ArrayList<Future<HttpResponse<String>>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 100; i++) {
        answers.add(threads.submit(() -> create("k", "{\"name\":\"gated\",\"fish\":3}")));
      }
      await().untilAsserted(() -> assertThat(works).hasValue(1));
      gate.countDown();
    }

    assertThat(works).hasValue(1);
    assertThat(answers)
        .allSatisfy(it -> {
          assertThat(it.resultNow().statusCode()).isEqualTo(202);
          assertThat(it.resultNow().headers().firstValue("Location")).contains("/w/1");
        });
  }

  @Test
  void who_cannot_wait_longer_is_told_409_and_when_to_ask() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> create("k", "{\"name\":\"gated\",\"fish\":3}"));
      await().untilAsserted(() -> assertThat(works).hasValue(1));

      var second =
          hasty.send(
              hasty
                  .json("/api/v1/ponds", "{\"name\":\"gated\",\"fish\":3}")
                  .header("Idempotency-Key", "k"));

      assertThat(second.statusCode()).isEqualTo(409);
      assertThat(problem(second)).isEqualTo("idempotency-key-in-use");
      assertThat(second.headers().firstValue("Retry-After")).contains("1");
      gate.countDown();
      assertThat(first.get().statusCode()).isEqualTo(202);
    }
  }

  @Test
  void a_key_that_another_replica_holds_is_waited_for() throws Exception {
    var hash = IdempotentCalls.hash("/api/v1/ponds", ByteBuffer.wrap(POND.getBytes(UTF_8)));
    store.begin("account:ada", "k", hash, Served.NOW);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(() -> create("k", POND));

      store.finish("account:ada", "k", hash, new Answer(202, Map.of(), "{}"), Served.NOW);

      assertThat(waiting.get().body()).isEqualTo("{}");
      assertThat(works).hasValue(0);
    }
  }

  @Test
  void work_that_is_done_but_not_recorded_is_not_done_again_at_once() {
    var forgetful =
        new IdempotencyStore() {
          @Override
          public Begun begin(String account, String key, String requestHash, Instant now) {
            return store.begin(account, key, requestHash, now);
          }

          @Override
          public void finish(
              String account, String key, String requestHash, Answer answer, Instant now) {
            throw new IllegalStateException("the database is gone");
          }

          @Override
          public void abandon(String account, String key, String requestHash) {
            store.abandon(account, key, requestHash);
          }
        };
    var calls = new IdempotentCalls(forgetful, () -> Served.NOW, limits(Duration.ofMillis(1)));
    Supplier<Answer> work = () -> new Answer(202, Map.of(), "{}");

    assertThatIllegalStateException().isThrownBy(() -> calls.answer("ada", "k", "hash", work));

    assertThat(store.begin("ada", "k", "hash", Served.NOW)).isEqualTo(new IdempotencyStore.InUse());
  }

  private HttpResponse<String> create(String key, String body) {
    return served.send(served.json("/api/v1/ponds", body).header("Idempotency-Key", key));
  }
}
