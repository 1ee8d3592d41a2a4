package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaCommandTest {
  private static final String QUOTA = "/api/v1/instances/ada/quota";
  private static final String STANDING =
      """
      {"tokensPerDay":200000,"callsAtOnce":4,
       "used":{"tokensPerDay":1234,"tokensReserved":99,"requestsPerMinute":0,"tokensPerMinute":0,"callsAtOnce":1}}\
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
  void a_quota_is_shown_with_what_is_used_of_it() {
    api.json("GET", QUOTA, 200, STANDING);

    assertThat(shell.run("quota", "show", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                LIMIT          ALLOWED  USED  RESERVED
                tokens a day    200000  1234        99
                calls at once        4     1
                """,
                ""));
  }

  @Test
  void that_of_a_plan_says_so() {
    api.json("GET", QUOTA, 200, STANDING.replace("\"used\"", "\"ofPlan\":true,\"used\""));

    assertThat(shell.run("quota", "show", "ada").out())
        .endsWith("\nIt is that of its plan: it has none of its own.\n");
  }

  @Test
  void where_there_is_no_quota_the_way_to_one_is_told() {
    api.problem(
        "GET",
        "/api/v1/accounts/bob/quota",
        404,
        """
        {"type":"urn:rockpool:problem:no-quota","title":"No quota is set","status":404,
         "detail":"Nothing limits it."}\
        """);

    assertThat(shell.run("quota", "show", "--account", "bob"))
        .isEqualTo(
            new Shell.Ran(
                ExitCode.NOT_FOUND,
                "",
                """
                No quota is set: Nothing limits it.
                To set one: rockpool quota set --account bob --tokens-per-day N
                """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quota set ada --tokens-per-day 200000 --calls-at-once 4 | {\"tokensPerDay\":200000,\"callsAtOnce\":4}",
        "quota set --requests-per-minute 60 ada | {\"requestsPerMinute\":60}",
        "quota set ada --tokens-per-minute 9 | {\"tokensPerMinute\":9}"
      })
  void a_quota_is_set_and_shown(String line, String body) {
    api.json("PUT", QUOTA, 200, STANDING);

    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isZero();
    assertThat(ran.out()).startsWith("LIMIT");
    assertThat(api.asked("PUT", QUOTA).body()).isEqualTo(body);
  }

  @Test
  void a_quota_is_removed() {
    api.json("DELETE", QUOTA, 204, "");
    api.json("DELETE", "/api/v1/accounts/bob/quota", 204, "");

    assertThat(shell.run("quota", "remove", "ada"))
        .isEqualTo(new Shell.Ran(0, "ada has no quota of its own any more.\n", ""));
    assertThat(shell.run("quota", "remove", "--account", "bob").out())
        .isEqualTo("The account bob has no quota of its own any more.\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quota",
        "quota show",
        "quota set ada",
        "quota set ada --tokens-per-day",
        "quota set ada --tokens-per-day -1",
        "quota set ada --tokens-per-day 1.5",
        "quota set ada --tokens-per-day 12345678901234567",
        "quota set ada 5"
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool quota");
    assertThat(api.asked()).isEmpty();
  }
}
