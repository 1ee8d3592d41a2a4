package io.rockpool.server.e2e;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.ObjectMappers;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.models.ModelListParams;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whatever a program does with Anthropic's own client for Java, and what it then holds, as JSON.
 */
final class AnthropicCalls {
  private final Map<String, List<String>> held = new LinkedHashMap<>();
  private final AnthropicClient client;

  private AnthropicCalls(AnthropicClient client) {
    this.client = client;
  }

  static AnthropicClient client(String baseUrl, String key) {
    return AnthropicOkHttpClient.builder().baseUrl(baseUrl).apiKey(key).maxRetries(0).build();
  }

  /** All that came of each call. */
  static Map<String, List<String>> all(String baseUrl, String key) throws IOException {
    var client = client(baseUrl, key);
    try {
      var calls = new AnthropicCalls(client);
      calls.models();
      calls.tokensAreCounted();
      calls.betaMessages();
      calls.messages();
      calls.messagesStreamed();
      return calls.held;
    } finally {
      client.close();
    }
  }

  private void hold(String name, Object... objects) throws IOException {
    var all = held.computeIfAbsent(name, _ -> new ArrayList<>());
    for (var object : objects) {
      all.add(ObjectMappers.jsonMapper().writeValueAsString(object));
    }
  }

  private void models() throws IOException {
    var pages = client.models().list(ModelListParams.builder().limit(1).build());
    hold("models", pages.autoPager().stream().limit(10).toArray());
    hold("model", client.models().retrieve("claude-opus-4-1"));
  }

  private void tokensAreCounted() throws IOException {
    var wish = MessageCountTokensParams.builder().model("tools").addUserMessage("Grüße 汉字 😀");
    hold("tokens counted", client.messages().countTokens(wish.build()));
  }

  private void betaMessages() throws IOException {
    var wish =
        com.anthropic.models.beta.messages.MessageCreateParams.builder()
            .model("tools")
            .maxTokens(64)
            .addBeta("interleaved-thinking-2025-05-14")
            .addUserMessage("hello");
    hold("beta messages", client.beta().messages().create(wish.build()));
  }

  private static MessageCreateParams.Builder wish() {
    return MessageCreateParams.builder()
        .maxTokens(4_096)
        .enabledThinking(2_048)
        .system("Be kind 😀")
        .addTool(
            Tool.builder()
                .name("read_file")
                .description("Reads \"a file\" 汉字")
                .inputSchema(
                    Tool.InputSchema.builder()
                        .properties(
                            Tool.InputSchema.Properties.builder()
                                .putAdditionalProperty(
                                    "path", JsonValue.from(Map.of("type", "string")))
                                .build())
                        .addRequired("path")
                        .build())
                .build())
        .addUserMessage("Read café/😀.txt\r\n\t\u2028");
  }

  private static MessageCreateParams.Builder results(Message asked) {
    var results =
        asked.content().stream()
            .filter(ContentBlock::isToolUse)
            .map(ContentBlock::asToolUse)
            .map(call ->
                ContentBlockParam.ofToolResult(
                    ToolResultBlockParam.builder()
                        .toolUseId(call.id())
                        .content("{\"of\":\"%s\"} 😀".formatted(call.name()))
                        .build()))
            .toList();
    return wish().model("after").addMessage(asked).addUserMessageOfContentBlockParams(results);
  }

  private void messages() throws IOException {
    var asked = client.messages().create(wish().model("tools").build());
    hold("messages", asked, client.messages().create(results(asked).build()));
  }

  private void messagesStreamed() throws IOException {
    var asked = streamed(wish().model("tools"));
    var _ = streamed(results(asked));
  }

  private Message streamed(MessageCreateParams.Builder wish) throws IOException {
    var whole = MessageAccumulator.create();
    try (var stream = client.messages().createStreaming(wish.build())) {
      hold("messages in a stream", stream.stream().peek(whole::accumulate).toArray());
    }
    hold("messages in a stream", whole.message());
    return whole.message();
  }
}
