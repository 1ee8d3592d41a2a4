package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class EventStreamTest {
  record Row(String name, String bytes, List<ServerEvent> expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("an empty stream has no events", "", List.of()),
          new Row(
              "an event has a name, an id and data",
              "event: delta\nid: 7\ndata: {}\n\n",
              List.of(new ServerEvent("delta", "7", "{}"))),
          new Row(
              "an event without a name is a message",
              "data: x\n\n",
              List.of(new ServerEvent("message", "", "x"))),
          new Row(
              "lines of data are joined",
              "data: a\ndata: b\n\n",
              List.of(new ServerEvent("message", "", "a\nb"))),
          new Row(
              "an id holds until the next one",
              "id: 1\ndata: a\n\ndata: b\n\n",
              List.of(new ServerEvent("message", "1", "a"), new ServerEvent("message", "1", "b"))),
          new Row(
              "comments are passed over",
              ": still here\n\n: still here\ndata: a\n\n",
              List.of(new ServerEvent("message", "", "a"))),
          new Row(
              "only one blank after the colon is not data",
              "data:  a\ndata:b\n\n",
              List.of(new ServerEvent("message", "", " a\nb"))),
          new Row(
              "a field without a colon has no value",
              "data\n\n",
              List.of(new ServerEvent("message", "", ""))),
          new Row(
              "a name without data is no event, and names nothing else",
              "event: delta\n\ndata: a\n\n",
              List.of(new ServerEvent("message", "", "a"))),
          new Row(
              "line ends may be those of any system",
              "data: a\r\n\r\ndata: b\r\r",
              List.of(new ServerEvent("message", "", "a"), new ServerEvent("message", "", "b"))),
          new Row(
              "an event that is cut short is none",
              "data: a\n\ndata: b\n",
              List.of(new ServerEvent("message", "", "a"))),
          new Row(
              "text is UTF-8", "data: 世🎉\n\n", List.of(new ServerEvent("message", "", "世🎉"))));

  @ParameterizedTest
  @FieldSource("rows")
  void reads(Row row) throws IOException {
    var seen = new ArrayList<ServerEvent>();

    try (var events = new EventStream(new ByteArrayInputStream(row.bytes().getBytes(UTF_8)))) {
      for (var event = events.next(); event.isPresent(); event = events.next()) {
        seen.add(event.get());
      }
    }

    assertThat(seen).isEqualTo(row.expected());
  }
}
