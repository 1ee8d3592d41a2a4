package io.rockpool.channel.discord;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Reads interactions. Discord sends forged ones, too, and looks that they are refused. */
final class DiscordReceiver implements Receiver {
  private static final String JSON = "application/json";

  private final Signature signature;

  DiscordReceiver(Signature signature) {
    this.signature = signature;
  }

  @Override
  public Receipt receive(Webhook request, Instant now) {
    if (!signature.isRight(request, now) || !request.method().equals("POST")) {
      return new Receipt.Forged(Reply.empty(401));
    }
    return switch (StrictJson.object(request.body())
        .map(Interaction::read)
        .orElseGet(() -> new Interaction.Nothing("no JSON"))) {
      case Interaction.Kept(var message, var reply) ->
          new Receipt.Messages(List.of(message), JSON, reply);
      case Interaction.Asked(var reply) -> new Receipt.Probe(reply);
      case Interaction.ForNobody(var why, var reply) -> new Receipt.Ignored(why, reply);
      case Interaction.Nothing(var why) ->
          new Receipt.Unreadable(
              Digests.name(request.body()), why, Answer.told("I did not understand that."));
    };
  }

  /** Nothing: what Discord signs nobody else can. */
  @Override
  public Map<String, String> sign(byte[] body, Instant now) {
    return Map.of();
  }
}
