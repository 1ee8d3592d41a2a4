package io.rockpool.edge.model;

import io.rockpool.control.usage.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is known of an answer, from what has come of it so far. The last word on the usage counts:
 * nothing is added up, since providers repeat and correct themselves.
 *
 * <p>Shapes and their oddities: OpenAI's, Anthropic's, DeepSeek's, Moonshot's and vLLM's public
 * references.
 */
final class Answered {
  private static final Set<String> TEXTS =
      Set.of(
          "content",
          "text",
          "reasoning",
          "reasoning_content",
          "thinking",
          "refusal",
          "arguments",
          "partial_json",
          "delta",
          "name");

  /** So many characters of an answer tell how many tokens the rest has. */
  private static final int TELLING = 32 << 10;

  /** What a provider says goes into the books: it may be anybody's. */
  private static final long MOST_TOKENS = 100_000_000;

  private static final int LONGEST_NAME = 200;
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Cs}]");

  private final Api api;
  private final StringBuilder text = new StringBuilder();
  private @Nullable Tokens tokens;
  private @Nullable String model;
  private @Nullable JsonNode error;
  private long textBytes;
  private boolean ended;
  private boolean begun;
  private boolean outputToCome;

  Answered(Api api) {
    this.api = api;
  }

  /** What the last event that was read means for whoever passes it on. */
  enum Part {
    CONTENT,
    /**
     * Content, and the word that there is no usage yet: who did not ask for any does not see it.
     */
    NO_USAGE,
    /** Nothing but the usage, which the client may not have asked for. */
    USAGE,
    /** There will be no other. */
    END
  }

  /** Reads an event of a stream. */
  Part event(JsonNode event) {
    var part = read(event);
    begun = true;
    return part;
  }

  /** Reads a whole answer. */
  void whole(JsonNode answer) {
    read(answer);
    ended = true;
  }

  /** The stream said that it is at its end. */
  void end() {
    ended = true;
  }

  private Part read(JsonNode it) {
    if (it.path("error").isObject() || it.path("error").isString()) {
      error = it.path("error");
    }
    return switch (api) {
      case MESSAGES -> anthropic(it);
      case RESPONSES -> responses(it);
      case COUNT_TOKENS -> {
        tokens = Tokens.NONE; // it says what another call would read
        yield Part.CONTENT;
      }
      default -> openAi(it);
    };
  }

  private Part openAi(JsonNode it) {
    named(it);
    var choices = it.path("choices");
    var usage = it.path("usage");
    for (var choice : choices) {
      if (choice.path("usage").isObject()) { // Moonshot
        usage = choice.path("usage");
      }
      count(choice.path("delta"));
      count(choice.path("message"));
      count(choice.path("text"));
    }
    if (!usage.isObject()) {
      return usage.isNull() ? Part.NO_USAGE : Part.CONTENT;
    }
    tokens = ofOpenAi(usage, "prompt_tokens", "completion_tokens");
    return begun && choices.isEmpty() && error == null ? Part.USAGE : Part.CONTENT;
  }

  private Part responses(JsonNode it) {
    var type = it.path("type").asString("");
    var response = it.has("response") ? it.path("response") : it;
    named(response);
    if (type.endsWith(".delta")) {
      count(it);
    }
    if (response.path("usage").isObject()) {
      tokens = ofOpenAi(response.path("usage"), "input_tokens", "output_tokens");
    }
    if (type.equals("response.failed")) {
      error = response.path("error");
    }
    if (Set.of("response.completed", "response.incomplete", "response.failed").contains(type)) {
      ended = true;
      return Part.END;
    }
    return Part.CONTENT;
  }

  private Part anthropic(JsonNode it) {
    var type = it.path("type").asString("");
    var message = it.has("message") ? it.path("message") : it;
    named(message);
    count(it.path("delta"));
    if (message.path("usage").isObject()) {
      tokens = ofAnthropic(message.path("usage"), tokens);
      outputToCome = type.equals("message_start");
    }
    if (type.equals("message_stop")) {
      ended = true;
      return Part.END;
    }
    return Part.CONTENT;
  }

  private void named(JsonNode it) {
    var name = it.path("model").asString("");
    if (!name.isEmpty()) {
      model =
          UNPRINTABLE
              .matcher(name.substring(0, Math.min(name.length(), LONGEST_NAME)))
              .replaceAll("?");
    }
  }

  private void count(JsonNode it) {
    if (it.isString()) {
      var more = it.asString();
      textBytes += more.getBytes(StandardCharsets.UTF_8).length;
      if (text.length() < TELLING) {
        text.append(more);
      }
    } else if (it.isArray()) {
      it.forEach(this::count);
    } else {
      for (Map.Entry<String, JsonNode> member : it.properties()) {
        if (TEXTS.contains(member.getKey()) || !member.getValue().isValueNode()) {
          count(member.getValue());
        }
      }
    }
  }

  private static Tokens ofOpenAi(JsonNode usage, String readName, String writtenName) {
    var all = number(usage, readName);
    var details = usage.path(readName + "_details");
    var hit = usage.path("prompt_cache_hit_tokens"); // DeepSeek; it says the same in the details
    var cached =
        Math.min(
            all,
            hit.isNumber()
                ? number(usage, "prompt_cache_hit_tokens")
                : details.path("cached_tokens").isNumber()
                    ? number(details, "cached_tokens")
                    : number(usage, "cached_tokens")); // Moonshot
    var written = number(usage, writtenName);
    var reasoning = number(usage.path(writtenName + "_details"), "reasoning_tokens");
    return new Tokens(all - cached, cached, 0, 0, written, Math.min(reasoning, written));
  }

  /**
   * A later word on any kind of input replaces all of them; a later total keeps an earlier split.
   */
  private static Tokens ofAnthropic(JsonNode usage, @Nullable Tokens before) {
    var old = before == null ? Tokens.NONE : before;
    var output = usage.has("output_tokens") ? number(usage, "output_tokens") : old.output();
    var input = usage.has("input_tokens") ? number(usage, "input_tokens") : old.input();
    if (!usage.has("cache_read_input_tokens") && !usage.has("cache_creation_input_tokens")) {
      return new Tokens(input, old.cacheRead(), old.cacheWrite5m(), old.cacheWrite1h(), output, 0);
    }
    var created = number(usage, "cache_creation_input_tokens");
    var split = usage.path("cache_creation");
    var hour = number(split, "ephemeral_1h_input_tokens");
    if (!split.isObject() && created == old.cacheWrite5m() + old.cacheWrite1h()) {
      hour = old.cacheWrite1h();
    }
    hour = Math.min(hour, created);
    return new Tokens(
        input, number(usage, "cache_read_input_tokens"), created - hour, hour, output, 0);
  }

  private static long number(JsonNode it, String name) {
    return Math.clamp(it.path(name).asLong(0), 0, MOST_TOKENS);
  }

  /** What it used, as the provider says; empty as long as it has not said all. */
  Optional<Tokens> tokens() {
    return outputToCome ? Optional.empty() : Optional.ofNullable(tokens);
  }

  /**
   * What it used, as far as the provider said, and estimated where it did not.
   *
   * @param read tokens, by an estimate
   * @param written tokens, by an estimate
   */
  Tokens estimated(long read, long written) {
    var said = tokens;
    return said == null
        ? Tokens.of(read, written)
        : new Tokens(
            said.input(),
            said.cacheRead(),
            said.cacheWrite5m(),
            said.cacheWrite1h(),
            Math.max(said.output(), written),
            said.reasoning());
  }

  /** Whether it used anything, as far as that is known. */
  boolean hasUsed() {
    return textBytes > 0 || (tokens != null && tokens.total() > 0);
  }

  /** What the provider calls the model. */
  @Nullable String model() {
    return model;
  }

  /** What the provider said went wrong, in the middle of an answer that had begun well. */
  Optional<JsonNode> error() {
    return Optional.ofNullable(error);
  }

  /** The beginning of all text that came: enough to tell how many tokens it has. */
  String textBegun() {
    return text.toString();
  }

  /** Of all text that came, in UTF-8. */
  long textBytes() {
    return textBytes;
  }

  /** Whether all of it has come. */
  boolean isEnded() {
    return ended;
  }
}
