package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rockpool.runtime.Secret;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class PassedHeadersFuzzTest {
  private static final Gate.Answer.To TO =
      new Gate.Answer.To(
          URI.create("http://127.0.0.1:19101"), "owner", Secret.of("p4711p4711p4711p4711"));
  private static final String USER = "x-rockpool-user-p4711p4711p4711p4711";

  /** By these a gateway, or a program in it, could take a stranger for somebody. */
  private static final Set<String> TELLING =
      Set.of(
          "authorization",
          "forwarded",
          "x-real-ip",
          "x-api-key",
          "x-openclaw-token",
          "x-openclaw-password",
          "x-openclaw-scopes",
          "tailscale-user-login",
          "via");

  @DictionaryEntries({
    "Cookie: ",
    "rockpool_session=",
    "__Host-rockpool_session=",
    "; ",
    "Origin: ",
    "X-Forwarded-For: ",
    "Authorization: ",
    "x-rockpool-edge: ",
    "x-rockpool-user-p4711p4711p4711p4711: ",
    "Tailscale-User-Login: "
  })
  @FuzzTest(maxDuration = "1m")
  void a_gateway_hears_only_from_the_edge_who_asks(byte[] sent) {
    var headers = HttpFields.build();
    new String(sent, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.indexOf(':') > 0)
        .forEach(line -> {
          int colon = line.indexOf(':');
          headers.add(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        });

    PassedHeaders.toGateway(
        headers, Origin.of(headers), TO, new InetSocketAddress("203.0.113.9", 4711));

    for (var field : headers) {
      var name = field.getName().toLowerCase(Locale.ROOT);
      assertThat(TELLING).doesNotContain(name);
      if (name.startsWith("x-forwarded")) {
        assertThat(field.getValue()).isEqualTo("203.0.113.9");
      } else if (name.startsWith("x-rockpool-")) {
        assertThat(name + "=" + field.getValue()).isIn("x-rockpool-edge=1", USER + "=owner");
      } else if (name.equals("origin")) {
        assertThat(field.getValue()).isEqualTo("http://rockpool.invalid");
      } else if (name.equals("cookie")) {
        List.of(field.getValue().split(";", -1)).forEach(it -> assertThat(isSession(it)).isFalse());
      }
    }
    assertThat(headers.getValuesList(USER)).containsExactly("owner");
    assertThat(headers.getValuesList("x-rockpool-edge")).containsExactly("1");
    assertThat(headers.getValuesList("x-forwarded-for")).containsExactly("203.0.113.9");
  }

  @DictionaryEntries({
    "rockpool_session",
    "=",
    "; Path=/",
    "__Secure-",
    "__Host-",
    "\\x09",
    "\\x20"
  })
  @FuzzTest(maxDuration = "1m")
  void no_gateway_sets_the_cookie_of_a_login(byte[] sent) {
    var line = new String(sent, StandardCharsets.UTF_8);

    var passed = PassedHeaders.toClient(new HttpField("Set-Cookie", line));

    if (passed != null) {
      assertThat(isSession(sentBack(passed.getValue()))).as(line).isFalse();
    }
  }

  /** What a browser makes of it (RFC 6265bis, 5.6 and 5.8.3): no name means the value alone. */
  private static String sentBack(String line) {
    int end = line.indexOf(';');
    var pair = end < 0 ? line : line.substring(0, end);
    int equals = pair.indexOf('=');
    var name = equals < 0 ? "" : pair.substring(0, equals).strip();
    var value = pair.substring(equals + 1).strip();
    return name.isEmpty() ? value : name + "=" + value;
  }

  private static boolean isSession(String cookie) {
    int equals = cookie.indexOf('=');
    var name = (equals < 0 ? cookie : cookie.substring(0, equals)).strip();
    return name.replaceFirst("(?i)^__(host|secure)-", "").equalsIgnoreCase("rockpool_session");
  }
}
