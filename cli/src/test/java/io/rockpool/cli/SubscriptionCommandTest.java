package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubscriptionCommandTest {
  private static final String ONE = "/api/v1/accounts/ada/subscription";

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
  void what_failed_says_until_when_to_pay() {
    api.json(
        "GET",
        ONE,
        200,
        """
        {"plan":"pro","state":"overdue","access":"grace","paidUntil":"2026-11-20T00:00:00Z","ending":false,
         "failures":1,"nextAttempt":"2026-11-23T00:00:00Z","stopsAt":"2026-11-27T00:00:00Z"}\
        """);

    assertThat(shell.run("subscription", "show", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                plan        pro
                access      on for now: a payment failed
                state       overdue
                paid until  2026-11-20T00:00:00Z
                next try    2026-11-23T00:00:00Z
                stops at    2026-11-27T00:00:00Z
                """,
                ""));
  }

  @Test
  void beginning_prints_the_address_alone() {
    api.json("POST", ONE, 200, "{\"checkoutUrl\":\"https://pay.example/x\"}");

    var ran = shell.run("subscription", "begin", "ada", "pro");

    assertThat(ran).isEqualTo(new Shell.Ran(0, "https://pay.example/x\n", ""));
    assertThat(api.asked("POST", ONE).body()).isEqualTo("{\"plan\":\"pro\"}");
    assertThat(api.asked("POST", ONE).header("Idempotency-Key")).isPresent();
  }

  @Test
  void more_than_one_instance_may_be_paid_for() {
    api.json("POST", ONE, 200, "{\"checkoutUrl\":\"https://pay.example/x\"}");

    shell.run("subscription", "begin", "ada", "pro", "--quantity", "3");

    assertThat(api.asked("POST", ONE).body()).isEqualTo("{\"plan\":\"pro\",\"quantity\":3}");
  }

  @Test
  void what_was_ended_says_so() {
    api.json(
        "DELETE",
        ONE,
        200,
        """
        {"plan":"pro","state":"active","access":"on","paidUntil":"2026-12-20T00:00:00Z","ending":true,"failures":0}\
        """);

    assertThat(shell.run("subscription", "end", "ada").out())
        .contains("paid until  2026-12-20T00:00:00Z\nrenewal     none: it ends then\n");
  }

  @Test
  void an_account_is_one_part_of_a_path() {
    assertThat(shell.run("subscription", "show", "..").code()).isEqualTo(2);
    assertThat(api.asked()).isEmpty();
  }
}
