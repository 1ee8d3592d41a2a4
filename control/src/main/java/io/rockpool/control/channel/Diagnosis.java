package io.rockpool.control.channel;

import io.rockpool.channel.Channel.Transport;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Registration;
import io.rockpool.control.channel.Connections.Step;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the platform, and the own address, whether messages can come. */
final class Diagnosis {
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final PublicAddress address;
  private final Links links;

  Diagnosis(ConnectionSecrets secrets, Platforms platforms, PublicAddress address, Links links) {
    this.secrets = secrets;
    this.platforms = platforms;
    this.address = address;
    this.links = links;
  }

  /**
   * @param heardAt when the platform wrote last; null if it never did
   */
  List<Step> of(Connection connection, @Nullable Instant heardAt) {
    if (platforms.isLinked(connection.platform())) {
      return links.test(connection);
    }
    var channel = platforms.channel(connection.platform());
    var held = secrets.of(connection);
    if (channel.isEmpty() || held.isEmpty()) {
      return List.of(new Step("token", false, "It is gone. Disconnect it, and connect it again."));
    }
    var title = Platforms.title(connection.platform());
    var bot = platforms.bot(channel.get(), held.get().token());
    var steps = new ArrayList<Step>();
    steps.add(
        said(
            "token",
            bot.check(),
            it ->
                it.id().equals(connection.identity().id())
                    ? new Step("token", true, "%s knows it: %s.".formatted(title, it.name()))
                    : new Step("token", false, "It is another bot's by now: " + it.name())));
    var ours = address.webhook(connection.platform(), held.get().key()).toString();
    if (bot instanceof Registrar registrar) {
      var registered = registrar.registered();
      steps.add(
          said(
              "webhook",
              registered,
              it ->
                  it.address().equals(ours)
                      ? new Step("webhook", true, title + " sends messages here.")
                      : new Step(
                          "webhook",
                          false,
                          "%s sends messages %s. It is set again in a moment."
                              .formatted(
                                  title, it.address().isEmpty() ? "nowhere" : "elsewhere"))));
      if (registered instanceof Outcome.Done<Registration>(var it)) {
        steps.add(delivery(title, it, heardAt));
      }
    } else if (channel.get().transport() == Transport.SOCKET) {
      return List.copyOf(steps); // the instance's own: nothing need come here
    } else {
      steps.add(
          new Step(
              "webhook",
              heardAt != null,
              heardAt == null
                  ? "%s has not asked for it yet. Enter its address there.".formatted(title)
                  : "%s asked for it last at %s.".formatted(title, shown(heardAt))));
    }
    steps.add(
        address
            .objection(connection.platform(), held.get().key())
            .map(it -> new Step("address", false, it))
            .orElseGet(() -> new Step("address", true, "The public address leads here.")));
    return List.copyOf(steps);
  }

  private static Step delivery(String title, Registration it, @Nullable Instant heardAt) {
    var came =
        heardAt == null ? "No message came so far." : "The last came at " + shown(heardAt) + ".";
    var failedAt = it.failedAt();
    if (it.waiting() == 0 || failedAt == null) {
      return new Step("delivery", true, came);
    }
    return new Step(
        "delivery",
        false,
        "%s %d wait at %s, which could not deliver at %s: %s"
            .formatted(came, it.waiting(), title, shown(failedAt), it.failure()));
  }

  private static String shown(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static <T> Step said(String name, Outcome<T> outcome, Function<T, Step> done) {
    return switch (outcome) {
      case Outcome.Done<T>(var value) -> done.apply(value);
      case Outcome.Refused<T>(_, var advice) -> new Step(name, false, advice);
      case Outcome.Later<T>(_, var advice) -> new Step(name, false, advice);
      case Outcome.Unknown<T>(var advice) -> new Step(name, false, advice);
    };
  }
}
