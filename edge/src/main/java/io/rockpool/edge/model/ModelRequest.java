package io.rockpool.edge.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * What Rockpool has to know of what a client asks of a model. The body is read once, without
 * keeping a tree, and is not held; what is changed in it is cut in, and every other byte stays.
 *
 * @param model as asked for
 * @param stream whether the answer shall come event by event
 * @param usage whether the client asked for the event with the usage (chat completions only)
 * @param written tokens of one answer at most, by the limit that allows most; 0 where the client
 *     sets none that this API knows
 * @param limits of one answer, by the members that set them
 * @param choices answers at once; 1 or more
 * @param textBytes of all strings, about
 * @param media pictures, recordings and files in it
 * @param mediaBytes of those, as they stand in the body
 * @param chinese whether what was said last has Chinese characters
 */
record ModelRequest(
    String model,
    boolean stream,
    boolean usage,
    long written,
    Map<String, Long> limits,
    int choices,
    long textBytes,
    int media,
    long mediaBytes,
    boolean chinese,
    Map<String, Span> members) {

  /**
   * Where a member of the top level stands.
   *
   * @param name where it begins; its value is from {@code from} to {@code to}
   */
  record Span(int name, int from, int to) {}

  /** The body is nothing that can be asked; the message says why. */
  static final class Unreadable extends Exception {
    Unreadable(String message) {
      super(message);
    }
  }

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final Set<String> REMEMBERED =
      Set.of(
          "model",
          "stream",
          "stream_options",
          "max_completion_tokens",
          "max_tokens",
          "max_output_tokens",
          "n",
          "best_of",
          "background",
          "previous_response_id");

  private static final Set<String> MEDIA =
      Set.of(
          "image_url",
          "image",
          "input_image",
          "input_audio",
          "input_file",
          "file",
          "document",
          "video_url");

  private static final Set<String> CONVERSATIONS = Set.of("messages", "input", "prompt");

  private static final long MOST_TOKENS = 100_000_000;
  private static final int LONGEST_NAME = 200;

  /** A Chinese character as JSON may write it. */
  private static final Pattern ESCAPED = Pattern.compile("\\\\u[4-9][0-9a-fA-F]{3}");

  /** So many of the last texts tell the language, by so many of their last bytes. */
  private static final int TELLING = 3;

  private static final int LOOKED_AT = 4_000;

  /** Text that is no text for the model is that long at least. */
  private static final int LONG_VALUE = 1_024;

  /**
   * @param api that is asked: by it the limits of the answer are known
   */
  static ModelRequest read(Api api, byte[] body) throws Unreadable {
    try (var parser = JSON.createParser(ObjectReadContext.empty(), body)) {
      return new Reading(api, parser, body).request();
    } catch (JacksonException e) {
      // Its message would show a part of the prompt.
      throw new Unreadable("The body is no JSON.");
    }
  }

  private static final class Reading {
    private final Api api;
    private final JsonParser parser;
    private final byte[] body;
    private final Map<String, Span> members = new HashMap<>();
    private final Map<String, Long> numbers = new HashMap<>();
    private String model = "";
    private boolean stream;
    private boolean usage;
    private long textBytes;
    private int media;
    private long mediaBytes;
    private final Deque<Span> said = new ArrayDeque<>();
    private boolean isConversation;

    Reading(Api api, JsonParser parser, byte[] body) {
      this.api = api;
      this.parser = parser;
      this.body = body;
    }

    ModelRequest request() throws Unreadable {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Unreadable("The body must be a JSON object.");
      }
      var seen = new HashSet<String>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        int at = (int) parser.currentTokenLocation().getByteOffset();
        if (REMEMBERED.contains(name) && !seen.add(name)) {
          throw new Unreadable("'%s' is in the body twice.".formatted(name));
        }
        member(name, at);
      }
      if (parser.nextToken() != null) {
        throw new Unreadable("There is something behind the JSON object.");
      }
      return checked();
    }

    private ModelRequest checked() throws Unreadable {
      if (model.isBlank() || model.length() > LONGEST_NAME) {
        throw new Unreadable(
            "'model' must be the name of a model, of %d characters at most."
                .formatted(LONGEST_NAME));
      }
      var limits = new HashMap<>(numbers);
      limits.keySet().retainAll(api.limits());
      var choices = Math.max(numbers.getOrDefault("n", 1L), numbers.getOrDefault("best_of", 1L));
      if (choices > 128) {
        throw new Unreadable("'n' must be 1 to 128.");
      }
      return new ModelRequest(
          model,
          stream,
          usage,
          limits.values().stream().mapToLong(it -> it).max().orElse(0),
          limits,
          (int) choices,
          textBytes,
          media,
          mediaBytes,
          isChinese(),
          members);
    }

    private void member(String name, int at) throws Unreadable {
      var token = parser.nextToken();
      int from = (int) parser.currentTokenLocation().getByteOffset();
      switch (name) {
        case "model" -> {
          if (token != JsonToken.VALUE_STRING) {
            throw new Unreadable("'model' must be the name of a model.");
          }
          model = parser.getString();
        }
        case "stream" -> stream = token == JsonToken.VALUE_TRUE;
        case "background" -> {
          if (token == JsonToken.VALUE_TRUE) {
            throw new Unreadable(
                "'background' is not supported: wait for the answer, or stream it.");
          }
        }
        case "previous_response_id" -> {
          if (token != JsonToken.VALUE_NULL) {
            throw new Unreadable(
                "'previous_response_id' is not supported: send the whole conversation as 'input'.");
          }
        }
        case "max_completion_tokens", "max_tokens", "max_output_tokens", "n", "best_of" -> {
          if (token == JsonToken.VALUE_NUMBER_INT
              && parser.getLongValue() > 0
              && parser.getLongValue() <= MOST_TOKENS) {
            numbers.put(name, parser.getLongValue());
          } else if (token != JsonToken.VALUE_NULL) {
            throw new Unreadable(
                "'%s' must be a whole number, 1 to %d.".formatted(name, MOST_TOKENS));
          }
        }
        case "stream_options" -> options(token);
        default -> {
          isConversation = CONVERSATIONS.contains(name);
          value(token);
        }
      }
      if (REMEMBERED.contains(name)) {
        parser.finishToken();
        members.put(name, new Span(at, from, (int) parser.currentLocation().getByteOffset()));
      }
    }

    private void options(JsonToken token) throws Unreadable {
      if (token == JsonToken.VALUE_NULL) {
        return;
      }
      if (token != JsonToken.START_OBJECT) {
        throw new Unreadable("'stream_options' must be an object.");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        var value = parser.nextToken();
        if (name.equals("include_usage")) {
          usage = value == JsonToken.VALUE_TRUE;
        }
        parser.skipChildren();
      }
    }

    /** Counts what is in a value, however deep. */
    private void value(JsonToken token) {
      int depth = 0;
      String name = "";
      for (var it = token; ; it = parser.nextToken()) {
        switch (it) {
          case START_OBJECT, START_ARRAY -> depth++;
          case END_OBJECT, END_ARRAY -> depth--;
          case PROPERTY_NAME -> {
            name = parser.currentName();
            textBytes += name.length(); // schemas of tools are read, too
          }
          case VALUE_STRING -> text(name);
          default -> textBytes++;
        }
        if (depth == 0) {
          return;
        }
      }
    }

    private void text(String name) {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      parser.finishToken();
      int to = (int) parser.currentLocation().getByteOffset();
      int length = to - from - 2;
      if (name.equals("type") && MEDIA.contains(parser.getString())) {
        media++;
      } else if (length > LONG_VALUE
          && (name.equals("data") || name.equals("file_data") || startsWith(from + 1, "data:"))) {
        mediaBytes += length;
      } else {
        textBytes += length;
        if (isConversation && (name.equals("content") || name.equals("text"))) {
          said.addLast(new Span(from, Math.max(from, to - LOOKED_AT), to));
          if (said.size() > TELLING) {
            said.removeFirst();
          }
        }
      }
    }

    private boolean startsWith(int from, String text) {
      return body.length - from > text.length()
          && new String(body, from, text.length(), StandardCharsets.ISO_8859_1).equals(text);
    }

    /**
     * Whether one of the last texts holds a CJK ideograph. The very last may be one that OpenClaw
     * adds to what its user said.
     */
    private boolean isChinese() {
      return said.stream()
          .map(it -> new String(body, it.from(), it.to() - it.from(), StandardCharsets.UTF_8))
          .anyMatch(it ->
              it.codePoints().anyMatch(Character::isIdeographic) || ESCAPED.matcher(it).find());
    }
  }

  /**
   * The body with members of the top level set to raw JSON; all else is as it was.
   *
   * @param body that this was read from
   * @param renamed members that get another name beside their value, by their name of now
   */
  byte[] with(byte[] body, Map<String, String> changes, Map<String, String> renamed) {
    if (changes.isEmpty()) {
      return body;
    }
    record Edit(int from, int to, String text) {}
    var edits = new ArrayList<Edit>();
    changes.forEach((name, json) -> {
      var span = members.get(name);
      var other = renamed.get(name);
      if (span == null) {
        int start = indexOfFirstMember(body);
        edits.add(new Edit(start, start, "\"%s\":%s,".formatted(name, json)));
      } else if (other == null) {
        edits.add(new Edit(span.from(), span.to(), json));
      } else {
        edits.add(new Edit(span.name(), span.to(), "\"%s\":%s".formatted(other, json)));
      }
    });
    edits.sort(Comparator.comparingInt(Edit::from));
    var out = new ByteArrayOutputStream(body.length + 128);
    int done = 0;
    for (var edit : edits) {
      out.write(body, done, edit.from() - done);
      out.writeBytes(edit.text().getBytes(StandardCharsets.UTF_8));
      done = edit.to();
    }
    out.write(body, done, body.length - done);
    return out.toByteArray();
  }

  /** There is one at least: the model. */
  private static int indexOfFirstMember(byte[] body) {
    int i = 0;
    while (body[i] != '{') {
      i++;
    }
    return i + 1;
  }

  /** The value of a member as it stands in the body; null where it is not there. */
  @Nullable String raw(byte[] body, String name) {
    var span = members.get(name);
    return span == null
        ? null
        : new String(body, span.from(), span.to() - span.from(), StandardCharsets.UTF_8);
  }
}
