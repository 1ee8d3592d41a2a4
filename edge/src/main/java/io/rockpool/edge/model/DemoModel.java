package io.rockpool.edge.model;

import io.rockpool.edge.BoundedRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /llm/demo/v1}: a model that only echoes, so that Rockpool can be tried without anybody's
 * key. Speaks OpenAI's {@code GET /models} and {@code POST /chat/completions} and Anthropic's
 * {@code POST /messages}, streamed or not, and is deterministic. Tools, temperatures and the like
 * are accepted and ignored. Token counts are an approximation: one for four characters.
 *
 * <p>It asks nobody for a key: it knows nothing and costs next to nothing.
 */
public final class DemoModel extends Handler.Abstract {
  /** Where it is mounted. */
  public static final String PATH = "/llm/demo/v1";

  /** The only model there is. */
  public static final String MODEL = "demo";

  private static final long LONGEST = 8L << 20;
  private static final int AT_ONCE = 32; // each may hold a body and its tree
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final InstantSource clock;
  private final Semaphore places = new Semaphore(AT_ONCE);

  /**
   * @param clock for the field {@code created} of its answers
   */
  public DemoModel(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws IOException {
    var path = request.getHttpURI().getPath();
    if (path == null || !(path.equals(PATH) || path.startsWith(PATH + "/"))) {
      return false;
    }
    switch (path.substring(PATH.length())) {
      case "/models" -> {
        if (allowed("GET", request, response, callback)) {
          write(
              response,
              callback,
              Map.of("object", "list", "data", List.of(model(clock.instant().getEpochSecond()))));
        }
      }
      case "/chat/completions", "/messages" -> {
        if (allowed("POST", request, response, callback)) {
          complete(request, response, callback);
        }
      }
      default -> ModelError.unknownPath().write(response, callback);
    }
    return true;
  }

  private static boolean allowed(
      String method, Request request, Response response, Callback callback) {
    if (method.equals(request.getMethod())) {
      return true;
    }
    response.getHeaders().put(HttpHeader.ALLOW, method);
    ModelError.wrongMethod(method).write(response, callback);
    return false;
  }

  private void complete(Request request, Response response, Callback callback) throws IOException {
    var path = request.getHttpURI().getPath().substring(PATH.length());
    if (!places.tryAcquire()) {
      ModelError.unavailable(
              "The demo model has enough to do. Try again in a second.", Duration.ofSeconds(1))
          .write(response, callback);
      return;
    }
    try {
      if (BoundedRequest.isTooLong(request, LONGEST)) {
        ModelError.tooLong(LONGEST).write(response, callback);
        return;
      }
      byte[] body;
      try (var in = Content.Source.asInputStream(request)) {
        body = in.readNBytes((int) LONGEST + 1);
      }
      if (body.length > LONGEST) {
        ModelError.tooLong(LONGEST).write(response, callback);
        return;
      }
      if (path.equals("/messages")) {
        anthropic(body, response, callback);
      } else {
        answer(body, response, callback);
      }
    } finally {
      places.release();
    }
  }

  private void answer(byte[] body, Response response, Callback callback) throws IOException {
    JsonNode asked;
    try {
      asked = JSON.readTree(body);
    } catch (JacksonException noJson) {
      ModelError.badRequest("The body is no JSON.").write(response, callback);
      return;
    }
    var messages = asked.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      ModelError.badRequest("'messages' must be a list of at least one message.")
          .write(response, callback);
      return;
    }
    var echo = Echo.of(messages);
    long created = clock.instant().getEpochSecond();
    var id = "chatcmpl-demo-" + Integer.toHexString(messages.hashCode());
    var usage = usage(messages, echo);
    if (asked.path("stream").asBoolean(false)) {
      boolean withUsage = asked.path("stream_options").path("include_usage").asBoolean(false);
      stream(response, callback, new Chunks(id, created), echo, withUsage ? usage : null);
    } else {
      var message = Map.of("role", "assistant", "content", echo.answer());
      var answer = new LinkedHashMap<String, Object>();
      answer.put("id", id);
      answer.put("object", "chat.completion");
      answer.put("created", created);
      answer.put("model", MODEL);
      answer.put(
          "choices", List.of(Map.of("index", 0, "message", message, "finish_reason", "stop")));
      answer.put("usage", usage);
      write(response, callback, answer);
    }
  }

  /** The same for clients of Anthropic's API, in one piece. */
  private void anthropic(byte[] body, Response response, Callback callback) {
    try {
      var asked = ModelRequest.read(Api.MESSAGES, body);
      var words = Echo.of(JSON.readTree(body).path("messages")).answer();
      var answer = PlainAnswer.body(Api.MESSAGES, asked, words, "demo", clock.instant());
      response
          .getHeaders()
          .put(HttpHeader.CONTENT_TYPE, asked.stream() ? "text/event-stream" : "application/json");
      response.write(true, ByteBuffer.wrap(answer), callback);
    } catch (ModelRequest.Unreadable e) {
      ModelError.badRequest(String.valueOf(e.getMessage()))
          .write(Dialect.ANTHROPIC, response, callback);
    }
  }

  private static Map<String, Integer> usage(JsonNode messages, Echo echo) {
    int characters = 0;
    for (var message : messages) {
      characters += Echo.text(message.path("content")).length();
    }
    int prompt = Echo.tokens(characters);
    int completion = Echo.tokens(echo.answer().length());
    return Map.of(
        "prompt_tokens", prompt,
        "completion_tokens", completion,
        "total_tokens", prompt + completion);
  }

  private static void stream(
      Response response,
      Callback callback,
      Chunks chunks,
      Echo echo,
      @Nullable Map<String, Integer> usage)
      throws IOException {
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
    try (var out = Content.Sink.asOutputStream(response)) {
      event(out, chunks.of(Map.of("role", "assistant", "content", ""), null));
      for (var part : echo.parts()) {
        event(out, chunks.of(Map.of("content", part), null));
      }
      event(out, chunks.of(Map.of(), "stop"));
      if (usage != null) {
        event(out, chunks.ofUsage(usage));
      }
      out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    }
    callback.succeeded();
  }

  private static void event(OutputStream out, Map<String, ?> chunk) throws IOException {
    var event = "data: " + JSON.writeValueAsString(chunk) + "\n\n";
    out.write(event.getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> model(long created) {
    return Map.of("id", MODEL, "object", "model", "created", created, "owned_by", "rockpool");
  }

  private static void write(Response response, Callback callback, Map<String, ?> answer) {
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(JSON.writeValueAsBytes(answer)), callback);
  }

  private record Chunks(String id, long created) {
    Map<String, @Nullable Object> of(Map<String, ?> delta, @Nullable String finish) {
      var choice = new LinkedHashMap<String, @Nullable Object>();
      choice.put("index", 0);
      choice.put("delta", delta);
      choice.put("finish_reason", finish);
      return chunk(List.of(choice));
    }

    Map<String, @Nullable Object> ofUsage(Map<String, Integer> usage) {
      var chunk = chunk(List.of());
      chunk.put("usage", usage);
      return chunk;
    }

    private Map<String, @Nullable Object> chunk(List<?> choices) {
      var chunk = new LinkedHashMap<String, @Nullable Object>();
      chunk.put("id", id);
      chunk.put("object", "chat.completion.chunk");
      chunk.put("created", created);
      chunk.put("model", MODEL);
      chunk.put("choices", choices);
      return chunk;
    }
  }
}
