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

class WebhooksCommandTest {
  private static final String ALL = "/api/v1/webhooks";
  private static final String ONE = ALL + "/k7m2xq9rtw4e";
  private static final String HOOK =
      """
      {"id":"k7m2xq9rtw4e","url":"https://hooks.example.com/","types":["instance.failed","budget.*"],"inside":false,
       "enabled":true,"createdAt":"2026-11-30T08:00:00Z","somethingNew":1}\
      """;
  private static final String FAILING =
      """
      {"id":"a3","url":"http://10.0.0.1/","types":[],"inside":true,"enabled":true,
       "failingSince":"2026-11-29T08:00:00Z","pausedUntil":"2026-11-30T09:00:00Z","createdAt":"2026-11-28T08:00:00Z"}\
      """;
  private static final String DISABLED =
      """
      {"id":"b4","url":"https://gone.example.com/","types":["delivery.dead"],"inside":false,"enabled":false,
       "trouble":"It is gone for good (410).","createdAt":"2026-11-27T08:00:00Z"}\
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
  void a_new_secret_is_alone_on_standard_output_and_explained_beside_it() {
    api.json("POST", ALL, 201, HOOK.replace("{\"id\"", "{\"secret\":\"whsec_c2VjcmV0\",\"id\""));

    var ran =
        shell.run(
            "webhooks",
            "add",
            "https://hooks.example.com/",
            "--type",
            "instance.failed",
            "--type",
            "budget.*");

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(
                0,
                "whsec_c2VjcmV0\n",
                """
                This is the secret of the webhook k7m2xq9rtw4e. It is not shown again: your program needs it to verify what comes.
                To try it: rockpool webhooks test k7m2xq9rtw4e
                For a new secret: rockpool webhooks rotate k7m2xq9rtw4e
                """));
    assertThat(api.asked("POST", ALL).body())
        .isEqualTo(
            "{\"url\":\"https://hooks.example.com/\",\"inside\":false,\"types\":[\"instance.failed\",\"budget.*\"]}");
  }

  @Test
  void one_inside_for_everything_is_said_so() {
    api.json("POST", ALL, 201, FAILING);

    shell.run("webhooks", "add", "http://10.0.0.1/", "--inside");

    assertThat(api.asked("POST", ALL).body())
        .isEqualTo("{\"url\":\"http://10.0.0.1/\",\"inside\":true}");
  }

  @Test
  void webhooks_are_a_table_that_says_how_they_are() {
    api.json("GET", ALL, 200, "{\"items\":[%s,%s,%s]}".formatted(HOOK, FAILING, DISABLED));

    assertThat(shell.run("webhooks", "list").out())
        .isEqualTo(
            """
            ID            URL                         TYPES                     STATE
            k7m2xq9rtw4e  https://hooks.example.com/  instance.failed budget.*  enabled
            a3            http://10.0.0.1/            all                       failing since 2026-11-29T08:00:00Z
            b4            https://gone.example.com/   delivery.dead             disabled: It is gone for good (410).
            """);
  }

  @Test
  void where_there_is_none_the_way_to_one_is_told() {
    api.json("GET", ALL, 200, "{\"items\":[]}");

    assertThat(shell.run("webhooks", "list").out()).contains("rockpool webhooks add URL");
  }

  @Test
  void one_is_shown_with_what_is_wrong_with_it() {
    api.json("GET", ALL + "/a3", 200, FAILING);

    assertThat(shell.run("webhooks", "show", "a3").out())
        .isEqualTo(
            """
            id           a3
            url          http://10.0.0.1/
            types        all
            state        failing since 2026-11-29T08:00:00Z
            inside       yes
            pausedUntil  2026-11-30T09:00:00Z
            createdAt    2026-11-28T08:00:00Z
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--enable|{\"enabled\":true}",
        "--disable|{\"enabled\":false}",
        "--all-types|{\"types\":[]}",
        "--type delivery.dead --enable|{\"types\":[\"delivery.dead\"],\"enabled\":true}",
        "--url https://a.example/|{\"url\":\"https://a.example/\",\"inside\":false}",
        "--url http://10.0.0.1/ --inside|{\"url\":\"http://10.0.0.1/\",\"inside\":true}"
      })
  void what_is_said_is_changed_and_nothing_else(String options, String body) {
    api.json("PATCH", ONE, 200, HOOK);

    var ran = shell.run(("webhooks change k7m2xq9rtw4e " + options).split(" ", -1));

    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("state      enabled");
    assertThat(api.asked("PATCH", ONE).body()).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " --enable --disable", " --type a --all-types", " --inside"})
  void what_cannot_be_meant_changes_nothing(String options) {
    var ran = shell.run(("webhooks change k7m2xq9rtw4e" + options).split(" ", -1));

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("--all-types");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void a_webhook_is_removed() {
    api.json("DELETE", ONE, 204, "");

    assertThat(shell.run("webhooks", "remove", "k7m2xq9rtw4e").out())
        .isEqualTo("Removed k7m2xq9rtw4e.\n");
  }

  @Test
  void a_rotated_secret_is_alone_on_standard_output() {
    api.json(
        "POST",
        ONE + "/rotate",
        200,
        "{\"secret\":\"whsec_bmV3\",\"previousUntil\":\"2026-12-01T08:00:00Z\"}");

    assertThat(shell.run("webhooks", "rotate", "k7m2xq9rtw4e", "--overlap", "2h"))
        .isEqualTo(
            new Shell.Ran(
                0, "whsec_bmV3\n", "The secret before signs, too, until 2026-12-01T08:00:00Z.\n"));
    assertThat(api.asked("POST", ONE + "/rotate").body()).isEqualTo("{\"overlapSeconds\":7200}");
  }

  @Test
  void one_that_is_replaced_at_once_is_said_to_be_worthless() {
    api.json("POST", ONE + "/rotate", 200, "{\"secret\":\"whsec_bmV3\"}");

    assertThat(shell.run("webhooks", "rotate", "k7m2xq9rtw4e", "--overlap", "0s").err())
        .isEqualTo("The secret before signs no more.\n");
  }

  @ParameterizedTest
  @CsvSource({"true,2xx,0", "false,5xx,1", "false,none,1"})
  void a_try_ends_as_the_receiver_took_it(boolean delivered, String status, int code) {
    api.json(
        "POST",
        ONE + "/test",
        200,
        "{\"delivered\":%s,\"status\":\"%s\",\"message\":\"It said so.\",\"milliseconds\":12}"
            .formatted(delivered, status));

    assertThat(shell.run("webhooks", "test", "k7m2xq9rtw4e"))
        .isEqualTo(new Shell.Ran(code, "It said so. (%s, 12 ms)\n".formatted(status), ""));
  }

  @Test
  void what_was_sent_is_a_table_and_can_be_sent_again() {
    api.json(
        "GET",
        ONE + "/attempts",
        200,
        """
        {"items":[{"id":"msg_1","type":"instance.ready","state":"waiting","attempts":2,"status":"5xx","createdAt":"2026-11-30T08:00:00Z","nextAt":"2026-11-30T08:05:00Z"},
        {"id":"msg_0","type":"budget.exceeded","state":"failed","attempts":10,"status":"none","createdAt":"2026-11-29T08:00:00Z"}],"next":"abc"}
        """);
    api.json(
        "POST", ONE + "/attempts/msg_0/replay", 202, "{\"id\":\"msg_0\",\"state\":\"waiting\"}");

    assertThat(shell.run("webhooks", "attempts", "k7m2xq9rtw4e", "--state", "failed").out())
        .isEqualTo(
            """
            HAPPENED              TYPE             STATE    ATTEMPTS  STATUS  NEXT                  MESSAGE
            2026-11-30T08:00:00Z  instance.ready   waiting         2  5xx     2026-11-30T08:05:00Z  msg_1
            2026-11-29T08:00:00Z  budget.exceeded  failed         10  none                          msg_0
            There are more: say --limit 200, or ask the API.
            """);
    assertThat(api.asked("GET", ONE + "/attempts?limit=50&state=failed")).isNotNull();
    assertThat(shell.run("webhooks", "replay", "k7m2xq9rtw4e", "msg_0").out())
        .isEqualTo("msg_0 is sent again.\n");
  }

  @Test
  void where_nothing_was_sent_it_is_said() {
    api.json("GET", ONE + "/attempts", 200, "{\"items\":[]}");

    assertThat(shell.run("webhooks", "attempts", "k7m2xq9rtw4e").out())
        .isEqualTo("Nothing was sent to it within two weeks.\n");
  }
}
