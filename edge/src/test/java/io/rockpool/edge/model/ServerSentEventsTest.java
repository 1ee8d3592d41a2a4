package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: a\n\ndata: b\n\n",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\rdata: b\r\r",
        "data:a\n\ndata:b\n\n",
        ": keep-alive\n\ndata: a\n\nevent: x\ndata: b\n\n",
        "data: a\n\ndata: b"
      })
  void events_are_the_same_however_they_come(String stream) {
    var random = new Random(4711);
    for (int i = 0; i < 200; i++) {
      var events = cut(stream.getBytes(StandardCharsets.UTF_8), random);

      assertThat(String.join("", events.stream().map(ServerSentEventsTest::text).toList()))
          .isEqualTo(stream);
      assertThat(events.stream().flatMap(it -> it.data().stream())).containsExactly("a", "b");
    }
  }

  @Test
  void several_data_lines_are_one_text() {
    var events = cut("data: a\ndata\ndata:  b\n\n".getBytes(StandardCharsets.UTF_8), new Random(1));

    assertThat(events.getFirst().data()).contains("a\n\n b");
  }

  @Test
  void a_letter_of_several_bytes_may_be_cut_anywhere() {
    var stream = "data: {\"content\":\"龙虾🦞\"}\n\n";
    var events = cut(stream.getBytes(StandardCharsets.UTF_8), new Random(2));

    assertThat(events.getFirst().data()).contains("{\"content\":\"龙虾🦞\"}");
  }

  @Test
  void what_is_too_long_to_be_looked_into_passes_all_the_same() {
    var events = new ServerSentEvents();
    var part = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    long passed = 0;
    for (int i = 0; i < 40; i++) {
      events.add(part, part.length);
      for (var it = events.next(); it.isPresent(); it = events.next()) {
        passed += it.get().bytes().length;
      }
    }
    passed += events.rest().map(it -> it.bytes().length).orElse(0);

    assertThat(passed).isEqualTo(40L << 20);
  }

  /** Adds a stream in parts of one to five bytes. */
  private static List<ServerSentEvents.Event> cut(byte[] stream, Random random) {
    var events = new ServerSentEvents();
    var all = new ArrayList<ServerSentEvents.Event>();
    for (int i = 0; i < stream.length; ) {
      int length = Math.min(stream.length - i, 1 + random.nextInt(5));
      var part = new byte[length];
      System.arraycopy(stream, i, part, 0, length);
      events.add(part, length);
      for (var it = events.next(); it.isPresent(); it = events.next()) {
        all.add(it.get());
      }
      i += length;
    }
    events.rest().ifPresent(all::add);
    return all;
  }

  private static String text(ServerSentEvents.Event event) {
    return new String(event.bytes(), StandardCharsets.UTF_8);
  }
}
