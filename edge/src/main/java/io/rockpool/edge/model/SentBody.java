package io.rockpool.edge.model;

import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.control.usage.Verdict;
import java.util.LinkedHashMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a provider is sent: what came, but for the limit that a budget sets, the wish to be told the
 * usage, and the name by which the provider knows the model. Pure.
 *
 * @param asksUsage whether the wish is ours, so that the client has no use for what it brings
 */
@SuppressWarnings("ArrayRecordComponent") // never changed, never compared
record SentBody(byte[] bytes, boolean asksUsage) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * @param body that {@code asked} was read from
   */
  static SentBody to(
      ModelUpstream upstream, Api api, ModelRequest asked, byte[] body, Verdict.Granted granted) {
    var changes = new LinkedHashMap<String, String>();
    var one = granted.written() / asked.choices();
    if (granted.isBound()
        && api != Api.EMBEDDINGS
        && (asked.written() == 0 || one < asked.written())) {
      changes.put(
          limitName(api, asked, body, upstream.model().orElse(asked.model())),
          Long.toString(Math.max(1, one)));
    }
    boolean asksUsage =
        (api == Api.CHAT || api == Api.COMPLETIONS)
            && asked.stream()
            && !asked.usage()
            && upstream.usage() == StreamedUsage.ASKED;
    if (asksUsage) {
      changes.put("stream_options", withUsage(asked, body));
    }
    upstream
        .model()
        .filter(name -> !name.equals(asked.model()))
        .ifPresent(name -> changes.put("model", JSON.writeValueAsString(name)));
    return new SentBody(asked.with(body, changes), asksUsage);
  }

  /**
   * @param model as the provider calls it
   */
  private static String limitName(Api api, ModelRequest asked, byte[] body, String model) {
    return switch (api) {
      case RESPONSES -> "max_output_tokens";
      case CHAT ->
          asked.raw(body, "max_completion_tokens") != null
                  || (asked.raw(body, "max_tokens") == null && model.matches("(o[1-9]|gpt-5).*"))
              ? "max_completion_tokens"
              : "max_tokens";
      default -> "max_tokens";
    };
  }

  private static String withUsage(ModelRequest asked, byte[] body) {
    var options = asked.raw(body, "stream_options");
    var all =
        options != null && JSON.readTree(options) instanceof ObjectNode given
            ? given
            : JSON.createObjectNode();
    return all.put("include_usage", true).toString();
  }
}
