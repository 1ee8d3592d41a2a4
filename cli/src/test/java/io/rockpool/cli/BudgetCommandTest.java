package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetCommandTest {
  private static final String BUDGET = "/api/v1/instances/ada/budget";
  private static final String STANDING =
      """
      {"currency":"USD","amount":"12.50","period":"month","hard":true,"spent":"3.204",
       "reserved":"0.01","remaining":"9.296","somethingNew":1}\
      """;

  @TempDir Path home;
  private ApiDouble api = ApiDouble.closed();
  private Shell shell = new Shell(Path.of("unset"));

  @BeforeEach
  void open() throws IOException {
    api = new ApiDouble();
    shell = new Shell(home).with("ROCKPOOL_URL", api.url());
  }

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void a_budget_is_shown_with_its_points_below_each_other() {
    api.json("GET", BUDGET, 200, STANDING);

    assertThat(shell.run("budget", "show", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                period     month
                limit      hard: calls beyond it are refused
                amount     12.50  USD
                spent       3.204 USD
                reserved    0.01  USD
                remaining   9.296 USD
                """,
                ""));
  }

  @Test
  void what_keeps_calls_from_passing_is_said_beside_the_budget() {
    var warned = STANDING.replace("\"hard\"", "\"warnings\":[\"No price.\",\"No rate.\"],\"hard\"");
    api.json("PUT", BUDGET, 200, warned);
    api.json("GET", BUDGET, 200, warned);

    for (var said :
        List.of(
            shell.run("budget", "set", "ada", "12.50", "USD"),
            shell.run("budget", "show", "ada"))) {
      assertThat(said.code()).isZero();
      assertThat(said.out()).endsWith("remaining   9.296 USD\n");
      assertThat(said.err()).isEqualTo("Warning: No price.\nWarning: No rate.\n");
    }
    assertThat(shell.run("budget", "show", "ada", "--json").err()).isEmpty();
  }

  @Test
  void a_soft_budget_says_that_it_refuses_nothing() {
    api.json("GET", BUDGET, 200, STANDING.replace("true", "false"));

    assertThat(shell.run("budget", "show", "ada").out())
        .contains("limit      soft: calls beyond it are only announced\n");
  }

  @Test
  void that_of_a_plan_says_so() {
    api.json("GET", BUDGET, 200, STANDING.replace("\"hard\"", "\"ofPlan\":true,\"hard\""));

    assertThat(shell.run("budget", "show", "ada").out())
        .startsWith("whose      its plan's: it has none of its own\nperiod     month\n");
  }

  @Test
  void where_there_is_no_budget_the_way_to_one_is_told() {
    api.problem(
        "GET",
        BUDGET,
        404,
        """
        {"type":"urn:rockpool:problem:no-budget","title":"No budget is set","status":404,
         "detail":"Nothing limits it."}\
        """);

    assertThat(shell.run("budget", "show", "ada"))
        .isEqualTo(
            new Shell.Ran(
                ExitCode.NOT_FOUND,
                "",
                """
                No budget is set: Nothing limits it.
                To set one: rockpool budget set ada AMOUNT CURRENCY
                """));
  }

  @Test
  void an_unknown_instance_is_not_offered_a_budget() {
    api.problem("GET", BUDGET, 404, "{\"title\":\"No such instance\",\"status\":404}");

    assertThat(shell.run("budget", "show", "ada"))
        .isEqualTo(new Shell.Ran(ExitCode.NOT_FOUND, "", "No such instance\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "budget set ada 12.50 USD,12.50,month,true",
    "budget set ada 12.50 usd --period total,12.50,total,true",
    "budget set --period day --soft ada 0 USD,0,day,false"
  })
  void a_budget_is_set_and_shown(String line, String amount, String period, boolean hard) {
    api.json("PUT", BUDGET, 200, STANDING);

    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isZero();
    assertThat(ran.out()).startsWith("period     month\n");
    assertThat(api.asked("PUT", BUDGET).body())
        .isEqualTo(
            "{\"currency\":\"USD\",\"amount\":\"%s\",\"period\":\"%s\",\"hard\":%s}"
                .formatted(amount, period, hard));
  }

  @Test
  void an_account_has_one_too() {
    var path = "/api/v1/accounts/bob/budget";
    api.json("GET", path, 200, STANDING);
    api.json("PUT", path, 200, STANDING);
    api.json("DELETE", path, 204, "");

    assertThat(shell.run("budget", "show", "bob", "--account").out()).startsWith("period");
    assertThat(shell.run("budget", "set", "--account", "bob", "5", "USD").code()).isZero();
    assertThat(shell.run("budget", "remove", "--account", "bob").out())
        .isEqualTo("The account bob has no budget any more: nothing limits what it spends.\n");
    assertThat(api.asked("PUT", path).body()).contains("\"amount\":\"5\"");
  }

  @Test
  void only_an_operator_sets_one() {
    api.problem("PUT", BUDGET, 403, "{\"title\":\"Not allowed\",\"status\":403}");

    assertThat(shell.run("budget", "set", "ada", "1", "USD").code())
        .isEqualTo(ExitCode.NOT_ALLOWED);
  }

  @Test
  void a_budget_is_removed() {
    api.json("DELETE", BUDGET, 204, "");

    assertThat(shell.run("budget", "remove", "ada"))
        .isEqualTo(
            new Shell.Ran(0, "ada has no budget any more: nothing limits what it spends.\n", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "budget",
        "budget show",
        "budget show No_Id",
        "budget show --account",
        "budget set ada",
        "budget set ada 12.50",
        "budget set ada 12,50 USD",
        "budget set ada -1 USD",
        "budget set ada 1e3 USD",
        "budget set ada USD 12.50",
        "budget set ada 12.50 dollars",
        "budget set ada 12.50 USD --period year"
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool budget");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void a_wrong_value_is_answered_with_a_right_one() {
    assertThat(shell.run("budget", "set", "ada", "12,50", "USD").err())
        .contains("'12,50' is no amount: write it like 12.50");
    assertThat(shell.run("budget", "set", "ada", "12.50", "USD", "--period", "year").err())
        .contains("'year' is no period: write day, month or total");
  }
}
