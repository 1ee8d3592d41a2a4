package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxCommandTest {
  private static final String ALL = "/api/v1/instances/hello/deliveries";
  private static final String DEAD =
      """
      {"id":"2c26","connection":"c1","platform":"telegram","state":"dead","attempts":100,"uncertain":false,
       "receivedAt":"2026-11-30T08:00:00Z","triedAt":"2026-11-30T16:00:00Z","settledAt":"2026-11-30T16:00:01Z",
       "lastError":"Given up after 100 attempts: nobody listens there.","somethingNew":1}\
      """;

  private static final String WAITING =
      """
      {"id":"fcde","connection":"c1","platform":"telegram","state":"received","attempts":2,"uncertain":false,
       "receivedAt":"2026-11-30T08:00:00Z","nextAt":"2026-11-30T08:00:09Z","expiresAt":"2026-12-01T08:00:00Z"}\
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
  void messages_are_a_table() {
    api.json("GET", ALL, 200, "{\"items\":[%s,%s],\"next\":\"abc\"}".formatted(WAITING, DEAD));

    assertThat(shell.run("inbox", "list", "hello"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                ID    RECEIVED              PLATFORM  STATE     ATTEMPTS  LAST ERROR
                fcde  2026-11-30T08:00:00Z  telegram  received         2
                2c26  2026-11-30T08:00:00Z  telegram  dead           100  Given up after 100 attempts: nobody listens there.
                """,
                "There is more: --cursor abc\n"));
  }

  @Test
  void none_are_said_to_be_none() {
    api.json("GET", ALL, 200, "{\"items\":[]}");

    assertThat(shell.run("inbox", "list", "hello"))
        .isEqualTo(new Shell.Ran(0, "No messages.\n", ""));
  }

  @Test
  void a_list_can_be_of_one_state_and_goes_on() {
    api.json("GET", ALL, 200, "{\"items\":[]}");

    shell.run("inbox", "list", "hello", "--state", "DEAD", "--limit", "3", "--cursor", "a b");

    assertThat(api.asked("GET", ALL + "?limit=3&state=dead&cursor=a+b")).isNotNull();
    assertThat(shell.run("inbox", "list", "hello", "--state", "lost").code()).isEqualTo(2);
  }

  @Test
  void one_is_a_story() {
    api.json("GET", ALL + "/fcde", 200, WAITING);

    assertThat(shell.run("inbox", "show", "hello", "fcde").out())
        .isEqualTo(
            """
            id           fcde
            connection   c1
            platform     telegram
            state        received
            attempts     2
            received     2026-11-30T08:00:00Z
            next try     2026-11-30T08:00:09Z
            given up at  2026-12-01T08:00:00Z
            """);
  }

  @Test
  void what_was_given_up_is_delivered_after_all() {
    api.json("POST", ALL + "/2c26/replay", 202, DEAD);

    assertThat(shell.run("inbox", "replay", "hello", "2c26"))
        .isEqualTo(new Shell.Ran(0, "It is delivered now: rockpool inbox show hello 2c26\n", ""));
  }

  @Test
  void an_id_stays_below_its_instance() {
    assertThat(shell.run("inbox", "show", "hello", "..").code()).isEqualTo(2);
    assertThat(api.asked()).isEmpty();
  }
}
