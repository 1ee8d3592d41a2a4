package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.LogPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLogTest {
  @TempDir Path folder;
  private ConsoleLog output;

  @BeforeEach
  void create() throws IOException {
    output = new ConsoleLog(folder);
    output.create();
  }

  @Test
  void positions_go_on_over_rotations() throws IOException {
    append("one\ntwo\n");
    output.rotate(1, 3);
    append("three\n");
    output.rotate(1, 3);
    append("four\n");

    var first = output.read(0, 2, false);
    var second = output.read(first.next(), 10, false);

    assertThat(first).isEqualTo(new LogPage(List.of("one", "two"), 8));
    assertThat(second).isEqualTo(new LogPage(List.of("three", "four"), 19));
    assertThat(folder.resolve("console.log")).hasContent("four");
  }

  @Test
  void a_line_that_was_cut_by_a_rotation_is_whole() throws IOException {
    append("one\ntw");
    output.rotate(1, 3);
    append("o\nthree\n");

    assertThat(output.read(0, 10, false).lines()).containsExactly("one", "two", "three");
    assertThat(output.tail(2, false).lines()).containsExactly("two", "three");
  }

  @Test
  void the_oldest_parts_go_and_reading_starts_at_the_oldest_whole_line() throws IOException {
    for (var text : List.of("one\ntw", "o\nthree\nfo", "ur\nfive\n", "six\n")) {
      append(text);
      output.rotate(1, 2);
    }

    var page = output.read(0, 10, false);

    assertThat(page.lines()).containsExactly("five", "six");
    assertThat(output.read(page.next(), 10, false).lines()).isEmpty();
    assertThat(folder).isDirectoryContaining("glob:**console.16.log");
  }

  @Test
  void small_output_is_not_rotated() throws IOException {
    append("one\n");

    output.rotate(5, 3);

    assertThat(folder.resolve("console.log")).hasContent("one");
  }

  @Test
  void a_rotation_that_was_cut_off_is_finished_or_undone() throws IOException {
    append("one\n");
    // Killed before the original was emptied: the copy is not needed.
    Files.writeString(folder.resolve("console.0.part"), "one\n");
    output.rotate(100, 3);
    assertThat(output.read(0, 10, false).lines()).containsExactly("one");

    // Killed after it was emptied: the copy is all there is.
    Files.move(folder.resolve("console.log"), folder.resolve("console.0.part"));
    output.create();
    append("two\n");
    output.rotate(100, 3);
    assertThat(output.read(0, 10, false).lines()).containsExactly("one", "two");
  }

  @Test
  void an_unfinished_line_is_given_once_nobody_writes_any_more() throws IOException {
    append("one\ntwo");

    assertThat(output.read(0, 10, false)).isEqualTo(new LogPage(List.of("one"), 4));
    assertThat(output.tail(10, false).lines()).containsExactly("one");
    assertThat(output.read(0, 10, true)).isEqualTo(new LogPage(List.of("one", "two"), 7));
    assertThat(output.tail(1, true).lines()).containsExactly("two");
  }

  @Test
  void a_very_long_line_comes_in_pieces() throws IOException {
    append("x".repeat(ConsoleLog.LONGEST_LINE + 5) + "\nshort\n");

    assertThat(output.read(0, 10, false).lines())
        .containsExactly("x".repeat(ConsoleLog.LONGEST_LINE), "xxxxx", "short");
  }

  @Test
  void large_output_is_read_in_pages_without_gap() throws IOException {
    var all = IntStream.range(0, 20_000).mapToObj(i -> "line " + "-".repeat(i % 300) + i).toList();
    append(String.join("\r\n", all) + "\r\n");

    var read = new ArrayList<String>();
    long position = 0;
    while (read.size() < all.size()) {
      var page = output.read(position, 777, false);
      assertThat(page.lines()).isNotEmpty();
      read.addAll(page.lines());
      position = page.next();
    }

    assertThat(read).isEqualTo(all);
    assertThat(output.tail(5_000, false).lines()).isEqualTo(all.subList(15_000, 20_000));
  }

  @Test
  void a_position_behind_the_end_waits_there() throws IOException {
    append("one\n");

    assertThat(output.read(1_000, 10, false)).isEqualTo(new LogPage(List.of(), 4));
  }

  private void append(String text) throws IOException {
    Files.writeString(folder.resolve("console.log"), text, StandardOpenOption.APPEND);
  }
}
