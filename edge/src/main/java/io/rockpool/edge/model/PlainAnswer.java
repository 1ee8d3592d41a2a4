package io.rockpool.edge.model;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** A few words in the shape of a model's answer, as if no token had been used for them. */
final class PlainAnswer {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** In all of the following; the last two stand for JSON texts. */
  private static final Pattern PLACE = Pattern.compile("@(ID|SECONDS|MODEL|TEXT)@");

  private static final String OPENAI_USAGE =
      """
      "usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}\
      """;

  private static final String CHAT =
      """
      {"id":"chatcmpl-@ID@","object":"chat.completion","created":@SECONDS@,"model":@MODEL@,"choices":[{"index":0,"message":{"role":"assistant","content":@TEXT@,"refusal":null},"logprobs":null,"finish_reason":"stop"}],\
      """
          + OPENAI_USAGE
          + "}";

  private static final String CHAT_CHUNK =
      """
      data: {"id":"chatcmpl-@ID@","object":"chat.completion.chunk","created":@SECONDS@,"model":@MODEL@,"choices":\
      """;

  private static final String CHAT_STREAM =
      CHAT_CHUNK
          + """
          [{"index":0,"delta":{"role":"assistant","content":@TEXT@},"finish_reason":null}]}

          """
          + CHAT_CHUNK
          + """
          [{"index":0,"delta":{},"finish_reason":"stop"}]}

          """;

  private static final String CHAT_STREAM_USAGE = CHAT_CHUNK + "[]," + OPENAI_USAGE + "}\n\n";

  private static final String DONE = "data: [DONE]\n\n";

  private static final String COMPLETION =
      """
      {"id":"cmpl-@ID@","object":"text_completion","created":@SECONDS@,"model":@MODEL@,"choices":[{"index":0,"text":@TEXT@,"logprobs":null,"finish_reason":"stop"}],\
      """
          + OPENAI_USAGE
          + "}";

  private static final String RESPONSE_PART =
      """
      {"type":"output_text","text":@TEXT@,"annotations":[]}\
      """;

  private static final String RESPONSE_ITEM =
      """
      {"id":"msg_@ID@","type":"message","status":"completed","role":"assistant","content":[%s]}\
      """
          .formatted(RESPONSE_PART);

  private static final String RESPONSE =
      """
      {"id":"resp_@ID@","object":"response","created_at":@SECONDS@,"status":"completed","error":null,"incomplete_details":null,"model":@MODEL@,"output":[%s],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":0,"input_tokens_details":{"cached_tokens":0},"output_tokens":0,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":0}}\
      """
          .formatted(RESPONSE_ITEM);

  private static final String RESPONSE_STREAM =
      """
      event: response.created
      data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_@ID@","object":"response","created_at":@SECONDS@,"status":"in_progress","model":@MODEL@,"output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}}

      event: response.output_item.added
      data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_@ID@","type":"message","status":"in_progress","role":"assistant","content":[]}}

      event: response.content_part.added
      data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_@ID@","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}

      event: response.output_text.delta
      data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_@ID@","output_index":0,"content_index":0,"delta":@TEXT@}

      event: response.output_text.done
      data: {"type":"response.output_text.done","sequence_number":4,"item_id":"msg_@ID@","output_index":0,"content_index":0,"text":@TEXT@}

      event: response.content_part.done
      data: {"type":"response.content_part.done","sequence_number":5,"item_id":"msg_@ID@","output_index":0,"content_index":0,"part":%s}

      event: response.output_item.done
      data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":%s}

      event: response.completed
      data: {"type":"response.completed","sequence_number":7,"response":%s}

      """
          .formatted(RESPONSE_PART, RESPONSE_ITEM, RESPONSE);

  private static final String MESSAGE =
      """
      {"id":"msg_@ID@","type":"message","role":"assistant","model":@MODEL@,"content":[{"type":"text","text":@TEXT@}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}\
      """;

  private static final String MESSAGE_STREAM =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_@ID@","type":"message","role":"assistant","model":@MODEL@,"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":@TEXT@}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":0}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private PlainAnswer() {}

  /**
   * The body of the answer: events if they were asked for, otherwise JSON.
   *
   * @param id of the call
   */
  static byte[] body(Api api, ModelRequest request, String text, String id, Instant now) {
    var stream = request.stream();
    var template =
        switch (api) {
          case MESSAGES -> stream ? MESSAGE_STREAM : MESSAGE;
          case RESPONSES -> stream ? RESPONSE_STREAM : RESPONSE;
          case COMPLETIONS -> stream ? "data: " + COMPLETION + "\n\n" + DONE : COMPLETION;
          default ->
              stream ? CHAT_STREAM + (request.usage() ? CHAT_STREAM_USAGE : "") + DONE : CHAT;
        };
    return PLACE
        .matcher(template)
        .replaceAll(place ->
            Matcher.quoteReplacement(
                switch (place.group(1)) {
                  case "ID" -> id;
                  case "SECONDS" -> Long.toString(now.getEpochSecond());
                  case "MODEL" -> JSON.writeValueAsString(request.model());
                  default -> JSON.writeValueAsString(text);
                }))
        .getBytes(StandardCharsets.UTF_8);
  }
}
