package io.rockpool.edge;

import static io.rockpool.edge.EdgeGround.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.Traffic.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TunnelTest {
  static final String HANDSHAKE =
      """
      GET /i/ada/ HTTP/1.1\r
      Host: h\r
      Upgrade: websocket\r
      Connection: keep-alive, Upgrade\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      \r
      """;

  @Test
  void both_ends_agree_on_a_sub_protocol_and_talk() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(open(gateway.port()))) {
      var heard = new Heard();
      var socket =
          edge.http
              .newWebSocketBuilder()
              .subprotocols("claw.v9", "claw.v4")
              .header("Origin", "http://127.0.0.1:" + edge.port())
              .buildAsync(edge.socket("/i/ada/"), heard)
              .join();

      socket.sendText("grüß dich, 世界 🎉", true).join();

      assertThat(socket.getSubprotocol()).isEqualTo("claw.v4");
      assertThat(heard.texts.poll(20, TimeUnit.SECONDS)).isEqualTo("grüß dich, 世界 🎉");
      assertThat(gateway.seen.getFirst().target()).isEqualTo("/i/ada/");
      assertThat(gateway.seen.getFirst().headers().get("Origin"))
          .isEqualTo("http://rockpool.invalid");
      assertThat(edge.meter.up.sum()).isPositive();
      assertThat(edge.meter.down.sum()).isPositive();
    }
  }

  @Test
  void a_message_of_3_mb_and_a_ping_come_back() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(open(gateway.port()))) {
      var heard = new Heard();
      var socket = connect(edge, heard);
      var message = new byte[3 << 20];
      for (int i = 0; i < message.length; i++) {
        message[i] = (byte) (i * 7);
      }

      socket.sendBinary(ByteBuffer.wrap(message), true).join();
      socket.sendPing(ByteBuffer.wrap("are you there".getBytes(StandardCharsets.UTF_8))).join();

      assertThat(heard.binaries.poll(30, TimeUnit.SECONDS)).isEqualTo(message);
      assertThat(heard.pongs.poll(20, TimeUnit.SECONDS)).isEqualTo("are you there");
    }
  }

  @Test
  void a_close_code_of_the_client_reaches_the_gateway() throws Exception {
    var mirror = new Mirror();
    try (var gateway = new StrictGateway(StrictGateway::echo, () -> mirror);
        var edge = new EdgeGround(open(gateway.port()))) {
      var heard = new Heard();
      var socket = connect(edge, heard);

      socket.sendClose(4001, "enough").join();

      assertThat(mirror.closes.poll(20, TimeUnit.SECONDS)).isEqualTo(4001);
      await()
          .untilAsserted(() ->
              assertThat(edge.meter.told)
                  .containsExactly("began ada SOCKET", "ended ada SOCKET 101"));
      assertThat(edge.inFlight(Kind.SOCKET)).isZero();
    }
  }

  @Test
  void a_close_code_of_the_gateway_reaches_the_client() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(open(gateway.port()))) {
      var heard = new Heard();
      var socket = connect(edge, heard);

      socket.sendText("close 4002", true).join();

      assertThat(heard.closes.poll(20, TimeUnit.SECONDS)).isEqualTo(4002);
    }
  }

  @Test
  void a_client_that_breaks_off_is_noticed_by_the_gateway() throws Exception {
    var mirror = new Mirror();
    try (var gateway = new StrictGateway(StrictGateway::echo, () -> mirror);
        var edge = new EdgeGround(open(gateway.port()))) {
      connect(edge, new Heard()).abort();

      assertThat(mirror.closes.poll(20, TimeUnit.SECONDS)).isEqualTo(1006);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @Test
  void a_hundred_tunnels_do_not_mix() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(open(gateway.port()))) {
      var sockets = new ArrayList<WebSocket>();
      var ears = new ArrayList<Heard>();
      for (int i = 0; i < 100; i++) {
        var heard = new Heard();
        ears.add(heard);
        sockets.add(connect(edge, heard));
      }

      for (int i = 0; i < 100; i++) {
        sockets.get(i).sendText("message " + i, true).join();
      }

      assertThat(edge.inFlight(Kind.SOCKET)).isEqualTo(100);
      for (int i = 0; i < 100; i++) {
        assertThat(ears.get(i).texts.poll(20, TimeUnit.SECONDS)).isEqualTo("message " + i);
      }
      sockets.forEach(WebSocket::abort);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @Test
  void there_is_room_for_so_many_tunnels_only() throws Exception {
    var usual = EdgeLimits.DEFAULT;
    var limits =
        new EdgeLimits(
            usual.bodyBytes(),
            usual.headerBytes(),
            usual.requestsPerInstance(),
            1,
            usual.tunnelIdle(),
            usual.connectTimeout());
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(new EdgeSettings("", limits), open(gateway.port()))) {
      var first = connect(edge, new Heard());

      assertThat(refusal(edge, "/i/ada/")).isEqualTo(503);
      assertThat(edge.get("/i/ada/").statusCode()).isEqualTo(200);

      first.abort();
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
      connect(edge, new Heard()).abort();
    }
  }

  @Test
  void a_page_of_another_site_gets_no_tunnel() throws Exception {
    try (var gateway = new StrictGateway(StrictGateway::echo, Mirror::new);
        var edge = new EdgeGround(open(gateway.port()))) {
      assertThat(refusal(edge, "/i/ada/", "Origin", "https://evil.example")).isEqualTo(403);
      assertThat(refusal(edge, "/i/ada/", "Origin", "null")).isEqualTo(403);
      assertThat(gateway.seen).isEmpty();
    }
  }

  @Test
  void the_gate_decides_about_a_handshake() throws Exception {
    try (var edge = new EdgeGround((_, _, _) -> new Gate.Answer.SignIn("/login"))) {

      assertThat(refusal(edge, "/i/ada/")).isEqualTo(401);
    }
  }

  @Test
  void a_gateways_own_refusal_passes_as_it_is() throws Exception {
    try (var gateway =
            new StrictGateway((_, response, callback) -> {
              response.setStatus(418);
              response.getHeaders().put("X-Reason", "teapot");
              StrictGateway.write(response, callback, "no sockets here");
            });
        var edge = new EdgeGround(open(gateway.port()));
        var wire = edge.wire()) {
      send(wire, HANDSHAKE);

      var answer = read(wire.getInputStream(), "no sockets here");

      assertThat(answer).startsWith("HTTP/1.1 418").contains("X-Reason: teapot");
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @Test
  void a_gateway_that_is_down_has_no_sockets() throws Exception {
    int nobody;
    try (var taken = new ServerSocket(0)) {
      nobody = taken.getLocalPort();
    }
    try (var edge = new EdgeGround(open(nobody))) {
      assertThat(refusal(edge, "/i/ada/")).isEqualTo(502);
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @Test
  void bytes_in_one_packet_with_either_end_of_the_handshake_are_not_lost() throws Exception {
    try (var gateway = new ServerSocket(0);
        var edge = new EdgeGround(open(gateway.getLocalPort()));
        var client = edge.wire()) {
      send(client, HANDSHAKE + "early from the client");
      try (var wire = gateway.accept()) {
        var asked = read(wire.getInputStream(), "\r\n\r\n");
        send(
            wire,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nearly from the gateway");

        assertThat(asked)
            .contains("Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        assertThat(read(client.getInputStream(), "early from the gateway"))
            .startsWith("HTTP/1.1 101");
        read(wire.getInputStream(), "early from the client");
      }
    }
  }

  @Test
  void one_end_may_say_its_last_word_after_the_other_has_ended() throws Exception {
    try (var gateway = new ServerSocket(0);
        var edge = new EdgeGround(open(gateway.getLocalPort()));
        var client = edge.wire()) {
      send(client, HANDSHAKE);
      try (var wire = gateway.accept()) {
        accept(wire);
        read(client.getInputStream(), "\r\n\r\n");
        client.shutdownOutput();
        assertThat(wire.getInputStream().read()).isEqualTo(-1);

        send(wire, "last words");
        wire.shutdownOutput();

        assertThat(client.getInputStream().readAllBytes())
            .asString(StandardCharsets.UTF_8)
            .isEqualTo("last words");
      }
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @Test
  void a_tunnel_on_which_nothing_moves_is_closed_at_last() throws Exception {
    var usual = EdgeLimits.DEFAULT;
    var limits =
        new EdgeLimits(
            usual.bodyBytes(),
            usual.headerBytes(),
            usual.requestsPerInstance(),
            usual.tunnelsPerInstance(),
            Duration.ofSeconds(1),
            usual.connectTimeout());
    try (var gateway = new ServerSocket(0);
        var edge = new EdgeGround(new EdgeSettings("", limits), open(gateway.getLocalPort()));
        var client = edge.wire()) {
      send(client, HANDSHAKE);
      try (var wire = gateway.accept()) {
        wire.setSoTimeout(20_000);
        accept(wire);
        read(client.getInputStream(), "\r\n\r\n");

        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(wire.getInputStream().read()).isEqualTo(-1);
      }
      await().untilAsserted(() -> assertThat(edge.inFlight(Kind.SOCKET)).isZero());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_reader_that_stops_stops_the_writer_and_loses_nothing(boolean downwards) throws Exception {
    try (var gateway = new ServerSocket(0);
        var edge = new EdgeGround(open(gateway.getLocalPort()));
        var client = edge.wire()) {
      send(client, HANDSHAKE);
      try (var wire = gateway.accept()) {
        wire.setSoTimeout(30_000);
        accept(wire);
        read(client.getInputStream(), "\r\n\r\n");
        var from = downwards ? wire : client;
        var to = downwards ? client : wire;
        var sent = new AtomicLong();
        int blocks = 4_096; // of 64 KiB: 256 MiB

        var writer = Thread.ofVirtual().start(() -> write(from, blocks, sent));
        // Nobody reads, so the writer goes on only until what lies between is full.
        var last = new AtomicLong(-1);
        await()
            .pollInterval(Duration.ofMillis(300))
            .atMost(Duration.ofSeconds(20))
            .until(() -> last.getAndSet(sent.get()) == sent.get() && sent.get() > 0);
        assertThat(sent.get()).isLessThan(blocks / 2);

        var block = new byte[64 << 10];
        for (int i = 0; i < blocks; i++) {
          assertThat(to.getInputStream().readNBytes(block, 0, block.length))
              .isEqualTo(block.length);
          assertThat(block[0]).isEqualTo((byte) i);
          assertThat(block[block.length - 1]).isEqualTo((byte) i);
        }
        writer.join();
      }
    }
  }

  /** Sends everything back; {@code close 4002} makes it close with that code. */
  public static final class Mirror implements Session.Listener.AutoDemanding {
    final BlockingQueue<Integer> closes = new LinkedBlockingQueue<>();
    private final BlockingQueue<Session> opened = new ArrayBlockingQueue<>(1);

    @Override
    public void onWebSocketOpen(Session session) {
      opened.add(session);
    }

    @Override
    public void onWebSocketText(String message) {
      if (message.startsWith("close ")) {
        session().close(Integer.parseInt(message.substring(6)), "as you wish", Callback.NOOP);
      } else {
        session().sendText(message, Callback.NOOP);
      }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
      session().sendBinary(message, callback);
    }

    @Override
    public void onWebSocketClose(int status, String reason, Callback callback) {
      closes.add(status);
      callback.succeed();
    }

    private Session session() {
      return opened.element();
    }
  }

  /** What a client heard, in order. */
  private static final class Heard implements WebSocket.Listener {
    final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    final BlockingQueue<byte[]> binaries = new LinkedBlockingQueue<>();
    final BlockingQueue<String> pongs = new LinkedBlockingQueue<>();
    final BlockingQueue<Integer> closes = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      binary.writeBytes(bytes(data));
      if (last) {
        binaries.add(binary.toByteArray());
        binary.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
      pongs.add(new String(bytes(data), StandardCharsets.UTF_8));
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closes.add(status);
      return null;
    }

    private static byte[] bytes(ByteBuffer data) {
      var bytes = new byte[data.remaining()];
      data.get(bytes);
      return bytes;
    }
  }

  private static WebSocket connect(EdgeGround edge, Heard heard) {
    return edge.http.newWebSocketBuilder().buildAsync(edge.socket("/i/ada/"), heard).join();
  }

  /** The status of a handshake that must fail. */
  private static int refusal(EdgeGround edge, String path, String... header) {
    var builder = edge.http.newWebSocketBuilder();
    if (header.length == 2) {
      builder.header(header[0], header[1]);
    }
    var attempt = builder.buildAsync(edge.socket(path), new Heard());
    try {
      attempt.join().abort();
      throw new AssertionError("the handshake was not refused");
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refusal) {
        return refusal.getResponse().statusCode();
      }
      throw e;
    }
  }

  static void accept(Socket wire) throws IOException {
    read(wire.getInputStream(), "\r\n\r\n");
    send(
        wire,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  }

  private static void write(Socket to, int blocks, AtomicLong sent) {
    try {
      var block = new byte[64 << 10];
      for (int i = 0; i < blocks; i++) {
        Arrays.fill(block, (byte) i);
        to.getOutputStream().write(block);
        sent.incrementAndGet();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  static String read(InputStream in, String end) throws IOException {
    var read = new StringBuilder();
    while (read.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended before '%s': %s".formatted(end, read));
      }
      read.append((char) next);
    }
    return read.toString();
  }
}
