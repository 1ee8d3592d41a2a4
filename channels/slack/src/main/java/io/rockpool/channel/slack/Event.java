package io.rockpool.channel.slack;

import io.rockpool.channel.Inbound;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Place;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.slack.SlackReceiver.Seen;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of the Events API. */
final class Event {
  private static final int LONGEST_CHALLENGE = 1_000;

  static Seen read(ObjectNode request, String self) {
    return switch (StrictJson.text(request, "type")) {
      case "url_verification" -> challenge(StrictJson.text(request, "challenge"));
      case "event_callback" -> event(request, request.path("event"), self);
      case "app_rate_limited" -> new Seen.ForNobody("Slack leaves events out");
      default -> new Seen.Nothing("a request of no known type");
    };
  }

  private static Seen challenge(String challenge) {
    if (challenge.isEmpty() || challenge.length() > LONGEST_CHALLENGE) {
      return new Seen.Nothing("no challenge");
    }
    var headers =
        Map.of("Content-Type", "text/plain; charset=utf-8", "X-Content-Type-Options", "nosniff");
    return new Seen.Asked(new Reply(200, headers, challenge));
  }

  private static Seen event(ObjectNode request, JsonNode event, String self) {
    if (!event.isObject()) {
      return new Seen.Nothing("an event_callback without an event");
    }
    if (isOfBot(event, self)) {
      return new Seen.ForNobody("written by a bot");
    }
    var key = StrictJson.text(request, "event_id");
    var id = key.isEmpty() ? "" : StrictJson.text(request, "api_app_id") + ":" + key;
    var item = event.path("item"); // what a reaction is about
    var channel = StrictJson.text(event, "channel");
    if (channel.isEmpty()) {
      channel = StrictJson.text(item, "channel");
    }
    var about = about(event);
    var thread = StrictJson.text(about, "thread_ts");
    var message = StrictJson.text(about, "ts");
    if (message.isEmpty()) {
      message = StrictJson.text(item, "ts");
    }
    var team = StrictJson.text(request, "team_id");
    var user = StrictJson.text(event.path("user").isString() ? event : about, "user");
    var lane = channel.isEmpty() ? Seen.lane(team, user) : Seen.lane(team, channel, thread);
    var reference = message.isEmpty() ? "" : channel + ":" + message;
    var place = new Place(channel, thread);
    return Seen.checked(
        id,
        lane,
        () ->
            new Seen.One(
                new Inbound(
                    id,
                    reference,
                    lane,
                    kind(event),
                    user,
                    place,
                    StrictJson.text(event, "channel_type").equals("im"),
                    StrictJson.text(about, "text"))));
  }

  /** An edit tells of the message inside; what was deleted, of what it was. */
  private static JsonNode about(JsonNode event) {
    return switch (StrictJson.text(event, "subtype")) {
      case "message_changed" -> event.path("message");
      case "message_deleted" -> event.path("previous_message");
      default -> event;
    };
  }

  /** Also edits of such: what we stream would come back with each edit. */
  private static boolean isOfBot(JsonNode event, String self) {
    var message = about(event);
    return !StrictJson.text(message, "bot_id").isEmpty()
        || StrictJson.text(message, "subtype").equals("bot_message")
        || (!self.isEmpty() && StrictJson.text(message, "user").equals(self));
  }

  private static Kind kind(JsonNode event) {
    return switch (StrictJson.text(event, "type")) {
      case "app_uninstalled" -> Kind.REVOKED;
      // People's own tokens are revoked, too, which is nothing to us.
      case "tokens_revoked" ->
          event.path("tokens").path("bot").isEmpty() ? Kind.OTHER : Kind.REVOKED;
      case "app_mention" -> Kind.MESSAGE;
      case "message" ->
          switch (StrictJson.text(event, "subtype")) {
            case "", "file_share", "thread_broadcast", "me_message" -> Kind.MESSAGE;
            case "message_changed", "message_deleted" -> Kind.EDIT;
            default -> Kind.OTHER;
          };
      default -> Kind.OTHER;
    };
  }

  private Event() {}
}
