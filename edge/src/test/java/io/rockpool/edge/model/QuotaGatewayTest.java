package io.rockpool.edge.model;

import static io.rockpool.edge.model.ModelGround.CHAT;
import static io.rockpool.edge.model.ModelGround.CLIENT;
import static io.rockpool.edge.model.ModelGround.MESSAGES;
import static io.rockpool.edge.model.ModelGround.OWN;
import static io.rockpool.edge.model.ModelGround.json;
import static io.rockpool.edge.model.ModelGround.post;
import static io.rockpool.edge.model.ModelGround.upstream;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.usage.Quota;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What quotas refuse, and how it is said. The clock stands still: no minute moves on. */
@Timeout(120)
class QuotaGatewayTest {
  private static final OptionalLong NONE = OptionalLong.empty();
  private static final String ASKED =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String STREAMED = ASKED.replace("{\"model\"", "{\"stream\":true,\"model\"");

  /** 190 tokens. */
  private static final String ANSWER =
      "{\"choices\":[{\"message\":{\"content\":\"ho\"}}],"
          + "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":90}}";

  @TempDir Path folder;
  private ModelGround ground;

  @BeforeEach
  void open() {
    ground = new ModelGround(folder);
  }

  @AfterEach
  void close() {
    ground.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/llm/v1/chat/completions",
        "/llm/v1/completions",
        "/llm/v1/responses",
        "/llm/anthropic/v1/messages"
      })
  void an_instance_is_told_in_words_that_its_day_is_used_up(String path) throws Exception {
    ground.quota(aDay(0));
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    for (var body : List.of(ASKED, STREAMED)) {
      var answer = ground.send(post(gateway, path, OWN, body));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-rockpool-refusal")).contains("quota");
      assertThat(answer.body()).contains("has used up its tokens for today (0)");
    }
    assertThat(ground.send(post(gateway, path, OWN, ASKED.replace("hi", "你好"))).body())
        .contains("今天的用量（0 Token）已用完");
    assertThat(ground.seen).isEmpty();
    assertThat(ground.usage()).isEmpty();
  }

  @Test
  void another_client_is_told_when_the_next_day_begins() throws Exception {
    ground.quota(aDay(0));
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var openAi = ground.send(post(gateway, CHAT, CLIENT, STREAMED));
    var anthropic = ground.send(post(gateway, MESSAGES, CLIENT, ASKED));

    for (var answer : List.of(openAi, anthropic)) {
      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.headers().firstValue("retry-after")).contains("57600"); // 16 hours
      assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
    }
    assertThat(openAi.body()).contains("\"code\":\"rate_limit_exceeded\"");
    assertThat(anthropic.body()).contains("\"type\":\"rate_limit_error\"");
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void another_client_is_told_at_once_when_the_minute_has_room_again() throws Exception {
    ground.quota(perMinute(20));
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    for (int i = 0; i < 20; i++) {
      assertThat(ground.send(post(gateway, CHAT, CLIENT, ASKED)).statusCode()).isEqualTo(200);
    }

    var refused = ground.send(post(gateway, CHAT, CLIENT, ASKED));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).contains("3");
    assertThat(refused.headers().firstValue("x-should-retry")).isEmpty();
    assertThat(refused.body())
        .contains("Rate limit reached: this instance may make 20 requests a minute.");
    assertThat(ground.seen).hasSize(20);
  }

  @Test
  void an_instance_waits_and_is_then_told_to_come_again_soon() throws Exception {
    ground.quota(perMinute(2));
    var gateway = impatient();
    ground.send(post(gateway, CHAT, OWN, ASKED));
    ground.send(post(gateway, CHAT, OWN, ASKED));

    var refused = ground.send(post(gateway, CHAT, OWN, ASKED));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).contains("10"); // of 30
    assertThat(refused.body())
        .contains("rate_limit_exceeded", "Rate limit reached")
        .doesNotContainIgnoringCase("quota")
        .doesNotContainIgnoringCase("budget");
  }

  @Test
  void an_instance_that_would_have_to_wait_for_long_is_told_in_words() throws Exception {
    ground.quota(new Quota(NONE, NONE, OptionalLong.of(60), NONE));
    var gateway = impatient();
    ground.send(post(gateway, CHAT, OWN, ASKED)); // three minutes' worth

    var own = ground.send(post(gateway, CHAT, OWN, ASKED));
    var client = ground.send(post(gateway, CHAT, CLIENT, ASKED));

    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(own.body()).contains("It answers again in about 4 minutes.");
    assertThat(client.statusCode()).isEqualTo(429);
    assertThat(client.headers().firstValue("retry-after")).contains("190");
  }

  @Test
  void what_has_no_words_is_refused_by_an_error_that_nobody_repeats() throws Exception {
    ground.quota(aDay(0));
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var answer =
        ground.send(post(gateway, "/llm/v1/embeddings", OWN, "{\"model\":\"m\",\"input\":\"hi\"}"));

    assertThat(answer.statusCode()).isEqualTo(400);
  }

  @Test
  void the_limit_of_an_answer_is_what_is_left_of_the_day() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    ground.send(post(gateway, CHAT, OWN, ASKED)); // tells how the model counts
    ground.quota(aDay(1_190));

    ground.send(post(gateway, CHAT, OWN, ASKED));

    var limit = Long.parseLong(ground.seen.getLast().body().replaceAll("\\D*(\\d+).*", "$1"));
    assertThat(limit).isBetween(850L, 900L);
  }

  @Test
  void five_hundred_at_once_of_an_instance_are_never_more_than_so_many_at_once() throws Exception {
    ground.quota(new Quota(NONE, NONE, NONE, OptionalLong.of(8)));
    var underWay = new AtomicInteger();
    var most = new AtomicInteger();
    var gateway =
        ground.gateway((_, response, callback) -> {
          most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
          underWay.decrementAndGet();
          json(response, callback, ANSWER);
        });
    var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();

    for (int i = 0; i < 500; i++) {
      calls.add(
          ground.http.sendAsync(post(gateway, CHAT, OWN, ASKED).build(), BodyHandlers.ofString()));
    }

    assertThat(calls.stream().map(it -> it.join().statusCode())).containsOnly(200);
    assertThat(most.get()).isBetween(1, 8);
    assertThat(ground.seen).hasSize(500);
  }

  @Test
  void one_more_at_once_of_another_client_is_refused() throws Exception {
    ground.quota(new Quota(NONE, NONE, NONE, OptionalLong.of(1)));
    var arrived = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    var gateway =
        ground.gateway((_, response, callback) -> {
          arrived.countDown();
          go.await();
          json(response, callback, ANSWER);
        });
    var first =
        ground.http.sendAsync(post(gateway, CHAT, CLIENT, ASKED).build(), BodyHandlers.ofString());
    arrived.await();

    var second = ground.send(post(gateway, CHAT, CLIENT, ASKED));
    go.countDown();

    assertThat(second.statusCode()).isEqualTo(429);
    assertThat(second.body()).contains("may have 1 calls under way at once");
    assertThat(first.join().statusCode()).isEqualTo(200);
    assertThat(ground.send(post(gateway, CHAT, CLIENT, ASKED)).statusCode()).isEqualTo(200);
  }

  /** A gateway where nobody waits for long. */
  private int impatient() {
    var limits = ModelLimits.DEFAULT;
    return ground.gateway(
        new ModelLimits(
            limits.bodyBytes(),
            limits.heldBytes(),
            limits.callsPerInstance(),
            Duration.ofMillis(10),
            limits.drains(),
            limits.drain(),
            limits.drainBytes(),
            false),
        upstream(ground.provider((_, response, callback) -> json(response, callback, ANSWER))));
  }

  private static Quota aDay(long tokens) {
    return new Quota(OptionalLong.of(tokens), NONE, NONE, NONE);
  }

  private static Quota perMinute(long requests) {
    return new Quota(NONE, OptionalLong.of(requests), NONE, NONE);
  }
}
