package io.rockpool.server;

import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.TestPostgres;
import io.rockpool.server.config.Setting;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL cannot keep is refused before it is asked to. */
@Tag("postgres")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresTextsTest {
  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;
  private String one;

  @BeforeAll
  void open(@TempDir Path folder) {
    server =
        TestServer.on(
            folder,
            TestServer.ground(gateway),
            Map.of(Setting.DATABASE_URL, TestPostgres.freshSchema()));
    one = server.running("{}");
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /instances/ID/keys {'name':'aNUL'}",
        "POST /instances {'name':'aNUL'}",
        "POST /instances {'plan':'aNUL'}",
        "POST /instances {'config':{'messages':{'aNUL':'x'}}}",
        "POST /accounts {'name':'aNUL'}",
        "POST /accounts {'id':'aNUL','name':'a'}",
        "POST /accounts/admin/tokens {'name':'aNUL'}",
        "POST /instances/ID/messages {'text':'aNUL'}",
        "PUT /prices {'model':'aNUL','currency':'USD','inputPerMillion':'1','outputPerMillion':'1'}",
        "PUT /instances/ID/budget {'amount':'1NUL','currency':'USD'}",
        "PUT /providers/a {'protocol':'openai','baseUrl':'https://example.org/v1','models':[{'name':'mNUL'}]}",
        "PUT /providers/a {'protocol':'openai','baseUrl':'https://example.org/v1','models':[{'name':'m'}],'key':'kNUL'}",
        "GET /accounts/adminNUL/usage",
        "GET /instances/ID/usage/calls?from=2026-11-01NUL"
      })
  void no_text_with_a_nul_is_taken(String line) {
    var parts = line.split(" ", 3);
    var path = parts[1].replace("ID", one).replace("NUL", "%00");
    var body = parts.length < 3 ? "" : parts[2].replace('\'', '"').replace("NUL", "\\u0000");

    var request = server.request("/api/v1" + path, server.token);
    var answer = server.send(body.isEmpty() ? request.GET() : withBody(request, parts[0], body));

    assertThat(answer.statusCode()).as(answer.body()).isIn(400, 404, 422);
  }

  @Test
  void a_key_and_its_usage_are_told_as_on_any_database() {
    assertThat(
            server.post("/api/v1/instances/" + one + "/keys", "{\"name\":\"laptop\"}").statusCode())
        .isEqualTo(201);
    assertThat(server.get("/api/v1/instances/" + one + "/usage/calls").body())
        .isEqualTo("{\"items\":[]}");
    assertThat(server.get("/api/v1/accounts/me/usage?by=provider").body()).contains("\"parts\":[]");
  }
}
