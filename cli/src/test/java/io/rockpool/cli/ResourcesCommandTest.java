package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourcesCommandTest {
  private static final String ALL = "/api/v1/resource-prices";
  private static final String PRICE =
      """
      {"currency":"USD","cpuHour":"0.02","memoryGbHour":"0.004","storageGbMonth":"0.10","effectiveFrom":"2026-12-01"}\
      """;
  private static final String TABLE =
      """
      CPU HOUR  MEMORY GB HOUR  STORAGE GB MONTH  CURRENCY  FROM
          0.02           0.004              0.10  USD       2026-12-01
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
    api.json("GET", ALL, 200, "{\"items\":[%s]}".formatted(PRICE));

    assertThat(shell.run("resources", "prices")).isEqualTo(new Shell.Ran(0, TABLE, ""));
  }

  @Test
  void where_there_is_no_price_the_way_to_one_is_told() {
    api.json("GET", ALL, 200, "{\"items\":[]}");

    assertThat(shell.run("resources", "prices").out()).contains("rockpool resources price");
  }

  @Test
  void a_price_is_set_and_shown() {
    api.json("PUT", ALL, 200, PRICE);

    var ran =
        shell.run(
            "resources",
            "price",
            "--cpu-hour",
            "0.02",
            "--memory-gb-hour",
            "0.004",
            "--storage-gb-month",
            "0.1",
            "--currency",
            "usd",
            "--from",
            "2026-12-01");

    assertThat(ran).isEqualTo(new Shell.Ran(0, TABLE, ""));
    assertThat(api.asked("PUT", ALL).body())
        .isEqualTo(
            "{\"currency\":\"USD\",\"cpuHour\":\"0.02\",\"memoryGbHour\":\"0.004\",\"storageGbMonth\":\"0.1\",\"effectiveFrom\":\"2026-12-01\"}");
  }
}
