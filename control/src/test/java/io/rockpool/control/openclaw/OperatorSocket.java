package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A WebSocket to a gateway, as a browser of its owner's has one. */
final class OperatorSocket implements WebSocket.Listener, AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final LinkedBlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
  private final StringBuilder frame = new StringBuilder();
  private final WebSocket socket;
  private int asked;

  OperatorSocket(HttpClient http, URI gateway, Secret password) throws InterruptedException {
    socket =
        http.newWebSocketBuilder()
            .buildAsync(URI.create("ws://" + gateway.getAuthority() + "/"), this)
            .join();
    next("type", "event");
    var connect =
        Json.object(
            "{minProtocol:4,maxProtocol:4,role:'operator',caps:[],"
                + "client:{id:'gateway-client',version:'1.0.0',platform:'linux',mode:'backend'},"
                + "scopes:['operator.admin','operator.read','operator.write']}");
    connect.putObject("auth").put("password", password.reveal());
    var hello = ask("connect", connect);
    if (!hello.path("ok").asBoolean(false)) {
      throw new AssertionError(hello);
    }
  }

  /** The whole frame of the answer. */
  JsonNode ask(String method, ObjectNode params) throws InterruptedException {
    var id = "r" + asked++;
    var request = JSON.createObjectNode().put("type", "req").put("id", id).put("method", method);
    request.set("params", params);
    socket.sendText(request.toString(), true).join();
    return next("id", id);
  }

  private JsonNode next(String field, String value) throws InterruptedException {
    while (true) {
      var next = frames.poll(30, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no frame with %s %s came".formatted(field, value));
      }
      if (next.path(field).asString("").equals(value)) {
        return next;
      }
    }
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    frame.append(data);
    if (last) {
      frames.add(JSON.readTree(frame.toString()));
      frame.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public void close() {
    socket.abort();
  }
}
