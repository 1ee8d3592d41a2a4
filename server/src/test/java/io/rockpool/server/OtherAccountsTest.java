package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What belongs to another account looks like what is not there. */
@Timeout(40)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherAccountsTest {
  private static final String ALL = "/api/v1/instances";

  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;
  private String ada;
  private String bob;
  private String hers;

  @BeforeAll
  void open(@TempDir Path folder) {
    server = TestServer.on(folder, TestServer.ground(gateway));
    ada = server.account("ada");
    bob = server.account("bob");
    hers =
        json(server.send(withBody(server.request(ALL, ada), "POST", "{\"name\": \"Ada's own\"}")))
            .path("id")
            .asString("");
    server.awaitStatus(hers, "running");
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/instances/ID",
        "DELETE /api/v1/instances/ID",
        "PATCH /api/v1/instances/ID/config",
        "POST /api/v1/instances/ID/start",
        "POST /api/v1/instances/ID/stop",
        "POST /api/v1/instances/ID/restart",
        "POST /api/v1/instances/ID/messages",
        "GET /api/v1/instances/ID/events",
        "GET /api/v1/instances/ID/logs",
        "GET /api/v1/instances/ID/usage/calls",
        "GET /api/v1/instances/ID/expiry",
        "PUT /api/v1/instances/ID/expiry",
        "DELETE /api/v1/instances/ID/expiry",
        "GET /api/v1/instances/ID/channels",
        "GET /api/v1/instances/ID/channels/c",
        "DELETE /api/v1/instances/ID/channels/c",
        "POST /api/v1/instances/ID/channels",
        "POST /api/v1/instances/ID/channels/c/test",
        "GET /api/v1/instances/ID/channels/c/pairings",
        "POST /api/v1/instances/ID/channels/c/pairings/r/approve",
        "POST /api/v1/instances/ID/bind-codes",
        "GET /api/v1/instances/ID/bindings",
        "DELETE /api/v1/instances/ID/bindings/b",
        "GET /api/v1/instances/ID/outbox",
        "GET /api/deploy/ID/status",
        "DELETE /api/deploy/ID",
        "GET /i/ID/",
        "GET /i/ID/v1/models",
        "POST /i/ID/v1/chat/completions"
      })
  void every_route_answers_as_if_it_were_not_there(String route) {
    var before = server.rows();
    var seen = gateway.seen.size();

    var other = ask(route.replace("ID", hers), bob);
    var absent = ask(route.replace("ID", "nobody"), bob);

    assertThat(other.statusCode()).isEqualTo(404);
    assertThat(other.body().replace(hers, "nobody")).isEqualTo(absent.body());
    assertThat(other.headers().firstValue("ETag")).isEmpty();
    assertThat(server.rows()).isEqualTo(before);
    assertThat(gateway.seen.stream().skip(seen).filter(it -> !it.target().endsWith("/readyz")))
        .isEmpty();
  }

  @Test
  void a_list_shows_ones_own_only_and_the_operator_sees_all() {
    assertThat(json(server.send(server.request(ALL, bob))).path("items")).isEmpty();
    assertThat(json(server.send(server.request(ALL, ada))).path("items").findValuesAsString("name"))
        .containsExactly("Ada's own");
    assertThat(json(server.get(ALL)).path("items").findValuesAsString("id")).contains(hers);
  }

  @Test
  void the_owner_comes_in_where_the_other_does_not() {
    assertThat(ask("GET /i/" + hers + "/", ada).statusCode()).isEqualTo(200);
    assertThat(
            server
                .send(
                    withBody(
                        server.request(ALL + "/" + hers + "/messages", ada),
                        "POST",
                        "{\"text\": \"x\"}"))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void a_form_with_anothers_token_opens_no_session() {
    var form =
        server.send(
            HttpRequest.newBuilder(server.at("/login?instance=" + hers))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("token=" + bob)));
    var own =
        server.send(
            HttpRequest.newBuilder(server.at("/login?instance=" + hers))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("token=" + ada)));

    assertThat(form.statusCode()).isEqualTo(401);
    assertThat(form.headers().firstValue("Set-Cookie")).isEmpty();
    assertThat(own.statusCode()).isEqualTo(303);
    var cookie = own.headers().firstValue("Set-Cookie").orElse("").split(";", 2)[0];
    assertThat(
            server
                .send(
                    HttpRequest.newBuilder(server.at("/i/" + hers + "/")).header("Cookie", cookie))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void keys_of_two_accounts_do_not_meet() {
    var body = "{\"name\": \"mine\"}";

    var first =
        server.send(
            withBody(server.request(ALL, ada).header("Idempotency-Key", "k"), "POST", body));
    var second =
        server.send(
            withBody(server.request(ALL, bob).header("Idempotency-Key", "k"), "POST", body));

    assertThat(json(second).path("id")).isNotEqualTo(json(first).path("id"));
    assertThat(problem(ask("GET " + ALL + "/" + json(second).path("id").asString(""), ada)))
        .isEqualTo("unknown-instance");
    for (var made : List.of(first, second)) {
      server.delete(ALL + "/" + json(made).path("id").asString(""));
      server.awaitGone(json(made).path("id").asString(""));
    }
  }

  private HttpResponse<String> ask(String route, String token) {
    var words = route.split(" ", 2);
    var request = server.request(words[1], token);
    return server.send(
        switch (words[0]) {
          case "GET" -> request;
          case "PATCH" -> withBody(request, "PATCH", "{\"config\": {}}");
          case "PUT" -> withBody(request, "PUT", "{}");
          case "DELETE" -> request.DELETE();
          default ->
              withBody(
                  request,
                  "POST",
                  words[1].endsWith("/messages")
                      ? "{\"text\": \"x\"}"
                      : words[1].endsWith("/channels")
                          ? "{\"platform\": \"telegram\", \"token\": \"1:x\"}"
                          : "{}");
        });
  }
}
