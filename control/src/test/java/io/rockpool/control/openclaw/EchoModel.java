package io.rockpool.control.openclaw;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model that answers with the code words (like {@code word-moon}) of all user messages it was
 * given, in order, and so shows what a gateway remembers.
 */
final class EchoModel implements AutoCloseable {
  private static final Pattern WORD = Pattern.compile("word-[a-z]+");
  private static final JsonMapper JSON = new JsonMapper();

  private final List<ScriptedGateway.Request> seen = new CopyOnWriteArrayList<>();
  private final AtomicReference<CountDownLatch> held = new AtomicReference<>(new CountDownLatch(0));
  private final AtomicReference<CountDownLatch> paused =
      new AtomicReference<>(new CountDownLatch(0));
  private final AtomicInteger failure = new AtomicInteger(200);
  private final ScriptedGateway server;

  EchoModel() throws IOException {
    server =
        new ScriptedGateway((request, out, _) -> {
          seen.add(request);
          held.get().await();
          var status = failure.get();
          if (status != 200) {
            ScriptedGateway.json(
                out, status, "{\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}");
            return;
          }
          ScriptedGateway.events(out, piece("I heard: "));
          paused.get().await();
          ScriptedGateway.more(
              out,
              piece(words(request)),
              "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"demo\","
                  + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
              "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"demo\","
                  + "\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3,"
                  + "\"total_tokens\":14}}",
              "[DONE]");
        });
  }

  private static String piece(String text) {
    var answer = JSON.createObjectNode();
    answer.put("id", "c1").put("object", "chat.completion.chunk").put("model", "demo");
    var choice = answer.putArray("choices").addObject().put("index", 0);
    choice.putObject("delta").put("role", "assistant").put("content", text);
    choice.putNull("finish_reason");
    return answer.toString();
  }

  /** From now on it answers nobody, until {@link #release}. */
  void hold() {
    held.set(new CountDownLatch(1));
  }

  /** From now on it begins to answer and does not go on, until {@link #release}. */
  void pause() {
    paused.set(new CountDownLatch(1));
  }

  void release() {
    held.get().countDown();
    paused.get().countDown();
  }

  /** From now on it answers with this status; 200 as usual. */
  void fail(int status) {
    failure.set(status);
  }

  URI baseUrl() {
    return server.uri().resolve("/v1");
  }

  /** All requests so far, the newest last. */
  List<JsonNode> requests() {
    return seen.stream().map(request -> JSON.readTree(request.body())).toList();
  }

  String newestAuthorization() {
    return seen.getLast().headers().getOrDefault("authorization", "");
  }

  static List<String> tools(JsonNode request) {
    return request
        .path("tools")
        .valueStream()
        .map(it -> it.at("/function/name").asString())
        .toList();
  }

  static String systemPrompt(JsonNode request) {
    return request
        .path("messages")
        .valueStream()
        .filter(it -> !it.path("role").asString("").equals("user"))
        .map(it -> it.path("content").toString())
        .collect(Collectors.joining("\n"));
  }

  private static String words(ScriptedGateway.Request request) {
    var words =
        JSON.readTree(request.body())
            .path("messages")
            .valueStream()
            .filter(it -> it.path("role").asString("").equals("user"))
            .flatMap(it -> WORD.matcher(it.path("content").toString()).results())
            .map(it -> it.group())
            .distinct()
            .collect(Collectors.joining(" "));
    return words;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
