package io.rockpool.channel.telegram;

import io.rockpool.channel.Inbound;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Place;
import io.rockpool.channel.StrictJson;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an update says. Of its many kinds, also those to come, each has one object beside the id,
 * and the same names inside: {@code chat}, {@code from}, {@code message_id}.
 */
final class Update {
  private static final Set<String> MESSAGES =
      Set.of("message", "channel_post", "business_message", "guest_message");
  private static final Set<String> EDITS =
      Set.of("edited_message", "edited_channel_post", "edited_business_message");

  sealed interface Seen {
    record One(Inbound message) implements Seen {}

    record OfBot() implements Seen {}

    record Nothing(String why) implements Seen {}
  }

  static Seen read(ObjectNode update) {
    var id = number(update, "update_id");
    if (id.isEmpty()) {
      return new Seen.Nothing("no update_id");
    }
    return update.properties().stream()
        .filter(it -> it.getValue().isObject())
        .findFirst()
        .map(it -> read(id, it))
        .orElseGet(() -> new Seen.Nothing("nothing beside the update_id"));
  }

  private static Seen read(String id, Map.Entry<String, JsonNode> part) {
    var name = part.getKey();
    var content = part.getValue();
    var from = content.path(content.path("from").isObject() ? "from" : "user");
    // An anonymous admin, or a channel, writes by a bot of Telegram's own.
    if (from.path("is_bot").booleanValue(false) && !content.path("sender_chat").isObject()) {
      return new Seen.OfBot();
    }
    // What was pressed belongs to the message that it stands under.
    var about = content.path("chat").isObject() ? content : content.path("message");
    var chat = number(about.path("chat"), "id");
    var thread = number(about, "message_thread_id");
    var sender = number(from, "id");
    if (sender.isEmpty()) {
      sender = number(content.path("sender_chat"), "id");
    }
    var message = number(about, "message_id");
    var moved = number(content, "migrate_to_chat_id");
    var kind = moved.isEmpty() || !name.equals("message") ? kind(name) : Kind.MOVED;
    return new Seen.One(
        new Inbound(
            id,
            chat.isEmpty() || message.isEmpty() ? "" : chat + ":" + message,
            lane(name, chat, thread, sender),
            kind,
            sender,
            new Place(chat, thread),
            StrictJson.text(about.path("chat"), "type").equals("private"),
            kind == Kind.MOVED ? moved : text(content)));
  }

  private static String lane(String name, String chat, String thread, String sender) {
    if (!chat.isEmpty()) {
      return thread.isEmpty() ? chat : chat + ":" + thread;
    }
    if (!sender.isEmpty()) {
      return "user:" + sender;
    }
    return Inbound.isId(name) ? "kind:" + name.substring(0, Math.min(64, name.length())) : "kind";
  }

  private static Kind kind(String name) {
    if (MESSAGES.contains(name)) {
      return Kind.MESSAGE;
    }
    if (EDITS.contains(name)) {
      return Kind.EDIT;
    }
    if (name.equals("callback_query")) {
      return Kind.ACTION;
    }
    return Kind.OTHER;
  }

  private static String text(JsonNode content) {
    for (var name : new String[] {"text", "caption", "data", "query"}) {
      var text = StrictJson.text(content, name);
      if (!text.isEmpty()) {
        return text;
      }
    }
    return "";
  }

  /** Ids have up to 52 significant bits today, and 64 by promise. Empty if there is none. */
  private static String number(JsonNode of, String name) {
    var node = of.path(name);
    return node.isIntegralNumber() && node.canConvertToLong()
        ? Long.toString(node.longValue())
        : "";
  }

  private Update() {}
}
