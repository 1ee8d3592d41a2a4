package io.rockpool.channel.slack;

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

/**
 * Slack: its Events API, slash commands and interactivity over HTTP, and its Web API. Where they
 * send to is written into the app's settings at Slack, by a person.
 */
public final class SlackChannel implements Channel {
  static final String FORM = "application/x-www-form-urlencoded";

  /** Slack takes ten times as much text, and advises this. {@code chat.update}: 50 a minute. */
  static final Limits LIMITS =
      new Limits(
          1 << 20, 4_000, Limits.Unit.CODE_POINTS, Duration.ofSeconds(3), Duration.ofMillis(1_200));

  @Override
  public String name() {
    return "slack";
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public URI root() {
    return URI.create("https://slack.com/api");
  }

  @Override
  public Receiver receiver(Keys keys) {
    return new SlackReceiver(new Signature(keys.secret()), keys.self());
  }

  @Override
  public Bot bot(Access access) {
    return new SlackBot(access);
  }

  /** Commands are never repeated, so that the header means nothing to them. */
  @Override
  public Reply unknown(Webhook request) {
    return Reply.empty(404).with("X-Slack-No-Retry", "1");
  }

  /** Events come again. Commands do not: who wrote one reads that it was lost. */
  @Override
  public Reply busy(Webhook request, Duration wait) {
    if (request.contentType().equals(FORM)) {
      return Reply.json(
          """
          {"response_type":"ephemeral","text":"I am busy right now. Please try again in a moment."}\
          """);
    }
    return Reply.later(wait);
  }
}
