package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What webhooks may not be, and who may not make them. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookRefusalsTest {
  private static final String ALL = "/api/v1/webhooks";

  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;
  private String ada;
  private String hook;

  @BeforeAll
  void open(@TempDir Path folder) {
    server = TestServer.on(folder, TestServer.ground(gateway));
    ada = server.account("ada");
    hook =
        json(server.post(ALL, "{\"url\":\"https://hooks.example.com/\"}")).path("id").asString("");
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "metadata.google.internal",
        "127.0.0.1.",
        "example.com%00.internal",
        "a@127.0.0.1"
      })
  void a_host_that_is_inside_or_odd_is_refused(String host) {
    var before = server.get(ALL).body();
    var body = "{\"url\":\"https://%s/\"}".formatted(host);

    var made = server.post(ALL, body);

    assertThat(made.statusCode()).isEqualTo(422);
    assertThat(problem(made)).isEqualTo("invalid-request");
    assertThat(server.get(ALL).body()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "1.1.1.1", "[2606:4700:4700::1111]"})
  void an_address_of_the_internet_is_taken(String host) {
    assertThat(server.post(ALL, "{\"url\":\"https://%s/\"}".formatted(host)).statusCode())
        .isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"url\":\"https://hooks.example.com/\",\"types\":[\"instance.unheard_of\"]}",
        "{\"url\":\"https://hooks.example.com/\",\"types\":[\"*\"]}",
        "{\"url\":\"https://hooks.example.com/\",\"secret\":\"whsec_mine\"}",
        "{\"url\":\"ftp://127.0.0.1/\",\"inside\":true}",
        "{\"url\":\"not a url\",\"inside\":true}"
      })
  void what_is_wrong_is_refused_with_the_reason(String body) {
    var before = server.get(ALL).body();

    var made = server.post(ALL, body);

    assertThat(made.statusCode()).isEqualTo(422);
    assertThat(json(made).path("detail").asString("")).isNotBlank();
    assertThat(server.get(ALL).body()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/webhooks",
        "POST /api/v1/webhooks",
        "GET /api/v1/webhooks/ID",
        "PATCH /api/v1/webhooks/ID",
        "DELETE /api/v1/webhooks/ID",
        "POST /api/v1/webhooks/ID/rotate",
        "POST /api/v1/webhooks/ID/test",
        "GET /api/v1/webhooks/ID/attempts",
        "POST /api/v1/webhooks/ID/attempts/msg_1/replay"
      })
  void webhooks_are_for_operators(String route) {
    var before = server.get(ALL).body();
    var words = route.replace("ID", hook).split(" ", 2);

    for (var path : List.of(words[1], words[1].replace(hook, "nobody"))) {
      var answer = ask(words[0], path, ada);
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(problem(answer)).isEqualTo("forbidden");
    }
    assertThat(ask(words[0], words[1], "nobodys").statusCode()).isEqualTo(401);

    assertThat(server.get(ALL).body()).isEqualTo(before);
  }

  private HttpResponse<String> ask(String method, String path, String token) {
    var request = server.request(path, token);
    return server.send(
        switch (method) {
          case "GET" -> request;
          case "DELETE" -> request.DELETE();
          default ->
              withBody(
                  request,
                  method,
                  path.equals(ALL) ? "{\"url\":\"https://hooks.example.com/\"}" : "{}");
        });
  }
}
