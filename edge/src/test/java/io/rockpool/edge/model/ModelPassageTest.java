package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.EdgeGround;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelPassageTest {
  private static final Secret VIRTUAL = Secret.of("rpk-ada");
  private static final Secret REAL = Secret.of("sk-operator");
  private static final ModelKeys KEYS =
      key -> key.equals(VIRTUAL) ? Optional.of(new InstanceId("ada")) : Optional.empty();
  private static final String CHAT = "/llm/v1/chat/completions";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Server> servers = new CopyOnWriteArrayList<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final EdgeGround.Meter meter = new EdgeGround.Meter();

  record Seen(String target, HttpFields headers) {}

  @AfterEach
  void stop() {
    http.shutdownNow();
    servers.reversed().forEach(EdgeGround::stop);
  }

  @Test
  void the_provider_sees_the_operators_key_and_nothing_of_the_instance() throws Exception {
    var passage =
        passage(
            provider((request, response, callback) -> Content.copy(request, response, callback)));
    var request =
        request(passage, CHAT + "?key=x")
            .header("Authorization", "Bearer rpk-ada")
            .header("x-api-key", "rpk-ada")
            .header("Cookie", "a=1")
            .header("X-Rockpool-Instance", "ada")
            .POST(BodyPublishers.ofString("{\"model\":\"m\"}"));

    var answer = send(request);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"model\":\"m\"}");
    assertThat(seen.getFirst().target()).isEqualTo("/openai/v1/chat/completions");
    assertThat(seen.getFirst().headers().getValuesList("Authorization"))
        .containsExactly("Bearer sk-operator");
    assertThat(seen.getFirst().headers().get("Host")).startsWith("127.0.0.1:");
    assertThat(seen.getFirst().headers().toString())
        .doesNotContain("rpk-ada", "Cookie", "Rockpool-Instance", "Forwarded", "Via");
  }

  @Test
  void a_stream_passes_chunk_by_chunk() throws Exception {
    var next = new ArrayBlockingQueue<String>(1);
    var passage =
        passage(
            provider((_, response, callback) -> {
              response.getHeaders().put("Content-Type", "text/event-stream");
              response.getHeaders().put("openai-organization", "the-operator");
              response.getHeaders().put("Set-Cookie", "a=1");
              try (var out = Content.Sink.asOutputStream(response)) {
                for (int i = 0; i < 2; i++) {
                  out.write(("data: " + next.take() + "\n\n").getBytes(StandardCharsets.UTF_8));
                }
              }
              callback.succeeded();
            }));
    next.put("{\"n\":1}");
    var answer = http.send(chat(passage).build(), BodyHandlers.ofInputStream());

    EdgeGround.readUntil(answer.body(), "{\"n\":1}");
    next.put("[DONE]");
    EdgeGround.readUntil(answer.body(), "[DONE]\n\n");
    assertThat(answer.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(answer.headers().firstValue("openai-organization")).isEmpty();
    assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
  }

  @Test
  void a_call_is_told_when_it_begins_and_when_it_ends() throws Exception {
    var passage =
        passage(
            provider((request, response, callback) -> {
              assertThat(meter.told).containsExactly("began ada MODEL");
              ok(request, response, callback);
            }));

    assertThat(send(chat(passage)).statusCode()).isEqualTo(200);

    await()
        .untilAsserted(
            () -> assertThat(meter.told).containsExactly("began ada MODEL", "ended ada MODEL 200"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer rpk-bob", "Bearer ", "Basic cnBrLWFkYQ==", "rpk-ada"})
  void who_has_no_key_of_an_instance_gets_nothing(String authorization) throws Exception {
    var passage = passage(provider(ModelPassageTest::ok));

    var answer =
        send(
            request(passage, CHAT)
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString("{}")));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("\"invalid_api_key\"");
    assertThat(seen).isEmpty();
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
    var passage =
        passage(
            provider((_, response, callback) -> {
              response.setStatus(status);
              response.getHeaders().put("Location", "https://elsewhere.example/");
              StrictGateway.write(response, callback, body == null ? "" : body);
            }));

    var answer = send(chat(passage));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("operator", "\"server_error\"");
    assertThat(answer.body().toLowerCase(Locale.ROOT))
        .doesNotContain("sk-operator", "quota", "billing", "credit", "balance", "401", "402");
    assertThat(answer.headers().firstValue("location")).isEmpty();
    assertThat(seen).hasSize(1);
  }

  @Test
  void a_full_provider_is_waited_for_ten_seconds_at_most() throws Exception {
    var passage =
        passage(
            provider((_, response, callback) -> {
              response.setStatus(429);
              response.getHeaders().put("Retry-After", "300");
              StrictGateway.write(response, callback, "{\"error\":{\"message\":\"slow down\"}}");
            }));

    var answer = send(chat(passage));

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("retry-after")).contains("10");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 422, 500})
  void other_errors_keep_the_providers_words(int status) throws Exception {
    var words = "{\"error\":{\"message\":\"maximum context length is 8192 tokens\"}}";
    var passage =
        passage(
            provider((_, response, callback) -> {
              response.setStatus(status);
              response.getHeaders().put("Content-Type", "application/json");
              StrictGateway.write(response, callback, words);
            }));

    var answer = send(chat(passage));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(words);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
  }

  @Test
  void a_provider_that_is_down_is_worth_another_try() throws Exception {
    int nobody;
    try (var taken = new ServerSocket(0)) {
      nobody = taken.getLocalPort();
    }
    var answer = send(chat(passage(upstream(nobody, Duration.ofSeconds(20), 16))));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("2");
  }

  @Test
  void a_provider_that_falls_silent_is_given_up() throws Exception {
    try (var mute = new ServerSocket(0)) {
      var answer = send(chat(passage(upstream(mute.getLocalPort(), Duration.ofSeconds(1), 16))));

      assertThat(answer.statusCode()).isEqualTo(503);
    }
  }

  @Test
  void one_instance_has_only_so_many_calls_at_once() throws Exception {
    var go = new ArrayBlockingQueue<String>(1);
    var provider =
        provider((request, response, callback) -> {
          go.take();
          ok(request, response, callback);
        });
    var passage = passage(upstream(provider, Duration.ofSeconds(20), 1));
    var first = http.sendAsync(chat(passage).build(), BodyHandlers.ofString());
    await().until(() -> !seen.isEmpty());

    var second = send(chat(passage));
    go.put("on");

    assertThat(second.statusCode()).isEqualTo(503);
    assertThat(first.join().statusCode()).isEqualTo(200);
  }

  @Test
  void only_calls_of_the_model_pass() throws Exception {
    var passage = passage(provider(ModelPassageTest::ok));

    assertThat(send(keyed(passage, "/llm/v1/files")).statusCode()).isEqualTo(404);
    assertThat(send(keyed(passage, "/llm/v1/../v1/models")).statusCode()).isNotEqualTo(200);
    assertThat(send(keyed(passage, CHAT)).statusCode()).isEqualTo(405);
    assertThat(send(keyed(passage, CHAT)).headers().firstValue("allow")).contains("POST");
    assertThat(seen).isEmpty();
    assertThat(send(keyed(passage, "/llm/v1/models")).statusCode()).isEqualTo(200);
  }

  @Test
  void a_request_beyond_the_limit_is_refused_in_openais_shape() throws Exception {
    var provider =
        provider((request, response, callback) -> Content.copy(request, response, callback));
    var base = URI.create("http://127.0.0.1:" + provider + "/v1");
    var passage = passage(new ModelUpstream(base, REAL, 1_024, 16, Duration.ofSeconds(20)));

    var said =
        send(
            request(passage, CHAT)
                .header("Authorization", "Bearer rpk-ada")
                .POST(BodyPublishers.ofByteArray(new byte[1_025])));
    var unsaid =
        send(
            request(passage, CHAT)
                .header("Authorization", "Bearer rpk-ada")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[1_025]))));

    assertThat(said.statusCode()).isEqualTo(413);
    assertThat(said.body()).contains("\"request_too_large\"");
    assertThat(unsaid.statusCode()).isEqualTo(413);
  }

  @Test
  void a_base_url_is_checked_before_it_is_used() {
    for (var wrong : List.of("ftp://x/v1", "https://u:p@x/v1", "https://x/v1?a=b", "/v1")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ModelUpstream.of(URI.create(wrong), REAL))
          .withMessageContaining("ROCKPOOL_MODEL_BASE_URL");
    }
  }

  private static void ok(Request request, Response response, Callback callback) {
    StrictGateway.write(response, callback, "{}");
  }

  private int provider(StrictGateway.Script script) {
    var server =
        EdgeGround.serve(
            new Handler.Abstract() {
              @Override
              public boolean handle(Request request, Response response, Callback callback)
                  throws Exception {
                seen.add(
                    new Seen(
                        request.getHttpURI().getPathQuery(),
                        HttpFields.build(request.getHeaders()).asImmutable()));
                script.answer(request, response, callback);
                return true;
              }
            });
    servers.add(server);
    return EdgeGround.port(server);
  }

  private int passage(int provider) {
    return passage(upstream(provider, Duration.ofSeconds(20), 16));
  }

  private int passage(ModelUpstream upstream) {
    var server = EdgeGround.serve(new ModelPassage(upstream, KEYS, meter));
    servers.add(server);
    return EdgeGround.port(server);
  }

  private static ModelUpstream upstream(int provider, Duration silence, int calls) {
    var base = URI.create("http://127.0.0.1:" + provider + "/openai/v1/");
    return new ModelUpstream(base, REAL, 1 << 20, calls, silence);
  }

  private static HttpRequest.Builder chat(int passage) {
    return keyed(passage, CHAT).POST(BodyPublishers.ofString("{}"));
  }

  private static HttpRequest.Builder keyed(int passage, String path) {
    return request(passage, path).header("Authorization", "Bearer rpk-ada");
  }

  private static HttpRequest.Builder request(int passage, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + passage + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }
}
