package io.rockpool.edge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what OpenClaw 2026.9.6 refuses in its trusted-proxy mode: a request without the edge's
 * headers, with the address of this machine, with another proxy's headers, or with an origin that
 * is not the one configured. What passes goes to the test's script.
 */
final class StrictGateway implements AutoCloseable {
  /** What the gateway answers when nothing is wrong. */
  interface Script {
    void answer(Request request, Response response, Callback callback) throws Exception;
  }

  /** One request as the gateway saw it. */
  record Seen(String method, String target, HttpFields headers) {}

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final Server server;

  StrictGateway(Script script) {
    this(script, null);
  }

  /**
   * @param socket makes the listener of a WebSocket; null: every request is the script's
   */
  StrictGateway(Script script, @Nullable Supplier<? extends Session.Listener> socket) {
    server = EdgeGround.server();
    Handler scripted = new Scripted(script);
    if (socket != null) {
      var upgrade =
          WebSocketUpgradeHandler.from(
              server,
              container -> {
                container.setMaxBinaryMessageSize(8 << 20);
                container.addMapping(
                    "/*",
                    (request, response, _) -> {
                      seen.add(seen(request));
                      var wrong = wrong(request.getHeaders());
                      if (wrong != null) {
                        throw new IllegalArgumentException(wrong);
                      }
                      if (request.hasSubProtocol("claw.v4")) {
                        response.setAcceptedSubProtocol("claw.v4");
                      }
                      return socket.get();
                    });
              });
      upgrade.setHandler(scripted);
      scripted = upgrade;
    }
    server.setHandler(scripted);
    EdgeGround.start(server);
  }

  int port() {
    return EdgeGround.port(server);
  }

  /** Answers with method and target, to see what arrived. */
  static void echo(Request request, Response response, Callback callback) {
    write(response, callback, request.getMethod() + " " + request.getHttpURI().getPathQuery());
  }

  static void write(Response response, Callback callback, String text) {
    response.write(true, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), callback);
  }

  private static Seen seen(Request request) {
    return new Seen(
        request.getMethod(),
        request.getHttpURI().getPathQuery(),
        HttpFields.build(request.getHeaders()).asImmutable());
  }

  private static @Nullable String wrong(HttpFields headers) {
    if (!headers.getValuesList("x-rockpool-edge").equals(List.of("1"))
        || !headers
            .getValuesList(EdgeHeaders.userHeader(EdgeGround.PROOF))
            .equals(List.of("ada"))) {
      return "unauthorized";
    }
    if (!headers.getValuesList("X-Forwarded-For").equals(List.of("192.0.2.1"))) {
      return "proxy_attribution_required";
    }
    var others =
        headers.stream()
            .map(HttpField::getLowerCaseName)
            .filter(it ->
                it.equals("via")
                    || it.equals("forwarded")
                    || it.equals("te")
                    || it.equals("authorization")
                    || it.equals("x-real-ip")
                    || (it.startsWith("x-forwarded-") && !it.equals("x-forwarded-for")))
            .toList();
    if (!others.isEmpty()) {
      return "another proxy's headers: " + others;
    }
    return headers.getValuesList("Origin").stream().allMatch("http://rockpool.invalid"::equals)
        ? null
        : "CONTROL_UI_ORIGIN_NOT_ALLOWED";
  }

  @Override
  public void close() {
    EdgeGround.stop(server);
  }

  private final class Scripted extends Handler.Abstract {
    private final Script script;

    Scripted(Script script) {
      this.script = script;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      seen.add(seen(request));
      var wrong = wrong(request.getHeaders());
      if (wrong == null) {
        script.answer(request, response, callback);
      } else {
        response.setStatus(403);
        write(response, callback, wrong);
      }
      return true;
    }
  }
}
