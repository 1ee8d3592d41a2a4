package io.rockpool.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.MessageCreateParams;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.rockpool.server.e2e.ProviderDouble.Asked;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * The clients that OpenAI and Anthropic publish, for Node.js and for Java: what they hold after a
 * call through Rockpool is what they hold after a call of the provider, and the provider is asked
 * the same.
 */
@Tag("openclaw")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class OfficialClientsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  private static Path folder;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private @Nullable ModelSite site;
  private String key = "";

  @BeforeAll
  void start() throws IOException {
    Host.has("npm", "bwrap");
    site = new ModelSite(folder, new Recorded());
    key = site().key().path("key").asString("");
  }

  @AfterAll
  void end() {
    http.shutdownNow();
    if (site != null) {
      site.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/chat/completions | {\"model\":\"tools\"}",
        "/chat/completions | {\"model\":\"after\"}",
        "/chat/completions | {\"model\":\"tools\",\"stream\":true}",
        "/chat/completions | {\"model\":\"after\",\"stream\":true}",
        "/chat/completions | {\"model\":\"failed\",\"stream\":true}",
        "/chat/completions | {\"model\":\"tools\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "/chat/completions | {\"model\":\"after\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "/chat/completions | {\"model\":\"after\",\"stream\":true,\"stream_options\":{\"include_usage\":false}}",
        "/responses | {\"model\":\"tools\"}",
        "/responses | {\"model\":\"after\"}",
        "/responses | {\"model\":\"tools\",\"stream\":true}",
        "/responses | {\"model\":\"after\",\"stream\":true}",
        "/responses | {\"model\":\"failed\",\"stream\":true}",
        "/embeddings | {\"model\":\"small\",\"encoding_format\":\"float\"}",
        "/embeddings | {\"model\":\"small\",\"encoding_format\":\"base64\"}",
        "/messages | {\"model\":\"tools\"}",
        "/messages | {\"model\":\"after\"}",
        "/messages | {\"model\":\"tools\",\"stream\":true}",
        "/messages | {\"model\":\"after\",\"stream\":true}",
        "/messages | {\"model\":\"failed\",\"stream\":true}"
      })
  void an_answer_is_the_same_to_the_byte(String path, String asked) throws Exception {
    var base = path.equals("/messages") ? site().anthropic() + "/v1" : site().openAi();

    var direct = post(site().provider.address() + "/v1" + path, ModelSite.REAL_KEY, asked);
    var through = post(base + path, key, asked);

    assertThat(through.statusCode()).isEqualTo(200).isEqualTo(direct.statusCode());
    assertThat(through.headers().firstValue("content-type"))
        .isEqualTo(direct.headers().firstValue("content-type"));
    assertThat(new String(through.body(), UTF_8)).isEqualTo(new String(direct.body(), UTF_8));
    assertThat(through.body()).isEqualTo(direct.body());
  }

  @Test
  void openais_client_for_java_holds_the_same() throws Exception {
    same(
        OpenAiCalls.all(site().provider.address() + "/v1", ModelSite.REAL_KEY),
        () -> OpenAiCalls.all(site().openAi(), key),
        9);
  }

  @Test
  void anthropics_client_for_java_holds_the_same() throws Exception {
    same(
        AnthropicCalls.all(site().provider.address(), ModelSite.REAL_KEY),
        () -> AnthropicCalls.all(site().anthropic(), key),
        6);
  }

  private interface Calls {
    Map<String, List<String>> all() throws IOException, InterruptedException;
  }

  /** Compares what a client holds, and what it made the provider be asked, with calls just made. */
  private void same(Map<String, List<String>> direct, Calls again, int calls) throws Exception {
    var asked = List.copyOf(site().provider.asked);
    var held = again.all();
    var through = site().provider.asked.subList(asked.size(), site().provider.asked.size());

    assertThat(direct).hasSize(calls).allSatisfy((_, it) -> assertThat(it).isNotEmpty());
    for (var call : direct.keySet()) {
      assertThat(held.get(call)).as(call).isEqualTo(direct.get(call));
    }
    assertThat(held).isEqualTo(direct);
    var before = asked.subList(asked.size() - through.size(), asked.size());
    assertThat(through)
        .extracting(OfficialClientsTest::question)
        .containsExactlyElementsOf(before.stream().map(OfficialClientsTest::question).toList());
    assertThat(through)
        .allSatisfy(it ->
            assertThat(it.headers().toString()).contains(ModelSite.REAL_KEY).doesNotContain(key));
  }

  /** What a provider is asked, but for the wish to be told the usage. */
  private static String question(Asked asked) {
    return asked.target()
        + " "
        + asked.body().replace("\"stream_options\":{\"include_usage\":true},", "");
  }

  @Test
  void the_clients_for_node_hold_the_same() throws Exception {
    var said =
        Script.run(
            "clients.mjs",
            Map.of(
                "RP_DIRECT", site().provider.address(),
                "RP_REAL_KEY", ModelSite.REAL_KEY,
                "RP_OPENAI", site().openAi(),
                "RP_ANTHROPIC", site().anthropic(),
                "RP_KEY", key));

    assertThat(said.path("direct").propertyNames()).hasSize(19);
    for (var call : said.path("direct").properties()) {
      assertThat(call.getValue()).as(call.getKey()).isNotEmpty();
      assertThat(said.path("through").path(call.getKey()))
          .as(call.getKey())
          .isEqualTo(call.getValue());
    }
    assertThat(said.path("through")).isEqualTo(said.path("direct"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "revoked | 401 | AuthenticationError  | AuthenticationError | UnauthorizedException        | UnauthorizedException    | This is no valid key of an instance",
        "spent   | 402 | APIError             | PaymentRequiredError | UnexpectedStatusCodeException | PaymentRequiredException | This assistant has used up its budget (USD 1.00)",
        "busy    | 429 | RateLimitError       | RateLimitError      | RateLimitException           | RateLimitException       | The model service has too many requests"
      })
  void a_refusal_is_the_clients_own_exception_with_our_words(
      String why,
      int status,
      String openAiForNode,
      String anthropicForNode,
      String openAiForJava,
      String anthropicForJava,
      String words)
      throws Exception {
    var refused = why.equals("revoked") ? revoked() : key;
    var model = why.equals("busy") ? "busy" : "tools";
    if (why.equals("spent")) {
      site().price("tools", "1000000", "1000000");
      site().budget("1");
    }
    int before = site().provider.asked.size();
    try {
      var said =
          Script.run(
              "refusals.mjs",
              Map.of(
                  "RP_OPENAI",
                  site().openAi(),
                  "RP_ANTHROPIC",
                  site().anthropic(),
                  "RP_KEY",
                  refused,
                  "RP_MODEL",
                  model));
      for (var stream : List.of("", " in a stream")) {
        refused(said.path("openai" + stream), status, openAiForNode, words);
        refused(said.path("anthropic" + stream), status, anthropicForNode, words);
      }
      var openAi = openAisRefusal(model, refused);
      assertThat(openAi.statusCode()).isEqualTo(status);
      assertThat(openAi).hasMessageContaining(words);
      assertThat(openAi.getClass().getSimpleName()).isEqualTo(openAiForJava);
      var anthropic = anthropicsRefusal(model, refused);
      assertThat(anthropic.statusCode()).isEqualTo(status);
      assertThat(anthropic).hasMessageContaining(words);
      assertThat(anthropic.getClass().getSimpleName()).isEqualTo(anthropicForJava);
    } finally {
      site().noBudget();
    }
    assertThat(site().provider.asked).hasSize(before + (why.equals("busy") ? 6 : 0));
  }

  private static void refused(JsonNode thrown, int status, String name, String words) {
    assertThat(thrown.path("status").asInt(0)).isEqualTo(status);
    assertThat(thrown.path("name").asString("")).isEqualTo(name);
    assertThat(thrown.path("message").asString("")).contains(words);
  }

  private String revoked() throws IOException {
    var made = site().key();
    site().revoke(made.path("id").asString(""));
    return made.path("key").asString("");
  }

  private OpenAIServiceException openAisRefusal(String model, String refused) throws IOException {
    var wish = ChatCompletionCreateParams.builder().model(model).addUserMessage("hello").build();
    var client = OpenAiCalls.client(site().openAi(), refused);
    try {
      return catchThrowableOfType(
          OpenAIServiceException.class, () -> client.chat().completions().create(wish));
    } finally {
      client.close();
    }
  }

  private AnthropicServiceException anthropicsRefusal(String model, String refused)
      throws IOException {
    var wish =
        MessageCreateParams.builder().model(model).maxTokens(64).addUserMessage("hello").build();
    var client = AnthropicCalls.client(site().anthropic(), refused);
    try {
      return catchThrowableOfType(
          AnthropicServiceException.class, () -> client.messages().create(wish));
    } finally {
      client.close();
    }
  }

  private HttpResponse<byte[]> post(String uri, String bearer, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(uri))
            .header("Authorization", "Bearer " + bearer)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  private ModelSite site() {
    return requireNonNull(site);
  }
}
