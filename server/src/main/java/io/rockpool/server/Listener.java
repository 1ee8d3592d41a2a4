package io.rockpool.server;

import io.rockpool.edge.Edge;
import io.rockpool.edge.LingeringHandler;
import io.rockpool.server.config.Settings;
import io.rockpool.server.config.SettingsException;
import io.rockpool.server.http.ProblemErrorHandler;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;

/** The one port that everything comes in by: taken at once, served once it is started. */
final class Listener implements AutoCloseable {
  private static final long STOP_MILLIS = 2_000;
  private static final int MOST_THREADS = 64;

  /** For what a client sends after it was refused. */
  private static final Duration LINGER = Duration.ofSeconds(10);

  private final Server server;
  private final ServerConnector connector;

  private Listener(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /**
   * Takes the port.
   *
   * @throws SettingsException when somebody else has it
   */
  static Listener open(Settings settings) throws IOException {
    var server = new Server(threads());
    var connector = connector(server, settings);
    listen(connector, settings);
    return new Listener(server, connector);
  }

  /** The port that was taken; it may have been left to the system. */
  int port() {
    return connector.getLocalPort();
  }

  /**
   * Serves by these handlers.
   *
   * @return ends that, gracefully; the port stays taken
   */
  AutoCloseable start(Handler handlers) throws Exception {
    server.setHandler(
        new GracefulHandler(new LingeringHandler(new EncodedSlashes(handlers), LINGER)));
    server.setErrorHandler(new ProblemErrorHandler());
    server.setStopTimeout(STOP_MILLIS);
    server.start();
    return server::stop;
  }

  @Override
  public void close() {
    connector.close();
  }

  /**
   * Ordinary threads, which watch the connections and never wait; what may block gets virtual ones.
   */
  private static ThreadPool threads() {
    var threads = new QueuedThreadPool(MOST_THREADS);
    threads.setName("network");
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
    return threads;
  }

  private static ServerConnector connector(Server server, Settings settings) {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(32 << 10);
    http.setHeaderCacheSize(0); // it takes 98 KB of each connection's: measured, Jetty 12.1.12
    http.setUriCompliance(EncodedSlashes.LEFT_TO_US);
    var connector = new ServerConnector(server, 1, Edge.SELECTORS, new HttpConnectionFactory(http));
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setAcceptQueueSize(1_024);
    // Well below the whole: a kept connection must not use up the time of a request at work.
    connector.setShutdownIdleTimeout(STOP_MILLIS / 10);
    server.addConnector(connector);
    return connector;
  }

  private static void listen(ServerConnector connector, Settings settings) throws IOException {
    try {
      connector.open();
    } catch (IOException e) {
      if (e instanceof BindException || e.getCause() instanceof BindException) {
        throw new SettingsException(
            "Port %d of %s is taken%s. Stop it, or start with --port %d."
                .formatted(
                    settings.port(),
                    settings.host(),
                    PortHolder.of(settings.port()).map(it -> " by " + it).orElse(""),
                    settings.port() + 1));
      }
      throw e;
    }
  }
}
