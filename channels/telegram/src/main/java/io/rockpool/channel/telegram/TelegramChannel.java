package io.rockpool.channel.telegram;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import java.net.URI;
import java.time.Duration;

/** Telegram, by its Bot API. */
public final class TelegramChannel implements Channel {
  /**
   * Text is counted in UTF-16 units, as its entities are. Telegram says no time by which a webhook
   * must answer; it has one queue for each chat, which waits.
   */
  static final Limits LIMITS =
      new Limits(1 << 20, 4_096, Limits.Unit.UTF_16, Duration.ofSeconds(30), Duration.ofSeconds(1));

  /** It honours an hour at most (tdlib/telegram-bot-api, WebhookActor). */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  @Override
  public String name() {
    return "telegram";
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public URI root() {
    return URI.create("https://api.telegram.org");
  }

  @Override
  public Receiver receiver(Keys keys) {
    return new TelegramReceiver(keys.secret());
  }

  @Override
  public Bot bot(Access access) {
    return new TelegramBot(access);
  }

  @Override
  public Reply busy(Webhook request, Duration wait) {
    return Reply.later(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
  }
}
