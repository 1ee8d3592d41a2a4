package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QrCodeTest {
  /**
   * As OpenClaw 2026.9.6 draws a code of WhatsApp's (its {@code renderQrPngDataUrl}), and behind it
   * the modules of that code as its library has them, row by row.
   */
  static final List<String> DRAWN = drawn();

  private static List<String> drawn() {
    try (var in = requireNonNull(QrCodeTest.class.getResourceAsStream("qr.txt"))) {
      return new String(in.readAllBytes(), UTF_8).lines().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void what_openclaw_draws_has_the_same_modules_in_a_terminal() {
    var lines = QrCode.read(DRAWN.getFirst()).orElseThrow().text().lines().toList();

    var modules = DRAWN.subList(1, DRAWN.size());
    assertThat(modules).hasSize(57);
    assertThat(lines).hasSize((57 + 4 + 1) / 2).allMatch(it -> it.length() == 57 + 4);
    for (int row = 0; row < 57; row++) {
      var read = new StringBuilder();
      for (int column = 0; column < 57; column++) {
        var drawn = lines.get((row + 2) / 2).charAt(column + 2);
        var light = drawn == '\u2588' || drawn == ((row + 2) % 2 == 0 ? '\u2580' : '\u2584');
        read.append(light ? '.' : '#');
      }
      assertThat(read.toString()).isEqualTo(modules.get(row));
    }
    assertThat(lines.getFirst()).as("the margin is light").isEqualTo("\u2588".repeat(61));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2@abc",
        "data:image/png;base64,",
        "data:image/png;base64,****",
        "data:image/png;base64,AAAA",
        // one white pixel
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj3fwAAAABJRU5ErkJggg=="
      })
  void what_is_no_code_is_not_drawn(String image) {
    assertThat(QrCode.read(image)).isEmpty();
  }
}
