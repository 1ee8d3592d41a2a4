package io.rockpool.server.e2e;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.ObjectMappers;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whatever a program does with OpenAI's own client for Java, and what it then holds, as JSON. */
final class OpenAiCalls {
  private static final Map<String, Object> SCHEMA =
      Map.of("type", "object", "properties", Map.of("path", Map.of("type", "string")));

  private final Map<String, List<String>> held = new LinkedHashMap<>();
  private final OpenAIClient client;

  private OpenAiCalls(OpenAIClient client) {
    this.client = client;
  }

  static OpenAIClient client(String baseUrl, String key) {
    return OpenAIOkHttpClient.builder().baseUrl(baseUrl).apiKey(key).maxRetries(0).build();
  }

  /** All that came of each call. */
  static Map<String, List<String>> all(String baseUrl, String key) throws IOException {
    var client = client(baseUrl, key);
    try {
      var calls = new OpenAiCalls(client);
      calls.modelsAndEmbeddings();
      calls.chat();
      calls.chatStreamed(false);
      calls.chatStreamed(true);
      calls.responses();
      calls.responsesStreamed();
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

  private void modelsAndEmbeddings() throws IOException {
    hold("models", client.models().list().data().toArray());
    hold("model", client.models().retrieve("ft:small"), client.models().retrieve("maker/small"));
    var wish = EmbeddingCreateParams.builder().model("small").input("Grüße 汉字 😀");
    hold("embeddings", client.embeddings().create(wish.build()));
    hold(
        "embeddings as numbers",
        client
            .embeddings()
            .create(
                wish.encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                    .dimensions(5)
                    .build()));
  }

  private static ChatCompletionCreateParams.Builder chatWish() {
    var parameters = FunctionParameters.builder();
    SCHEMA.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    var wish = ChatCompletionCreateParams.builder();
    for (var tool : List.of("read_file", "weather")) {
      wish.addFunctionTool(
          FunctionDefinition.builder()
              .name(tool)
              .description("Says \"%s\" 汉字".formatted(tool))
              .parameters(parameters.build())
              .strict(true)
              .build());
    }
    return wish.addDeveloperMessage("Be kind 😀").addUserMessage("Read café/😀.txt\r\n\t\u2028");
  }

  private static ChatCompletionCreateParams.Builder chatResults(ChatCompletionMessage asked) {
    var wish = chatWish().model("after").addMessage(asked);
    for (var call : asked.toolCalls().orElseThrow()) {
      wish.addMessage(
          ChatCompletionToolMessageParam.builder()
              .toolCallId(call.asFunction().id())
              .content("{\"of\":\"%s\"} 😀".formatted(call.asFunction().function().name()))
              .build());
    }
    return wish;
  }

  private void chat() throws IOException {
    var asked = client.chat().completions().create(chatWish().model("tools").build());
    var answered =
        client
            .chat()
            .completions()
            .create(chatResults(asked.choices().getFirst().message()).build());
    hold("chat", asked, answered);
  }

  private void chatStreamed(boolean usage) throws IOException {
    var name = usage ? "chat in a stream, with usage" : "chat in a stream";
    var asked = streamed(name, chatWish().model("tools"), usage);
    var _ = streamed(name, chatResults(asked), usage);
  }

  private ChatCompletionMessage streamed(
      String name, ChatCompletionCreateParams.Builder wish, boolean usage) throws IOException {
    if (usage) {
      wish.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
    }
    var whole = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(wish.build())) {
      hold(name, stream.stream().peek(whole::accumulate).toArray());
    }
    hold(name, whole.chatCompletion());
    return whole.chatCompletion().choices().getFirst().message();
  }

  private static ResponseCreateParams wish(String model, List<ResponseInputItem> input) {
    var parameters = FunctionTool.Parameters.builder();
    SCHEMA.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    return ResponseCreateParams.builder()
        .model(model)
        .instructions("Be kind 😀")
        .store(false)
        .inputOfResponse(input)
        .addTool(
            FunctionTool.builder()
                .name("read_file")
                .parameters(parameters.build())
                .strict(true)
                .build())
        .build();
  }

  private static List<ResponseInputItem> question() {
    return List.of(
        ResponseInputItem.ofEasyInputMessage(
            EasyInputMessage.builder()
                .role(EasyInputMessage.Role.USER)
                .content("Read café/😀.txt")
                .build()));
  }

  private static List<ResponseInputItem> results(Response asked) {
    var input = new ArrayList<>(question());
    for (var item : asked.output()) {
      item.reasoning().map(ResponseInputItem::ofReasoning).ifPresent(input::add);
      item.functionCall().map(ResponseInputItem::ofFunctionCall).ifPresent(input::add);
    }
    for (var item : asked.output()) {
      item.functionCall()
          .map(call ->
              ResponseInputItem.FunctionCallOutput.builder()
                  .callId(call.callId())
                  .output("{\"of\":\"%s\"} 😀".formatted(call.name()))
                  .build())
          .map(ResponseInputItem::ofFunctionCallOutput)
          .ifPresent(input::add);
    }
    return input;
  }

  private void responses() throws IOException {
    var asked = client.responses().create(wish("tools", question()));
    hold("responses", asked, client.responses().create(wish("after", results(asked))));
  }

  private void responsesStreamed() throws IOException {
    var asked = streamed(wish("tools", question()));
    var _ = streamed(wish("after", results(asked)));
  }

  private Response streamed(ResponseCreateParams wish) throws IOException {
    var whole = ResponseAccumulator.create();
    try (var stream = client.responses().createStreaming(wish)) {
      hold("responses in a stream", stream.stream().peek(whole::accumulate).toArray());
    }
    hold("responses in a stream", whole.response());
    return whole.response();
  }
}
