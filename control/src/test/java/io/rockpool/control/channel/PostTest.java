package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.channel.Post.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PostTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final byte[] BODY = {'h', 'i', 0, (byte) 0xff};

  private interface Peer {
    void serve(Socket socket) throws IOException;
  }

  private final CompletableFuture<String> heard = new CompletableFuture<>();
  private final KeptSockets sockets = new KeptSockets();
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void serve(Peer peer) {
    var _ =
        Thread.ofVirtual()
            .start(() -> {
              try (var socket = server.accept()) {
                peer.serve(socket);
              } catch (IOException e) {
                heard.completeExceptionally(e);
              }
            });
  }

  /** Reads a request with the usual body. */
  private void hear(Socket socket) throws IOException {
    var request = new StringBuilder();
    while (!request.toString().endsWith(new String(BODY, ISO_8859_1))) {
      request.append((char) socket.getInputStream().read());
    }
    heard.complete(request.toString());
  }

  private Answer send(Duration toAnswer) {
    return send(false, toAnswer);
  }

  private Answer send(boolean repeatable, Duration toAnswer) {
    return new Post("/hook", Map.of("X-Secret", "s3 cret"), BODY, repeatable)
        .to(peer(), sockets, () -> true, LONG, toAnswer);
  }

  private KeptSockets.Peer peer() {
    return new KeptSockets.Peer("ada", (InetSocketAddress) server.getLocalSocketAddress());
  }

  @Test
  void a_request_is_what_was_given_and_nothing_else_of_us() {
    serve(socket -> {
      hear(socket);
      socket.getOutputStream().write("HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n".getBytes(ISO_8859_1));
    });

    assertThat(send(LONG)).isEqualTo(new Answer.Came(200, Map.of("x-a", "b")));
    assertThat(heard.join())
        .isEqualTo(
            "POST /hook HTTP/1.1\r\nHost: %s:%d\r\nX-Secret: s3 cret\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhi\0ÿ"
                .formatted(
                    ((InetSocketAddress) server.getLocalSocketAddress()).getHostString(),
                    server.getLocalPort()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n\r\n",
        "HTTP/1.0 200\r\nx-a:b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: c\r\nno colon\r\nX-A:  b \r\n\r\nand a body without an end"
      })
  void answers_are_read_up_to_their_body(String answer) {
    serve(socket -> {
      hear(socket);
      socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
    });

    assertThat(send(LONG)).isEqualTo(new Answer.Came(200, Map.of("x-a", "b")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nX-A: b\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n"
      })
  void whoever_does_not_answer_in_full_may_have_heard(String answer) {
    serve(socket -> {
      hear(socket);
      socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
    });

    assertThat(send(LONG)).isInstanceOf(Answer.Lost.class);
  }

  @Test
  void a_head_without_an_end_is_left() {
    serve(socket -> {
      hear(socket);
      socket.getOutputStream().write("HTTP/1.1 200 OK\r\nX: ".getBytes(ISO_8859_1));
      var part = "x".repeat(8 << 10).getBytes(ISO_8859_1);
      while (true) {
        socket.getOutputStream().write(part);
      }
    });

    assertThat(send(LONG)).isInstanceOf(Answer.Lost.class);
  }

  @Test
  void who_hears_and_is_silent_is_left_in_time() {
    var over = new CountDownLatch(1);
    serve(socket -> {
      hear(socket);
      await(over);
    });

    assertThat(send(Duration.ofMillis(100))).isEqualTo(new Answer.Lost("no answer came in time"));
    over.countDown();
  }

  @Test
  void who_does_not_even_read_is_left_in_time() {
    var over = new CountDownLatch(1);
    serve(_ -> await(over));

    var answer =
        new Post("/", Map.of(), new byte[64 << 20], true)
            .to(peer(), sockets, () -> true, LONG, Duration.ofMillis(100));

    assertThat(answer).isEqualTo(new Answer.Lost("no answer came in time"));
    over.countDown();
  }

  @Test
  void where_nobody_listens_nothing_is_said() throws IOException {
    server.close();

    assertThat(send(LONG)).isEqualTo(new Answer.Nobody("nobody listens there"));
  }

  @Test
  void who_is_not_meant_hears_not_a_byte() {
    serve(socket -> heard.complete(new String(socket.getInputStream().readAllBytes(), ISO_8859_1)));

    var answer =
        new Post("/", Map.of("X-Secret", "s3cret"), BODY, true)
            .to(peer(), sockets, () -> false, LONG, LONG);

    assertThat(answer).isEqualTo(new Answer.Nobody("somebody else listens there"));
    assertThat(heard.join()).isEmpty();
  }

  private static final String WHOLE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** Serves one connection after the other, each so many requests, with the same answer. */
  private void serve(String answer, int requests, List<Socket> connections) {
    var _ =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  try (var socket = server.accept()) {
                    connections.add(socket);
                    for (int i = 0; i < requests; i++) {
                      hear(socket);
                      socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
                    }
                  }
                }
              } catch (IOException closed) {
                // the test is over
              }
            });
  }

  @Test
  void a_connection_is_used_again_where_what_is_sent_may_be_repeated() {
    var connections = new CopyOnWriteArrayList<Socket>();
    serve(WHOLE, 3, connections);

    for (int i = 0; i < 3; i++) {
      assertThat(send(true, LONG)).isEqualTo(new Answer.Came(200, Map.of("content-length", "2")));
    }

    assertThat(connections).hasSize(1);
    assertThat(heard.join()).doesNotContain("Connection:");
  }

  @Test
  void what_may_not_be_repeated_has_a_connection_of_its_own() {
    var connections = new CopyOnWriteArrayList<Socket>();
    serve(WHOLE, 1, connections);

    assertThat(send(false, LONG)).isInstanceOf(Answer.Came.class);
    assertThat(send(false, LONG)).isInstanceOf(Answer.Came.class);

    assertThat(connections).hasSize(2);
  }

  @Test
  void a_connection_that_the_other_end_has_left_is_replaced() {
    var connections = new CopyOnWriteArrayList<Socket>();
    serve(WHOLE, 1, connections);

    assertThat(send(true, LONG)).isInstanceOf(Answer.Came.class);
    assertThat(send(true, LONG)).isInstanceOf(Answer.Came.class);

    assertThat(connections).hasSize(2);
  }

  @Test
  void a_connection_is_its_owners_alone() {
    var connections = new CopyOnWriteArrayList<Socket>();
    serve(WHOLE, 1, connections);
    assertThat(send(true, LONG)).isInstanceOf(Answer.Came.class);

    var other = new KeptSockets.Peer("bob", peer().address());
    assertThat(new Post("/", Map.of(), BODY, true).to(other, sockets, () -> false, LONG, LONG))
        .isEqualTo(new Answer.Nobody("somebody else listens there"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
      })
  void a_connection_with_an_answer_that_does_not_end_for_sure_is_not_used_again(String answer) {
    var connections = new CopyOnWriteArrayList<Socket>();
    serve(answer, 1, connections);

    assertThat(send(true, LONG)).isInstanceOf(Answer.Came.class);
    assertThat(sockets.take(peer())).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nX-Injected: b", "a\nb", "ü", "a\0"})
  void a_header_cannot_bring_others(String value) {
    assertThatThrownBy(() -> new Post("/", Map.of("X-A", value), BODY, true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Post("/", Map.of(value, "a"), BODY, true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
