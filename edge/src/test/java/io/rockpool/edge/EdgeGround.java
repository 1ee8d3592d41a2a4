package io.rockpool.edge;

import io.rockpool.edge.Gate.Answer;
import io.rockpool.edge.Traffic.Direction;
import io.rockpool.edge.Traffic.Kind;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** An edge on a port of its own, in front of whatever gateway a test gives it. */
public final class EdgeGround implements AutoCloseable {
  static final InstanceId ADA = new InstanceId("ada");
  static final Secret PROOF = Secret.of("p4711p4711p4711p4711");

  /** Counts what a {@link Traffic} is told. */
  public static final class Meter implements Traffic {
    public final List<String> told = new CopyOnWriteArrayList<>();
    final LongAdder up = new LongAdder();
    final LongAdder down = new LongAdder();
    final LongAdder spoken = new LongAdder();

    @Override
    public void began(InstanceId id, Kind kind) {
      told.add("began " + id + " " + kind);
    }

    @Override
    public void moved(InstanceId id, Kind kind, Direction direction, long bytes) {
      (direction == Direction.UP ? up : down).add(bytes);
    }

    @Override
    public void spoke(InstanceId id) {
      spoken.increment();
    }

    @Override
    public void ended(InstanceId id, Kind kind, int status) {
      told.add("ended " + id + " " + kind + " " + status);
    }
  }

  /** A {@link Sleep} of one instance that sleeps when a test says so. */
  static final class Bed implements Sleep {
    final AtomicInteger woken = new AtomicInteger();
    volatile boolean asleep;

    @Override
    public boolean isAsleep(InstanceId id) {
      return asleep;
    }

    @Override
    public void wake(InstanceId id) {
      woken.incrementAndGet();
    }
  }

  final Meter meter = new Meter();
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server;
  private final Passage passage;
  private final int port;

  EdgeGround(EdgeSettings settings, Gate gate) {
    this(settings, gate, Sleep.NEVER, Duration.ofSeconds(30));
  }

  EdgeGround(EdgeSettings settings, Gate gate, Sleep sleep, Duration tick) {
    this(settings, gate, sleep, new Turns(), tick);
  }

  EdgeGround(EdgeSettings settings, Gate gate, Sleep sleep, Turns turns, Duration tick) {
    passage = new Passage(settings, gate, meter, sleep, turns, tick);
    server = serve(passage);
    port = port(server);
  }

  EdgeGround(Gate gate) {
    this(EdgeSettings.DEFAULT, gate);
  }

  /** Lets everybody to the gateway on {@code port}, as Ada. */
  static Gate open(int port) {
    return (id, _, _) ->
        id.equals(ADA)
            ? new Answer.To(URI.create("http://127.0.0.1:" + port), "ada", PROOF)
            : new Answer.Unknown();
  }

  public static Server serve(Handler handler) {
    var server = server();
    server.setHandler(new LingeringHandler(handler, Duration.ofSeconds(10))); // as the real one
    start(server);
    return server;
  }

  public static Server server() {
    // as few threads as Jetty takes: what blocks one of them is noticed
    var threads = new QueuedThreadPool(6);
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
    var server = new Server(threads);
    var connector = new ServerConnector(server, new HttpConnectionFactory(new HttpConfiguration()));
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);
    return server;
  }

  public static void start(Server server) {
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the test's server does not start", e);
    }
  }

  public static int port(Server server) {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  int port() {
    return port;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  URI socket(String path) {
    return URI.create("ws://127.0.0.1:" + port + path);
  }

  HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(uri(path));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /** Sends bytes as they are and reads until the edge closes. */
  String raw(String request) throws IOException {
    try (var wire = wire()) {
      wire.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(wire.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  Socket wire() throws IOException {
    var wire = new Socket(InetAddress.getLoopbackAddress(), port);
    wire.setSoTimeout(20_000);
    return wire;
  }

  int inFlight(Kind kind) {
    return passage.inFlight(ADA, kind);
  }

  @Override
  public void close() {
    http.shutdownNow();
    stop(server);
  }

  public static void stop(@Nullable Server server) {
    try {
      if (server != null) {
        server.stop();
      }
    } catch (Exception e) {
      throw new IllegalStateException("the test's server does not stop", e);
    }
  }

  /** Reads until {@code end} has come. */
  public static void readUntil(InputStream in, String end) throws IOException {
    var read = new StringBuilder();
    while (read.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended before '%s': %s".formatted(end, read));
      }
      read.append((char) next);
    }
  }
}
