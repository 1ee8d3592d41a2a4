package io.rockpool.edge;

import static io.rockpool.edge.Frames.Event.CLOSE;
import static io.rockpool.edge.Frames.Event.MESSAGE;
import static io.rockpool.edge.Frames.Event.ODD;
import static io.rockpool.edge.Frames.Event.OPENED;
import static io.rockpool.edge.Frames.Event.PING;
import static io.rockpool.edge.Frames.Event.PONG;
import static io.rockpool.edge.Wire.LAST;
import static io.rockpool.edge.Wire.all;
import static io.rockpool.edge.Wire.client;
import static io.rockpool.edge.Wire.frame;
import static io.rockpool.edge.Wire.gateway;
import static io.rockpool.edge.Wire.said;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.edge.Frames.Event;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class FramesTest {
  record Row(String name, ByteBuffer bytes, List<Event> events) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          row("a message", said("hello"), MESSAGE),
          row("the masked example of the RFC", hex("818537fa213d7f9f4d5158"), MESSAGE),
          row("an empty message", said(""), MESSAGE),
          row("two messages in one packet", all(said("a"), said("b")), MESSAGE, MESSAGE),
          row("a message of 512 bytes", said("x".repeat(512)), MESSAGE),
          row("a longer one", said("x".repeat(513)), OPENED, MESSAGE),
          row("one with a length of 16 bits", said("x".repeat(65_535)), OPENED, MESSAGE),
          row("one with a length of 64 bits", said("x".repeat(65_536)), OPENED, MESSAGE),
          row("a binary message", client(LAST | Wire.BINARY, "x".repeat(600)), OPENED, MESSAGE),
          row(
              "a message in three frames",
              all(
                  client(Wire.TEXT, "a"),
                  client(Wire.CONTINUATION, ""),
                  client(LAST | Wire.CONTINUATION, "b")),
              MESSAGE),
          row(
              "a message whose frames fill the opening exactly",
              all(client(Wire.TEXT, "x".repeat(512)), client(LAST | Wire.CONTINUATION, "")),
              OPENED,
              MESSAGE),
          row(
              "a ping between the frames of a message",
              all(
                  client(Wire.TEXT, "a"),
                  client(LAST | Wire.PING, "p"),
                  client(LAST | Wire.CONTINUATION, "b")),
              PING,
              MESSAGE),
          row("a pong", client(LAST | Wire.PONG, ""), PONG),
          row("a close", client(LAST | Wire.CLOSE, "\u0003\u00e8"), CLOSE),
          row("a message and some bytes of the next", all(said("a"), hex("8185")), MESSAGE),
          row("an extension", client(LAST | 0x40 | Wire.TEXT, "a"), ODD),
          row("an unknown kind of frame", client(LAST | 0x3, "a"), ODD),
          row("an unknown control frame", client(LAST | 0xb, "a"), ODD),
          row("a continuation of nothing", client(LAST | Wire.CONTINUATION, "a"), ODD),
          row("a message within a message", all(client(Wire.TEXT, "a"), said("b")), ODD),
          row("a client without a mask", frame(LAST | Wire.TEXT, false, new byte[] {1}), ODD),
          row("a ping in two frames", client(Wire.PING, ""), ODD),
          row("a ping that is too long", client(LAST | Wire.PING, "p".repeat(126)), ODD),
          row("a negative length", hex("81ffffffffffffffffff00000000"), ODD),
          row("a length with a byte too many", hex("81fe000500000000"), ODD),
          row("the greatest length", hex("81ff7fffffffffffffff00000000")),
          row("another protocol", "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.UTF_8), ODD),
          row("a good message and then an odd one", all(said("a"), hex("ff")), MESSAGE));

  @ParameterizedTest
  @FieldSource("rows")
  void tells_where_messages_end(Row row) {
    var bytes = row.bytes().array();

    assertThat(events(Frames.ofClient(), bytes, bytes.length)).isEqualTo(row.events());
  }

  @ParameterizedTest
  @FieldSource("rows")
  void tells_the_same_when_every_byte_comes_alone(Row row) {
    assertThat(events(Frames.ofClient(), row.bytes().array(), 1)).isEqualTo(row.events());
  }

  @Test
  void keeps_the_opening_of_a_message_without_its_mask() {
    var frames = Frames.ofClient();
    var bytes = all(client(Wire.TEXT, "grü"), client(LAST | Wire.CONTINUATION, "ße"));

    assertThat(events(frames, bytes, 3)).containsExactly(MESSAGE);

    assertThat(new String(frames.opening(), 0, frames.openingLength(), StandardCharsets.UTF_8))
        .isEqualTo("grüße");
    assertThat(frames.isText()).isTrue();
  }

  @Test
  void keeps_what_a_ping_says() {
    var frames = Frames.ofClient();

    events(frames, client(LAST | Wire.PING, "are you there"), 4);

    assertThat(StandardCharsets.UTF_8.decode(frames.control()).toString())
        .isEqualTo("are you there");
  }

  @Test
  void keeps_no_opening_of_what_a_gateway_says() {
    assertThat(events(Frames.ofGateway(), gateway(LAST | Wire.TEXT, "x".repeat(70_000)), 1_000))
        .containsExactly(MESSAGE);
  }

  @Test
  void knows_where_a_frame_and_where_a_message_may_be_put_in() {
    var frames = Frames.ofGateway();
    assertThat(frames.isBetweenMessages()).isTrue();

    events(frames, hex("01"), 1);
    assertThat(frames.isBetweenFrames()).as("in a header").isFalse();
    events(frames, hex("02aa"), 2);
    assertThat(frames.isBetweenFrames()).as("in a payload").isFalse();
    events(frames, hex("bb"), 1);
    assertThat(frames.isBetweenFrames()).as("between two frames").isTrue();
    assertThat(frames.isBetweenMessages()).as("within a message").isFalse();
    events(frames, hex("8000"), 2);
    assertThat(frames.isBetweenMessages()).as("at the end").isTrue();
    events(frames, hex("ff"), 1);
    events(frames, hex("00"), 1);
    assertThat(frames.isBetweenFrames()).as("after something odd").isFalse();
  }

  /** All events but {@link Event#MORE}, up to the first odd one. */
  static List<Event> events(Frames frames, byte[] bytes, int step) {
    var events = new ArrayList<Event>();
    var buffer = ByteBuffer.wrap(bytes);
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + step);
      var event = frames.read(buffer, from, to);
      while (event != Event.MORE && event != ODD) {
        events.add(event);
        event = frames.read(buffer, frames.at(), to);
      }
      if (event == ODD) {
        events.add(ODD);
        return events;
      }
      from = to;
    }
    return events;
  }

  private static Row row(String name, byte[] bytes, Event... events) {
    return new Row(name, ByteBuffer.wrap(bytes), List.of(events));
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
