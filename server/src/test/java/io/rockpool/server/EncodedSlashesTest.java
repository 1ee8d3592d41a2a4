package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slash that is written as {@code %2F} is one in a model's name, and nowhere else. */
@Timeout(40)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EncodedSlashesTest {
  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;
  private String one;
  private String key;

  @BeforeAll
  void open(@TempDir Path folder) {
    server = TestServer.on(folder, TestServer.ground(gateway));
    one = server.running("{}");
    key =
        json(server.post("/api/v1/instances/" + one + "/keys", "{\"name\":\"a\"}"))
            .path("key")
            .asString();
    var set =
        server.send(
            withBody(
                server.request("/api/v1/providers/maker", server.token),
                "PUT",
                "{\"protocol\":\"openai\",\"baseUrl\":\"https://192.0.2.1/v1\",\"inside\":true,\"models\":[{\"name\":\"maker/small\"}]}"));
    assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"maker%2Fsmall", "maker%2fsmall", "maker/small"})
  void a_model_is_found_by_its_name(String name) {
    var answer = server.send(server.request("/llm/v1/models/" + name, key).GET());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).path("id").asString()).isEqualTo("maker/small");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/instances/ID%2Fevents",
        "/api/v1/instances%2FID",
        "/api/v1%2Finstances",
        "/i/ID%2Fv1%2Fmodels",
        "/i/ID/..%2Fother/",
        "/i/ID/a%2fb",
        "/i%2FID/",
        "/webhook/a%2Fb/c",
        "/llm/v1/chat%2Fcompletions",
        "/llm/v1%2Fmodels",
        "/llm/v1/models%2Fmaker",
        "/llm/v1/models/maker%2F..%2Fsmall",
        "/llm/v1/models/..%2Fmaker",
        "/llm/v1/models/maker%2Fsmall/../../../../api/v1/instances",
        "/llm/v1/models/maker%2Fsmall;x=1",
        "/llm/v1/models/maker%2Fsmall%00",
        "/llm/v1/../v1/models/maker%2Fsmall",
        "/metrics%2F"
      })
  void everywhere_else_it_is_refused_before_anybody_reads_it(String path) throws IOException {
    var answer = raw(path.replace("ID", one));

    assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("<html");
    assertThat(gateway.seen)
        .extracting(GatewayDouble.Seen::target)
        .as("what the server itself asks")
        .isSubsetOf("/readyz", "/api/v1/admin/rpc");
  }

  /** As it is: a client's library would tidy it up. */
  private String raw(String path) throws IOException {
    var at = server.at("/");
    try (var socket = new Socket(at.getHost(), at.getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                  .formatted(path, server.token)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void a_query_may_have_it() {
    assertThat(server.get("/api/v1/instances?cursor=a%2Fb").statusCode()).isEqualTo(422);
  }
}
