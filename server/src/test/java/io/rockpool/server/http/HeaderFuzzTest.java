package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;

/** Single values that strangers put into headers and queries. */
@Tag("fuzz")
class HeaderFuzzTest {
  @DictionaryEntries({"-1:", ":", "==", "_", "OTIyMzM3MjAzNjg1NDc3NTgwNzph"})
  @FuzzTest(maxDuration = "1m")
  void a_cursor_is_one_of_ours_or_none(byte[] sent) {
    var text = new String(sent, StandardCharsets.UTF_8);
    Optional<Cursor> cursor;
    try {
      cursor = Optional.of(Cursor.parse(text));
    } catch (IllegalArgumentException refused) {
      cursor = Optional.empty();
      assertThat(refused).hasMessageStartingWith("is not a cursor of this API");
    }

    cursor.ifPresent(it -> {
      assertThat(it.id()).hasSizeBetween(1, 256);
      assertThat(it.text()).isEqualTo(text);
    });
  }

  @DictionaryEntries({"W/", "\"7\"", "\"\"", "*", ",", "\"7\",", " , "})
  @FuzzTest(maxDuration = "1m")
  void only_a_strong_tag_of_the_present_allows_a_change(byte[] sent) {
    var text = new String(sent, StandardCharsets.UTF_8);
    Optional<IfMatch> header;
    try {
      header = Optional.of(new IfMatch(text));
    } catch (IllegalArgumentException refused) {
      header = Optional.empty();
    }

    header.ifPresent(it -> {
      assertThat(it.allows(7)).isEqualTo(text.equals("*") || strongTags(text).contains("7"));
      assertThat(it.allows(7) && it.allows(8))
          .isEqualTo(text.equals("*") || strongTags(text).containsAll(List.of("7", "8")));
    });
  }

  /** Read letter by letter. */
  private static List<String> strongTags(String text) {
    var tags = new ArrayList<String>();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '"') {
        int end = text.indexOf('"', i + 1);
        if (i < 2 || !text.startsWith("W/", i - 2)) {
          tags.add(text.substring(i + 1, end));
        }
        i = end;
      }
    }
    return tags;
  }

  @FuzzTest(maxDuration = "30s")
  void a_request_id_is_harmless_in_a_log(byte[] sent) {
    var text = new String(sent, StandardCharsets.UTF_8);

    var id = RequestId.of(text);

    assertThat(id).hasSizeBetween(1, 64);
    assertThat(id.chars()).allMatch(c -> c < 0x7f && (c == '-' || Character.isLetterOrDigit(c)));
  }

  @DictionaryEntries({"Bearer ", "bearer ", "Bearer"})
  @FuzzTest(maxDuration = "30s")
  void a_bearer_token_is_what_follows_the_word(byte[] sent) {
    var text = new String(sent, StandardCharsets.UTF_8);

    var bearer =
        new Login.Attempt("GET", "/api/v1/instances", Route.Scope.READ, "", _ -> Optional.of(text))
            .bearer();

    bearer.ifPresent(token -> {
      assertThat(text).startsWithIgnoringCase("bearer ");
      assertThat(token.reveal()).isNotBlank();
      assertThat(text.strip().getBytes(StandardCharsets.UTF_8))
          .endsWith(token.reveal().getBytes(StandardCharsets.UTF_8));
    });
  }
}
