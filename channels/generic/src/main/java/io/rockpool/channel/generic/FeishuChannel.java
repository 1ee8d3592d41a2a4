package io.rockpool.channel.generic;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Pair;
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

/**
 * Feishu, and Lark: its events by webhook, encrypted and signed with an Encrypt Key. Where they are
 * sent to is saved at its console, by a person.
 */
public final class FeishuChannel implements Channel {
  /**
   * OpenClaw takes 64 KiB. A message of the type that is written here has 30 KB at most, in which
   * so many characters have room whatever they are. Twenty edits of a message.
   */
  static final Limits LIMITS =
      new Limits(
          1 << 16, 4_000, Limits.Unit.CODE_POINTS, Duration.ofSeconds(3), Duration.ofSeconds(2));

  /** Redeliveries are signed anew; OpenClaw allows as much. */
  private static final Duration WINDOW = Duration.ofHours(1);

  static final Scheme SCHEME =
      new Scheme(
          new Proof(
              "X-Lark-Signature",
              Algorithm.SHA_256,
              Encoding.HEX,
              "",
              "{timestamp}{nonce}{secret}{body}",
              Optional.of(
                  new Proof.Stamp("X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", WINDOW))),
          "encrypt",
          Optional.of(
              new Scheme.Challenge(
                  Spot.at("/type").says("url_verification"), Spot.at("/token"), "challenge")),
          new Scheme.Events(
              "",
              List.of(
                  Spot.at("/event/sender/sender_type").says("app", "bot"),
                  Spot.at("/event/type").says("app_ticket")),
              Spot.at("/header/event_type", "/event/type"),
              Map.of(
                  "im.message.receive_v1", Kind.MESSAGE,
                  "message", Kind.MESSAGE,
                  "im.message.recalled_v1", Kind.EDIT,
                  "card.action.trigger", Kind.ACTION),
              Spot.at("/header/event_id", "/uuid"),
              Spot.at(
                  "/event/message/message_id",
                  "/event/open_message_id",
                  "/event/message_id",
                  "/event/context/open_message_id"),
              Spot.at(
                  "/event/message/chat_id",
                  "/event/open_chat_id",
                  "/event/chat_id",
                  "/event/context/open_chat_id",
                  "/event/notice_meta/file_token",
                  "/event/operator/open_id",
                  "/event/operator/operator_id/open_id",
                  "/event/user_id/open_id"),
              Spot.at(
                  "/event/sender/sender_id/open_id",
                  "/event/open_id",
                  "/event/operator/open_id",
                  "/event/operator/operator_id/open_id",
                  "/event/user_id/open_id",
                  "/event/notice_meta/from_user_id/open_id"),
              Spot.at(
                  "/event/message/chat_id",
                  "/event/open_chat_id",
                  "/event/chat_id",
                  "/event/context/open_chat_id"),
              Spot.at("/event/message/chat_type", "/event/chat_type").says("p2p", "private"),
              Spot.at("/event/message/content/text", "/event/text", "/event/action/tag")),
          Reply.json("{}"));

  @Override
  public String name() {
    return "feishu";
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public URI root() {
    return URI.create("https://open.feishu.cn");
  }

  /** Its secret is the Verification Token and the Encrypt Key. */
  @Override
  public Receiver receiver(Keys keys) {
    var both =
        Pair.of(keys.secret())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "Feishu's secret is a Verification Token and an Encrypt Key. Both stand at the app's console, Events & Callbacks, Encryption Strategy."));
    return new SchemeReceiver(SCHEME, both.second(), both.first());
  }

  @Override
  public Bot bot(Access access) {
    return new FeishuBot(access);
  }

  /** What is said of it here is not said to many. */
  @Override
  public boolean isShareable() {
    return false;
  }

  /** Events come again, four times in seven hours. */
  @Override
  public Reply busy(Webhook request, Duration wait) {
    return Reply.later(wait);
  }
}
