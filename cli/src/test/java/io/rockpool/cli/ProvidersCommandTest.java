package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProvidersCommandTest {
  private static final String ONE = "/api/v1/providers/deepseek";
  private static final String DEEPSEEK =
      """
      {"name":"deepseek","protocol":"openai","baseUrl":"https://api.example.com/v1",
       "models":[{"name":"chat","upstream":"chat"},{"name":"think","upstream":"deepseek-reasoner"}],
       "priority":100,"usage":"asked","inside":false,"hasKey":true,"shared":true,"somethingNew":1}\
      """;
  private static final String TABLE =
      """
      NAME      PROTOCOL  BASE URL                    MODELS      PRIORITY  KEY  SERVES
      deepseek  openai    https://api.example.com/v1  chat think       100  yes  everybody
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
  void a_provider_is_set_with_the_key_of_standard_input_which_is_not_shown() {
    api.json("PUT", ONE, 200, DEEPSEEK);

    var ran = shell.piping("sk-real\n").run(set("--model", "think=deepseek-reasoner"));

    assertThat(ran).isEqualTo(new Shell.Ran(0, TABLE, ""));
    assertThat(api.asked("PUT", ONE).body())
        .isEqualTo(
            "{\"protocol\":\"openai\",\"baseUrl\":\"https://api.example.com/v1\",\"inside\":false,"
                + "\"key\":\"sk-real\",\"models\":[{\"name\":\"chat\"},"
                + "{\"name\":\"think\",\"upstream\":\"deepseek-reasoner\"}]}");
  }

  @Test
  void everything_else_can_be_said_too() {
    api.json("PUT", ONE, 200, DEEPSEEK);

    shell.run(
        set(
            "--protocol",
            "anthropic",
            "--keep-key",
            "--priority",
            "3",
            "--usage",
            "never",
            "--context-window",
            "64000",
            "--max-tokens",
            "4096",
            "--limit",
            "max_tokens",
            "--inside"));

    assertThat(api.asked("PUT", ONE).body())
        .isEqualTo(
            "{\"protocol\":\"anthropic\",\"baseUrl\":\"https://api.example.com/v1\",\"inside\":true,"
                + "\"priority\":3,\"usage\":\"never\",\"models\":[{\"name\":\"chat\","
                + "\"contextWindow\":64000,\"maxTokens\":4096,\"limit\":\"max_tokens\"}]}");
  }

  @Test
  void without_a_key_nothing_is_set_and_the_way_is_told() {
    var ran = shell.piping("").run(set());

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("< key").contains("--keep-key");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void providers_are_a_table() {
    api.json("GET", "/api/v1/providers", 200, "{\"items\":[%s]}".formatted(DEEPSEEK));

    assertThat(shell.run("providers", "list")).isEqualTo(new Shell.Ran(0, TABLE, ""));
  }

  @Test
  void where_there_is_none_the_way_to_one_is_told() {
    api.json("GET", "/api/v1/providers", 200, "{\"items\":[]}");

    assertThat(shell.run("providers", "list").out()).contains("rockpool providers set");
  }

  @ParameterizedTest
  @CsvSource({"works,0", "reached,0", "key_refused,1", "unreachable,1", "forbidden,1", "broken,1"})
  void a_try_ends_as_the_provider_took_it(String result, int code) {
    api.json(
        "POST",
        ONE + "/test",
        200,
        "{\"result\":\"%s\",\"message\":\"It said so.\",\"models\":[\"a\"],\"unknownModels\":[\"chat\"]}"
            .formatted(result));

    assertThat(shell.run("providers", "test", "deepseek"))
        .isEqualTo(new Shell.Ran(code, "It said so.\nIt does not list the model 'chat'.\n", ""));
  }

  @Test
  void a_provider_is_deleted() {
    api.json("DELETE", ONE, 204, "");

    assertThat(shell.run("providers", "delete", "deepseek").out()).isEqualTo("Deleted deepseek.\n");
  }

  @Test
  void the_vault_tells_its_keys_and_rotates_them() {
    api.json(
        "GET",
        "/api/v1/vault",
        200,
        "{\"masterKey\":\"local:1\",\"otherMasterKeys\":[\"local:0\"],\"dataKeys\":2,\"oldDataKeys\":1,\"secrets\":5}");
    api.json(
        "POST",
        "/api/v1/vault/rotation",
        200,
        "{\"masterKey\":\"local:2\",\"wrapped\":2,\"sealed\":5}");
    api.json("DELETE", "/api/v1/accounts/ada/secrets", 204, "");

    assertThat(shell.run("vault", "status").out())
        .isEqualTo(
            """
            master key          local:1
            older master key    local:0
            data keys           2
            under an older one  1
            secrets             5
            """);
    assertThat(shell.run("vault", "rotate", "--data-keys").out())
        .contains("local:2", "2 data keys", "5 secrets", "Back up master.key");
    assertThat(api.asked("POST", "/api/v1/vault/rotation").body())
        .isEqualTo("{\"dataKeys\":true,\"forgetOld\":false}");
    assertThat(shell.run("vault", "shred", "ada").code()).isEqualTo(2);
    assertThat(shell.run("vault", "shred", "ada", "--yes").out()).contains("ada are unreadable");
  }

  private static String[] set(String... more) {
    var first =
        new String[] {
          "providers", "set", "deepseek", "--url", "https://api.example.com/v1", "--model", "chat"
        };
    var all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }
}
