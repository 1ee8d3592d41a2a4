package io.rockpool.channel.discord;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Deferring;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Discord: commands and presses over HTTP, if an application's settings name such an address, and
 * its REST API. Messages come by a socket alone.
 */
public final class DiscordChannel implements Channel, Deferring {
  /** 2,000 are allowed, of a unit that is not documented. Five edits in five seconds. */
  static final Limits LIMITS =
      new Limits(
          1 << 20, 1_900, Limits.Unit.UTF_16, Duration.ofSeconds(3), Duration.ofMillis(1_200));

  @Override
  public String name() {
    return "discord";
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public Transport transport() {
    return Transport.SOCKET;
  }

  @Override
  public URI root() {
    return URI.create("https://discord.com/api/v10");
  }

  @Override
  public Receiver receiver(Keys keys) {
    return new DiscordReceiver(new Signature(keys.secret()));
  }

  @Override
  public Bot bot(Access access) {
    return new DiscordBot(access);
  }

  /** Discord sends nothing twice: whoever typed a command reads that it was lost. */
  @Override
  public Reply busy(Webhook request, Duration wait) {
    return Answer.told("I am busy right now. Please try again in a moment.");
  }

  @Override
  public Optional<Deferred> deferred(byte[] body) {
    return StrictJson.object(body).flatMap(Interaction::deferred);
  }
}
