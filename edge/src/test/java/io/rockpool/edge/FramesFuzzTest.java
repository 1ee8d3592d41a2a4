package io.rockpool.edge;

import static io.rockpool.edge.EdgeGround.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class FramesFuzzTest {
  /** More than a tail that waits to be known. */
  private static final int TAIL = 8 * 1024;

  @FuzzTest(maxDuration = "1m")
  void where_messages_end_does_not_depend_on_how_they_come(byte[] sent) {
    for (int step : new int[] {1, 2, 7, 600}) {
      assertThat(FramesTest.events(Frames.ofClient(), sent, step))
          .isEqualTo(FramesTest.events(Frames.ofClient(), sent, sent.length));
      assertThat(FramesTest.events(Frames.ofGateway(), sent, step))
          .isEqualTo(FramesTest.events(Frames.ofGateway(), sent, sent.length));
    }
  }

  @DictionaryEntries({
    "\\x81\\x82\\x00\\x00\\x00\\x00{}",
    "\\x8a\\x80\\x00\\x00\\x00\\x00",
    "\\x88"
  })
  @FuzzTest(maxDuration = "2m")
  void what_a_client_says_to_an_instance_that_sleeps_and_wakes_arrives(byte[] sent)
      throws IOException {
    var bed = new EdgeGround.Bed();
    var upward =
        new Upward(
            ADA, Traffic.UNHEARD, bed, it -> assertThat(it.remaining()).isLessThanOrEqualTo(125));
    var passed = new ByteArrayOutputStream();
    var left = ByteBuffer.allocate(0);
    boolean sleeps = sent.length % 3 < 2;
    for (int from = 0; from < sent.length; from += 100) {
      bed.asleep = sleeps && from / 100 % 2 == sent.length % 2;
      var some = Arrays.copyOfRange(sent, from, Math.min(sent.length, from + 100));
      left = ByteBuffer.allocate(left.remaining() + some.length).put(left).put(some).flip();
      UpwardTest.drain(upward, left, passed);
    }
    bed.asleep = false;
    UpwardTest.drain(upward, left, passed);

    assertThat(left.remaining()).isLessThan(TAIL);
    if (sleeps) { // a ping was answered, and of many polls the first may be missing
      assertThat(isWithin(passed.toByteArray(), sent)).isTrue();
    } else {
      var rest = new byte[left.remaining()];
      left.get(rest);
      passed.writeBytes(rest);
      assertThat(passed.toByteArray()).isEqualTo(sent);
    }
  }

  @DictionaryEntries({"\\x81\\x7e", "{\"type\":\"event\",\"event\":\"gateway.suspension\","})
  @FuzzTest(maxDuration = "1m")
  void what_a_gateway_says_is_passed_as_it_is(byte[] sent) throws IOException {
    var downward = new Downward(() -> false);
    var passed = new ByteArrayOutputStream();
    var left = ByteBuffer.allocate(0);
    for (int from = 0; from < sent.length; from += 100) {
      var some = Arrays.copyOfRange(sent, from, Math.min(sent.length, from + 100));
      left = ByteBuffer.allocate(left.remaining() + some.length).put(left).put(some).flip();
      UpwardTest.drain(downward, left, passed);
      assertThat(left.remaining()).isLessThan(TAIL);
    }
    var rest = new byte[left.remaining()];
    left.get(rest);
    passed.writeBytes(rest);

    if (!new String(sent, StandardCharsets.ISO_8859_1).contains("gateway.suspension")) {
      assertThat(passed.toByteArray()).isEqualTo(sent);
    }
  }

  /** Whether the first is the second with parts left out. */
  private static boolean isWithin(byte[] part, byte[] whole) {
    int at = 0;
    for (int i = 0; i < whole.length && at < part.length; i++) {
      at += whole[i] == part[at] ? 1 : 0;
    }
    return at == part.length;
  }
}
