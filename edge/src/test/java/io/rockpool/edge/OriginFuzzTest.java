package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class OriginFuzzTest {
  private static final Pattern SHAPE =
      Pattern.compile("(?s)([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\\\@]+)([/?#].*)?");

  /** The first line is {@code Host}, each further one an {@code Origin}. */
  @DictionaryEntries({"http://", "https://", "null", ":443", ":80", "@", "[::1]", "ada.example"})
  @FuzzTest(maxDuration = "1m")
  void only_the_host_that_was_asked_is_its_own_origin(byte[] sent) {
    var lines = new String(sent, StandardCharsets.UTF_8).lines().toList();
    var headers = HttpFields.build();
    lines.stream().limit(1).forEach(it -> headers.add(HttpHeader.HOST, it));
    lines.stream().skip(1).forEach(it -> headers.add(HttpHeader.ORIGIN, it));

    var origin = Origin.of(headers);

    assertThat(origin == Origin.UNSAID).isEqualTo(lines.size() < 2);
    if (origin == Origin.OWN) {
      assertThat(lines).hasSize(2);
      var parts = SHAPE.matcher(lines.get(1));
      assertThat(parts.matches()).as("%s", lines).isTrue();
      var usual = parts.group(1).equalsIgnoreCase("https") ? ":443" : ":80";
      assertThat(authority(parts.group(2), usual)).isEqualTo(authority(lines.get(0), usual));
    }
  }

  private static String authority(String text, String usual) {
    var lower = text.toLowerCase(Locale.ROOT);
    var plain = lower.endsWith(":") ? lower.substring(0, lower.length() - 1) : lower;
    return plain.matches("(?s).*:0*[0-9]+") && !plain.endsWith("]")
        ? plain.replaceFirst(":0*([0-9]+)$", ":$1")
        : plain + usual;
  }
}
