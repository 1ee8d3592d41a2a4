package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** What the edge adds to a piece of an event stream and to a WebSocket frame, at low load. */
final class LatencyBench implements Bench {
  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final Duration ROUND = Duration.ofSeconds(6);
  private static final int ROUNDS = 3;
  private static final double WANTED = 1;
  private static final int PATIENCE_MILLIS = 5_000;

  /** How long every piece took, in milliseconds. */
  private interface Probe {
    /**
     * @param gateway the gateway, or its place below the edge
     */
    List<Double> measure(URI gateway, Secret token, Duration time, boolean warmUp)
        throws IOException;
  }

  @Override
  public void run(Site site) throws Exception {
    try (var gateway = new StampingGateway();
        var server =
            Rockpool.withGateway(site, gateway.address(), site.temp().resolve("latency-home"))) {
      var id = server.runningInstance(DoubledRuntime.NAME);
      var edge = server.address().resolve("/i/" + id + "/");
      var table = new Table("milliseconds", "", "p50", "p99", "pieces", "load");
      compare(
          table,
          "an event, one way",
          LatencyBench::events,
          gateway.address().resolve("/"),
          edge,
          server.token());
      compare(
          table,
          "a WebSocket frame, there and back",
          LatencyBench::frames,
          gateway.address().resolve("/"),
          edge,
          server.token());
      site.say(table + "Added: at most %.0f ms at p99 wanted.".formatted(WANTED));
    }
  }

  private static void compare(
      Table table, String what, Probe probe, URI direct, URI edge, Secret token)
      throws IOException {
    var directly = new ArrayList<Double>();
    var through = new ArrayList<Double>();
    probe.measure(direct, token, WARM_UP, true);
    probe.measure(edge, token, WARM_UP, true);
    for (int round = 0; round < ROUNDS; round++) {
      directly.addAll(probe.measure(direct, token, ROUND, false));
      through.addAll(probe.measure(edge, token, ROUND, false));
    }
    var without = Samples.of(directly);
    var with = Samples.of(through);
    double added = with.percentile(99) - without.percentile(99);
    row(table, what, "direct", without);
    row(table, "", "through the edge", with);
    table.row(
        "",
        "added",
        "%.3f".formatted(with.median() - without.median()),
        "%.3f".formatted(added),
        added <= WANTED ? "as wanted" : "too much",
        Machine.load());
  }

  private static void row(Table table, String what, String way, Samples samples)
      throws IOException {
    table.row(
        what,
        way,
        "%.3f".formatted(samples.median()),
        "%.3f".formatted(samples.percentile(99)),
        Integer.toString(samples.count()),
        Machine.load());
  }

  private static List<Double> events(URI gateway, Secret token, Duration time, boolean warmUp)
      throws IOException {
    var delays = new ArrayList<Double>();
    var at = gateway.resolve(warmUp ? StampingGateway.WARM_UP : "v1/stream");
    try (var socket = open(at, token, "Accept: text/event-stream\r\n", 200)) {
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        var line = lines.readLine();
        long now = System.nanoTime();
        if (line == null) {
          throw new IOException("The stream ended.");
        }
        if (line.startsWith("data: ")) {
          delays.add((now - Long.parseLong(line.substring(6))) / 1e6);
        }
      }
    }
    return delays;
  }

  private static List<Double> frames(URI gateway, Secret token, Duration time, boolean warmUp)
      throws IOException {
    var period = warmUp ? StampingGateway.WARM_UP_PERIOD : StampingGateway.PERIOD;
    var delays = new ArrayList<Double>();
    var handshake =
        """
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r
        """;
    try (var socket = open(gateway, token, handshake, 101)) {
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(period.toNanos());
        long sent = System.nanoTime();
        socket.getOutputStream().write(StampingGateway.maskedFrame(sent));
        var frame = socket.getInputStream().readNBytes(StampingGateway.FRAME);
        long now = System.nanoTime();
        if (frame.length < StampingGateway.FRAME
            || ByteBuffer.wrap(frame, 2, 8).getLong() != sent) {
          throw new IOException("What came back is not what was sent.");
        }
        delays.add((now - sent) / 1e6);
      }
    }
    return delays;
  }

  private static Socket open(URI at, Secret token, String headers, int status) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), at.getPort());
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      var request =
          """
          GET %s HTTP/1.1\r
          Host: %s\r
          Authorization: Bearer %s\r
          %s\r
          """
              .formatted(at.getPath(), at.getAuthority(), token.reveal(), headers);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var head = StampingGateway.head(socket.getInputStream());
      if (!head.startsWith("HTTP/1.1 " + status)) {
        throw new IOException("%s answered: %s".formatted(at, head.lines().findFirst()));
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
