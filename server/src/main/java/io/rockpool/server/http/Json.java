package io.rockpool.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.rockpool.runtime.Secret;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The API's JSON: members in the order of the record, empty Optionals left out, enums in lower
 * case, times in RFC 3339 UTC, durations in ISO 8601. A {@link Secret} can be read, but writing one
 * fails.
 */
public final class Json {
  /** The deepest nesting that is read. */
  static final int DEEPEST = 32;

  private static final int LONGEST_NUMBER = 100;
  private static final int LONGEST_NAME = 256;

  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .maxNameLength(LONGEST_NAME)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
              DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // The schema has already refused what is not in lower case.
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .disable(
              DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS,
              DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .changeDefaultPropertyInclusion(
              it -> it.withValueInclusion(JsonInclude.Include.NON_ABSENT))
          .addModule(values())
          .build();

  /**
   * Binds checked trees to records. Only here is an absent {@code Optional<JsonNode>} empty: to
   * {@link #MAPPER} it would hold a JSON null.
   */
  static final JsonMapper BINDER = MAPPER.rebuild().addModule(trees()).build();

  /** What a stranger's bytes are. */
  sealed interface Parsed {}

  record Tree(JsonNode root) implements Parsed {}

  /** Where and how they are no JSON that we read; nothing of the content is in it. */
  record Broken(String detail) implements Parsed {}

  /** Reads a stranger's bytes: UTF-8 without a byte order mark, one value, strictly RFC 8259. */
  static Parsed parse(ByteBuffer bytes) {
    CharBuffer text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate());
    } catch (CharacterCodingException e) {
      return new Broken("The body is not UTF-8. Send JSON in UTF-8.");
    }
    try {
      var root = MAPPER.readTree(text.toString());
      if (root.isMissingNode()) {
        return new Broken("The body is empty. Send a JSON object.");
      }
      return finite(root)
          ? new Tree(root)
          : new Broken("The body has a number that is too large. Send one that fits a double.");
    } catch (JacksonException e) {
      var where = e.getLocation();
      return new Broken(
          where == null
              ? "The body is not JSON. Send one JSON object, without repeated names or comments."
              : ("The body is not JSON that this API reads: see line %d, column %d. Send one object,"
                      + " without repeated names, comments or anything behind it; at most %d levels"
                      + " deep, numbers of %d characters, names of %d.")
                  .formatted(
                      where.getLineNr(),
                      where.getColumnNr(),
                      DEEPEST,
                      LONGEST_NUMBER,
                      LONGEST_NAME));
    }
  }

  private static boolean finite(JsonNode node) {
    return node.isNumber()
        ? Double.isFinite(node.doubleValue())
        : node.values().stream().allMatch(Json::finite);
  }

  private static SimpleModule values() {
    var module = new SimpleModule("rockpool-http");
    module.addDeserializer(
        Cursor.class,
        new StdDeserializer<Cursor>(Cursor.class) {
          @Override
          public Cursor deserialize(JsonParser parser, DeserializationContext context) {
            return Cursor.parse(parser.getValueAsString(""));
          }
        });
    module.addSerializer(
        Cursor.class,
        new StdSerializer<Cursor>(Cursor.class) {
          @Override
          public void serialize(Cursor cursor, JsonGenerator out, SerializationContext context) {
            out.writeString(cursor.text());
          }
        });
    module.addDeserializer(
        Limit.class,
        new StdDeserializer<Limit>(Limit.class) {
          @Override
          public Limit deserialize(JsonParser parser, DeserializationContext context) {
            return new Limit(parser.getValueAsInt());
          }
        });
    module.addDeserializer(
        Secret.class,
        new StdDeserializer<Secret>(Secret.class) {
          @Override
          public Secret deserialize(JsonParser parser, DeserializationContext context) {
            return Secret.of(parser.getValueAsString(""));
          }
        });
    module.addSerializer(
        Secret.class,
        new StdSerializer<Secret>(Secret.class) {
          @Override
          public void serialize(Secret secret, JsonGenerator out, SerializationContext context) {
            throw new IllegalStateException(
                "an answer holds a Secret: if its reader may know it, reveal it in the route");
          }
        });
    return module;
  }

  /** The value at which the parser is; more may follow it. */
  private static JsonNode tree(JsonParser parser) {
    return MAPPER
        .readerFor(JsonNode.class)
        .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readValue(parser);
  }

  private static SimpleModule trees() {
    var module = new SimpleModule("rockpool-http-trees");
    module.addDeserializer(
        JsonNode.class,
        new StdDeserializer<JsonNode>(JsonNode.class) {
          @Override
          public JsonNode deserialize(JsonParser parser, DeserializationContext context) {
            return tree(parser);
          }
        });
    module.addDeserializer(
        ObjectNode.class,
        new StdDeserializer<ObjectNode>(ObjectNode.class) {
          @Override
          public ObjectNode deserialize(JsonParser parser, DeserializationContext context) {
            return (ObjectNode) tree(parser);
          }
        });
    return module;
  }

  private Json() {}
}
