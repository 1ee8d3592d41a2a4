package io.rockpool.edge.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
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
 * @param textBytes of all strings and numbers, about
 * @param tokenIds tokens that are given by their numbers
 * @param media pictures, recordings and files in it
 * @param mediaBytes of those, as they stand in the body
 * @param files of which only the address or the number is in it: nobody knows how long they are
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
    int tokenIds,
    int media,
    long mediaBytes,
    int files,
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

  /** Of those, such as may have any number of pages, hours or frames. */
  private static final Set<String> OF_ANY_LENGTH =
      Set.of("input_audio", "input_file", "file", "document", "video_url");

  /** Where something is that is not in the body. */
  private static final Set<String> REFERENCES = Set.of("url", "file_url", "file_id", "video_url");

  private static final Set<String> CONVERSATIONS = Set.of("messages", "input", "prompt");

  /** May be a list of tokens, or a list of such lists. */
  private static final Set<String> MAY_BE_TOKENS = Set.of("input", "prompt");

  /** Where the bytes of a picture, a recording or a file may stand, in an object of a message. */
  private static final Set<String> MAY_BE_MEDIA = Set.of("url", "image_url", "data", "file_data");

  /** What an assistant gave to a tool: whatever it looks like, it is read as text. */
  private static final Set<String> OF_TOOLS = Set.of("input", "arguments", "parameters");

  /** Of a text file the text is read. */
  private static final Pattern DATA_URL =
      Pattern.compile("data:(?!text/)[a-z0-9.+/;=-]{1,100};base64,", Pattern.CASE_INSENSITIVE);

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
    private int tokenIds;
    private int media;
    private long mediaBytes;
    private int files;
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
        if (!REMEMBERED.contains(name) && REMEMBERED.contains(folded(name))) {
          throw new Unreadable("'%s' must be written '%s'.".formatted(name, folded(name)));
        }
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

    /** As a provider may take it that does not tell capitals from small letters. */
    private static String folded(String name) {
      return name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private ModelRequest checked() throws Unreadable {
      if (model.isBlank() || model.length() > LONGEST_NAME || !isPlain(model)) {
        throw new Unreadable(
            "'model' must be the name of a model, of %d characters at most, without control characters."
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
          tokenIds,
          media,
          mediaBytes,
          files,
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
          value(name, token);
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

    /** Of an object or a list that is being read. */
    private static final class Open {
      /** The member of the request or of an object that it is, or is in. */
      final String name;

      /** Whether all of it is read as text. */
      final boolean isText;

      final boolean isList;

      /** What may be media, unless the object says that it is text. */
      long mediaBytes;

      boolean saysText;

      /** Whether it is something of any length, and says where that is. */
      boolean isOfAnyLength;

      boolean refers;

      Open(String name, boolean isText, boolean isList) {
        this.name = name;
        this.isText = isText;
        this.isList = isList;
      }
    }

    /** Counts what is in a value of the top level, however deep. */
    private void value(String top, JsonToken token) {
      var open = new ArrayDeque<Open>();
      int objects = 0;
      var name = top;
      for (var it = token; ; it = parser.nextToken()) {
        switch (it) {
          case START_OBJECT, START_ARRAY -> {
            var around = open.peek();
            boolean isText =
                around == null
                    ? !isConversation
                    : around.isText || (!around.isList && OF_TOOLS.contains(name));
            open.push(new Open(name, isText, it == JsonToken.START_ARRAY));
            objects += it == JsonToken.START_OBJECT ? 1 : 0;
          }
          case END_OBJECT, END_ARRAY -> {
            var closed = open.pop();
            objects -= closed.isList ? 0 : 1;
            if (closed.refers && closed.isOfAnyLength) {
              files++;
            } else if (closed.refers && open.peek() != null) {
              open.getFirst().refers = true; // Anthropic's are a source within a document
            }
            if (closed.saysText) {
              textBytes += closed.mediaBytes;
            } else {
              mediaBytes += closed.mediaBytes;
            }
            name = closed.name; // of those that follow in a list
          }
          case PROPERTY_NAME -> {
            name = parser.currentName();
            textBytes += name.length(); // schemas of tools are read, too
          }
          case VALUE_STRING -> text(name, open.peek());
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
            if (objects == 0 && MAY_BE_TOKENS.contains(top)) {
              tokenIds++;
            } else {
              textBytes += parser.getStringLength();
            }
          }
          default -> textBytes += 4; // true, false, null
        }
        if (open.isEmpty()) {
          return;
        }
      }
    }

    private void text(String name, @Nullable Open around) {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      parser.finishToken();
      int to = (int) parser.currentLocation().getByteOffset();
      int length = to - from - 2;
      if (around != null && !around.isList && name.equals("type")) {
        var type = parser.getString();
        around.saysText = type.equals("text");
        if (MEDIA.contains(type)) {
          media++;
          around.isOfAnyLength = OF_ANY_LENGTH.contains(type);
          return;
        }
      }
      if (around != null
          && !around.isText
          && !around.isList
          && length > LONG_VALUE
          && isMedia(name, from + 1, to - 1)) {
        around.mediaBytes += length;
        return;
      }
      if (around != null && !around.isText && !around.isList && REFERENCES.contains(name)) {
        around.refers |= !isDataUrl(from + 1, to - 1);
      }
      textBytes += length;
      if (isConversation && (name.equals("content") || name.equals("text"))) {
        said.addLast(new Span(from, Math.max(from, to - LOOKED_AT), to));
        if (said.size() > TELLING) {
          said.removeFirst();
        }
      }
    }

    private boolean isDataUrl(int from, int to) {
      return new String(body, from, Math.min(to - from, 5), StandardCharsets.ISO_8859_1)
          .equalsIgnoreCase("data:");
    }

    /** Whether it is what a picture, a recording or a file looks like where one may be. */
    private boolean isMedia(String name, int from, int to) {
      if (!MAY_BE_MEDIA.contains(name)) {
        return false;
      }
      var begun = new String(body, from, Math.min(to - from, 150), StandardCharsets.ISO_8859_1);
      var url = DATA_URL.matcher(begun);
      boolean isUrl = url.lookingAt();
      return (isUrl || name.equals("data") || name.equals("file_data"))
          && isBase64(isUrl ? from + url.end() : from, to);
    }

    private boolean isBase64(int from, int to) {
      for (int i = from; i < to; i++) {
        int it = body[i];
        boolean isLetter = (it >= 'A' && it <= 'Z') || (it >= 'a' && it <= 'z');
        boolean isOther = it == '+' || it == '/' || it == '=';
        boolean isSlash = it == '\\' && i + 1 < to && body[i + 1] == '/';
        if (!isLetter && !isOther && !isSlash && !(it >= '0' && it <= '9')) {
          return false;
        }
      }
      return true;
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

  /** Whether every database takes it: PostgreSQL keeps no NUL, and no half of a character. */
  static boolean isPlain(String text) {
    return text.codePoints()
        .noneMatch(
            it -> Character.isISOControl(it) || Character.getType(it) == Character.SURROGATE);
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
