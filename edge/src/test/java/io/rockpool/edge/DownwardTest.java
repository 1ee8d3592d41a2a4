package io.rockpool.edge;

import static io.rockpool.edge.Wire.LAST;
import static io.rockpool.edge.Wire.all;
import static io.rockpool.edge.Wire.gateway;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownwardTest {
  private static final String SUSPENDED =
      "{\"type\":\"event\",\"event\":\"gateway.suspension\",\"payload\":{\"phase\":\"prepared\"},\"seq\":7}";
  private static final String ACCEPTING = SUSPENDED.replace("prepared", "accepting");
  private static final String OTHER =
      "{\"type\":\"event\",\"event\":\"gateway.news\",\"payload\":{\"phase\":\"prepared\"},\"seq\":8}";

  private final Downward downward = new Downward(() -> true);
  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private ByteBuffer left = ByteBuffer.allocate(0);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 47, 100, 100_000})
  void all_is_passed_but_a_suspension_which_a_page_need_not_know(int step) throws Exception {
    var said =
        all(
            text(OTHER),
            text(SUSPENDED),
            text("x".repeat(1_000)),
            gateway(LAST | Wire.PING, "p"),
            text(SUSPENDED),
            gateway(Wire.TEXT, "half"),
            gateway(LAST | Wire.PONG, "p"),
            gateway(LAST | Wire.CONTINUATION, " half"),
            gateway(LAST | Wire.BINARY, SUSPENDED),
            text(""));

    for (int from = 0; from < said.length; from += step) {
      send(Arrays.copyOfRange(said, from, Math.min(said.length, from + step)));
    }

    assertThat(string(passed))
        .isEqualTo(string(said).replace(string(text(SUSPENDED)), string(text(ACCEPTING))));
    assertThat(left.remaining()).isZero();
  }

  @Test
  void a_tick_comes_between_two_messages() throws Exception {
    var message = text("hello");
    send(Arrays.copyOf(message, 4));
    downward.tick(17);
    send(new byte[0]);
    assertThat(passed.size()).isEqualTo(4);

    send(Arrays.copyOfRange(message, 4, message.length));
    send(new byte[0]);

    var tick = text("{\"type\":\"event\",\"event\":\"tick\",\"payload\":{\"ts\":17}}");
    assertThat(passed.toByteArray()).isEqualTo(all(message, tick));
  }

  @Test
  void a_tick_comes_before_a_message_of_which_nothing_was_passed() throws Exception {
    var message = text(OTHER);
    send(Arrays.copyOf(message, 1));
    downward.tick(17);
    send(Arrays.copyOfRange(message, 1, message.length));

    assertThat(string(passed)).contains("\"tick\"").endsWith(string(message));
  }

  @Test
  void it_is_quiet_when_nothing_was_said_for_a_while() throws Exception {
    assertThat(downward.wasQuiet()).isTrue();
    send(text("hello"));
    assertThat(downward.wasQuiet()).isFalse();
    assertThat(downward.wasQuiet()).isTrue();

    downward.tick(17);
    send(new byte[0]);

    assertThat(downward.wasQuiet()).isFalse();
  }

  @Test
  void nothing_is_put_into_what_cannot_be_read() throws Exception {
    var odd = "HTTP/1.1 400 Bad Request\r\n".getBytes(StandardCharsets.UTF_8);
    send(odd);
    downward.tick(17);
    downward.pong(ByteBuffer.allocate(0));
    send(text("hello"));

    assertThat(passed.toByteArray()).isEqualTo(all(odd, text("hello")));
  }

  private void send(byte[] bytes) throws IOException {
    left = ByteBuffer.allocate(left.remaining() + bytes.length).put(left).put(bytes).flip();
    UpwardTest.drain(downward, left, passed);
  }

  private static byte[] text(String words) {
    return gateway(LAST | Wire.TEXT, words);
  }

  private static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String string(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }
}
