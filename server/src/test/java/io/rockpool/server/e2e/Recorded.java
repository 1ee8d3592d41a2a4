package io.rockpool.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.server.e2e.ProviderDouble.Answer;
import io.rockpool.server.e2e.ProviderDouble.Asked;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Says what OpenAI's and Anthropic's APIs say, byte by byte as in this folder's resources under
 * {@code said}: their documented shapes, with all that proxies have stumbled over. A request names
 * by its model what it wants to hear: {@code tools}, calls of two tools at once; {@code after}, the
 * answer to their results; {@code failed}, half of one and an error; {@code busy}, a 429. Streams
 * come in pieces that end anywhere.
 */
final class Recorded implements ProviderDouble.Script {
  /** A prime, so that it cuts lines, events and characters at other places each time. */
  private static final int PIECE = 13;

  private static final Pattern USAGE_EVENT =
      Pattern.compile("data: [^\\r\\n]*\"choices\":\\[\\],[^\\r\\n]*(\\r?\\n){2}");

  @Override
  public void answer(Asked asked, Answer answer) throws IOException {
    var path = asked.target().getPath();
    var isAnthropics = !asked.header("anthropic-version").isEmpty();
    answer
        .exchange()
        .getResponseHeaders()
        .set(isAnthropics ? "request-id" : "x-request-id", "req_011CSHoEeqs5C35K2UUqR7Fy");
    if (path.equals("/v1/models")) {
      answer.json(200, said(models(asked)));
      return;
    }
    if (path.startsWith("/v1/models/")) {
      answer.json(200, said(isAnthropics ? "models/anthropic-one.json" : "models/openai-one.json"));
      return;
    }
    if (path.equals("/v1/messages/count_tokens")) {
      answer.json(200, said("messages/count_tokens.json"));
      return;
    }
    var request = asked.json();
    var model = request.path("model").asString("");
    if (model.equals("busy")) {
      answer.json(429, "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}");
      return;
    }
    if (path.equals("/v1/embeddings")) {
      var format = request.path("encoding_format").asString("float");
      answer.json(200, said("embeddings/%s.json".formatted(format)));
      return;
    }
    var name = path.substring("/v1/".length()).replace("/completions", "") + "/" + model;
    if (!request.path("stream").asBoolean(false)) {
      answer.json(200, said(name + ".json"));
      return;
    }
    var events = said(name + ".sse");
    if (name.startsWith("chat/") && !request.at("/stream_options/include_usage").asBoolean(false)) {
      events = withoutUsage(events);
    }
    answer.stream();
    for (int i = 0; i < events.length; i += PIECE) {
      answer.part(events, i, Math.min(PIECE, events.length - i));
    }
  }

  private static String models(Asked asked) {
    if (asked.header("anthropic-version").isEmpty()) {
      return "models/openai.json";
    }
    var query = String.valueOf(asked.target().getQuery());
    return query.contains("after_id=") ? "models/anthropic-next.json" : "models/anthropic.json";
  }

  /** As it is for who did not ask for it: no event with it, and no {@code null} in the others. */
  private static byte[] withoutUsage(byte[] events) {
    return USAGE_EVENT
        .matcher(new String(events, UTF_8))
        .replaceAll("")
        .replace(",\"usage\":null", "")
        .getBytes(UTF_8);
  }

  private static byte[] said(String name) throws IOException {
    try (var source = Recorded.class.getResourceAsStream("said/" + name)) {
      if (source == null) {
        throw new IOException("nothing was recorded as %s".formatted(name));
      }
      return source.readAllBytes();
    }
  }
}
