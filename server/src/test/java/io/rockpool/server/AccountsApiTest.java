package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Accounts and their tokens, through the API. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsApiTest {
  private static final String ALL = "/api/v1/accounts";

  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;

  @BeforeAll
  void open(@TempDir Path folder) {
    Ground ground = TestServer.ground(gateway);
    server = TestServer.on(folder, ground);
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void an_operator_makes_an_account_and_a_token_by_which_its_user_has_instances_of_their_own() {
    var made = server.post(ALL, "{\"id\": \"ada\", \"name\": \"Ada\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Location")).contains(ALL + "/ada");
    var token = server.post(ALL + "/ada/tokens", "{\"name\": \"laptop\"}");
    assertThat(token.statusCode()).as(token.body()).isEqualTo(201);
    var secret = json(token).path("token").asString();

    var mine = server.send(withBody(server.request("/api/v1/instances", secret), "POST", "{}"));

    assertThat(mine.statusCode()).as(mine.body()).isEqualTo(202);
    assertThat(json(mine).path("accountId").asString()).isEqualTo("ada");
    assertThat(json(as(secret, ALL + "/me")).path("name").asString()).isEqualTo("Ada");
    var listed = as(secret, ALL + "/me/tokens");
    assertThat(json(listed).path("items").findValuesAsString("name")).containsExactly("laptop");
    assertThat(listed.body()).doesNotContain(secret);
    assertThat(server.get(ALL).body()).contains("\"ada\"", "\"admin\"").doesNotContain("\"pool\"");
  }

  @Test
  void an_operator_makes_instances_for_others_and_users_only_for_themselves() {
    account("berta");
    var token = token("berta");

    var hers = server.post("/api/v1/instances", "{\"accountId\": \"berta\"}");
    var forNobody = server.post("/api/v1/instances", "{\"accountId\": \"nobody\"}");
    var forPool = server.post("/api/v1/instances", "{\"accountId\": \"pool\"}");
    var forAnother =
        server.send(
            withBody(
                server.request("/api/v1/instances", token), "POST", "{\"accountId\": \"admin\"}"));

    assertThat(hers.statusCode()).as(hers.body()).isEqualTo(202);
    assertThat(as(token, "/api/v1/instances").body()).contains(json(hers).path("id").asString(""));
    assertThat(problem(forNobody)).isEqualTo("unknown-account");
    assertThat(problem(forPool)).isEqualTo("unknown-account");
    assertThat(problem(forAnother)).isEqualTo("unknown-account");
  }

  @Test
  void a_revoked_token_is_refused_at_once() {
    account("carl");
    var made = json(server.post(ALL + "/carl/tokens", "{\"name\": \"lost\"}"));
    var secret = made.path("token").asString();
    assertThat(as(secret, ALL + "/me").statusCode()).isEqualTo(200);

    var path = ALL + "/carl/tokens/" + made.path("id").asString();
    assertThat(server.delete(path).statusCode()).isEqualTo(204);

    assertThat(as(secret, ALL + "/me").statusCode()).isEqualTo(401);
    assertThat(problem(server.delete(path))).isEqualTo("unknown-token");
  }

  @Test
  void the_token_of_the_administrators_file_is_not_revoked_by_its_own_means() {
    var id = json(server.get(ALL + "/me/tokens")).path("items").path(0).path("id").asString();

    assertThat(problem(server.delete(ALL + "/me/tokens/" + id))).isEqualTo("conflict");
    assertThat(server.get(ALL).statusCode()).isEqualTo(200);
  }

  @Test
  void who_is_deleted_is_logged_out_and_their_instances_go() {
    account("dora");
    var token = token("dora");
    var id =
        json(server.post("/api/v1/instances", "{\"accountId\": \"dora\"}")).path("id").asString("");
    server.awaitStatus(id, "running");

    var kept = server.delete(ALL + "/dora");
    assertThat(problem(kept)).isEqualTo("account-in-use");
    assertThat(json(kept).path("detail").asString()).contains(id);
    assertThat(as(token, ALL + "/me").statusCode()).isEqualTo(200);

    assertThat(server.delete(ALL + "/dora?instances=destroy").statusCode()).isEqualTo(204);

    assertThat(as(token, ALL + "/me").statusCode()).isEqualTo(401);
    server.awaitGone(id);
    assertThat(problem(server.get(ALL + "/dora"))).isEqualTo("unknown-account");
    assertThat(problem(server.delete(ALL + "/dora"))).isEqualTo("unknown-account");
    assertThat(problem(server.post(ALL, "{\"id\": \"dora\", \"name\": \"x\"}")))
        .isEqualTo("account-exists");
    assertThat(server.get(ALL + "/dora/statements/current").statusCode()).isEqualTo(200);
    assertThat(problem(server.delete(ALL + "/admin"))).isEqualTo("conflict");
  }

  @Test
  void users_neither_see_nor_change_other_accounts() {
    account("emil");
    account("frida");
    var token = token("emil");

    assertThat(as(token, ALL).statusCode()).isEqualTo(403);
    assertThat(problem(as(token, ALL + "/frida"))).isEqualTo("unknown-account");
    assertThat(problem(as(token, ALL + "/frida/tokens"))).isEqualTo("unknown-account");
    assertThat(
            server
                .send(withBody(server.request(ALL, token), "POST", "{\"name\": \"x\"}"))
                .statusCode())
        .isEqualTo(403);
    assertThat(
            server
                .send(
                    withBody(
                        server.request(ALL + "/me/tokens", token), "POST", "{\"name\": \"x\"}"))
                .statusCode())
        .isEqualTo(403);
    assertThat(server.send(server.request(ALL + "/me", token).DELETE()).statusCode())
        .isEqualTo(403);
    assertThat(problem(as(token, ALL + "/me/budget"))).isEqualTo("no-budget");
    assertThat(problem(as(token, ALL + "/me/quota"))).isEqualTo("no-quota");
    assertThat(problem(as(token, ALL + "/me/subscription"))).isEqualTo("no-subscription");
  }

  @Test
  void ids_that_mean_something_else_are_refused() {
    for (var id : new String[] {"me", "admin", "pool", "Ada", "-a", "a.b", ""}) {
      assertThat(problem(server.post(ALL, "{\"id\": \"%s\", \"name\": \"x\"}".formatted(id))))
          .as(id)
          .isEqualTo("invalid-request");
    }
    assertThat(json(server.post(ALL, "{\"name\": \"No id\"}")).path("id").asString()).hasSize(12);
  }

  private void account(String id) {
    assertThat(
            server.post(ALL, "{\"id\": \"%1$s\", \"name\": \"%1$s\"}".formatted(id)).statusCode())
        .isEqualTo(201);
  }

  private String token(String account) {
    return json(server.post(ALL + "/" + account + "/tokens", "{\"name\": \"test\"}"))
        .path("token")
        .asString();
  }

  private HttpResponse<String> as(String token, String path) {
    return server.send(server.request(path, token));
  }
}
