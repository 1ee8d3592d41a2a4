package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What instances use, what that costs, and what accounts owe, through the doors people use. */
@Timeout(60)
class StatementApiTest {
  private static final String PRICES = "/api/v1/resource-prices";
  private static final String PRICE =
      """
      {"currency":"USD","cpuHour":"0.04","memoryGbHour":"0.005","storageGbMonth":"0.10","effectiveFrom":"2020-01-01"}\
      """;
  private static final String ADAS = "/api/v1/accounts/ada/statements/2020-02";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;
  private String ada;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground, Map.of());
    ada = server.account("ada");
    server.account("bob");
    server.inDatabase(sql -> {
      var day = LocalDate.of(2020, 2, 5).toEpochDay();
      sql.update(
          "INSERT INTO plan_day (instance_id, account_id, day, plan, currency, amount) VALUES ('x', 'ada', ?, 'pro', 'CNY', 29000000000)",
          day);
      sql.update(
          """
          INSERT INTO usage_day (instance_id, account_id, day, model, currency, calls, input, cache_read, cache_write_5m,
            cache_write_1h, output, reasoning, cost) VALUES ('x', 'ada', ?, 'large', 'USD', 2, 10, 5, 0, 0, 7, 0, 1)
          """,
          day);
      return sql.update(
          """
          INSERT INTO resource_day (instance_id, account_id, day, rung, millis, cpu_millis, memory_byte_seconds,
            storage_byte_seconds) VALUES ('x', 'ada', ?, 'DOZING', 60000, 3600000, 0, 0)
          """,
          day);
    });
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void the_months_of_an_account_are_listed_for_it_and_the_operator() {
    var path = "/api/v1/accounts/ada/statements";

    assertThat(json(get(ada, "/api/v1/accounts/me/statements", "*/*")))
        .isEqualTo(json(get(server.token, path, "*/*")));
    var first = json(get(ada, path, "*/*")).path("items").path(0);
    assertThat(first.path("month").asString()).isEqualTo("2020-02");
    assertThat(first.path("closed").asBoolean()).isTrue();
    assertThat(get(ada, "/api/v1/accounts/admin/statements", "*/*").statusCode()).isEqualTo(404);
  }

  @Test
  void an_account_reads_what_it_owes_and_not_what_that_costs() {
    put(server.token, PRICE);

    var statement = json(get(ada, ADAS, "*/*"));

    assertThat(statement.at("/due/0/amount").asString()).isEqualTo("1.00");
    assertThat(statement.at("/due/1/amount").asString()).isEqualTo("0.000000001");
    assertThat(statement.at("/plans/0/days").asInt()).isEqualTo(1);
    assertThat(statement.at("/models/0/inputTokens").asInt()).isEqualTo(15);
    assertThat(statement.at("/resources/0/level").asString()).isEqualTo("dozing");
    assertThat(statement.at("/resources/0/cpuSeconds").decimalValue()).isEqualByComparingTo("3600");
    assertThat(statement.path("closed").asBoolean()).isTrue();
    assertThat(statement.has("costs")).isFalse();
    assertThat(statement.at("/resources/0").has("cost")).isFalse();
    assertThat(get(ada, ADAS, "text/csv").body()).doesNotContain("cost");
  }

  @Test
  void an_operator_reads_what_it_costs_and_what_is_left() {
    put(server.token, PRICE);

    var statement = json(get(server.token, ADAS, "application/json"));

    assertThat(statement.at("/resources/0/cost/amount").asString()).isEqualTo("0.04");
    assertThat(statement.at("/costs/total/0/amount").asString()).isEqualTo("0.040000001");
    assertThat(statement.at("/costs/margin/0/amount").asString()).isEqualTo("1.00");
    assertThat(statement.at("/costs/margin/1/amount").asString()).isEqualTo("-0.04");
  }

  @Test
  void a_closed_statement_stays_and_what_it_cost_follows_later_prices() {
    put(server.token, PRICE);
    var before = get(ada, ADAS, "*/*").body();
    put(server.token, PRICE.replace("0.04", "40"));

    assertThat(get(ada, ADAS, "*/*").body()).isEqualTo(before);
    assertThat(json(get(server.token, ADAS, "*/*")).at("/costs/resources/0/amount").asString())
        .isEqualTo("40.00");
  }

  @ParameterizedTest
  @CsvSource({
    "'', text/csv, text/csv; charset=utf-8, section",
    "?format=csv, */*, text/csv; charset=utf-8, section",
    "'', application/pdf, application/pdf, %PDF-",
    "?format=pdf, text/html, application/pdf, %PDF-",
    "?format=json, application/pdf, application/json, {",
    "'', text/html, application/json, {"
  })
  void a_statement_has_the_shape_that_is_asked_for(
      String query, String accept, String type, String start) {
    var response = get(ada, ADAS + query, accept);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).contains(type);
    assertThat(response.body()).startsWith(start);
    assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
    if (!start.equals("{")) {
      assertThat(response.headers().firstValue("content-disposition"))
          .hasValueSatisfying(
              it -> assertThat(it).startsWith("attachment; filename=\"statement-2020-02."));
    }
  }

  @Test
  void somebody_elses_and_unknown_accounts_look_the_same() {
    for (var account : new String[] {"bob", "nobody", "pool", "admin"}) {
      var response = get(ada, "/api/v1/accounts/" + account + "/statements/2020-02", "*/*");
      assertThat(response.statusCode()).as(account).isEqualTo(404);
    }
    assertThat(TestServer.problem(get(ada, "/api/v1/accounts/bob/statements/2020-02", "*/*")))
        .isEqualTo("unknown-account");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2020-13", "2020", "2020-02-01", "20200-02", "now"})
  void what_is_no_month_is_refused(String month) {
    assertThat(get(ada, "/api/v1/accounts/ada/statements/" + month, "*/*").statusCode())
        .isEqualTo(422);
  }

  @Test
  void what_resources_cost_is_for_operators() {
    assertThat(put(ada, PRICE).statusCode()).isEqualTo(403);
    assertThat(get(ada, PRICES, "*/*").statusCode()).isEqualTo(403);
    assertThat(put(server.token, PRICE).statusCode()).isEqualTo(200);
    assertThat(put(server.token, PRICE.replaceFirst(",\"effectiveFrom.*", "}")).statusCode())
        .isEqualTo(200);

    var items = json(get(server.token, PRICES, "*/*")).path("items");
    assertThat(items.size()).isEqualTo(2);
    assertThat(items.path(1).path("effectiveFrom").asString()).isEqualTo("2020-01-01");
    assertThat(items.path(1).path("storageGbMonth").asString()).isEqualTo("0.10");
  }

  @ParameterizedTest
  @CsvSource({"0.04, -1", "0.04, 1e9", "2020-01-01, tomorrow", "USD, dollars"})
  void a_price_that_means_nothing_is_refused(String good, String bad) {
    assertThat(put(server.token, PRICE.replace(good, bad)).statusCode()).isEqualTo(422);
  }

  @Test
  void usage_of_the_host_stands_beside_that_of_models() {
    var id = server.running("{}");
    var one = "/api/v1/instances/" + id + "/usage?from=2020-02-01&to=2020-02-28";
    server.inDatabase(sql -> {
      for (int day = 5; day <= 6; day++) {
        sql.update(
            """
            INSERT INTO resource_day (instance_id, account_id, day, rung, millis, cpu_millis, memory_byte_seconds,
              storage_byte_seconds) VALUES (?, 'admin', ?, ?, 60000, 1500, 2000000000, 3600000000)
            """,
            id,
            LocalDate.of(2020, 2, day).toEpochDay(),
            day == 5 ? "RUNNING" : "DOZING");
      }
      return true;
    });

    var usage = json(server.get(one));

    assertThat(usage.at("/totals/calls").asLong()).isZero();
    assertThat(usage.at("/resources/cpuSeconds").decimalValue()).isEqualByComparingTo("3");
    assertThat(usage.at("/resources/memoryGbSeconds").decimalValue()).isEqualByComparingTo("4");
    assertThat(usage.at("/resources/storageGbHours").decimalValue()).isEqualByComparingTo("0.002");
    assertThat(usage.at("/resources/levels/1/level").asString()).isEqualTo("dozing");
    assertThat(usage.has("resourceDays")).isFalse();
    var days = json(server.get(one + "&by=day")).path("resourceDays");
    assertThat(days.size()).isEqualTo(2);
    assertThat(days.at("/0/day").asString()).isEqualTo("2020-02-06");
    assertThat(days.at("/0/resources/cpuSeconds").decimalValue()).isEqualByComparingTo("1.5");
    assertThat(server.get(one + "&by=hour").statusCode()).isEqualTo(422);
  }

  private HttpResponse<String> get(String token, String path, String accept) {
    return server.send(server.request(path, token).header("Accept", accept).GET());
  }

  private HttpResponse<String> put(String token, String body) {
    return server.send(
        server
            .request(PRICES, token)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }
}
