package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsCommandTest {
  private static final String ALL = "/api/v1/accounts";
  private static final String ADA =
      """
      {"id":"ada","name":"Ada","operator":false,"createdAt":"2026-11-20T08:00:00Z","somethingNew":1}\
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
  void accounts_are_a_table() {
    api.json("GET", ALL, 200, "{\"items\":[%s],\"next\":\"abc\"}".formatted(ADA));

    assertThat(shell.run("accounts", "list"))
        .isEqualTo(
            new Shell.Ran(
                0,
                """
                ID   NAME  ROLE  CREATED
                ada  Ada   user  2026-11-20T08:00:00Z
                """,
                "There is more: --cursor abc\n"));
  }

  @Test
  void a_new_account_is_its_id() {
    api.json("POST", ALL, 201, ADA);

    assertThat(shell.run("accounts", "create", "ada", "--name", "Ada"))
        .isEqualTo(new Shell.Ran(0, "ada\n", ""));
    assertThat(api.asked("POST", ALL).body()).isEqualTo("{\"id\":\"ada\",\"name\":\"Ada\"}");
  }

  @Test
  void without_an_id_the_server_chooses_one() {
    api.json("POST", ALL, 201, ADA);

    shell.run("accounts", "create", "--name", "Ada");

    assertThat(api.asked("POST", ALL).body()).isEqualTo("{\"name\":\"Ada\"}");
  }

  @Test
  void nobody_is_deleted_by_a_slip() {
    var ran = shell.run("accounts", "delete", "ada");

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("Add --yes");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void instances_go_with_their_account_where_that_is_said() {
    api.json("DELETE", ALL + "/ada", 204, "");

    assertThat(shell.run("accounts", "delete", "ada", "--with-instances", "--yes"))
        .isEqualTo(new Shell.Ran(0, "Deleted ada. Its instances are being destroyed.\n", ""));
    assertThat(api.asked("DELETE", ALL + "/ada?instances=destroy").body()).isEmpty();
  }

  @Test
  void a_new_token_is_alone_on_standard_output_and_explained_beside_it() {
    api.json(
        "POST",
        ALL + "/ada/tokens",
        201,
        """
        {"id":"9f86d081884c7d65","name":"laptop","token":"rp_secret","createdAt":"2026-11-20T08:00:00Z"}\
        """);

    var ran = shell.run("tokens", "create", "ada", "--name", "laptop");

    assertThat(ran.out()).isEqualTo("rp_secret\n");
    assertThat(ran.err())
        .contains("rockpool tokens revoke ada 9f86d081884c7d65")
        .doesNotContain("rp_secret");
    assertThat(api.asked("POST", ALL + "/ada/tokens").body()).isEqualTo("{\"name\":\"laptop\"}");
  }

  @Test
  void tokens_are_listed_and_revoked() {
    api.json(
        "GET",
        ALL + "/me/tokens",
        200,
        """
        {"items":[{"id":"9f86d081884c7d65","name":"laptop","createdAt":"2026-11-20T08:00:00Z"}]}\
        """);
    api.json("DELETE", ALL + "/me/tokens/9f86d081884c7d65", 204, "");

    assertThat(shell.run("tokens", "list", "me").out())
        .isEqualTo(
            """
            ID                NAME    CREATED
            9f86d081884c7d65  laptop  2026-11-20T08:00:00Z
            """);
    assertThat(shell.run("tokens", "revoke", "me", "9f86d081884c7d65"))
        .isEqualTo(new Shell.Ran(0, "Revoked 9f86d081884c7d65.\n", ""));
  }

  @Test
  void who_has_no_token_is_told_how_to_get_one() {
    api.json("GET", ALL + "/ada/tokens", 200, "{\"items\":[]}");

    assertThat(shell.run("tokens", "list", "ada").out())
        .contains("rockpool tokens create ada --name NAME");
  }
}
