package io.rockpool.server.e2e;

import io.rockpool.server.e2e.ProviderDouble.Answer;
import io.rockpool.server.e2e.ProviderDouble.Asked;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * A model that can be told to use a tool: whoever says {@link #READ} and offers the tool {@code
 * read} is asked, once, to read {@link #FILE}, and then told what the file says. All else it
 * greets. Its streams are as OpenAI's and Anthropic's APIs document them.
 */
final class ToolTurns implements ProviderDouble.Script {
  static final String READ = "Please read your notes.";
  static final String FILE = "notes.md";
  static final String GREETING = "Good day, 你好 🪸!";
  private static final String CALL = "call_0a1b2c";
  private final AtomicBoolean called = new AtomicBoolean();

  @Override
  public void answer(Asked asked, Answer answer) throws IOException {
    var request = asked.json();
    boolean anthropic = asked.target().getPath().endsWith("/messages");
    var result = result(request.path("messages"), anthropic);
    answer.stream();
    if (!result.isEmpty()) {
      say(answer, anthropic, "Your notes say: " + result);
    } else if (asked.body().contains(READ)
        && offers(request.path("tools"), anthropic)
        && called.compareAndSet(false, true)) {
      call(answer, anthropic);
    } else {
      say(answer, anthropic, GREETING);
    }
  }

  private static boolean offers(JsonNode tools, boolean anthropic) {
    return StreamSupport.stream(tools.spliterator(), false)
        .map(tool -> anthropic ? tool : tool.path("function"))
        .anyMatch(tool -> tool.path("name").asString("").equals("read"));
  }

  /**
   * What came of the call, whose id OpenClaw writes in its own way; empty where it was not made.
   */
  private static String result(JsonNode messages, boolean anthropic) {
    var found = new ArrayList<String>();
    for (var message : messages) {
      if (anthropic) {
        for (var block : message.path("content")) {
          if (block.path("type").asString("").equals("tool_result")) {
            found.add(text(block.path("content")));
          }
        }
      } else if (message.path("role").asString("").equals("tool")) {
        found.add(text(message.path("content")));
      }
    }
    return String.join("", found);
  }

  private static String text(JsonNode content) {
    return content.isString()
        ? content.asString()
        : StreamSupport.stream(content.spliterator(), false)
            .map(it -> it.path("text").asString(""))
            .collect(Collectors.joining());
  }

  private static void say(Answer answer, boolean anthropic, String text) throws IOException {
    if (anthropic) {
      block(
          answer,
          Map.of("type", "text", "text", ""),
          List.of(Map.of("type", "text_delta", "text", text)),
          "end_turn");
    } else {
      chunks(
          answer,
          List.of(Map.of("role", "assistant", "content", ""), Map.of("content", text)),
          "stop");
    }
  }

  private static void call(Answer answer, boolean anthropic) throws IOException {
    var half = "{\"path\": \"";
    var rest = FILE + "\"}";
    if (anthropic) {
      block(
          answer,
          Map.of("type", "tool_use", "id", CALL, "name", "read", "input", Map.of()),
          List.of(
              Map.of("type", "input_json_delta", "partial_json", ""),
              Map.of("type", "input_json_delta", "partial_json", half),
              Map.of("type", "input_json_delta", "partial_json", rest)),
          "tool_use");
    } else {
      chunks(
          answer,
          List.of(
              Map.of("role", "assistant"),
              calls(
                  Map.of(
                      "index",
                      0,
                      "id",
                      CALL,
                      "type",
                      "function",
                      "function",
                      Map.of("name", "read", "arguments", ""))),
              calls(Map.of("index", 0, "function", Map.of("arguments", half))),
              calls(Map.of("index", 0, "function", Map.of("arguments", rest)))),
          "tool_calls");
    }
  }

  private static Map<String, Object> calls(Object call) {
    return Map.of("tool_calls", List.of(call));
  }

  private static void chunks(Answer answer, List<Map<String, Object>> deltas, String end)
      throws IOException {
    for (var delta : deltas) {
      chunk(answer, List.of(Map.of("index", 0, "delta", delta)), Map.of());
    }
    chunk(answer, List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", end)), Map.of());
    chunk(
        answer,
        List.of(),
        Map.of(
            "usage",
            Map.of("prompt_tokens", 5_000, "completion_tokens", 20, "total_tokens", 5_020)));
    answer.part("data: [DONE]\n\n");
  }

  private static void chunk(Answer answer, List<?> choices, Map<String, ?> more)
      throws IOException {
    var chunk = Api.JSON.createObjectNode().put("id", "chatcmpl-1").put("created", 1_741_570_283);
    chunk.put("object", "chat.completion.chunk").put("model", "large");
    chunk.set("choices", Api.JSON.valueToTree(choices));
    more.forEach((name, value) -> chunk.set(name, Api.JSON.valueToTree(value)));
    answer.part("data: " + chunk + "\n\n");
  }

  private static void block(
      Answer answer, Map<String, ?> block, List<Map<String, String>> deltas, String end)
      throws IOException {
    event(
        answer,
        "message_start",
        Map.of(
            "message",
            Map.of(
                "id", "msg_1",
                "type", "message",
                "role", "assistant",
                "model", "large",
                "content", List.of(),
                "usage", Map.of("input_tokens", 5_000, "output_tokens", 1))));
    event(answer, "content_block_start", Map.of("index", 0, "content_block", block));
    event(answer, "ping", Map.of());
    for (var delta : deltas) {
      event(answer, "content_block_delta", Map.of("index", 0, "delta", delta));
    }
    event(answer, "content_block_stop", Map.of("index", 0));
    event(
        answer,
        "message_delta",
        Map.of("delta", Map.of("stop_reason", end), "usage", Map.of("output_tokens", 20)));
    event(answer, "message_stop", Map.of());
  }

  private static void event(Answer answer, String type, Map<String, ?> members) throws IOException {
    var data = Api.JSON.createObjectNode().put("type", type);
    members.forEach((name, value) -> data.set(name, Api.JSON.valueToTree(value)));
    answer.part("event: %s\ndata: %s\n\n".formatted(type, data));
  }
}
