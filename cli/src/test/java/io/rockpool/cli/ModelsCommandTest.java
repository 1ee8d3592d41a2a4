package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {
  private static final String LARGE =
      """
      {"model":"large","currency":"USD","inputPerMillion":"1.00","outputPerMillion":"10.00",
       "cacheReadPerMillion":"0.125","cacheWritePerMillion":"1.25","cacheWrite1hPerMillion":"2.00",
       "effectiveFrom":"2026-12-01T00:00:00Z","somethingNew":1}\
      """;
  private static final String TABLE =
      """
      MODEL  INPUT  OUTPUT  CACHE READ  CACHE WRITE  CACHE WRITE 1H  CURRENCY  FROM
      large   1.00   10.00       0.125         1.25            2.00  USD       2026-12-01T00:00:00Z
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
  void prices_are_a_table() {
    api.json("GET", "/api/v1/prices", 200, "{\"items\":[%s]}".formatted(LARGE));

    assertThat(shell.run("models", "prices")).isEqualTo(new Shell.Ran(0, TABLE, ""));
  }

  @Test
  void where_there_is_no_price_the_way_to_one_is_told() {
    api.json("GET", "/api/v1/prices", 200, "{\"items\":[]}");

    assertThat(shell.run("models", "prices").out())
        .isEqualTo(
            "No model has a price, so what is used costs nothing. Set one: rockpool models price"
                + " MODEL --input AMOUNT --output AMOUNT --currency CURRENCY\n");
  }

  @Test
  void a_rate_is_set_and_shown() {
    var rate =
        "{\"from\":\"USD\",\"to\":\"CNY\",\"rate\":\"7.1\",\"effectiveFrom\":\"2026-12-01\"}";
    var table =
        """
        FROM  TO   RATE  SINCE
        USD   CNY   7.1  2026-12-01
        """;
    api.json("PUT", "/api/v1/exchange-rates", 200, rate);
    api.json("GET", "/api/v1/exchange-rates", 200, "{\"items\":[%s]}".formatted(rate));

    assertThat(shell.run("models", "rate", "usd", "CNY", "7.1", "--from", "2026-12-01"))
        .isEqualTo(new Shell.Ran(0, table, ""));
    assertThat(api.asked("PUT", "/api/v1/exchange-rates").body()).isEqualTo(rate);
    assertThat(shell.run("models", "rates")).isEqualTo(new Shell.Ran(0, table, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models rate USD CNY",
        "models rate USD CNY -1",
        "models rate USD yuan 7",
        "models rate USD CNY 7,1",
        "models rate USD CNY 7 --from soon"
      })
  void a_rate_that_makes_no_sense_is_wrong_usage(String line) {
    assertThat(shell.run(line.split(" ", -1)).code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void a_price_is_set_and_shown() {
    api.json("PUT", "/api/v1/prices", 200, LARGE);

    var ran = run("models price large --input 1 --output 10.00 --currency usd");

    assertThat(ran).isEqualTo(new Shell.Ran(0, TABLE, ""));
    assertThat(api.asked("PUT", "/api/v1/prices").body())
        .isEqualTo(
            "{\"model\":\"large\",\"currency\":\"USD\",\"inputPerMillion\":\"1\",\"outputPerMillion\":\"10.00\"}");
  }

  @Test
  void a_price_may_tell_the_cache_apart_and_begin_later() {
    api.json("PUT", "/api/v1/prices", 200, LARGE);

    run(
        "models price large --input 1 --output 10 --currency USD --cache-read 0.125"
            + " --cache-write 1.25 --cache-write-1h 2 --from 2026-12-01T00:00:00Z");

    assertThat(api.asked("PUT", "/api/v1/prices").body())
        .isEqualTo(
            "{\"model\":\"large\",\"currency\":\"USD\",\"inputPerMillion\":\"1\",\"outputPerMillion\":\"10\","
                + "\"cacheReadPerMillion\":\"0.125\",\"cacheWritePerMillion\":\"1.25\","
                + "\"cacheWrite1hPerMillion\":\"2\",\"effectiveFrom\":\"2026-12-01T00:00:00Z\"}");
  }

  @Test
  void a_models_name_may_have_a_slash() {
    api.json("PUT", "/api/v1/prices", 200, LARGE);

    var ran = run("models price maker/large:free --input 0 --output 0 --currency USD");

    assertThat(ran.code()).isZero();
    assertThat(api.asked("PUT", "/api/v1/prices").body())
        .startsWith("{\"model\":\"maker/large:free\",");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models",
        "models price",
        "models price large --input 1 --output 10",
        "models price large --input 1 --currency USD",
        "models price .. --input 1 --output 10 --currency USD",
        "models price large --input one --output 10 --currency USD",
        "models price large --input -1 --output 10 --currency USD",
        "models price large --input 1 --output 10 --currency dollars",
        "models price large --input 1 --output 10 --currency USD --from tomorrow"
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = run(line);

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool models");
    assertThat(api.asked()).isEmpty();
  }

  private Shell.Ran run(String line) {
    return shell.run(line.split(" ", -1));
  }
}
