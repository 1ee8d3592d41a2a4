package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A provider's chat completions: an answer after 50 to 150 ms, so that calls do not come in step;
 * or a stream of one event every half second.
 */
final class SlowModel implements AutoCloseable {
  static final String NAME = "slow";
  static final int EVENTS = 40;
  static final Duration BETWEEN = Duration.ofMillis(500);

  /** For so long a connection is kept that nobody asks anything on. */
  static final Duration IDLE = Duration.ofSeconds(30);

  private static final String ANSWER =
      """
      {"id":"c1","object":"chat.completion","created":1,"model":"slow","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":90,"total_tokens":190}}\
      """;

  private static final String EVENT =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"slow","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}

      """;

  private static final String END =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"slow","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":90,"total_tokens":190}}

      data: [DONE]

      """;

  private final Server server;

  SlowModel() throws IOException {
    var threads = new QueuedThreadPool();
    threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
    server = new Server(threads);
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(4_096);
    connector.setIdleTimeout(IDLE.toMillis());
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            answer(request, response, callback);
            return true;
          }
        });
    try {
      server.start();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static void answer(Request request, Response response, Callback callback)
      throws Exception {
    var stream = Content.Source.asString(request).contains("\"stream\":true");
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, stream ? "text/event-stream" : "application/json");
    if (!stream) {
      Thread.sleep(ThreadLocalRandom.current().nextInt(50, 150));
      Content.Sink.write(response, true, ANSWER, callback);
      return;
    }
    for (int i = 0; i < EVENTS; i++) {
      Content.Sink.write(response, false, ByteBuffer.wrap(EVENT.getBytes(StandardCharsets.UTF_8)));
      Thread.sleep(BETWEEN);
    }
    Content.Sink.write(response, true, END, callback);
  }

  /** With the path that providers have. */
  URI address() {
    var port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    return URI.create("http://127.0.0.1:%d/v1".formatted(port));
  }

  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
