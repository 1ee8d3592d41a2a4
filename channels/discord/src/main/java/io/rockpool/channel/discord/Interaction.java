package io.rockpool.channel.discord;

import io.rockpool.channel.Deferring.Deferred;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a genuine request says. */
sealed interface Interaction {
  /** Somebody typed a command, or pressed something. */
  record Kept(Inbound message, Reply reply) implements Interaction {}

  record Asked(Reply reply) implements Interaction {}

  record ForNobody(String why, Reply reply) implements Interaction {}

  record Nothing(String why) implements Interaction {}

  /** A command of this name is what was typed behind it; others are part of what was typed. */
  String PLAIN = "ask";

  /** Contexts: a server, a conversation with the bot alone, one among others. */
  int ALONE = 1;

  /** Kinds of commands: typed, of a person, of a message. */
  int ABOUT_PERSON = 2;

  int ABOUT_MESSAGE = 3;

  int SUBCOMMAND_GROUP = 2;

  static Interaction read(ObjectNode it) {
    return switch (it.path("type").asInt(0)) {
      case 1 -> new Asked(Answer.PONG);
      case 2 -> command(it);
      case 3 -> press(it);
      case 4 -> new Asked(Answer.NO_CHOICES);
      case 5 -> new ForNobody("a form", Answer.told("I cannot take forms."));
      default -> new Nothing("an interaction of no known type");
    };
  }

  private static Interaction command(ObjectNode it) {
    if (isOfBot(it)) {
      return new ForNobody("typed by a bot", Answer.told("I do not speak to bots."));
    }
    var words = words(it.path("data"));
    var asked = inbound(it, "", Inbound.Kind.COMMAND, words);
    // What cannot be answered is not promised.
    return asked.isPresent() && !words.isEmpty() && token(it).isPresent()
        ? new Kept(asked.get(), Answer.DEFERRED)
        : new Nothing("a command without an id, a name or a token");
  }

  private static Interaction press(ObjectNode it) {
    var message = StrictJson.text(it.path("message"), "id");
    var about = message.isEmpty() ? "" : chat(it) + ":" + message;
    return inbound(it, about, Inbound.Kind.ACTION, StrictJson.text(it.path("data"), "custom_id"))
        .<Interaction>map(pressed -> new Kept(pressed, Answer.UNCHANGED))
        .orElseGet(() -> new Nothing("a press without an id"));
  }

  /** What a command asks, and where it is answered; empty for anything else. */
  static Optional<Deferred> deferred(ObjectNode it) {
    return read(it) instanceof Kept(var asked, _) && asked.kind() == Inbound.Kind.COMMAND
        ? token(it)
            .map(token ->
                new Deferred(
                    asked, new Posted(new Place(asked.place().chat(), token), Original.ID)))
        : Optional.empty();
  }

  private static Optional<String> token(ObjectNode it) {
    return Original.thread(StrictJson.text(it, "application_id"), StrictJson.text(it, "token"));
  }

  private static Optional<Inbound> inbound(
      ObjectNode it, String about, Inbound.Kind kind, String text) {
    var id = StrictJson.text(it, "id");
    var chat = chat(it);
    var sender = StrictJson.text(user(it), "id");
    var lane = !chat.isEmpty() ? chat : "application:" + StrictJson.text(it, "application_id");
    if (!Inbound.isId(id) || !Inbound.isId(lane)) {
      return Optional.empty();
    }
    return Optional.of(
        new Inbound(id, about, lane, kind, sender, new Place(chat, ""), isDirect(it), text));
  }

  private static String chat(ObjectNode it) {
    var chat = StrictJson.text(it, "channel_id");
    return chat.isEmpty() ? StrictJson.text(it.path("channel"), "id") : chat;
  }

  /** In a server he is a member of it. */
  private static JsonNode user(ObjectNode it) {
    var member = it.path("member").path("user");
    return member.isObject() ? member : it.path("user");
  }

  private static boolean isOfBot(ObjectNode it) {
    return user(it).path("bot").booleanValue(false);
  }

  private static boolean isDirect(ObjectNode it) {
    var context = it.path("context");
    return !it.has("guild_id") && (context.isMissingNode() || context.asInt(-1) == ALONE);
  }

  /** As somebody would have written it; empty without a name. */
  private static String words(JsonNode command) {
    var name = StrictJson.text(command, "name");
    if (name.isEmpty()) {
      return "";
    }
    var words = new ArrayList<String>();
    if (!name.equals(PLAIN)) {
      words.add("/" + name);
    }
    var target = StrictJson.text(command, "target_id");
    switch (command.path("type").asInt(0)) {
      case ABOUT_PERSON -> words.add(target);
      case ABOUT_MESSAGE ->
          words.add(
              StrictJson.text(command.path("resolved").path("messages").path(target), "content"));
      default -> add(command.path("options"), words);
    }
    var text = String.join(" ", words).strip();
    return text.isEmpty() ? "/" + name : text;
  }

  /** Subcommands by their names, all else by its value. */
  private static void add(JsonNode options, List<String> words) {
    for (var option : options) {
      var type = option.path("type").asInt(0);
      if (type > 0 && type <= SUBCOMMAND_GROUP) {
        words.add(StrictJson.text(option, "name"));
        add(option.path("options"), words);
      } else if (option.path("value").isValueNode()) {
        words.add(option.path("value").asString(""));
      }
    }
  }
}
