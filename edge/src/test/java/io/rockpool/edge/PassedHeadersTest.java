package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.runtime.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassedHeadersTest {
  private static final Gate.Answer.To TO =
      new Gate.Answer.To(
          URI.create("http://127.0.0.1:19101"), "ada", Secret.of("p4711p4711p4711p4711"));
  private static final String USER = "x-rockpool-user-p4711p4711p4711p4711";
  private static final SocketAddress CLIENT = address("203.0.113.9");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization",
        "FORWARDED",
        "Via",
        "X-Real-IP",
        "X-Forwarded-Host",
        "x-forwarded-user",
        "X-Rockpool-Anything",
        "X-OpenClaw-Scopes",
        "X-OpenClaw-Token",
        "Tailscale-User-Login",
        "X-Api-Key"
      })
  void what_only_the_edge_may_say_is_taken_away(String name) {
    var headers = HttpFields.build().add(name, "spoofed").add("Accept", "*/*");

    PassedHeaders.toGateway(headers, Origin.UNSAID, TO, CLIENT);

    assertThat(headers.getFieldNamesCollection())
        .containsExactlyInAnyOrder("Accept", "x-rockpool-edge", USER, "X-Forwarded-For");
    assertThat(headers.stream().map(HttpField::getValue)).doesNotContain("spoofed");
  }

  @Test
  void a_client_that_names_itself_is_not_believed() {
    var headers =
        HttpFields.build()
            .add(USER, "root")
            .add(USER.toUpperCase(Locale.ROOT), "root")
            .add("X-Forwarded-For", "198.51.100.1");

    PassedHeaders.toGateway(headers, Origin.UNSAID, TO, CLIENT);

    assertThat(headers.getValuesList(USER)).containsExactly("ada");
    assertThat(headers.getValuesList("x-forwarded-for")).containsExactly("203.0.113.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "rockpool_session=s | -",
        "a=1; rockpool_session=s; b=2 | a=1; b=2",
        "__Host-rockpool_session=s;a=1 | a=1",
        "ROCKPOOL_SESSION=s; rockpool_sessions=x | rockpool_sessions=x",
        "a=1;; | a=1"
      })
  void the_login_to_rockpool_stays_here(String sent, String passed) {
    var headers = HttpFields.build().add("Cookie", sent);

    PassedHeaders.toGateway(headers, Origin.UNSAID, TO, CLIENT);

    assertThat(headers.get("Cookie")).isEqualTo(passed);
  }

  record Seen(SocketAddress client, String expected) {}

  static final List<Seen> clients =
      List.of(
          new Seen(address("203.0.113.9"), "203.0.113.9"),
          new Seen(address("2001:db8::1"), "2001:db8:0:0:0:0:0:1"),
          new Seen(address("127.0.0.1"), "192.0.2.1"),
          new Seen(address("127.8.9.1"), "192.0.2.1"),
          new Seen(address("::1"), "192.0.2.1"),
          new Seen(InetSocketAddress.createUnresolved("198.51.100.7", 1), "198.51.100.7"),
          new Seen(InetSocketAddress.createUnresolved("[::1]", 1), "192.0.2.1"),
          new Seen(InetSocketAddress.createUnresolved("unknown", 1), "192.0.2.1"),
          new Seen(UnixDomainSocketAddress.of("/run/x"), "192.0.2.1"));

  @ParameterizedTest
  @FieldSource("clients")
  void a_gateway_never_hears_of_a_client_on_its_own_machine(Seen seen) {
    assertThat(PassedHeaders.address(seen.client())).isEqualTo(seen.expected());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://a.example | a.example | OWN",
        "http://a.example:3000 | a.example:3000 | OWN",
        "https://a.example | a.example:443 | OWN",
        "https://A.example:443 | a.Example | OWN",
        "http://[::1]:3000 | [::1]:3000 | OWN",
        "https://a.example:444 | a.example | FOREIGN",
        "http://a.example | a.example:3000 | FOREIGN",
        "https://b.example | a.example | FOREIGN",
        "https://a.example.evil | a.example | FOREIGN",
        "https://x@a.example | a.example | FOREIGN",
        "null | a.example | FOREIGN",
        "https://a.example/ , https://b.example | a.example | FOREIGN",
        "%%% | a.example | FOREIGN"
      })
  void an_origin_is_compared_with_the_host_that_was_asked(
      String origin, String host, Origin expected) {
    var headers = HttpFields.build().add("Host", host).add("Origin", origin);

    assertThat(Origin.of(headers)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "Set-Cookie, theme=dark; Path=/, true",
    "Set-Cookie, rockpool_session=x; Path=/, false",
    "Set-Cookie, __Host-rockpool_session=x, false",
    "Set-Cookie, =rockpool_session=x; Path=/, false",
    "Set-Cookie, rockpool_session; Path=/, false",
    "Clear-Site-Data, \"*\", false",
    "Service-Worker-Allowed, /, false",
    "Strict-Transport-Security, max-age=1, false",
    "Content-Type, text/html, true"
  })
  void an_instance_speaks_for_itself_only(String name, String value, boolean passes) {
    assertThat(PassedHeaders.toClient(new HttpField(name, value)) != null).isEqualTo(passes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "short",
        "Has-Capitals-And-Dashes",
        "p4711p4711p4711p4711:",
        "p4711 p4711 p4711 p"
      })
  void a_proof_is_a_headers_name_and_is_not_shown(String proof) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EdgeHeaders.userHeader(Secret.of(proof)))
        .withMessage("the edge's proof must be 16 to 64 lower-case letters and digits");
  }

  private static SocketAddress address(String literal) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), 1);
  }
}
