package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An instance as programs and browsers reach it: through the edge. */
@Tag("openclaw")
@ExtendWith(Fleet.Shared.class)
@Timeout(240)
class EdgeOpenClawTest {
  private static final String WORDS = "Hello from a client";

  private final Fleet fleet;

  EdgeOpenClawTest(Fleet fleet) {
    this.fleet = fleet;
  }

  @Test
  void openais_own_client_gets_answers_whole_and_in_pieces() throws Exception {
    var said =
        Script.run("openai.mjs", Map.of("RP_URL", fleet.api.uri("/i/hello/v1").toString()), fleet);

    assertThat(said.path("models").toString()).contains("openclaw");
    assertThat(said.path("whole").asString(""))
        .contains("\"%s\" (message 1 of this conversation)".formatted(WORDS));
    assertThat(said.path("pieces").asInt(0)).isGreaterThan(1);
    assertThat(said.path("streamed").asString("")).contains("\"%s\"".formatted(WORDS));
    assertThat(said.path("refused").asInt(0)).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/i/hello/", "/i/hello/v1/models", "/i/hello/readyz"})
  void nobody_passes_without_a_token(String path) throws IOException {
    assertThat(fleet.ground.api("").get(path).statusCode()).isEqualTo(401);
    assertThat(fleet.ground.api("rp_nobodys-token-at-all-0123456789").get(path).statusCode())
        .isEqualTo(401);
  }

  @Test
  void another_account_finds_nothing() throws IOException {
    assertThat(body(200, fleet.stranger.get("/api/v1/instances")).path("items")).isEmpty();
    for (var path :
        List.of("/i/hello/", "/i/hello/v1/models", "/api/v1/instances/hello", "/i/hello/readyz")) {
      assertThat(fleet.stranger.get(path).statusCode()).as(path).isEqualTo(404);
    }
    assertThat(
            fleet
                .stranger
                .post("/api/v1/instances/hello/messages", Map.of("text", "hello"))
                .statusCode())
        .isEqualTo(404);
    assertThat(fleet.stranger.delete("/api/v1/instances/hello").statusCode()).isEqualTo(404);
  }

  @Test
  void the_edges_own_headers_are_worth_nothing_from_outside() throws IOException {
    var config = Files.readString(fleet.ground.instance("hello").resolve("config/openclaw.json"));
    var header = Api.JSON.readTree(config).at("/gateway/auth/trustedProxy/userHeader").asString("");
    var request =
        fleet
            .ground
            .api("")
            .request("/i/hello/v1/models")
            .header("x-rockpool-edge", "1")
            .header("x-forwarded-for", "127.0.0.1")
            .header(header, "owner");

    assertThat(fleet.api.send(request).statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/i/hello/api/v1/admin/rpc",
        "/i/hello/API/v1/admin/rpc",
        "/i/hello/%61pi/v1/admin/rpc",
        "/i/hello/hooks",
        "/i/hello/hooks/agent"
      })
  void what_is_rockpools_own_at_a_gateway_is_not_there_for_others(String path) throws IOException {
    assertThat(fleet.api.post(path, Map.of("method", "health")).statusCode()).isEqualTo(404);
  }

  @Test
  @Tag("browser")
  void the_web_interface_opens_after_a_login_and_its_chat_answers() throws Exception {
    Host.has("chromium");
    var pictures = Path.of("target/e2e").toAbsolutePath();
    Files.createDirectories(pictures);

    var seen =
        Script.run(
            "browser.mjs",
            Map.of("RP_URL", fleet.api.uri("").toString(), "RP_PICTURES", pictures.toString()),
            fleet);

    assertThat(seen.path("wrongToken").asString(""))
        .isEqualTo("This token does not open this instance.");
    assertThat(seen.path("address").asString("")).contains("/i/hello/");
    assertThat(seen.path("answer").asString(""))
        .contains("You said: \"Hello from a browser\" (message")
        .doesNotContain("Runtime:", "openclaw:ctx");
    assertThat(seen.path("neighbour").asInt(0)).isEqualTo(401);
    assertThat(seen.path("errors")).as("%s", seen).isEmpty();
  }

  @Test
  void a_conversation_of_the_api_is_not_one_of_the_edge() throws IOException {
    var _ = fleet.api.say("hello", "eva", "only here");

    var answer =
        body(
            200,
            fleet.api.post(
                "/i/hello/v1/chat/completions",
                Map.of(
                    "model",
                    "openclaw",
                    "user",
                    "eva",
                    "messages",
                    List.of(Map.of("role", "user", "content", "and here")))));

    assertThat(answer.at("/choices/0/message/content").asString(""))
        .contains("\"and here\" (message 1 of this conversation)");
  }
}
