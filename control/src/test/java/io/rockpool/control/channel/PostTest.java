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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
    return new Post("/hook", Map.of("X-Secret", "s3 cret"), BODY)
        .to((InetSocketAddress) server.getLocalSocketAddress(), () -> true, LONG, toAnswer);
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
        new Post("/", Map.of(), new byte[64 << 20])
            .to(
                (InetSocketAddress) server.getLocalSocketAddress(),
                () -> true,
                LONG,
                Duration.ofMillis(100));

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
        new Post("/", Map.of("X-Secret", "s3cret"), BODY)
            .to((InetSocketAddress) server.getLocalSocketAddress(), () -> false, LONG, LONG);

    assertThat(answer).isEqualTo(new Answer.Nobody("somebody else listens there"));
    assertThat(heard.join()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nX-Injected: b", "a\nb", "ü", "a\0"})
  void a_header_cannot_bring_others(String value) {
    assertThatThrownBy(() -> new Post("/", Map.of("X-A", value), BODY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Post("/", Map.of(value, "a"), BODY))
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
