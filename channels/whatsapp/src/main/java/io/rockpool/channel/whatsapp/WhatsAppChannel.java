package io.rockpool.channel.whatsapp;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import java.net.URI;
import java.time.Duration;

/**
 * WhatsApp as a linked device. The instance itself speaks to it, over a connection that it holds;
 * Rockpool has no token and no webhook, and says nothing there.
 */
public final class WhatsAppChannel implements Channel {
  private static final String LINKED =
      "WhatsApp is reached by the instance alone, to which the account is linked.";

  /** What one message holds, by WhatsApp's own documentation; nothing comes here. */
  private static final Limits LIMITS =
      new Limits(1 << 10, 4_096, Limits.Unit.UTF_16, Duration.ofSeconds(5), Duration.ofSeconds(1));

  @Override
  public String name() {
    return "whatsapp";
  }

  @Override
  public Transport transport() {
    return Transport.SOCKET;
  }

  @Override
  public boolean isLinked() {
    return true;
  }

  @Override
  public Limits limits() {
    return LIMITS;
  }

  @Override
  public URI root() {
    return URI.create("https://web.whatsapp.com");
  }

  @Override
  public Receiver receiver(Keys keys) {
    throw new IllegalArgumentException(LINKED);
  }

  @Override
  public Bot bot(Access access) {
    return new Silent();
  }

  @Override
  public Reply busy(Webhook request, Duration wait) {
    return Reply.empty(404);
  }

  /** Says nothing. */
  private record Silent() implements Bot {
    @Override
    public Outcome<Identity> check() {
      return new Outcome.Refused<>(Outcome.Cause.REQUEST, LINKED);
    }

    @Override
    public Outcome<Posted> send(Place place, String text) {
      return new Outcome.Refused<>(Outcome.Cause.REQUEST, LINKED);
    }

    @Override
    public Outcome<Posted> edit(Posted posted, String text) {
      return new Outcome.Refused<>(Outcome.Cause.REQUEST, LINKED);
    }
  }
}
