package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.edge.EdgeGround;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class DemoModelTest {
  private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server = EdgeGround.server();

  @BeforeEach
  void start() {
    server.setHandler(new DemoModel(InstantSource.fixed(NOW)));
    EdgeGround.start(server);
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    EdgeGround.stop(server);
  }

  @Test
  void there_is_one_model() throws Exception {
    var models = json(send(request("/models")));

    assertThat(models.at("/data/0/id").asString()).isEqualTo("demo");
    assertThat(models.at("/data/0/created").asLong()).isEqualTo(NOW.getEpochSecond());
    assertThat(models.path("data")).hasSize(1);
  }

  @Test
  void clients_of_anthropics_api_are_answered_in_their_words() throws Exception {
    var asked =
        "{\"model\":\"demo\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    var answer = json(send(request("/messages").POST(BodyPublishers.ofString(asked))));
    var stream =
        send(
            request("/messages")
                .POST(BodyPublishers.ofString(asked.replaceFirst("\\{", "{\"stream\":true,"))));

    assertThat(answer.at("/content/0/text").asString()).contains("only echo", "\"hello\"");
    assertThat(answer.at("/stop_reason").asString()).isEqualTo("end_turn");
    assertThat(stream.body()).contains("event: content_block_delta", "only echo", "message_stop");
  }

  @Test
  void an_answer_echoes_and_counts() throws Exception {
    var answer = json(chat("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"));

    assertThat(answer.at("/choices/0/message/content").asString())
        .contains("only echo", "\"hello\" (message 1 of this conversation)");
    assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(2);
    assertThat(answer.at("/usage/total_tokens").asInt())
        .isEqualTo(2 + answer.at("/usage/completion_tokens").asInt());
  }

  @Test
  void the_same_conversation_has_the_same_answer() throws Exception {
    var question = "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

    assertThat(chat(question).body()).isEqualTo(chat(question).body());
  }

  @Test
  void a_stream_ends_with_the_usage_that_was_asked_for() throws Exception {
    var events =
        events(
            chat(
                """
                {"model": "demo", "stream": true, "stream_options": {"include_usage": true},
                 "tools": [{"type": "function", "function": {"name": "read"}}],
                 "tool_choice": "auto", "max_completion_tokens": 8192,
                 "messages": [{"role": "user", "content": "hello"}]}
                """));

    assertThat(events.getLast()).isEqualTo("[DONE]");
    var chunks = events.subList(0, events.size() - 1).stream().map(JSON::readTree).toList();
    assertThat(chunks.getFirst().at("/choices/0/delta/role").asString()).isEqualTo("assistant");
    assertThat(chunks.getLast().path("choices")).isEmpty();
    assertThat(chunks.getLast().at("/usage/prompt_tokens").asInt()).isEqualTo(2);
    assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asString())
        .isEqualTo("stop");
    var text = new StringBuilder();
    chunks.forEach(it -> text.append(it.at("/choices/0/delta/content").asString("")));
    assertThat(text.toString()).isEqualTo(new Echo("hello", 1).answer());
  }

  @Test
  void a_stream_says_nothing_of_usage_unasked() throws Exception {
    var events =
        events(chat("{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));

    assertThat(events).noneMatch(it -> it.contains("usage"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{}", "{\"messages\":7}", "{\"messages\":[]}", "nonsense"})
  void what_is_no_request_is_refused_in_openais_shape(String body) throws Exception {
    var answer = chat(body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).at("/error/type").asString()).isEqualTo("invalid_request_error");
    assertThat(json(answer).at("/error/message").asString()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"messages\":[1,null,[],{}]}",
        "{\"messages\":[{\"role\":\"user\",\"content\":null}]}",
        "{\"messages\":[{\"role\":7,\"content\":{\"type\":\"text\"}}]}"
      })
  void odd_messages_are_no_words(String body) throws Exception {
    assertThat(json(chat(body)).at("/choices/0/message/content").asString())
        .contains("You said nothing yet.");
  }

  @Test
  void other_calls_and_methods_do_not_exist() throws Exception {
    var embeddings = send(request("/embeddings").POST(BodyPublishers.ofString("{}")));
    var get = send(request("/chat/completions"));

    assertThat(embeddings.statusCode()).isEqualTo(404);
    assertThat(json(embeddings).at("/error/code").asString()).isEqualTo("unknown_url");
    assertThat(get.statusCode()).isEqualTo(405);
    assertThat(get.headers().firstValue("allow")).contains("POST");
  }

  @Test
  void a_body_beyond_the_limit_is_refused() throws Exception {
    var body = BodyPublishers.ofByteArray(new byte[(8 << 20) + 1]);
    // Asks first: who sends all of it at once may find the connection reset before the answer.
    var said = send(request("/chat/completions").expectContinue(true).POST(body));
    var unsaid = send(request("/chat/completions").POST(BodyPublishers.fromPublisher(body)));

    assertThat(said.statusCode()).isEqualTo(413);
    assertThat(unsaid.statusCode()).isEqualTo(413);
  }

  private HttpResponse<String> chat(String body) throws IOException, InterruptedException {
    return send(request("/chat/completions").POST(BodyPublishers.ofString(body)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + EdgeGround.port(server) + DemoModel.PATH + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  private static List<String> events(HttpResponse<String> answer) {
    assertThat(answer.headers().firstValue("content-type")).contains("text/event-stream");
    return answer.body().lines().filter(it -> !it.isEmpty()).map(it -> it.substring(6)).toList();
  }
}
