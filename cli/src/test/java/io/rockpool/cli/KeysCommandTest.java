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

class KeysCommandTest {
  private static final String KEYS = "/api/v1/instances/ada/keys";
  private static final String MADE =
      """
      {"id":"4fTq0bXk9LmZ","name":"laptop","key":"rpk_4fTq0bXk9LmZ_secret",
       "createdAt":"2026-11-20T08:00:00Z","somethingNew":1}\
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
  void a_new_key_is_alone_on_standard_output_and_explained_beside_it() {
    api.json("POST", KEYS, 201, MADE);

    var ran = shell.run("keys", "create", "ada", "--name", "laptop");

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(
                0,
                "rpk_4fTq0bXk9LmZ_secret\n",
                """
                This is the key 4fTq0bXk9LmZ (laptop). It is not kept, so it is not shown again.
                Base URL for clients of OpenAI's API:     URL/llm/v1
                Base URL for clients of Anthropic's API:  URL/llm/anthropic
                To take it back: rockpool keys revoke ada 4fTq0bXk9LmZ
                """
                    .replace("URL/", api.url() + "/")));
    assertThat(api.asked("POST", KEYS).body()).isEqualTo("{\"name\":\"laptop\"}");
  }

  @Test
  void a_new_key_as_json_is_the_body_as_it_came() {
    api.json("POST", KEYS, 201, MADE);

    assertThat(shell.run("keys", "create", "ada", "--name", "laptop", "--json"))
        .isEqualTo(new Shell.Ran(0, MADE + "\n", ""));
  }

  @Test
  void a_broken_connection_makes_no_second_key() {
    api.hangUp("POST", KEYS);
    api.problem(
        "POST",
        KEYS,
        409,
        "{\"title\":\"It was done before, and is shown once\",\"status\":409,\"detail\":\"Undo it.\"}");

    var ran = shell.run("keys", "create", "ada", "--name", "laptop");

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(
                ExitCode.FAILED, "", "It was done before, and is shown once: Undo it.\n"));
    assertThat(api.asked()).extracting(it -> it.header("Idempotency-Key")).hasSize(2);
    assertThat(api.asked().get(1).header("Idempotency-Key"))
        .isPresent()
        .isEqualTo(api.asked().get(0).header("Idempotency-Key"));
  }

  @Test
  void keys_are_listed_in_a_table() {
    api.json("GET", KEYS, 200, "{\"items\":[%s]}".formatted(MADE));

    assertThat(shell.run("keys", "list", "ada"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                ID            NAME    CREATED
                4fTq0bXk9LmZ  laptop  2026-11-20T08:00:00Z
                """,
                ""));
  }

  @Test
  void where_there_are_no_keys_the_way_to_one_is_told() {
    api.json("GET", KEYS, 200, "{\"items\":[]}");

    assertThat(shell.run("keys", "list", "ada").out())
        .isEqualTo("ada has no keys. Make one: rockpool keys create ada --name NAME\n");
  }

  @Test
  void a_key_is_revoked_by_its_id() {
    api.json("DELETE", KEYS + "/4fTq0bXk9LmZ", 204, "");

    var ran = shell.run("keys", "revoke", "ada", "4fTq0bXk9LmZ");

    assertThat(ran).isEqualTo(new Shell.Ran(0, "Revoked 4fTq0bXk9LmZ.\n", ""));
  }

  @Test
  void an_answer_without_a_body_is_no_line_of_json() {
    api.json("DELETE", KEYS + "/4fTq0bXk9LmZ", 204, "");

    assertThat(shell.run("keys", "revoke", "ada", "4fTq0bXk9LmZ", "--json"))
        .isEqualTo(new Shell.Ran(0, "", ""));
  }

  @Test
  void an_id_stays_one_part_of_the_path() {
    api.problem("DELETE", KEYS + "/a/b ?c", 404, "{\"title\":\"No such key\",\"status\":404}");

    var ran = shell.run("keys", "revoke", "ada", "a/b ?c");

    assertThat(ran).isEqualTo(new Shell.Ran(ExitCode.NOT_FOUND, "", "No such key\n"));
    assertThat(api.asked("DELETE", KEYS + "/a%2Fb%20%3Fc")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys",
        "keys list",
        "keys list Not/An/Id",
        "keys create ada",
        "keys create --name laptop",
        "keys revoke ada",
        "keys revoke ada ..",
        "keys revoke ada ",
      })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool keys");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void the_instances_own_key_is_replaced() {
    api.json(
        "POST",
        KEYS + "/rotation",
        200,
        "{\"serial\":1,\"previousUntil\":\"2026-11-20T09:00:00Z\"}");

    assertThat(shell.run("keys", "rotate", "ada").out())
        .isEqualTo("Replaced. The key before is good until 2026-11-20T09:00:00Z.\n");
    assertThat(shell.run("keys", "rotate", "ada", "--overlap", "0").code()).isZero();
    assertThat(api.asked().getLast().body()).isEqualTo("{\"overlapSeconds\":0}");
  }
}
