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

class UsageCommandTest {
  private static final String USAGE = "/api/v1/instances/ada/usage";
  private static final String NONE =
      """
      {"from":"2026-11-01","to":"2026-11-20","totals":%s,"costs":[],"days":[]}\
      """
          .formatted(sum(0, 0, 0, 0, "0.00", "USD"));

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
  void usage_is_a_table_by_day_and_model_with_a_total() {
    api.json(
        "GET",
        USAGE,
        200,
        """
        {"from":"2026-11-01","to":"2026-11-20","totals":%s,
         "costs":[{"currency":"USD","amount":"1.2301"}],
         "days":[{"day":"2026-11-20","model":"large","provider":"acme","usage":%s},
                 {"day":"2026-11-19","model":"small-and-quick","usage":%s}]}\
        """
            .formatted(
                sum(1_205, 123_956, 100_000, 4_567, "1.2301", "USD"),
                sum(1_200, 123_456, 100_000, 4_560, "1.23", "USD"),
                sum(5, 500, 0, 7, "0.0001", "USD")));

    assertThat(shell.run("usage", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                DAY         MODEL            PROVIDER  CALLS  ESTIMATED  TOKENS IN  CACHED  TOKENS OUT    COST  CURRENCY
                2026-11-20  large            acme       1200          2     123456  100000        4560  1.23    USD
                2026-11-19  small-and-quick                5          2        500       0           7  0.0001  USD
                total                                   1205          2     123956  100000        4567  1.2301  USD
                """,
                ""));
  }

  @Test
  void every_currency_has_its_total() {
    api.json(
        "GET",
        USAGE,
        200,
        """
        {"from":"2026-11-01","to":"2026-11-20","totals":%s,
         "costs":[{"currency":"JPY","amount":"300"},{"currency":"USD","amount":"1.20"}],
         "days":[{"day":"2026-11-20","model":"a","usage":%s},
                 {"day":"2026-11-20","model":"b","usage":%s}]}\
        """
            .formatted(
                sum(2, 4, 0, 6, "300", "JPY"),
                sum(1, 2, 0, 3, "300", "JPY"),
                sum(1, 2, 0, 3, "1.20", "USD")));

    assertThat(shell.run("usage", "ada").out())
        .endsWith(
            """
            2026-11-20  a                    1          2          2       0           3  300     JPY
            2026-11-20  b                    1          2          2       0           3    1.20  USD
            total                            2          2          4       0           6  300     JPY
                                                                                            1.20  USD
            """);
  }

  @Test
  void nothing_used_is_said_in_words() {
    api.json("GET", USAGE, 200, NONE);

    assertThat(shell.run("usage", "ada"))
        .isEqualTo(new Shell.Ran(0, "ada used no model from 2026-11-01 to 2026-11-20.\n", ""));
  }

  @Test
  void what_it_used_of_its_host_is_a_table_by_day_and_level() {
    api.json(
        "GET",
        USAGE,
        200,
        """
        {"from":"2026-11-01","to":"2026-11-20","totals":{},"costs":[],"days":[],
         "resources":{"levels":[{"level":"running","seconds":7200.000,"cpuSeconds":90.500,
           "memoryGbSeconds":3600.000000,"storageGbHours":1.500000}]},
         "resourceDays":[{"day":"2026-11-20","resources":{"levels":[{"level":"running","seconds":7200.000,
           "cpuSeconds":90.500,"memoryGbSeconds":3600.000000,"storageGbHours":1.500000}]}}]}\
        """);

    assertThat(shell.run("usage", "ada", "--resources").out())
        .isEqualTo(
            """
            DAY         LEVEL    HOURS  CPU SECONDS  MEMORY GB HOURS  STORAGE GB HOURS
            2026-11-20  running  2.000         90.5            1.000               1.5
            total       running  2.000         90.5            1.000               1.5
            """);
    assertThat(api.asked("GET", USAGE + "?by=day")).isNotNull();
  }

  @Test
  void what_all_instances_of_an_account_used_is_a_table_of_its_parts() {
    api.json(
        "GET",
        "/api/v1/accounts/me/usage",
        200,
        """
        {"from":"2026-11-01","to":"2026-11-20","totals":%s,"costs":[{"currency":"USD","amount":"3"}],"days":[],
         "parts":[{"name":"acme","usage":%s,"costs":[{"currency":"USD","amount":"2"},{"currency":"CNY","amount":"1"}]},
                  {"name":"","usage":%s,"costs":[]}]}\
        """
            .formatted(
                sum(2, 4, 0, 6, "3", "USD"),
                sum(1, 2, 0, 3, "2", "USD"),
                sum(1, 2, 0, 3, "0.00", "USD")));

    assertThat(shell.run("usage", "--account", "me", "--by", "provider").out())
        .isEqualTo(
            """
            PROVIDER  CALLS  ESTIMATED  TOKENS IN  CACHED  TOKENS OUT  COST  CURRENCY
            acme          1          2          2       0           3  2     USD
                                                                       1     CNY
            -             1          2          2       0           3  0.00  USD
            total         2          2          4       0           6  3     USD
            """);
    assertThat(api.asked("GET", "/api/v1/accounts/me/usage?by=provider")).isNotNull();
  }

  @Test
  void single_calls_are_a_table_that_says_how_it_goes_on() {
    api.json(
        "GET",
        USAGE + "/calls",
        200,
        """
        {"items":[{"id":"1","began":"2026-11-20T08:00:00Z","ended":"2026-11-20T08:00:09Z","outcome":"answered","key":"own",
          "model":"large","provider":"acme","attempts":2,"estimated":true,"inputTokens":5,"cacheReadTokens":1,
          "cacheWriteTokens":0,"outputTokens":7,"reasoningTokens":0,"cost":{"currency":"USD","amount":"0.01"}}],
         "next":"abc"}\
        """);

    assertThat(shell.run("usage", "ada", "--calls", "--limit", "1").out())
        .isEqualTo(
            """
            BEGAN                 MODEL  PROVIDER  OUTCOME   TRIES  ESTIMATED  TOKENS IN  CACHED  TOKENS OUT  COST  CURRENCY
            2026-11-20T08:00:00Z  large  acme      answered      2  yes                5       1           7  0.01  USD
            There are more: --cursor abc
            """);
    assertThat(api.asked("GET", USAGE + "/calls?limit=1")).isNotNull();
  }

  @Test
  void no_use_of_the_host_is_said_in_words() {
    api.json("GET", USAGE, 200, NONE);

    assertThat(shell.run("usage", "ada", "--resources").out())
        .isEqualTo("ada used nothing of its host from 2026-11-01 to 2026-11-20.\n");
  }

  @Test
  void json_is_the_body_as_it_came() {
    api.json("GET", USAGE, 200, NONE);

    assertThat(shell.run("usage", "ada", "--json").out()).isEqualTo(NONE + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "usage ada,''",
    "usage ada --from 2026-11-01,?from=2026-11-01",
    "usage ada --to 2026-11-20,?to=2026-11-20",
    "usage ada --from 2026-11-20 --to 2026-11-20,?from=2026-11-20&to=2026-11-20"
  })
  void days_narrow_it_down(String line, String query) {
    api.json("GET", USAGE, 200, NONE);

    shell.run(line.split(" ", -1));

    assertThat(api.asked("GET", USAGE + query)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usage",
        "usage Not/An/Id",
        "usage ada --from yesterday",
        "usage ada --to 2026-11-31",
        "usage ada --from 2026-11-02 --to 2026-11-01",
        "usage ada --by colour",
        "usage ada --by day --calls",
        "usage ada --limit 5",
        "usage --account ada --calls"
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool usage");
    assertThat(api.asked()).isEmpty();
  }

  private static String sum(
      long calls, long in, long cached, long out, String cost, String currency) {
    return """
    {"calls":%d,"estimatedCalls":2,"inputTokens":%d,"cacheReadTokens":%d,"cacheWriteTokens":9,"outputTokens":%d,
     "reasoningTokens":1,"cost":"%s","currency":"%s"}\
    """
        .formatted(calls, in, cached, out, cost, currency);
  }
}
