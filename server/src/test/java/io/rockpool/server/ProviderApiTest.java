package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.edge.model.ModelGateway;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Model providers and the vault, through the API. */
@Timeout(60)
class ProviderApiTest {
  private static final String ALL = "/api/v1/providers";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground);
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void a_provider_serves_its_models_and_a_new_key_is_used_from_the_next_call_on() {
    var key = key(server.running("{}"));
    assertThat(call(key, "fast").statusCode()).isEqualTo(404);

    var set = put("vendor", server.token, provider("\"sk-one-0123456789\""));
    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(json(set).path("hasKey").asBoolean()).isTrue();
    assertThat(json(set).path("shared").asBoolean()).isTrue();
    assertThat(json(server.get(ALL)).at("/items/0/models/0/limit").asString())
        .isEqualTo("max_completion_tokens");
    assertThat(call(key, "fast").statusCode()).isEqualTo(200);
    assertThat(keysSeen()).containsExactly("Bearer sk-one-0123456789");

    put("vendor", server.token, provider("\"sk-two-0123456789\""));
    assertThat(call(key, "fast").statusCode()).isEqualTo(200);
    assertThat(keysSeen()).containsExactly("Bearer sk-one-0123456789", "Bearer sk-two-0123456789");
    assertThat(models(key)).contains("\"fast\"").doesNotContain("vendor/fast");

    assertThat(server.get(ALL).body()).contains("vendor/fast").doesNotContain("sk-");
    assertThat(server.delete(ALL + "/vendor").statusCode()).isEqualTo(204);
    assertThat(server.delete(ALL + "/vendor").statusCode()).isEqualTo(404);
    assertThat(call(key, "fast").statusCode()).isEqualTo(404);
  }

  @Test
  void keys_outlive_the_server_and_the_rotation_of_what_encrypts_them() {
    var key = key(server.running("{}"));
    put("vendor", server.token, provider("\"sk-one-0123456789\""));
    var before = json(server.get("/api/v1/vault")).path("masterKey").asString();

    var rotated =
        json(server.post("/api/v1/vault/rotation", "{\"dataKeys\":true,\"forgetOld\":true}"));
    server.close();
    server = TestServer.on(folder, ground);

    assertThat(rotated.path("sealed").asInt()).isEqualTo(1);
    assertThat(rotated.path("masterKey").asString()).isNotEqualTo(before);
    assertThat(call(key, "fast").statusCode()).isEqualTo(200);
    assertThat(keysSeen()).containsExactly("Bearer sk-one-0123456789");
  }

  @Test
  void a_try_tells_whether_a_provider_answers() {
    put("vendor", server.token, provider("\"sk-one-0123456789\""));
    put(
        "nobody",
        server.token,
        provider("\"k\"").replace(gateway.address().toString(), "http://127.0.0.1:1"));

    assertThat(trial("vendor").path("result").asString()).isEqualTo("key_refused");
    assertThat(trial("nobody").path("result").asString()).isEqualTo("unreachable");
    assertThat(server.post(ALL + "/unknown/test", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void a_users_provider_serves_that_user_alone_and_may_not_be_inside() {
    var ada = server.account("ada");

    var inside = put("mine", ada, provider("\"k\""));
    assertThat(inside.statusCode()).isEqualTo(403);
    var own = put("mine", ada, outside("https://api.example.com/v1"));
    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(json(own).path("shared").asBoolean()).isFalse();
    assertThat(server.send(server.request(ALL, ada)).body()).contains("mine");
    assertThat(server.get(ALL).body()).doesNotContain("mine");
    assertThat(server.send(server.request(ALL, server.account("bob"))).body())
        .doesNotContain("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.example.com/v1",
        "https://127.0.0.1/v1",
        "https://169.254.169.254/latest",
        "https://metadata.google.internal/",
        "https://[::1]/v1",
        "https://user:secret@api.example.com/v1",
        "not a url"
      })
  void an_address_that_is_inside_or_wrong_is_refused_with_the_reason(String url) {
    var answer = put("mine", server.account("ada"), outside(url));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).doesNotContain("secret");
    assertThat(server.get(ALL).body()).doesNotContain("mine");
  }

  @Test
  void only_an_operator_looks_after_the_vault() {
    var ada = server.account("ada");
    for (var request :
        List.of(
            server.request("/api/v1/vault", ada),
            withBody(server.request("/api/v1/vault/rotation", ada), "POST", "{}"),
            server.request("/api/v1/accounts/bob/secrets", ada).DELETE())) {
      var answer = server.send(request);
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(problem(answer)).isEqualTo("forbidden");
    }
  }

  @Test
  void the_secrets_of_an_account_can_be_made_unreadable_for_good() {
    var ada = server.account("ada");
    put("mine", ada, outside("https://api.example.com/v1"));
    assertThat(server.send(server.request(ALL, ada)).body()).contains("\"hasKey\":true");

    assertThat(server.delete("/api/v1/accounts/ada/secrets").statusCode()).isEqualTo(204);

    assertThat(server.send(server.request(ALL, ada)).body()).contains("\"hasKey\":false");
  }

  private String provider(String key) {
    return """
    {"protocol":"openai","baseUrl":"%s/v1","inside":true,"key":%s,"models":[{"name":"fast","upstream":"vendor/fast","limit":"max_completion_tokens"}]}
    """
        .formatted(gateway.address(), key);
  }

  private static String outside(String url) {
    return """
    {"protocol":"anthropic","baseUrl":"%s","key":"sk-ada","models":[{"name":"fast"}]}
    """
        .formatted(url);
  }

  private HttpResponse<String> put(String name, String token, String body) {
    return server.send(withBody(server.request(ALL + "/" + name, token), "PUT", body));
  }

  private JsonNode trial(String name) {
    return json(server.post(ALL + "/" + name + "/test", "{}"));
  }

  private String key(String id) {
    return json(server.post("/api/v1/instances/" + id + "/keys", "{\"name\":\"laptop\"}"))
        .path("key")
        .asString();
  }

  private List<String> keysSeen() {
    return gateway.seen.stream()
        .filter(it -> it.target().equals("/v1/chat/completions"))
        .map(GatewayDouble.Seen::authorization)
        .filter(it -> it.startsWith("Bearer sk-"))
        .toList();
  }

  private HttpResponse<String> call(String key, String model) {
    return server.send(
        withBody(
            server.request(ModelGateway.PATH + "/chat/completions", key),
            "POST",
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                .formatted(model)));
  }

  private String models(String key) {
    return server.send(server.request(ModelGateway.PATH + "/models", key)).body();
  }
}
