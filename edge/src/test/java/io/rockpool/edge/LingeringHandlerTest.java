package io.rockpool.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that does not wait for the body gets to the client all the same. */
@Timeout(40)
class LingeringHandlerTest {
  private static final String REFUSAL = "too much";
  private static final byte[] MEBIBYTE = new byte[1 << 20];

  private final Server server = new Server(new VirtualThreadPool(0));
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_client_sends_its_whole_body_before_it_reads_the_refusal(boolean closes) throws Exception {
    serve(Duration.ofMinutes(1), closes);

    try (var client = post("Content-Length: " + 8 * MEBIBYTE.length)) {
      for (int part = 0; part < 8; part++) {
        client.getOutputStream().write(MEBIBYTE);
      }

      assertThat(refusal(client)).startsWith("HTTP/1.1 413 ").endsWith(REFUSAL);
    }
  }

  @Test
  void the_rest_is_read_when_the_refusal_is_out() throws Exception {
    serve(Duration.ofMinutes(1), true);

    try (var client = post("Transfer-Encoding: chunked")) {
      var refusal = refusal(client);
      for (int part = 0; part < 8; part++) {
        client.getOutputStream().write("100000\r\n".getBytes(US_ASCII));
        client.getOutputStream().write(MEBIBYTE);
        client.getOutputStream().write("\r\n".getBytes(US_ASCII));
      }
      client.getOutputStream().write("0\r\n\r\n".getBytes(US_ASCII));

      assertThat(refusal).startsWith("HTTP/1.1 413 ");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void a_body_that_does_not_come_is_not_waited_for_long() throws Exception {
    serve(Duration.ofMillis(50), false);

    try (var client = post("Content-Length: 10")) {
      assertThat(refusal(client)).startsWith("HTTP/1.1 413 ");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void a_body_without_end_is_cut_off() throws Exception {
    serve(Duration.ofMinutes(1), true);

    try (var client = post("Content-Length: " + Long.MAX_VALUE)) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  client.getOutputStream().write(MEBIBYTE);
                }
              })
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void a_client_that_asks_first_is_not_asked_to_go_on() throws Exception {
    serve(Duration.ofMinutes(1), false);

    try (var client = post("Content-Length: 10\r\nExpect: 100-continue")) {
      assertThat(refusal(client)).startsWith("HTTP/1.1 413 ");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  private void serve(Duration longest, boolean closes) throws Exception {
    var refusing =
        new Handler.Abstract.NonBlocking() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            response.setStatus(413);
            if (closes) {
              response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, REFUSAL.length());
            response.write(true, ByteBuffer.wrap(REFUSAL.getBytes(US_ASCII)), callback);
            return true;
          }
        };
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(new LingeringHandler(refusing, longest));
    server.start();
  }

  private Socket post(String headers) throws IOException {
    var client = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    client.setSoTimeout(20_000);
    client
        .getOutputStream()
        .write("POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n".formatted(headers).getBytes(US_ASCII));
    return client;
  }

  private static String refusal(Socket client) throws IOException {
    var read = new StringBuilder();
    while (!read.toString().endsWith(REFUSAL)) {
      int next = client.getInputStream().read();
      if (next < 0) {
        throw new IOException("The connection ended after: " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }
}
