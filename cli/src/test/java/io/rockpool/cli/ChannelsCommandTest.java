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

class ChannelsCommandTest {
  private static final String OWN = "/api/v1/instances/ada/channels";
  private static final String SHARED = "/api/v1/channels";
  private static final String BOT =
      """
      {"id":"5d0c","platform":"telegram","mode":"own","state":"connected","identity":{"id":"7","name":"rockpool_bot"},
       "dmPolicy":"pairing","allowFrom":[],"createdAt":"2026-11-30T12:00:00Z","somethingNew":1}\
      """;

  private static final String LINKED =
      """
      {"id":"5d0c","platform":"whatsapp","mode":"own","state":"login","identity":{"id":"5d0c","name":"not linked yet"},
       "dmPolicy":"pairing","allowFrom":[],"problem":"Link it.","createdAt":"2026-11-30T12:00:00Z"}\
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
  void a_bot_is_connected_with_the_token_of_standard_input_which_is_not_shown() {
    api.json("POST", OWN, 201, BOT);

    var ran = shell.piping("1:token\n").run("channels", "connect", "ada", "telegram");

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(0, "rockpool_bot is connected at telegram. Its id here: 5d0c\n", ""));
    assertThat(api.asked("POST", OWN).body())
        .isEqualTo("{\"platform\":\"telegram\",\"token\":\"1:token\"}");
  }

  @Test
  void who_may_write_can_be_said() {
    api.json("POST", OWN, 201, BOT);

    shell
        .piping("1:token\n")
        .run(
            "channels",
            "connect",
            "ada",
            "telegram",
            "--dm-policy",
            "allowlist",
            "--allow",
            "7",
            "--allow",
            "8");

    assertThat(api.asked("POST", OWN).body())
        .isEqualTo(
            "{\"platform\":\"telegram\",\"token\":\"1:token\",\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"7\",\"8\"]}");
  }

  @Test
  void who_may_write_can_be_changed() {
    var one = OWN + "/5d0c";
    api.json(
        "PATCH",
        one,
        200,
        BOT.replace("\"pairing\"", "\"allowlist\"")
            .replace("\"allowFrom\":[]", "\"allowFrom\":[\"7\",\"8\"]"));

    assertThat(
            shell.run(
                "channels",
                "set",
                "ada",
                "5d0c",
                "--dm-policy",
                "allowlist",
                "--allow",
                "7",
                "--allow",
                "8"))
        .isEqualTo(new Shell.Ran(0, "Who may write to rockpool_bot: allowlist: 7, 8\n", ""));
    assertThat(api.asked("PATCH", one).body())
        .isEqualTo("{\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"7\",\"8\"]}");
  }

  @Test
  void those_who_were_named_can_be_taken_off_the_list() {
    api.json("PATCH", OWN + "/5d0c", 200, BOT);

    assertThat(
            shell.run("channels", "set", "ada", "5d0c", "--dm-policy", "pairing", "--allow-nobody"))
        .isEqualTo(new Shell.Ran(0, "Who may write to rockpool_bot: pairing\n", ""));
    assertThat(api.asked("PATCH", OWN + "/5d0c").body())
        .isEqualTo("{\"dmPolicy\":\"pairing\",\"allowFrom\":[]}");
  }

  @Test
  void slack_brings_its_signing_secret_in_a_second_line_and_tells_where_to_go_on() {
    api.json(
        "POST",
        SHARED,
        201,
        BOT.replace("\"connected\"", "\"connecting\"")
            .replace(
                "\"somethingNew\":1",
                "\"problem\":\"Enter the address.\",\"webhook\":\"https://rockpool.example/webhook/slack/0\""));

    var ran = shell.piping("xoxb\nsigning\n").run("channels", "connect", "--shared", "slack");

    assertThat(ran.out())
        .contains("connecting", "Enter the address.\nhttps://rockpool.example/webhook/slack/0\n");
    assertThat(api.asked("POST", SHARED).body())
        .isEqualTo(
            "{\"platform\":\"slack\",\"token\":\"xoxb\",\"signingSecret\":\"signing\",\"mode\":\"shared\"}");
  }

  @Test
  void a_feishu_app_is_its_id_and_three_secrets() {
    api.json("POST", OWN, 201, BOT);

    var ran =
        shell
            .piping("secret\nencrypt\nverification\n")
            .run("channels", "connect", "ada", "feishu", "--app-id", "cli_a1");

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(api.asked("POST", OWN).body())
        .isEqualTo(
            "{\"platform\":\"feishu\",\"appId\":\"cli_a1\",\"token\":\"secret\",\"signingSecret\":\"encrypt\",\"verificationToken\":\"verification\"}");
    assertThat(
            shell
                .piping("secret\nencrypt\n")
                .run("channels", "connect", "ada", "feishu", "--app-id", "cli_a1")
                .err())
        .contains("Verification Token");
  }

  @Test
  void line_brings_its_channel_secret_in_a_second_line() {
    api.json("POST", OWN, 201, BOT);

    shell.piping("token\nsecret\n").run("channels", "connect", "ada", "line");

    assertThat(api.asked("POST", OWN).body())
        .isEqualTo("{\"platform\":\"line\",\"token\":\"token\",\"signingSecret\":\"secret\"}");
  }

  @Test
  void whatsapp_is_linked_by_a_code_that_is_drawn_once_and_then_the_next() {
    api.json("POST", OWN, 201, LINKED);
    var code = QrCodeTest.DRAWN.getFirst();
    api.stream(
        "POST",
        OWN + "/5d0c/login",
        "event: waking\ndata: {\"state\":\"waking\",\"message\":\"It wakes.\"}",
        waiting(code),
        waiting(code),
        waiting("data:image/png;base64,AAAA"),
        "event: connected\ndata: {\"state\":\"connected\",\"message\":\"It is linked: +49.\"}");

    var ran =
        shell
            .piping("")
            .run(
                "channels",
                "connect",
                "ada",
                "whatsapp",
                "--dm-policy",
                "allowlist",
                "--allow",
                "+4915112345678");

    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .isEqualTo(
            """
            whatsapp waits to be linked. Its id here: 5d0c
            %s
            This code cannot be drawn here. Open it in a browser: data:image/png;base64,AAAA
            It is linked: +49.
            """
                .formatted(QrCode.read(code).orElseThrow().text()));
    assertThat(ran.err())
        .isEqualTo(
            """
            It wakes.
            Scan it.
            Each code replaces the one before. Ctrl-C leaves; to go on: rockpool channels login ada 5d0c
            """);
    assertThat(api.asked("POST", OWN).body())
        .isEqualTo(
            "{\"platform\":\"whatsapp\",\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"+4915112345678\"]}");
  }

  private static String waiting(String code) {
    return "event: waiting\ndata: {\"state\":\"waiting\",\"message\":\"Scan it.\",\"code\":\"%s\"}"
        .formatted(code);
  }

  @Test
  void a_login_that_failed_or_ended_says_how_to_go_on() {
    api.stream(
        "POST",
        OWN + "/5d0c/login",
        "event: failed\ndata: {\"state\":\"failed\",\"message\":\"WhatsApp could not be reached.\"}");
    api.stream("POST", OWN + "/5d0c/login", waiting("data:image/png;base64,AAAA"));

    assertThat(shell.run("channels", "login", "ada", "5d0c"))
        .isEqualTo(
            new Shell.Ran(
                1,
                "",
                "WhatsApp could not be reached.\nOnce more: rockpool channels login ada 5d0c\n"));
    var ran = shell.run("channels", "login", "ada", "5d0c");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).endsWith("Go on: rockpool channels login ada 5d0c\n");
  }

  @Test
  void programs_get_the_first_code_as_it_is() {
    var step = "{\"state\":\"waiting\",\"message\":\"Scan it.\",\"code\":\"data:x\"}";
    api.json("POST", OWN + "/5d0c/login", 200, step);

    assertThat(shell.run("channels", "login", "ada", "5d0c", "--json"))
        .isEqualTo(new Shell.Ran(0, step + "\n", ""));
  }

  @Test
  void what_a_live_connection_means_for_sleep_is_listed() {
    api.json(
        "GET",
        OWN,
        200,
        "{\"items\":[%s]}"
            .formatted(
                LINKED.replace(
                    "\"problem\"", "\"presence\":\"keeps the instance awake\",\"problem\"")));

    assertThat(shell.run("channels", "list", "ada").out())
        .contains("LIVE", "keeps the instance awake");
  }

  @Test
  void an_address_that_is_not_needed_is_shown_as_such() {
    api.json(
        "POST",
        OWN,
        201,
        BOT.replace(
            "\"somethingNew\":1", "\"webhook\":\"https://rockpool.example/webhook/discord/0\""));

    var ran = shell.piping("MTE.x.y\n").run("channels", "connect", "ada", "discord");

    assertThat(ran.out())
        .endsWith(
            "\nNothing needs to be sent here, but may: https://rockpool.example/webhook/discord/0\n");
    assertThat(api.asked("POST", OWN).body())
        .isEqualTo("{\"platform\":\"discord\",\"token\":\"MTE.x.y\"}");
  }

  @Test
  void without_a_token_nothing_is_connected() {
    var ran = shell.piping("").run("channels", "connect", "ada", "telegram");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("< token");
    assertThat(api.asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connect ada",
        "connect",
        "connect ada telegram more",
        "connect --shared ada telegram",
        "connect --shared telegram --dm-policy open",
        "connect ada feishu",
        "set ada 5d0c",
        "set ada --dm-policy open",
        "set ada 5d0c --allow 7 --allow-nobody",
        "set --shared 5d0c --dm-policy open",
        "list",
        "list --shared ada",
        "test ada",
        "test --shared",
        "disconnect Not_an_id 5d0c",
        "disconnect ada .."
      })
  void what_makes_no_sense_is_wrong_usage(String words) {
    var ran = shell.piping("t\n").run(("channels " + words).split(" ", -1));

    assertThat(ran.code()).isEqualTo(2);
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void channels_are_a_table() {
    api.json("GET", OWN, 200, "{\"items\":[%s]}".formatted(BOT));
    api.json("GET", SHARED, 200, "{\"items\":[]}");

    assertThat(shell.run("channels", "list", "ada").out())
        .isEqualTo(
            """
            ID    PLATFORM  NAME          STATE      WHO MAY WRITE  LIVE  PROBLEM
            5d0c  telegram  rockpool_bot  connected  pairing
            """);
    assertThat(shell.run("channels", "list", "--shared").out())
        .contains("rockpool channels connect --shared telegram");
  }

  @ParameterizedTest
  @CsvSource({"true,0", "false,1"})
  void a_test_ends_as_its_steps_do(boolean ok, int code) {
    api.json(
        "POST",
        OWN + "/5d0c/test",
        200,
        "{\"ok\":%1$s,\"steps\":[{\"name\":\"token\",\"ok\":%1$s,\"message\":\"It said so.\"}]}"
            .formatted(ok));

    var ran = shell.run("channels", "test", "ada", "5d0c");

    assertThat(ran.code()).isEqualTo(code);
    assertThat(ran.out()).contains("token  " + (ok ? "yes" : "no") + "  It said so.");
  }

  @Test
  void a_bot_is_disconnected() {
    api.json("DELETE", OWN + "/5d0c", 204, "");
    api.json("DELETE", SHARED + "/5d0c", 204, "");

    assertThat(shell.run("channels", "disconnect", "ada", "5d0c").out())
        .isEqualTo("Disconnected 5d0c.\n");
    assertThat(shell.run("channels", "disconnect", "--shared", "5d0c").code()).isZero();
  }

  @Test
  void who_asks_is_listed_and_let_in() {
    api.json(
        "GET",
        OWN + "/5d0c/pairings",
        200,
        "{\"items\":[{\"requestId\":\"r1\",\"senderId\":\"7\",\"name\":\"Eve \\u001b[2J\",\"expiresAt\":\"2026-11-30T13:00:00Z\"}]}");
    api.json(
        "POST",
        OWN + "/5d0c/pairings/r1/approve",
        200,
        "{\"requestId\":\"r1\",\"senderId\":\"7\",\"notified\":true}");

    var listed = shell.run("channels", "pairings", "ada", "5d0c").out();
    assertThat(listed)
        .contains("r1", "Eve", "rockpool channels approve ada 5d0c REQUEST")
        .doesNotContain("\u001b");
    assertThat(shell.run("channels", "approve", "ada", "5d0c", "r1").out())
        .isEqualTo("7 may write from now on.\n");
  }

  @Test
  void where_nobody_asks_that_is_said() {
    api.json("GET", OWN + "/5d0c/pairings", 200, "{\"items\":[]}");

    assertThat(shell.run("channels", "pairings", "ada", "5d0c").out())
        .isEqualTo("Nobody asks to be let in.\n");
  }

  @Test
  void a_code_is_alone_on_standard_output_and_explained_beside_it() {
    api.json(
        "POST",
        "/api/v1/instances/ada/bind-codes",
        201,
        "{\"code\":\"AB1CD-EFGH2\",\"expiresAt\":\"2026-11-30T12:10:00Z\",\"somethingNew\":1}");

    assertThat(shell.run("channels", "bind-code", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                "AB1CD-EFGH2\n",
                "Good once, until 2026-11-30T12:10:00Z. Write to the bot: bind AB1CD-EFGH2\n"));
  }

  @Test
  void who_is_bound_is_a_table_and_can_be_ended() {
    var all = "/api/v1/instances/ada/bindings";
    api.json(
        "GET",
        all,
        200,
        """
        {"items":[{"id":"5d0c","platform":"telegram","bot":"rockpool_bot","sender":"4001","createdAt":"2026-11-30T12:00:00Z"}]}\
        """);
    api.json("DELETE", all + "/5d0c", 204, "");

    assertThat(shell.run("channels", "bindings", "ada").out())
        .isEqualTo(
            """
            ID    PLATFORM  BOT           SENDER  SINCE
            5d0c  telegram  rockpool_bot  4001    2026-11-30T12:00:00Z
            """);
    assertThat(shell.run("channels", "unbind", "ada", "5d0c"))
        .isEqualTo(new Shell.Ran(0, "Unbound 5d0c.\n", ""));
  }

  @Test
  void where_nobody_is_bound_it_says_how_to() {
    api.json("GET", "/api/v1/instances/ada/bindings", 200, "{\"items\":[]}");

    assertThat(shell.run("channels", "bindings", "ada").out())
        .contains("rockpool channels bind-code ada");
  }
}
