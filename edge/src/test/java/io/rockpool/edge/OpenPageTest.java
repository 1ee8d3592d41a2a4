package io.rockpool.edge;

import static io.rockpool.edge.EdgeGround.open;
import static io.rockpool.edge.UpwardTest.CHAT;
import static io.rockpool.edge.UpwardTest.HELLO;
import static io.rockpool.edge.UpwardTest.POLL;
import static io.rockpool.edge.Wire.LAST;
import static io.rockpool.edge.Wire.all;
import static io.rockpool.edge.Wire.client;
import static io.rockpool.edge.Wire.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.EdgeGround.Bed;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Control UI that stays open while its instance sleeps: two sockets, and the edge between. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // JUnit calls begin()
class OpenPageTest {
  private static final Duration TICK = Duration.ofMillis(200);

  private final Bed bed = new Bed();
  private ServerSocket listener;
  private EdgeGround edge;
  private Socket page;
  private Socket gateway;

  /** Before and behind the handshake, from which the edge counts on: by the clock, and by nanos. */
  private long opened;

  private long openedNanos;
  private long established;
  private long establishedNanos;

  @BeforeEach
  void begin() throws IOException {
    opened = InstantSource.system().millis();
    openedNanos = System.nanoTime();
    listener = new ServerSocket(0);
    edge = new EdgeGround(limited(), open(listener.getLocalPort()), bed, TICK);
    page = edge.wire();
    gateway = shakeHands(page);
    page.getOutputStream().write(HELLO);
    assertThat(heard(HELLO.length)).isEqualTo(HELLO);
    established = InstantSource.system().millis();
    establishedNanos = System.nanoTime();
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  @AfterEach
  void end() throws IOException {
    gateway.close();
    page.close();
    edge.close();
    listener.close();
  }

  @Test
  void a_page_hears_ticks_as_long_as_its_instance_sleeps() throws Exception {
    long before = opened + millisSince(establishedNanos);
    bed.asleep = true;

    for (int i = 0; i < 3; i++) {
      var tick = message(page);
      assertThat(tick)
          .matches("\\{\"type\":\"event\",\"event\":\"tick\",\"payload\":\\{\"ts\":\\d+}}");
      assertThat(Long.parseLong(tick.replaceAll("\\D", "")))
          .isBetween(before - 1, established + millisSince(openedNanos) + 1);
    }

    assertThat(bed.woken.get()).isZero();
    assertThat(edge.meter.spoken.sum()).isZero();
    bed.asleep = false;
    gateway.getOutputStream().write(gateway(LAST | Wire.TEXT, "good morning"));
    await().until(() -> message(page).equals("good morning"));
  }

  @Test
  void a_message_wakes_its_instance_and_is_answered_over_the_same_socket() throws Exception {
    bed.asleep = true;
    page.getOutputStream().write(all(POLL, CHAT, POLL));
    await().until(() -> bed.woken.get() > 0);
    assertThat(gateway.getInputStream().available()).isZero();

    bed.asleep = false;

    assertThat(heard(2 * POLL.length + CHAT.length)).isEqualTo(all(POLL, CHAT, POLL));
    gateway.getOutputStream().write(gateway(LAST | Wire.TEXT, "an answer"));
    await().until(() -> message(page).equals("an answer"));
    assertThat(edge.meter.spoken.sum()).isOne();
  }

  @Test
  void polls_reach_their_instance_when_it_is_awake_for_another_reason() throws Exception {
    bed.asleep = true;
    page.getOutputStream().write(POLL);
    message(page);
    message(page);
    assertThat(gateway.getInputStream().available()).isZero();

    bed.asleep = false;

    assertThat(heard(POLL.length)).isEqualTo(POLL);
    assertThat(bed.woken.get()).isZero();
  }

  @Test
  void a_ping_is_answered_for_a_sleeping_instance() throws Exception {
    bed.asleep = true;
    page.getOutputStream().write(client(LAST | Wire.PING, "here?"));

    await().until(() -> message(page).equals("here?"));
    assertThat(gateway.getInputStream().available()).isZero();
  }

  @Test
  void nothing_is_put_into_a_message_that_is_half_said() throws Exception {
    var words = gateway(LAST | Wire.TEXT, "half said, half not");
    gateway.getOutputStream().write(words, 0, 8);
    assertThat(page.getInputStream().readNBytes(8)).hasSize(8);
    try (var other = edge.wire();
        var otherGateway = shakeHands(other)) {
      other.getOutputStream().write(HELLO);
      otherGateway.getInputStream().readNBytes(HELLO.length);
      bed.asleep = true;
      for (int i = 0; i < 3; i++) {
        message(other); // so as many would have come here
      }
    }
    assertThat(page.getInputStream().available()).isZero();

    gateway.getOutputStream().write(words, 8, words.length - 8);

    assertThat(page.getInputStream().readNBytes(words.length - 8))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("aid, half not");
    assertThat(message(page)).contains("\"tick\"");
  }

  @Test
  void another_protocol_hears_no_ticks() throws Exception {
    try (var other = edge.wire();
        var otherGateway = shakeHands(other)) {
      other.getOutputStream().write(client(LAST | Wire.BINARY, "RFB 003.008"));
      otherGateway.getInputStream().readNBytes(17);
      bed.asleep = true;
      for (int i = 0; i < 3; i++) {
        message(page);
      }

      assertThat(other.getInputStream().available()).isZero();
    }
  }

  @Test
  void a_sleeping_instance_may_be_silent_for_longer_than_a_tunnel_may_be_idle() throws Exception {
    bed.asleep = true;
    var end = System.nanoTime() + Duration.ofMillis(2_500).toNanos();
    while (System.nanoTime() < end) {
      message(page);
    }
    bed.asleep = false;

    gateway.getOutputStream().write(gateway(LAST | Wire.TEXT, "still here"));

    await().until(() -> message(page).equals("still here"));
  }

  @Test
  void a_page_that_leaves_a_sleeping_instance_leaves_nothing_behind() throws Exception {
    bed.asleep = true;
    page.getOutputStream().write(all(POLL, client(LAST | Wire.CLOSE, "")));
    page.close();

    assertThat(gateway.getInputStream().readAllBytes()).isEqualTo(client(LAST | Wire.CLOSE, ""));
    await().until(() -> edge.inFlight(Traffic.Kind.SOCKET) == 0);
    assertThat(bed.woken.get()).isZero();
  }

  private static EdgeSettings limited() {
    var usual = EdgeLimits.DEFAULT;
    return new EdgeSettings(
        "",
        new EdgeLimits(
            usual.bodyBytes(),
            usual.headerBytes(),
            usual.requestsPerInstance(),
            usual.tunnelsPerInstance(),
            Duration.ofSeconds(1),
            usual.connectTimeout()));
  }

  private Socket shakeHands(Socket client) throws IOException {
    client.getOutputStream().write(TunnelTest.HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
    var server = listener.accept();
    server.setSoTimeout(20_000);
    TunnelTest.accept(server);
    TunnelTest.read(client.getInputStream(), "\r\n\r\n");
    return server;
  }

  private byte[] heard(int length) throws IOException {
    return gateway.getInputStream().readNBytes(length);
  }

  /** The next frame's payload; none here is longer than 125 bytes. */
  private static String message(Socket from) throws IOException {
    var in = new DataInputStream(from.getInputStream());
    in.readByte();
    var payload = new byte[in.readByte()];
    in.readFully(payload);
    return new String(payload, StandardCharsets.UTF_8);
  }
}
