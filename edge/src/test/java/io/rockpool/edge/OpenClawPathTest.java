package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenClawPathTest {
  /** Printed by Node 26: {@code new URL(path, "http://localhost").pathname}. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\0',
      delimiter = '→',
      value = {
        "/a/b → /a/b",
        "/a/../b → /b",
        "/a/.. → /",
        "/a/b/. → /a/b/",
        "/../a → /a",
        "/a/%2e%2E/b → /b",
        "/a/.%2e → /",
        "/a\\..\\b → /b",
        "/a/..;x/b → /a/..;x/b",
        "/a/..#x → /",
        "/a/..?x/b → /",
        "/a b/é → /a%20b/%C3%A9",
        "//host/a → /a",
        "/a//b → /a//b",
        "/a/%2f../b → /a/%2f../b",
        "/a/{x}\"`^<> → /a/%7Bx%7D%22%60%5E%3C%3E",
        "/a'[]|@!$&()*+,;=:~ → /a'[]|@!$&()*+,;=:~"
      })
  void a_path_becomes_that_of_the_url_standard(String sent, String read) {
    assertThat(OpenClawPath.pathname(sent)).isEqualTo(read);
  }

  /** The spelling of the admin RPC that a real gateway answered. */
  @ParameterizedTest
  @CsvSource({
    "/x/..\\api/v1/%61dmin/rpc, /api/v1/admin/rpc",
    "/Api//v1/%2561dmin/rpc/, /api/v1/admin/rpc",
    "/v1/..%2fhooks, /hooks",
    "/v1/%252e%252e/hooks%3fx, /hooks"
  })
  void every_decoding_is_a_reading(String sent, String read) {
    assertThat(OpenClawPath.readings(sent)).contains(read);
  }
}
