package io.rockpool.edge.model;

import io.rockpool.control.provider.AnswerLimit;
import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.control.usage.Verdict;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
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

  /** Models that refuse {@code max_tokens}. */
  private static final Pattern REASONING = Pattern.compile("(.*/)?(o[1-9]|gpt-5).*");

  /**
   * @param body that {@code asked} was read from
   */
  static SentBody to(
      ModelUpstream upstream, Api api, ModelRequest asked, byte[] body, Verdict.Granted granted) {
    var changes = new LinkedHashMap<String, String>();
    var renamed = new HashMap<String, String>();
    if (granted.isBound() && !api.limits().isEmpty()) {
      var one = Math.max(1, granted.written() / asked.choices());
      limit(upstream, api, asked, one, changes, renamed);
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
    return new SentBody(asked.with(body, changes, renamed), asksUsage);
  }

  /**
   * Makes the answer end where what is set aside does. A provider ignores a limit that it does not
   * know, so the one that it obeys must be there; and no other may be beside it that was not, since
   * some refuse two.
   */
  private static void limit(
      ModelUpstream upstream,
      Api api,
      ModelRequest asked,
      long most,
      Map<String, String> changes,
      Map<String, String> renamed) {
    var obeyed = api == Api.CHAT ? ofChat(upstream, asked).member() : api.limits().getFirst();
    var given = api.limits().stream().filter(asked.limits()::containsKey).toList();
    for (var name : given) {
      if (asked.limits().getOrDefault(name, 0L) > most) {
        changes.put(name, Long.toString(most));
      }
    }
    if (given.isEmpty()) {
      changes.put(obeyed, Long.toString(most));
    } else if (!given.contains(obeyed)) {
      var other = given.getFirst();
      changes.put(other, Long.toString(Math.min(asked.limits().getOrDefault(other, most), most)));
      renamed.put(other, obeyed);
    }
  }

  private static AnswerLimit ofChat(ModelUpstream upstream, ModelRequest asked) {
    var model = upstream.model().orElse(asked.model());
    return upstream
        .limit()
        .orElse(
            REASONING.matcher(model).matches()
                ? AnswerLimit.MAX_COMPLETION_TOKENS
                : AnswerLimit.MAX_TOKENS);
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
