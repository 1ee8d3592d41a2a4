package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementCommandTest {
  private static final String ADAS = "/api/v1/accounts/ada/statements/2026-11";
  private static final String STATEMENT =
      """
      {"account":"ada","name":"Ada","month":"2026-11","closed":false,
       "plans":[{"instance":"x","name":"X","plan":"pro","price":{"amount":"99.00","currency":"CNY"},"days":10,
         "amount":{"amount":"33.00","currency":"CNY"}}],
       "models":[{"instance":"x","name":"X","model":"large","provider":"acme","calls":3,"estimatedCalls":1,"inputTokens":10,"outputTokens":20,
         "amount":{"amount":"1.5","currency":"USD"}}],
       "resources":[],"due":[{"amount":"33.00","currency":"CNY"},{"amount":"1.5","currency":"USD"}]%s}\
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
  void months_are_listed() {
    api.json(
        "GET",
        "/api/v1/accounts/me/statements",
        200,
        "{\"items\":[{\"month\":\"2026-11\",\"closed\":false},{\"month\":\"2026-10\",\"closed\":true}]}");
    api.json("GET", "/api/v1/accounts/ada/statements", 200, "{\"items\":[]}");

    assertThat(shell.run("statement", "list").out())
        .isEqualTo(
            """
            MONTH    STATE
            2026-11  open
            2026-10  closed
            """);
    assertThat(shell.run("statement", "list", "ada").out())
        .isEqualTo("There is nothing to state yet.\n");
  }

  @Test
  void a_statement_is_told_in_tables_and_sums() {
    api.json("GET", ADAS, 200, STATEMENT.formatted(""));

    assertThat(shell.run("statement", "ada", "--month", "2026-11"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                Ada (ada) in 2026-11, by now

                INSTANCE  PLAN  DAYS  AMOUNT  CURRENCY
                x         pro     10   33.00  CNY


                INSTANCE  MODEL  PROVIDER  CALLS  ESTIMATED  TOKENS IN  TOKENS OUT  AMOUNT  CURRENCY
                x         large  acme          3          1         10          20     1.5  USD

                due: CNY 33.00, USD 1.5
                """,
                ""));
  }

  @Test
  void an_operator_is_told_what_is_left() {
    api.json(
        "GET",
        ADAS,
        200,
        STATEMENT.formatted(
            """
            ,"costs":{"models":[{"amount":"1.5","currency":"USD"}],"resources":[],"total":[],
             "margin":[{"amount":"33.00","currency":"CNY"},{"amount":"-0.5","currency":"USD"}]}\
            """));

    assertThat(shell.run("statement", "ada", "--month", "2026-11").out())
        .endsWith(
            """
            cost of models: USD 1.5
            cost of resources: nothing
            margin: CNY 33.00, USD -0.5
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "statement, /api/v1/accounts/me/statements/current",
    "statement bob, /api/v1/accounts/bob/statements/current",
    "statement --month 2026-01, /api/v1/accounts/me/statements/2026-01",
    "statement a/b --month 2026-01, /api/v1/accounts/a%2Fb/statements/2026-01",
    "statement ada --format csv, /api/v1/accounts/ada/statements/current?format=csv"
  })
  void the_account_and_the_month_may_be_left_out(String line, String path) {
    shell.run(line.split(" ", -1));

    assertThat(api.asked("GET", path)).isNotNull();
  }

  @Test
  void csv_is_printed_as_it_is() {
    api.json("GET", ADAS, 200, "section,amount\r\ndue,1\r\n");

    assertThat(shell.run("statement", "ada", "--month", "2026-11", "--format", "csv").out())
        .isEqualTo("section,amount\ndue,1\n");
  }

  @Test
  void a_file_is_written_and_none_is_replaced() throws IOException {
    var file = home.resolve("november.pdf");
    api.json("GET", ADAS, 200, "%PDF-1.7\r\n");
    var line =
        new String[] {
          "statement", "ada", "--month", "2026-11", "--format", "pdf", "-o", file.toString()
        };

    assertThat(shell.run(line).code()).isZero();
    assertThat(Files.readString(file)).isEqualTo("%PDF-1.7\r\n");
    var again = shell.run(line);
    assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    assertThat(again.err()).contains("is there already");
  }

  @Test
  void an_account_that_is_not_yours_is_not_found() {
    api.problem("GET", ADAS, 404, "{\"title\":\"No such account\",\"status\":404}");

    assertThat(shell.run("statement", "ada", "--month", "2026-11", "--format", "csv").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "statement ada --month november",
        "statement ada --format pdf",
        "statement ada --format xls",
        "statement .. --month 2026-11"
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(api.asked()).isEmpty();
  }
}
