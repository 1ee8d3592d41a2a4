package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class RouteFuzzTest {
  private static final String DOMAIN = "claw.example";
  private static final String ADA = "/i/ada";
  private static final List<String> HOSTS = List.of("rockpool.example", "ada.claw.example", "");
  private static final List<Boolean> KINDS = List.of(false, true);

  /** What is the gateway's own or Rockpool's alone, wherever a path leads. */
  private static final List<String> CLOSED = List.of("/hooks", "/api/v1");

  /** Root paths that the edge opens; everything else stays below an instance's base path. */
  private static final List<String> OPEN =
      List.of(
          "/healthz",
          "/readyz",
          "/startupz",
          "/v1",
          "/tools/invoke",
          "/api/chat/media",
          "/media/inbound",
          "/__openclaw__/canvas",
          "/__openclaw__/board",
          "/__openclaw__/a2ui",
          "/__openclaw__/cap");

  @DictionaryEntries({
    "/i/ada",
    "/v1/",
    "/hooks",
    "/api/v1/admin/rpc",
    "/..",
    "/%2e",
    "%2E%2e",
    "%252e",
    "%25",
    "%2f",
    "%5c",
    "\\\\",
    "%3f",
    "%23",
    "%20",
    "%09",
    ";x",
    "/__openclaw__/canvas/",
    "/api/chat/media/"
  })
  @FuzzTest(maxDuration = "3m")
  void no_path_leads_out_of_what_the_edge_opened(byte[] sent) {
    var path = new String(sent, StandardCharsets.UTF_8);

    for (var host : HOSTS) {
      for (boolean socket : KINDS) {
        Stream.of("", ADA, "/v1", ADA + "/v1")
            .forEach(above -> {
              if (Route.of(host, above + path, DOMAIN, socket) instanceof Route.Pass pass) {
                stays(pass, socket);
              }
            });
      }
    }
  }

  @DictionaryEntries({".claw.example", "ada", "xn--", ".", "claw.example.", "CLAW.example"})
  @FuzzTest(maxDuration = "1m")
  void no_host_is_taken_for_another_instance(byte[] sent) {
    var host = new String(sent, StandardCharsets.UTF_8);

    var below = Route.of(host, "/i/ada/chat", DOMAIN, false);
    var root = Route.of(host, "/v1/models", DOMAIN, false);

    if (root instanceof Route.Pass pass) {
      var name = host.toLowerCase(Locale.ROOT);
      assertThat(name).isIn(pass.id() + "." + DOMAIN, pass.id() + "." + DOMAIN + ".");
      assertThat(below instanceof Route.Pass).isEqualTo(pass.id().value().equals("ada"));
    }
    if (below instanceof Route.Pass pass) {
      assertThat(pass.id()).hasToString("ada");
    }
  }

  private static void stays(Route.Pass pass, boolean socket) {
    assertThat(pass.kind() == Traffic.Kind.SOCKET).isEqualTo(socket);
    assertHasNoDots(pass.path());
    var base = "/i/" + pass.id();
    for (var reading : OpenClawPath.readings(pass.path())) {
      if (isWithin(pass.path(), base)) {
        assertThat(reading).as("%s", pass).matches(it -> isWithin(it, base), "stays below " + base);
        assertIsOpen(reading.substring(base.length()));
      } else if (socket) {
        assertThat(reading).isEqualTo("/");
      } else {
        assertThat(OPEN)
            .as("%s is read as %s", pass, reading)
            .anyMatch(it -> isWithin(reading, it));
        assertIsOpen(reading);
      }
    }
  }

  private static boolean isWithin(String path, String prefix) {
    return path.equals(prefix) || path.startsWith(prefix + "/");
  }

  private static void assertIsOpen(String path) {
    assertThat(CLOSED).as(path).noneMatch(it -> isWithin(path, it));
  }

  /** Whatever ends a segment for whoever reads it, and however often they decode. */
  private static void assertHasNoDots(String path) {
    var plain = path;
    for (var last = ""; !plain.equals(last); ) {
      for (var segment : plain.replace('\\', '/').split("/", -1)) {
        int end = 0;
        while (end < segment.length() && ";?#".indexOf(segment.charAt(end)) < 0) {
          end++;
        }
        assertThat(segment.substring(0, end).strip()).isNotIn(".", "..");
      }
      last = plain;
      plain = decodedOnce(plain);
    }
  }

  private static String decodedOnce(String text) {
    var plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      var isEscape =
          text.charAt(i) == '%'
              && i + 2 < text.length()
              && HexFormat.isHexDigit(text.charAt(i + 1))
              && HexFormat.isHexDigit(text.charAt(i + 2));
      plain.append(isEscape ? (char) HexFormat.fromHexDigits(text, i + 1, i + 3) : text.charAt(i));
      i += isEscape ? 2 : 0;
    }
    return plain.toString();
  }
}
