package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ManyAtOnceTest {
  private static final String ALL = "/api/v1/instances";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void a_hundred_creates_with_one_key_are_one_instance_and_one_answer() {
    try (var server = TestServer.on(folder, ground)) {
      var answers =
          atOnce(
              100,
              _ ->
                  server.send(
                      withBody(
                          server.request(ALL).header("Idempotency-Key", "once"),
                          "POST",
                          "{\"name\": \"one\"}")));

      assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
      assertThat(answers.stream().map(HttpResponse::body).distinct()).hasSize(1);
      assertThat(answers.stream().map(it -> it.headers().firstValue("ETag")).distinct()).hasSize(1);
      assertThat(server.rows()).hasSize(1);
      var id = json(answers.getFirst()).path("id").asString("");
      server.awaitStatus(id, "running");
      assertThat(ground.starts(id(id))).isEqualTo(1);
    }
  }

  @Test
  void five_hundred_creates_are_taken_at_once_and_started_a_few_at_a_time() {
    try (var server = TestServer.on(folder, ground, Map.of(Setting.STARTS_AT_ONCE, "3"))) {
      var answers = atOnce(500, n -> server.post(ALL, "{\"name\": \"instance %d\"}".formatted(n)));

      assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
      assertThat(server.rows()).hasSize(500);
      Awaitility.await()
          .atMost(Duration.ofSeconds(150))
          .untilAsserted(() ->
              assertThat(server.get("/metrics").body())
                  .contains("rockpool_instances{phase=\"running\"} 500.0"));
      assertThat(ground.mostStartsAtOnce()).isBetween(1, 3);
      assertThat(answers)
          .allSatisfy(
              it -> assertThat(ground.starts(id(json(it).path("id").asString("")))).isEqualTo(1));
    }
  }

  private static List<HttpResponse<String>> atOnce(
      int count, IntFunction<HttpResponse<String>> call) {
    var answers = new ArrayList<Future<HttpResponse<String>>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        int n = i;
        answers.add(threads.submit(() -> call.apply(n)));
      }
    }
    return answers.stream().map(Future::resultNow).toList();
  }
}
