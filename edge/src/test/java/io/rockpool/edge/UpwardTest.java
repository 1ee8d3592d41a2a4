package io.rockpool.edge;

import static io.rockpool.edge.EdgeGround.ADA;
import static io.rockpool.edge.Wire.LAST;
import static io.rockpool.edge.Wire.all;
import static io.rockpool.edge.Wire.client;
import static io.rockpool.edge.Wire.said;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.rockpool.edge.Watch.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpwardTest {
  static final byte[] HELLO =
      said("{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{}}");
  static final byte[] POLL =
      said("{\"type\":\"req\",\"id\":\"2\",\"method\":\"agent.identity.get\",\"params\":{}}");
  static final byte[] CHAT =
      said("{\"type\":\"req\",\"id\":\"3\",\"method\":\"chat.send\",\"params\":{}}");

  private final EdgeGround.Bed bed = new EdgeGround.Bed();
  private final EdgeGround.Meter meter = new EdgeGround.Meter();
  private final List<String> pings = new ArrayList<>();
  private final Upward upward =
      new Upward(ADA, meter, bed, it -> pings.add(StandardCharsets.UTF_8.decode(it).toString()));
  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private ByteBuffer left = ByteBuffer.allocate(0);

  @Test
  void what_a_page_says_by_itself_is_passed_and_not_told() throws Exception {
    send(HELLO);
    send(POLL);
    send(client(LAST | Wire.PONG, ""));

    assertPassed(HELLO, POLL, client(LAST | Wire.PONG, ""));
    assertThat(meter.spoken.sum()).isZero();
  }

  @Test
  void everything_else_is_told() throws Exception {
    send(all(HELLO, CHAT));
    assertThat(meter.spoken.sum()).isOne();

    send(client(LAST | Wire.BINARY, "terminal"));

    assertThat(meter.spoken.sum()).isEqualTo(2);
  }

  @Test
  void a_long_hello_is_no_speech_and_a_long_message_is_all_the_while() throws Exception {
    var padded = "{\"type\":\"req\",\"id\":\"1\",\"method\":\"%s\",\"params\":\"%s\"}";
    var hello = said(padded.formatted("connect", "x".repeat(2_000)));
    var chat = said(padded.formatted("chat.send", "x".repeat(2_000)));

    sendInSteps(hello, 100);
    assertThat(meter.spoken.sum()).isZero();
    sendInSteps(chat, 1_000);

    assertThat(meter.spoken.sum()).isGreaterThanOrEqualTo(3);
    assertPassed(hello, chat);
  }

  @Test
  void nothing_is_passed_before_it_is_known() throws Exception {
    send(HELLO);
    for (int i = 0; i < POLL.length - 1; i++) {
      send(new byte[] {POLL[i]});
    }
    assertPassed(HELLO);

    send(new byte[] {POLL[POLL.length - 1]});

    assertPassed(HELLO, POLL);
  }

  @Test
  void polls_and_pongs_are_kept_while_it_sleeps_and_come_first_when_it_is_awake() throws Exception {
    var pong = client(LAST | Wire.PONG, "late");
    send(HELLO);
    bed.asleep = true;
    send(all(POLL, pong));
    assertPassed(HELLO);
    assertThat(upward.isHolding()).isTrue();

    bed.asleep = false;
    send(CHAT);

    assertPassed(HELLO, POLL, pong, CHAT);
    assertThat(bed.woken.get()).isZero();
  }

  @Test
  void polls_are_passed_when_somebody_else_has_woken_it() throws Exception {
    send(HELLO);
    bed.asleep = true;
    send(POLL);
    bed.asleep = false;

    send(new byte[0]);

    assertPassed(HELLO, POLL);
    assertThat(upward.isHolding()).isFalse();
  }

  @Test
  void only_the_last_sixteen_are_kept() throws Exception {
    send(HELLO);
    bed.asleep = true;
    for (int i = 0; i < 1_000; i++) {
      send(POLL);
    }
    bed.asleep = false;

    send(CHAT);

    assertThat(passed.size()).isEqualTo(HELLO.length + 16 * POLL.length + CHAT.length);
  }

  @Test
  void a_message_wakes_it_and_waits_in_order() throws Exception {
    send(HELLO);
    bed.asleep = true;

    assertThat(send(all(POLL, CHAT, POLL))).isEqualTo(Step.WAIT);
    assertPassed(HELLO);
    assertThat(bed.woken.get()).isOne();
    assertThat(meter.spoken.sum()).isOne();

    bed.asleep = false;
    send(new byte[0]);
    assertPassed(HELLO, POLL, CHAT, POLL);
    assertThat(meter.spoken.sum()).isOne();
  }

  @Test
  void a_message_that_has_begun_before_it_fell_asleep_wakes_it() throws Exception {
    var chat = said("x".repeat(2_000));
    send(HELLO);
    sendInSteps(Arrays.copyOf(chat, 1_000), 1_000);
    bed.asleep = true;

    assertThat(send(Arrays.copyOfRange(chat, 1_000, chat.length))).isEqualTo(Step.WAIT);

    bed.asleep = false;
    send(new byte[0]);
    assertPassed(HELLO, chat);
  }

  @Test
  void one_that_does_not_wake_is_woken_every_second_and_given_up_after_a_minute() throws Exception {
    bed.asleep = true;
    assertThat(send(CHAT)).isEqualTo(Step.WAIT);
    for (int i = 1; i < Upward.PATIENCE; i++) {
      assertThat(send(new byte[0])).isEqualTo(Step.WAIT);
    }

    assertThat(bed.woken.get()).isEqualTo(60);
    assertThatIOException().isThrownBy(() -> send(new byte[0]));
  }

  @Test
  void a_ping_is_answered_for_a_sleeper_and_passed_otherwise() throws Exception {
    var ping = client(LAST | Wire.PING, "p1");
    send(all(HELLO, ping));
    assertThat(pings).isEmpty();
    bed.asleep = true;

    send(ping);

    assertThat(pings).containsExactly("p1");
    assertPassed(HELLO, ping);
    assertThat(bed.woken.get()).isZero();
  }

  @Test
  void a_close_does_not_wake_and_leaves_nothing_behind() throws Exception {
    var close = client(LAST | Wire.CLOSE, "");
    send(HELLO);
    bed.asleep = true;

    send(all(POLL, close));

    assertPassed(HELLO, close);
    assertThat(upward.isHolding()).isFalse();
    assertThat(bed.woken.get()).isZero();
  }

  @Test
  void a_poll_of_another_protocol_is_speech() throws Exception {
    bed.asleep = true;

    assertThat(send(POLL)).isEqualTo(Step.WAIT);

    assertThat(upward.isConnected()).isFalse();
    assertThat(meter.spoken.sum()).isOne();
  }

  @Test
  void what_cannot_be_read_is_passed_as_it_is_and_counts_as_speech() throws Exception {
    var odd = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8);
    send(all(HELLO, odd));
    bed.asleep = true;
    assertThat(send(POLL)).isEqualTo(Step.WAIT);
    bed.asleep = false;
    send(CHAT);

    assertPassed(HELLO, odd, POLL, CHAT);
    assertThat(meter.spoken.sum()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void a_message_of_empty_frames_is_not_kept_for_ever() throws Exception {
    var empty = client(Wire.CONTINUATION, "");
    send(all(HELLO, client(Wire.TEXT, "")));
    for (int i = 0; i < 1_000; i++) {
      send(empty);
    }

    assertThat(left.remaining()).isLessThan(5_000);
    assertThat(meter.spoken.sum()).isPositive();
  }

  /** As the pipe does it; returns the step at which it stopped. */
  private Step send(byte[] bytes) throws IOException {
    left = ByteBuffer.allocate(left.remaining() + bytes.length).put(left).put(bytes).flip();
    return drain(upward, left, passed);
  }

  private void sendInSteps(byte[] bytes, int step) throws IOException {
    for (int from = 0; from < bytes.length; from += step) {
      send(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + step)));
    }
  }

  static Step drain(Watch watch, ByteBuffer bytes, ByteArrayOutputStream passed)
      throws IOException {
    while (true) {
      var step = watch.next(bytes);
      switch (step) {
        case PASS -> {
          var some = new byte[watch.length()];
          bytes.get(some);
          passed.writeBytes(some);
        }
        case DROP -> bytes.position(bytes.position() + watch.length());
        case OWN -> {
          var own = watch.own();
          while (own.hasRemaining()) {
            passed.write(own.get());
          }
        }
        case MORE, WAIT -> {
          return step;
        }
      }
    }
  }

  private void assertPassed(byte[]... expected) {
    assertThat(passed.toByteArray()).isEqualTo(all(expected));
  }
}
