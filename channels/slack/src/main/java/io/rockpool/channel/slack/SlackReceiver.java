package io.rockpool.channel.slack;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads what Slack sends: events as JSON, commands and what was pressed as forms. */
final class SlackReceiver implements Receiver {
  private static final Reply TAKEN = Reply.empty(200);
  private static final String JSON = "application/json";

  private final Signature signature;
  private final String self;

  /**
   * @param self our user id; empty while it is not known
   */
  SlackReceiver(Signature signature, String self) {
    this.signature = signature;
    this.self = self;
  }

  @Override
  public Receipt receive(Webhook request, Instant now) {
    if (!signature.isRight(request, now) || !request.method().equals("POST")) {
      return new Receipt.Forged(Reply.empty(401).with("X-Slack-No-Retry", "1"));
    }
    return (switch (request.contentType()) {
          case JSON -> StrictJson.object(request.body()).map(it -> Event.read(it, self));
          case SlackChannel.FORM -> form(request);
          default -> Optional.<Seen>empty();
        })
        .map(it -> receipt(request, it))
        .orElseGet(() -> unreadable(request, "neither JSON nor a form"));
  }

  private static Optional<Seen> form(Webhook request) {
    return Form.read(request.body())
        .flatMap(it -> {
          var payload = it.get("payload");
          if (payload == null) {
            return Optional.of(Command.read(it));
          }
          return StrictJson.object(payload).map(json -> Interaction.read(json, request.body()));
        });
  }

  private static Receipt receipt(Webhook request, Seen seen) {
    return switch (seen) {
      case Seen.One(var message, var reply) ->
          new Receipt.Messages(List.of(message), request.contentType(), reply);
      case Seen.Asked(var reply) -> new Receipt.Probe(reply);
      case Seen.ForNobody(var why) -> new Receipt.Ignored(why, TAKEN);
      case Seen.Nothing(var why) -> unreadable(request, why);
    };
  }

  private static Receipt unreadable(Webhook request, String why) {
    return new Receipt.Unreadable(Digests.name(request.body()), why, TAKEN);
  }

  @Override
  public Map<String, String> sign(byte[] body, Instant now) {
    return signature.sign(body, now);
  }

  /** What a genuine request says. */
  sealed interface Seen {
    record One(Inbound message, Reply reply) implements Seen {
      One(Inbound message) {
        this(message, TAKEN);
      }
    }

    record Asked(Reply reply) implements Seen {}

    record ForNobody(String why) implements Seen {}

    record Nothing(String why) implements Seen {}

    /** Parts of a lane that are there. */
    static String lane(String... parts) {
      return String.join(":", List.of(parts).stream().filter(it -> !it.isEmpty()).toList());
    }

    /** What has no id that could be kept is not understood. */
    static Seen checked(String id, String lane, Supplier<Seen> seen) {
      return Inbound.isId(id) && Inbound.isId(lane)
          ? seen.get()
          : new Nothing("no id or no conversation");
    }
  }
}
