package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.secret.HomeKey;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.door.VirtualKeys;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, prices, budgets and usage, through the doors that people use. */
@Timeout(60)
class ModelApiTest {
  private static final String PRICE =
      "{\"currency\":\"USD\",\"inputPerMillion\":\"1\",\"outputPerMillion\":\"10\"}";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;
  private String one;

  @BeforeEach
  void open() {
    start();
    one = "/api/v1/instances/" + server.running("{}");
  }

  private void start() {
    server =
        TestServer.on(
            folder,
            ground,
            Map.of(
                Setting.MODEL_BASE_URL,
                gateway.address() + "/v1",
                Setting.MODEL_API_KEY,
                "sk-real",
                Setting.MODEL,
                "large"));
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void a_key_is_shown_once_works_until_it_is_revoked_and_is_kept_as_a_hash() {
    var made = server.post(one + "/keys", "{\"name\":\"laptop\"}");
    var key = json(made).path("key").asString();
    var id = json(made).path("id").asString();

    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(made.headers().firstValue("location")).contains(one + "/keys/" + id);
    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(server.get(one + "/keys").body()).contains(id, "laptop").doesNotContain(key);
    assertThat(
            server.<List<String>>inDatabase(
                sql -> sql.query("SELECT hash FROM virtual_key", row -> row.getString(1))))
        .hasSize(1)
        .allSatisfy(hash -> assertThat(key).doesNotContain(hash));

    assertThat(server.delete(one + "/keys/" + id).statusCode()).isEqualTo(204);
    assertThat(call(key).statusCode()).isEqualTo(401);
    assertThat(server.delete(one + "/keys/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void a_repeated_request_for_a_key_is_told_that_it_was_made_and_the_key_is_not_kept() {
    var first = again();
    var second = again();
    var key = json(first).path("key").asString();

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(409);
    assertThat(second.body()).contains("urn:rockpool:problem:shown-once");
    assertThat(
            server.<List<String>>inDatabase(
                sql -> sql.query("SELECT answer FROM idempotency", row -> row.getString(1))))
        .hasSize(1)
        .noneMatch(answer -> answer.contains(key));
  }

  private HttpResponse<String> again() {
    return server.send(
        server
            .request(one + "/keys", server.token)
            .header("Idempotency-Key", "a")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"name\":\"laptop\"}")));
  }

  @Test
  void an_instances_own_key_is_replaced_while_it_runs_and_the_one_before_ends_when_it_is_said()
      throws Exception {
    var id = new InstanceId(one.substring(one.lastIndexOf('/') + 1));
    var home = HomeKey.at(server.home.file("home.key"));
    var first = VirtualKeys.keyOf(home, id, 0).reveal();
    var second = VirtualKeys.keyOf(home, id, 1).reveal();
    var third = VirtualKeys.keyOf(home, id, 2).reveal();
    assertThat(call(first).statusCode()).isEqualTo(200);
    assertThat(call(second).statusCode()).isEqualTo(401);

    var rotated = json(server.post(one + "/keys/rotation", "{}"));

    assertThat(rotated.path("serial").asInt()).isEqualTo(1);
    assertThat(call(first).statusCode()).isEqualTo(200);
    assertThat(call(second).statusCode()).isEqualTo(200);
    TestServer.eventually(() ->
        assertThat(ground.configFile(id, "openclaw.json").orElse("")).contains("/model/key1"));

    server.post(one + "/keys/rotation", "{\"overlapSeconds\":0}");
    assertThat(call(first).statusCode()).isEqualTo(401);
    assertThat(call(second).statusCode()).isEqualTo(401);
    assertThat(call(third).statusCode()).isEqualTo(200);
    assertThat(server.post(one + "/keys/rotation", "{\"overlapSeconds\":-1}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void a_budget_stops_calls_until_it_is_raised() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();

    assertThat(server.get(one + "/budget").statusCode()).isEqualTo(404);
    var set = put(one + "/budget", "{\"currency\":\"USD\",\"amount\":\"0\"}");
    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(json(set).path("period").asString()).isEqualTo("month");
    assertThat(call(key).statusCode()).isEqualTo(402);

    put(one + "/budget", "{\"currency\":\"USD\",\"amount\":\"12.50\",\"period\":\"day\"}");
    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(json(server.get(one + "/budget")).path("amount").asString()).isEqualTo("12.50");

    assertThat(server.delete(one + "/budget").statusCode()).isEqualTo(204);
    assertThat(server.get(one + "/budget").statusCode()).isEqualTo(404);
  }

  @Test
  void a_hard_budget_that_would_refuse_every_call_says_so_and_what_to_do() {
    var hard = "{\"currency\":\"CNY\",\"amount\":\"5\"}";
    assertThat(json(put(one + "/budget", hard)).at("/warnings/0").asString())
        .contains("'large' are refused, since it has no price.", "rockpool models price large");
    assertThat(json(put(one + "/budget", hard.replace("}", ",\"hard\":false}"))).path("warnings"))
        .isEmpty();

    price(); // in USD
    assertThat(json(put(one + "/budget", hard)).at("/warnings/0").asString())
        .contains("priced in USD, which has no exchange rate into CNY.", "rate USD CNY RATE");
    assertThat(json(put("/api/v1/accounts/admin/budget", hard)).path("warnings")).hasSize(1);
    assertThat(json(put(one + "/budget", hard.replace("CNY", "USD"))).path("warnings")).isEmpty();

    put("/api/v1/exchange-rates", "{\"from\":\"USD\",\"to\":\"CNY\",\"rate\":\"7\"}");
    assertThat(json(put(one + "/budget", hard)).path("warnings")).isEmpty();
  }

  @Test
  void usage_is_summed_up_and_outlives_the_server() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    call(key);
    call(key);

    server.close();
    start();

    var usage = json(server.get(one + "/usage"));
    assertThat(usage.at("/totals/calls").asLong()).isEqualTo(2);
    assertThat(usage.at("/totals/currency").asString()).isEqualTo("USD");
    assertThat(usage.at("/days/0/model").asString()).isEqualTo("large");
    assertThat(usage.at("/days/0/usage/inputTokens").asLong())
        .isEqualTo(usage.at("/totals/inputTokens").asLong())
        .isPositive();
  }

  @Test
  void single_calls_are_listed_page_by_page_and_say_nothing_of_what_was_said() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    call(key);
    call(key);
    call(key);

    var first = json(server.get(one + "/usage/calls?limit=2"));
    var second =
        json(server.get(one + "/usage/calls?limit=2&cursor=" + first.path("next").asString()));

    assertThat(first.path("items")).hasSize(2);
    assertThat(second.path("items")).hasSize(1);
    assertThat(second.has("next")).isFalse();
    var call = second.at("/items/0");
    assertThat(call.path("model").asString()).isEqualTo("large");
    assertThat(call.path("provider").asString()).isEqualTo("127.0.0.1");
    assertThat(call.path("outcome").asString()).isEqualTo("answered");
    assertThat(call.path("attempts").asInt()).isEqualTo(1);
    assertThat(call.path("estimated").isBoolean()).isTrue();
    assertThat(call.at("/cost/currency").asString()).isEqualTo("USD");
    assertThat(call.path("began").asString()).endsWith("Z");
    assertThat(first.toString()).doesNotContain("\"hi\"", key);
    assertThat(server.get(one + "/usage/calls?cursor=nonsense").statusCode()).isEqualTo(422);
    assertThat(server.get(one + "/usage/calls?limit=201").statusCode()).isEqualTo(422);
  }

  @Test
  void usage_has_parts_by_what_is_asked_for_and_an_account_sees_all_of_its_instances() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    call(key);
    var totals = json(server.get(one + "/usage")).path("totals");

    var day = json(server.get(one + "/usage?by=day")).at("/parts/0");
    assertThat(day.path("name").asString()).startsWith("20").hasSize(10);
    for (var part :
        List.of(
            day,
            json(server.get(one + "/usage?by=model")).at("/parts/0"),
            json(server.get(one + "/usage?by=provider")).at("/parts/0"),
            json(server.get("/api/v1/accounts/me/usage")).at("/parts/0"),
            json(server.get("/api/v1/accounts/admin/usage?by=provider")).at("/parts/0"))) {
      assertThat(part.path("usage")).as("%s", part).isEqualTo(totals);
      assertThat(part.path("costs")).hasSize(1);
    }
    var mine = json(server.get("/api/v1/accounts/me/usage"));
    assertThat(mine.path("totals")).isEqualTo(totals);
    assertThat(mine.at("/parts/0/name").asString()).isEqualTo(one.substring(18));
    assertThat(mine.at("/days/0/provider").asString()).isEqualTo("127.0.0.1");
    assertThat(json(server.get(one + "/usage")).has("parts")).isFalse();
    assertThat(server.get(one + "/usage?by=colour").statusCode()).isEqualTo(422);

    var user = server.account("ada");
    assertThat(
            json(server.send(server.request("/api/v1/accounts/me/usage", user).GET()))
                .at("/totals/calls")
                .asInt())
        .isZero();
    for (var other : List.of("admin", "pool", "nobody")) {
      var path = "/api/v1/accounts/" + other + "/usage";
      assertThat(server.send(server.request(path, user).GET()).body())
          .as(other)
          .contains("unknown-account");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/budget | {\"currency\":\"USD\",\"amount\":\"-1\"}",
        "/budget | {\"currency\":\"dollars\",\"amount\":\"1\"}",
        "/budget | {\"currency\":\"USD\",\"amount\":1}",
        "/budget | {\"currency\":\"USD\",\"amount\":\"1e3\"}",
        "/budget | {\"currency\":\"USD\",\"amount\":\"0.0000000001\"}",
        "/budget | {\"currency\":\"USD\",\"amount\":\"99999999999999\"}",
        "/budget | {\"currency\":\"USD\",\"amount\":\"1000000000.000000001\"}",
        "/quota | {\"tokensPerDay\":1000000000000001}",
        "/quota | {\"tokensPerDay\":9223372036854775808}",
        "/quota | {\"callsAtOnce\":1000001}",
        "/budget | {\"currency\":\"USD\",\"amount\":\"1\",\"period\":\"year\"}"
      })
  void a_budget_or_quota_that_means_nothing_is_refused(String path, String body) {
    assertThat(put(one + path, body).statusCode()).isEqualTo(422);
  }

  @Test
  void the_largest_budget_is_kept_and_binds() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();

    var set =
        put(
            one + "/budget",
            "{\"currency\":\"USD\",\"amount\":\"1000000000\",\"period\":\"total\"}");
    put(
        "/api/v1/accounts/admin/quota",
        "{\"tokensPerDay\":1000000000000000,\"callsAtOnce\":1000000}");

    assertThat(json(set).path("remaining").asString()).isEqualTo("1000000000.00");
    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(json(server.get(one + "/budget")).path("remaining").asString())
        .startsWith("999999999.99");
  }

  @Test
  void a_model_with_a_slash_in_its_name_has_a_price_too() {
    var set = put("/api/v1/prices", PRICE.replace("{", "{\"model\":\"maker/large\","));

    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(server.get("/api/v1/prices").body()).contains("\"model\":\"maker/large\"");
  }

  @Test
  void calls_are_counted_by_provider_and_model_for_operators() {
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    call(key);

    var metrics = server.get("/metrics").body();

    assertThat(metrics)
        .contains(
            "rockpool_llm_api_calls_total{model=\"large\",outcome=\"answered\",provider=\"127.0.0.1\",status=\"200\",user_id=\"admin\"} 1.0",
            "rockpool_llm_tokens_total{type=\"input\",user_id=\"admin\"}",
            "rockpool_llm_api_latency_seconds_bucket{provider=\"127.0.0.1\",le=\"0.25\"}");
  }

  @Test
  void prices_and_budgets_are_for_operators() {
    var user = server.account("ada");

    assertThat(
            server
                .send(
                    server
                        .request("/api/v1/models/large/price", user)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(PRICE)))
                .statusCode())
        .isEqualTo(403);
    for (var path : List.of("/keys", "/usage", "/usage/calls", "/budget")) {
      assertThat(server.send(server.request(one + path, user).GET()).statusCode())
          .as(path)
          .isEqualTo(404);
    }
  }

  @Test
  void a_budget_of_the_account_binds_its_instances_and_may_be_read_by_its_user() {
    price();
    var user = server.account("ada");
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    var admins = "/api/v1/accounts/admin/budget";
    var adas = "/api/v1/accounts/ada/budget";
    var nothing = "{\"currency\":\"USD\",\"amount\":\"0\"}";

    assertThat(put(admins, nothing).statusCode()).isEqualTo(200);
    assertThat(call(key).statusCode()).isEqualTo(402);
    assertThat(server.delete(admins).statusCode()).isEqualTo(204);
    assertThat(server.get(admins).body()).contains("no-budget");
    assertThat(call(key).statusCode()).isEqualTo(200);

    assertThat(put(adas, nothing.replace("\"0\"", "\"3\"")).statusCode()).isEqualTo(200);
    assertThat(json(server.send(server.request(adas, user).GET())).path("remaining").asString())
        .isEqualTo("3.00");
    assertThat(server.send(server.request(adas, user).DELETE()).statusCode()).isEqualTo(403);
    for (var other : List.of("admin", "pool", "nobody")) {
      var path = "/api/v1/accounts/" + other + "/budget";
      assertThat(server.send(server.request(path, user).GET()).body())
          .as(other)
          .contains("unknown-account");
    }
    assertThat(put("/api/v1/accounts/pool/budget", nothing).statusCode()).isEqualTo(404);
  }

  @Test
  void a_quota_stops_calls_until_it_is_raised_and_shows_what_is_used() {
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    assertThat(server.get(one + "/quota").body()).contains("no-quota");
    assertThat(put(one + "/quota", "{\"requestsPerMinute\":1,\"tokensPerDay\":1000000}").body())
        .isEqualTo(
            "{\"tokensPerDay\":1000000,\"requestsPerMinute\":1,\"ofPlan\":false,\"used\":{\"tokensPerDay\":0,"
                + "\"tokensReserved\":0,\"requestsPerMinute\":0,\"tokensPerMinute\":0,\"callsAtOnce\":0}}");

    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(call(key).statusCode()).isEqualTo(429);
    assertThat(json(server.get(one + "/quota")).at("/used/requestsPerMinute").asLong())
        .isEqualTo(1);
    assertThat(json(server.get(one + "/quota")).at("/used/tokensPerDay").asLong()).isPositive();

    assertThat(server.delete(one + "/quota").statusCode()).isEqualTo(204);
    assertThat(call(key).statusCode()).isEqualTo(200);
  }

  @Test
  void a_plan_binds_an_instance_that_has_nothing_of_its_own() throws IOException {
    server.close();
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        plans:
          - name: free
            memory-megabytes: 1024
            milli-cpus: 1000
            processes: 128
            budget: {amount: 5, currency: USD}
            quota: {requests-per-minute: 1}
        """);
    start();
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();

    assertThat(json(server.get(one + "/budget")).path("ofPlan").asBoolean()).isTrue();
    assertThat(json(server.get(one + "/quota")).path("ofPlan").asBoolean()).isTrue();
    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(call(key).statusCode()).isEqualTo(429);
    put(one + "/quota", "{\"requestsPerMinute\":100}");
    assertThat(call(key).statusCode()).isEqualTo(200);
    put(one + "/budget", "{\"currency\":\"USD\",\"amount\":\"0\"}");
    assertThat(json(server.get(one + "/budget")).path("ofPlan").asBoolean()).isFalse();
    assertThat(call(key).statusCode()).isEqualTo(402);
    server.delete(one + "/budget");
    assertThat(call(key).statusCode()).isEqualTo(200);
  }

  @Test
  void a_day_that_is_used_up_is_among_the_events() {
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    var accounts = "/api/v1/accounts/admin/quota";
    assertThat(put(accounts, "{\"tokensPerDay\":0}").statusCode()).isEqualTo(200);

    assertThat(call(key).statusCode()).isEqualTo(429);
    assertThat(call(key).statusCode()).isEqualTo(429);

    assertThat(server.get(one + "/events?limit=100").body())
        .containsOnlyOnce("Today's tokens of the account are used up (0).");
    assertThat(server.get("/metrics").body())
        .contains("outcome=\"quota\",provider=\"none\",status=\"429\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"tokensPerDay\":-1}",
        "{\"requestsPerMinute\":0}",
        "{\"tokensPerMinute\":0}",
        "{\"callsAtOnce\":0}",
        "{\"callsAtOnce\":1.5}",
        "{\"callsAtOnce\":\"1\"}",
        "{\"tokensPerDay\":9223372036854775807}",
        "{\"tokensPerYear\":1}"
      })
  void a_quota_that_means_nothing_is_refused(String body) {
    assertThat(put(one + "/quota", body).statusCode()).isIn(400, 422);
    assertThat(server.get(one + "/quota").statusCode()).isEqualTo(404);
  }

  @Test
  void quotas_are_set_by_operators_and_read_by_their_owner() {
    var user = server.account("ada");
    var adas = "/api/v1/accounts/ada/quota";
    assertThat(put(adas, "{\"callsAtOnce\":3}").statusCode()).isEqualTo(200);

    assertThat(json(server.send(server.request(adas, user).GET())).path("callsAtOnce").asLong())
        .isEqualTo(3);
    assertThat(server.send(server.request(adas, user).DELETE()).statusCode()).isEqualTo(403);
    assertThat(server.send(server.request("/api/v1/accounts/admin/quota", user).GET()).statusCode())
        .isEqualTo(404);
    assertThat(server.send(server.request(one + "/quota", user).GET()).statusCode()).isEqualTo(404);
  }

  @Test
  void a_budget_in_another_currency_binds_by_the_rate_of_the_day() {
    price();
    var key = json(server.post(one + "/keys", "{\"name\":\"laptop\"}")).path("key").asString();
    put(one + "/budget", "{\"currency\":\"CNY\",\"amount\":\"100\"}");
    assertThat(call(key).statusCode()).isEqualTo(503);

    var rates = "/api/v1/exchange-rates";
    var rate = "{\"from\":\"USD\",\"to\":\"CNY\",\"rate\":\"7.10\"}";
    assertThat(json(put(rates, rate)).path("rate").asString()).isEqualTo("7.1");

    assertThat(call(key).statusCode()).isEqualTo(200);
    assertThat(json(server.get(one + "/budget")).path("spent").asString()).isNotEqualTo("0.00");
    assertThat(server.get(rates).body()).contains("\"rate\":\"7.1\"");
    put(one + "/budget", "{\"currency\":\"CNY\",\"amount\":\"0\"}");
    assertThat(call(key).statusCode()).isEqualTo(402);
    for (var wrong :
        List.of(
            rate.replace("7.10", "0"),
            rate.replace("CNY", "USD"),
            rate.replace("USD", "dollars"),
            rate.replace("}", ",\"effectiveFrom\":\"2020-01-01\"}"),
            rate.replace("}", ",\"effectiveFrom\":\"soon\"}"))) {
      assertThat(put(rates, wrong).statusCode()).as(wrong).isEqualTo(422);
    }
    assertThat(
            server
                .send(
                    server
                        .request(rates, server.account("ada"))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(rate)))
                .statusCode())
        .isEqualTo(403);
  }

  private void price() {
    assertThat(put("/api/v1/models/large/price", PRICE).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> call(String key) {
    return server.send(
        server
            .request(ModelGateway.PATH + "/chat/completions", key)
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"large\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")));
  }

  private HttpResponse<String> put(String path, String body) {
    return server.send(
        server
            .request(path, server.token)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }
}
