package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {
  static Stream<Named<Cursor>> cursors() {
    return LongStream.range(0, 200)
        .mapToObj(seed -> {
          var random = new SplittableRandom(seed);
          var id = new StringBuilder("x");
          random
              .ints(random.nextInt(60), 0, 6)
              .forEach(i -> id.appendCodePoint("a:é世🎉/".codePoints().toArray()[i]));
          return Named.of("seed " + seed, new Cursor(random.nextLong(), id.toString()));
        });
  }

  @ParameterizedTest
  @MethodSource("cursors")
  void comes_back_as_it_went(Cursor cursor) {
    assertThat(cursor.text()).matches("[A-Za-z0-9_-]+");
    assertThat(Cursor.parse(cursor.text())).isEqualTo(cursor);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "!!", "NTo", "OmE", "YTpi", "wIA", "MDU6YQ", "NTphYQ=", "NTphYQ=="})
  void anything_else_is_refused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cursor.parse(text))
        .withMessageStartingWith("is not a cursor of this API");
  }
}
