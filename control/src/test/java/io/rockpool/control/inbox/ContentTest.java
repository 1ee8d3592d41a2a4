package io.rockpool.control.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContentTest {
  private static final byte[] BODY = {0, 1, -1, 10, 13};
  private static final Map<String, String> HEADERS =
      Map.of("X-Slack-Signature", "v0=…", "Empty", "", "Content-Type", "text/plain");

  @Test
  void it_is_read_as_it_was_written() {
    var read = Content.of(new Content(HEADERS, BODY).bytes());

    assertThat(read.headers()).isEqualTo(HEADERS);
    assertThat(read.body()).isEqualTo(BODY);
    assertThat(Content.of(new Content(Map.of(), new byte[0]).bytes()).body()).isEmpty();
  }

  @Test
  void what_is_cut_within_its_headers_is_refused() {
    var bytes = new Content(HEADERS, new byte[0]).bytes();
    for (int length = 0; length < bytes.length; length++) {
      var cut = Arrays.copyOf(bytes, length);

      assertThatThrownBy(() -> Content.of(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void it_does_not_show_itself() {
    assertThat(new Content(HEADERS, BODY)).hasToString("5 bytes");
  }
}
