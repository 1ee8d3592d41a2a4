package io.rockpool.channel.slack;

import io.rockpool.channel.Inbound;
import io.rockpool.channel.Place;
import io.rockpool.channel.Reply;
import io.rockpool.channel.slack.SlackReceiver.Seen;
import java.util.Map;

/** A slash command. Slack sends it once. */
final class Command {
  static Seen read(Map<String, String> form) {
    if (form.getOrDefault("ssl_check", "").equals("1")) {
      return new Seen.Asked(Reply.empty(200));
    }
    var command = form.getOrDefault("command", "");
    if (command.isEmpty()) {
      return new Seen.Nothing("a form of no known shape");
    }
    var channel = form.getOrDefault("channel_id", "");
    var trigger = form.getOrDefault("trigger_id", "");
    var id = trigger.isEmpty() ? "" : "command:" + trigger;
    var lane = Seen.lane(form.getOrDefault("team_id", ""), channel);
    return Seen.checked(
        id,
        lane,
        () ->
            new Seen.One(
                new Inbound(
                    id,
                    "",
                    lane,
                    Inbound.Kind.COMMAND,
                    form.getOrDefault("user_id", ""),
                    new Place(channel, ""),
                    channel.startsWith("D"),
                    "%s %s".formatted(command, form.getOrDefault("text", "")).strip())));
  }

  private Command() {}
}
