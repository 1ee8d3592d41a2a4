package io.rockpool.channel.generic;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.generic.Proof.Algorithm;
import io.rockpool.channel.generic.Proof.Encoding;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** LINE, by its Messaging API. */
public final class LineChannel implements Channel {
  /** OpenClaw takes 64 KiB. Nothing that was said can be changed. */
  static final Limits LIMITS =
      new Limits(1 << 16, 5_000, Limits.Unit.UTF_16, Duration.ofSeconds(2), Duration.ofDays(1));

  static final Scheme SCHEME =
      new Scheme(
          new Proof(
              "X-Line-Signature",
              Algorithm.HMAC_SHA_256,
              Encoding.BASE64,
              "",
              "{body}",
              Optional.empty()),
          "",
          Optional.empty(),
          new Scheme.Events(
              "/events",
              List.of(Spot.at("/mode").says("standby")), // another bot has the conversation
              Spot.at("/type"),
              Map.of(
                  "message", Kind.MESSAGE,
                  "postback", Kind.ACTION,
                  "unsend", Kind.EDIT),
              Spot.at("/webhookEventId"),
              Spot.at("/message/id", "/unsend/messageId"),
              Spot.at("/source/groupId", "/source/roomId", "/source/userId"),
              Spot.at("/source/userId"),
              Spot.at("/source/groupId", "/source/roomId", "/source/userId"),
              Spot.at("/source/type").says("user"),
              Spot.at("/message/text", "/postback/data")),
          Reply.empty(200));

  @Override
  public String name() {
    return "line";
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public URI root() {
    return URI.create("https://api.line.me");
  }

  @Override
  public Receiver receiver(Keys keys) {
    if (keys.secret().reveal().isBlank()) {
      throw new IllegalArgumentException(
          "LINE's channel secret is empty. It stands at the LINE Developers Console, Basic settings.");
    }
    return new SchemeReceiver(SCHEME, keys.secret(), keys.secret());
  }

  @Override
  public Bot bot(Access access) {
    return new LineBot(access);
  }

  /** An answer that many read while it is written must be changed, and LINE changes nothing. */
  @Override
  public boolean isShareable() {
    return false;
  }

  /** It comes again where its owner has switched redelivery on. */
  @Override
  public Reply busy(Webhook request, Duration wait) {
    return Reply.later(wait);
  }
}
