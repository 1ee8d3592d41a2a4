package io.rockpool.channel.slack;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Place;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.slack.SlackReceiver.Seen;
import tools.jackson.databind.node.ObjectNode;

/** A button, a menu, a form of ours. Slack sends it once. */
final class Interaction {
  /** The form is closed: what comes of it cannot be waited for. */
  private static final Reply CLOSED = Reply.json("{\"response_action\":\"clear\"}");

  private static final Reply NO_OPTIONS = Reply.json("{\"options\":[]}");

  static Seen read(ObjectNode payload, byte[] body) {
    var type = StrictJson.text(payload, "type");
    if (type.isEmpty()) {
      return new Seen.Nothing("an interaction without a type");
    }
    if (type.equals("block_suggestion")) {
      return new Seen.Asked(NO_OPTIONS);
    }
    var user = StrictJson.text(payload.path("user"), "id");
    var channel = StrictJson.text(payload.path("channel"), "id");
    if (channel.isEmpty()) {
      channel = StrictJson.text(payload.path("container"), "channel_id");
    }
    var trigger = StrictJson.text(payload, "trigger_id");
    var thread = StrictJson.text(payload.path("message"), "thread_ts");
    var message = StrictJson.text(payload.path("message"), "ts");
    var team = StrictJson.text(payload.path("team"), "id");
    var lane = channel.isEmpty() ? Seen.lane(team, user) : Seen.lane(team, channel, thread);
    // Some, such as a form that was closed, have no id.
    var id = trigger.isEmpty() ? Digests.name(body) : "action:" + trigger;
    var place = new Place(channel, thread);
    return Seen.checked(
        id,
        lane,
        () ->
            new Seen.One(
                new Inbound(
                    id,
                    message.isEmpty() ? "" : place.chat() + ":" + message,
                    lane,
                    Inbound.Kind.ACTION,
                    user,
                    place,
                    place.chat().startsWith("D"),
                    StrictJson.text(payload.path("actions").path(0), "value")),
                type.equals("view_submission") ? CLOSED : Reply.empty(200)));
  }

  private Interaction() {}
}
