package io.rockpool.edge.model;

import static io.rockpool.edge.model.ModelGround.CHAT;
import static io.rockpool.edge.model.ModelGround.MESSAGES;
import static io.rockpool.edge.model.ModelGround.OWN;
import static io.rockpool.edge.model.ModelGround.json;
import static io.rockpool.edge.model.ModelGround.post;
import static io.rockpool.edge.model.ModelGround.request;
import static io.rockpool.edge.model.ModelGround.upstream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.EdgeGround;
import io.rockpool.runtime.Secret;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes the model gateway, and what does not. */
@Timeout(60)
class ModelGatewayTest {
  private static final String ASKED =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

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

  @Test
  void the_provider_sees_the_operators_key_and_nothing_of_the_instance() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, "{\"a\": 1}"));

    var answer =
        ground.send(
            request(gateway, CHAT + "?key=x")
                .header("Authorization", "Bearer rpk-ada")
                .header("x-api-key", "rpk-ada")
                .header("Cookie", "a=1")
                .header("X-Rockpool-Instance", "ada")
                .header("OpenAI-Organization", "ada")
                .POST(BodyPublishers.ofString(ASKED)));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"a\": 1}");
    var seen = ground.seen.getFirst();
    assertThat(seen.target()).isEqualTo("/openai/v1/chat/completions");
    assertThat(seen.body()).isEqualTo(ASKED);
    assertThat(seen.headers().getValuesList("Authorization")).containsExactly("Bearer sk-operator");
    assertThat(seen.headers().get("Host")).startsWith("127.0.0.1:");
    assertThat(seen.headers().toString())
        .doesNotContain(
            "rpk-ada", "Cookie", "Rockpool-Instance", "Forwarded", "Via", "Organization");
  }

  @Test
  void anthropics_clients_are_passed_in_their_own_words() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    var answer =
        ground.send(
            request(gateway, MESSAGES)
                .header("x-api-key", "rpk-ada")
                .header("anthropic-version", "2024-10-22")
                .header("anthropic-beta", "context-1m")
                .POST(BodyPublishers.ofString(ASKED)));
    var refused = ground.send(request(gateway, MESSAGES).POST(BodyPublishers.ofString(ASKED)));

    assertThat(answer.statusCode()).isEqualTo(200);
    var seen = ground.seen.getFirst();
    assertThat(seen.target()).isEqualTo("/openai/v1/messages");
    assertThat(seen.headers().get("x-api-key")).isEqualTo("sk-operator");
    assertThat(seen.headers().get("Authorization")).isNull();
    assertThat(seen.headers().get("anthropic-version")).isEqualTo("2024-10-22");
    assertThat(seen.headers().get("anthropic-beta")).isEqualTo("context-1m");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("\"type\":\"error\"", "\"authentication_error\"");
  }

  @Test
  void a_list_of_models_comes_page_by_page() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);
    var models = "/llm/anthropic/v1/models";

    ground.send(keyed(gateway, models + "?after_id=claude-1.5:x&key=sk-secret&limit=1"));
    ground.send(keyed(gateway, models + "?before_id=a%26key=b"));
    ground.send(keyed(gateway, "/llm/v1/models?limit=1"));

    assertThat(ground.seen)
        .extracting(ModelGround.Seen::target)
        .containsExactly(
            "/openai/v1/models?after_id=claude-1.5:x&limit=1",
            "/openai/v1/models",
            "/openai/v1/models");
  }

  @Test
  void one_model_is_asked_of_the_provider_that_knows_them() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    for (var path :
        List.of(
            "/llm/v1/models/vendor/gpt-4.1:ft@1?key=x",
            "/llm/v1/models/ft%3Agpt",
            "/llm/v1/models/%E9%80%9A%E4%B9%89/%E5%8D%83",
            "/llm/anthropic/v1/models/claude-1?beta=true&limit=1")) {
      assertThat(ground.send(keyed(gateway, path)).statusCode()).isEqualTo(200);
    }
    for (var path :
        List.of(
            "/llm/v1/models/",
            "/llm/v1/models/a%2F..%2Fb",
            "/llm/v1/models/a/..%2Fb",
            "/llm/v1/models/a/%2e%2e/b",
            "/llm/v1/models/a%252F..%252Fb",
            "/llm/v1/models/a%3Fkey",
            "/llm/v1/models/a;b",
            "/llm/v1/models/" + "a".repeat(201))) {
      assertThat(ground.send(keyed(gateway, path)).statusCode()).as(path).isIn(400, 404);
    }

    assertThat(ground.seen)
        .extracting(ModelGround.Seen::target)
        .containsExactly(
            "/openai/v1/models/vendor/gpt-4.1:ft@1",
            "/openai/v1/models/ft%3Agpt",
            "/openai/v1/models/%E9%80%9A%E4%B9%89/%E5%8D%83",
            "/openai/v1/models/claude-1?beta=true");
  }

  @Test
  void anthropics_beta_is_asked_for_and_nothing_else_of_a_query() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    for (var query : List.of("?beta=true&key=x", "?beta=sk-secret", "?x=1&beta=true")) {
      ground.send(post(gateway, MESSAGES + query, OWN, ASKED));
    }
    ground.send(post(gateway, CHAT + "?beta=true", OWN, ASKED));

    assertThat(ground.seen)
        .extracting(ModelGround.Seen::target)
        .containsExactly(
            "/openai/v1/messages?beta=true",
            "/openai/v1/messages",
            "/openai/v1/messages?beta=true",
            "/openai/v1/chat/completions");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 422})
  void of_the_headers_of_an_answer_the_name_of_the_call_passes_and_no_limit(int status)
      throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.setStatus(status);
          response.getHeaders().put("request-id", "req_011CS:a.b");
          response.getHeaders().put("x-request-id", "two words");
          response.getHeaders().put("anthropic-ratelimit-tokens-limit", "80000");
          response.getHeaders().put("x-ratelimit-remaining-requests", "7");
          response.getHeaders().put("openai-organization", "operator");
          response.getHeaders().put("set-cookie", "a=b");
          json(response, callback, "{}");
        });

    var headers = ground.send(post(gateway, MESSAGES, OWN, ASKED)).headers();

    assertThat(headers.firstValue("request-id")).contains("req_011CS:a.b");
    assertThat(headers.map().keySet())
        .doesNotContain(
            "x-request-id",
            "anthropic-ratelimit-tokens-limit",
            "x-ratelimit-remaining-requests",
            "openai-organization",
            "set-cookie");
  }

  @Test
  void a_stream_passes_event_by_event() throws Exception {
    var next = new ArrayBlockingQueue<String>(1);
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.getHeaders().put("Content-Type", "text/event-stream");
          response.getHeaders().put("openai-organization", "the-operator");
          response.getHeaders().put("Set-Cookie", "a=1");
          try (var out = Content.Sink.asOutputStream(response)) {
            for (int i = 0; i < 2; i++) {
              out.write(("data: " + next.take() + "\n\n").getBytes(StandardCharsets.UTF_8));
            }
          }
          callback.succeeded();
        });
    next.put("{\"n\":1}");
    var answer = ground.http.send(chat(gateway).build(), BodyHandlers.ofInputStream());

    EdgeGround.readUntil(answer.body(), "{\"n\":1}");
    next.put("[DONE]");
    EdgeGround.readUntil(answer.body(), "[DONE]\n\n");
    assertThat(answer.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(answer.headers().firstValue("openai-organization")).isEmpty();
    assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
  }

  @Test
  void a_call_is_told_when_it_begins_and_when_it_ends() throws Exception {
    var gateway =
        ground.gateway((request, response, callback) -> {
          assertThat(ground.meter.told).containsExactly("began ada MODEL");
          ok(request, response, callback);
        });

    assertThat(ground.send(chat(gateway)).statusCode()).isEqualTo(200);

    await()
        .untilAsserted(() ->
            assertThat(ground.meter.told)
                .containsExactly("began ada MODEL", "ended ada MODEL 200"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer rpk-bob", "Bearer ", "Basic cnBrLWFkYQ==", "rpk-ada"})
  void who_has_no_key_of_an_instance_gets_nothing(String authorization) throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    var answer =
        ground.send(
            request(gateway, CHAT)
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString(ASKED)));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("\"invalid_api_key\"");
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void who_shows_two_different_keys_gets_nothing() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    var answer = ground.send(chat(gateway).header("x-api-key", ModelGround.CLIENT));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(ground.seen).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | {\"error\":{\"message\":\"Incorrect API key provided: sk-operator\"}}",
        "402 | {\"error\":{\"message\":\"Insufficient Balance\"}}",
        "403 | {}",
        "429 | {\"error\":{\"code\":\"insufficient_quota\"}}",
        "400 | {\"error\":{\"message\":\"Your credit balance is too low\"}}",
        "500 | billing",
        "302 | ",
        "307 | "
      })
  void what_only_the_operator_can_cure_is_a_plain_503(int status, String body) throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.setStatus(status);
          response.getHeaders().put("Location", "https://elsewhere.example/");
          json(response, callback, body == null ? "" : body);
        });

    var answer = ground.send(chat(gateway));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("operator", "\"server_error\"");
    assertThat(answer.body().toLowerCase(Locale.ROOT))
        .doesNotContain("sk-operator", "quota", "billing", "credit", "balance", "401", "402");
    assertThat(answer.headers().firstValue("location")).isEmpty();
    assertThat(ground.seen).hasSize(1);
  }

  @Test
  void a_full_provider_is_waited_for_ten_seconds_at_most() throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.setStatus(429);
          response.getHeaders().put("Retry-After", "300");
          json(response, callback, "{\"error\":{\"message\":\"slow down\"}}");
        });

    var answer = ground.send(chat(gateway));

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("retry-after")).contains("10");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 422, 500})
  void other_errors_keep_the_providers_words(int status) throws Exception {
    var words = "{\"error\":{\"message\":\"maximum context length is 8192 tokens\"}}";
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.setStatus(status);
          json(response, callback, words);
        });

    var answer = ground.send(chat(gateway));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(words);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 429, 500, 529})
  void another_provider_answers_where_one_cannot(int status) throws Exception {
    var broken =
        ground.provider((_, response, callback) -> {
          response.setStatus(status);
          json(response, callback, "{}");
        });
    var good = ground.provider((_, response, callback) -> json(response, callback, "{\"b\":2}"));
    var gateway = ground.gateway(upstream(broken), upstream(nobody()), upstream(good));

    var answer = ground.send(chat(gateway));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"b\":2}");
    assertThat(ground.seen).hasSize(2);
  }

  @Test
  void a_stream_that_begins_with_an_error_is_none() throws Exception {
    var broken =
        ground.provider((_, response, callback) ->
            ModelGround.events(
                response,
                callback,
                "data: {\"error\":{\"message\":\"The model is not multimodal.\",\"code\":400}}\n\n",
                "data: [DONE]\n\n"));
    var answer = ground.send(chat(ground.gateway(upstream(broken))));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("not multimodal");
  }

  @Test
  void what_a_client_did_wrong_is_not_asked_of_another_provider() throws Exception {
    var strict =
        ground.provider((_, response, callback) -> {
          response.setStatus(400);
          json(response, callback, "{}");
        });
    var gateway = ground.gateway(upstream(strict), upstream(strict));

    assertThat(ground.send(chat(gateway)).statusCode()).isEqualTo(400);
    assertThat(ground.seen).hasSize(1);
  }

  @Test
  void a_provider_that_is_down_is_worth_another_try() throws Exception {
    var answer = ground.send(chat(ground.gateway(upstream(nobody()))));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("2");
  }

  @Test
  void a_provider_that_falls_silent_is_given_up() throws Exception {
    try (var mute = new ServerSocket(0)) {
      var gateway = ground.gateway(upstream(mute.getLocalPort(), Duration.ofSeconds(1)));

      assertThat(ground.send(chat(gateway)).statusCode()).isEqualTo(503);
    }
  }

  @Test
  void one_instance_has_only_so_many_calls_at_once() throws Exception {
    var go = new ArrayBlockingQueue<String>(1);
    var provider =
        ground.provider((request, response, callback) -> {
          go.take();
          ok(request, response, callback);
        });
    var gateway = ground.gateway(limits(1 << 20, 1 << 20, 1), upstream(provider));
    var first = ground.http.sendAsync(chat(gateway).build(), BodyHandlers.ofString());
    await().until(() -> !ground.seen.isEmpty());

    var second = ground.send(chat(gateway));
    go.put("on");

    assertThat(second.statusCode()).isEqualTo(503);
    assertThat(first.join().statusCode()).isEqualTo(200);
  }

  @Test
  void only_calls_of_the_model_pass() throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    assertThat(ground.send(keyed(gateway, "/llm/v1/files")).statusCode()).isEqualTo(404);
    assertThat(ground.send(keyed(gateway, "/llm/v1/../v1/models")).statusCode()).isNotEqualTo(200);
    assertThat(ground.send(keyed(gateway, CHAT)).statusCode()).isEqualTo(405);
    assertThat(ground.send(keyed(gateway, CHAT)).headers().firstValue("allow")).contains("POST");
    assertThat(ground.seen).isEmpty();
    assertThat(ground.send(keyed(gateway, "/llm/v1/models")).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}",
        "{\"model\":7}",
        "{\"model\":\"a\\u0000b\"}",
        "{\"model\":\"a\\nb\"}",
        "{\"model\":\"a\\u0085\"}",
        "{\"model\":\"a\\ud83d\"}",
        "{\"model\":\"a\\udca9b\"}",
        "{\"model\":\"m\",\"Max_Tokens\":100000}",
        "{\"model\":\"m\"} x",
        "{\"model\":\"cheap\",\"model\":\"dear\"}",
        "{\"model\":\"m\",\"max_tokens\":\"many\"}",
        "{\"model\":\"m\",\"max_tokens\":-1}",
        "{\"model\":\"m\",\"max_tokens\":9000000000000000000}",
        "{\"model\":\"m\",\"max_tokens\":90000000000000000000}",
        "{\"model\":\"m\",\"n\":1000}",
        "{\"model\":\"m\",\"background\":true}",
        "{\"model\":\"m\",\"previous_response_id\":\"resp_of_somebody_else\"}",
        "{\"model\":\"m\",\"stream_options\":[]}"
      })
  void what_cannot_be_metered_is_refused(String body) throws Exception {
    var gateway = ground.gateway(ModelGatewayTest::ok);

    var answer = ground.send(post(gateway, "/llm/v1/responses", OWN, body));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"invalid_request_error\"");
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void a_request_beyond_the_limit_is_refused_in_openais_shape() throws Exception {
    var provider = ground.provider(ModelGatewayTest::ok);
    var gateway = ground.gateway(limits(1_024, 1 << 20, 16), upstream(provider));
    var tooLong = new byte[1_025];

    var said = ground.send(keyed(gateway, CHAT).POST(BodyPublishers.ofByteArray(tooLong)));
    var unsaid =
        ground.send(
            keyed(gateway, CHAT)
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(tooLong))));

    assertThat(said.statusCode()).isEqualTo(413);
    assertThat(said.body()).contains("\"request_too_large\"");
    assertThat(unsaid.statusCode()).isEqualTo(413);
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void long_requests_wait_outside_while_there_is_no_room() throws Exception {
    var go = new ArrayBlockingQueue<String>(1);
    var provider =
        ground.provider((request, response, callback) -> {
          go.take();
          ok(request, response, callback);
        });
    var gateway = ground.gateway(limits(4_096, 4_096, 16), upstream(provider));
    var tooLong = ASKED.replace("hi", "x".repeat(3_000));
    var first =
        ground.http.sendAsync(post(gateway, CHAT, OWN, tooLong).build(), BodyHandlers.ofString());
    await().until(() -> !ground.seen.isEmpty());

    var second = ground.send(post(gateway, CHAT, OWN, tooLong));
    go.put("on");
    first.join();
    go.put("on");
    var third = ground.send(post(gateway, CHAT, OWN, tooLong));

    assertThat(second.statusCode()).isEqualTo(503);
    assertThat(third.statusCode()).isEqualTo(200);
  }

  @Test
  void a_base_url_is_checked_before_it_is_used() {
    for (var wrong : List.of("ftp://x/v1", "https://u:p@x/v1", "https://x/v1?a=b", "/v1")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ModelUpstream.of(URI.create(wrong), Secret.of("k"), 1))
          .withMessageContaining("base URL");
    }
  }

  private static int nobody() throws Exception {
    try (var taken = new ServerSocket(0)) {
      return taken.getLocalPort();
    }
  }

  private static ModelLimits limits(int bodyBytes, long heldBytes, int calls) {
    var usual = ModelLimits.DEFAULT;
    return new ModelLimits(
        bodyBytes,
        heldBytes,
        calls,
        usual.patience(),
        usual.drains(),
        usual.drain(),
        usual.drainBytes(),
        false);
  }

  private static void ok(Request request, Response response, Callback callback) {
    json(response, callback, "{}");
  }

  private static HttpRequest.Builder chat(int gateway) {
    return post(gateway, CHAT, OWN, ASKED);
  }

  private static HttpRequest.Builder keyed(int gateway, String path) {
    return request(gateway, path).header("Authorization", "Bearer rpk-ada");
  }
}
