package io.rockpool.control.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.channel.whatsapp.WhatsAppChannel;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Kills the server before and after the first thing that it does at the database or at the
 * platform, then the second, and so on, until it does fewer. The next server must always end in a
 * place that makes sense.
 */
abstract class KilledConnectionsContract extends ConnectionsFixture {
  /** Not caught by whoever looks after his own mistakes. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed", null, false, false);
    }
  }

  /** How many things a server does before it dies. */
  private static final class Life {
    private int left;

    Life(int left) {
      this.left = left;
    }

    void point() {
      if (left <= 0) {
        throw new Killed();
      }
      left--;
    }
  }

  /** Telegram, asked by a server that can be killed. */
  private record MortalChannel(Channel channel, Life life) implements Channel {
    @Override
    public String name() {
      return channel.name();
    }

    @Override
    public Limits limits() {
      return channel.limits();
    }

    @Override
    public URI root() {
      return channel.root();
    }

    @Override
    public Receiver receiver(Keys keys) {
      return channel.receiver(keys);
    }

    @Override
    public Bot bot(Access access) {
      var bot = channel.bot(access);
      return (Bot)
          Proxy.newProxyInstance(
              MortalChannel.class.getClassLoader(),
              new Class<?>[] {Bot.class, Registrar.class},
              (_, method, values) -> {
                life.point();
                try {
                  return method.invoke(bot, values);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                } finally {
                  life.point();
                }
              });
    }

    @Override
    public Reply unknown(Webhook request) {
      return channel.unknown(request);
    }

    @Override
    public Reply busy(Webhook request, Duration wait) {
      return channel.busy(request, wait);
    }
  }

  /** An instance that is told as soon as there is something to be told, and never else. */
  private final class Told {
    private long generation;
    private List<ChatAccount> accounts;

    Told() {
      generation = told();
      accounts = host.accounts.of(X);
    }

    void look() {
      if (told() != generation) {
        generation = told();
        accounts = host.accounts.of(X);
      }
    }

    void assertRight(int points) {
      look();
      assertThat(accounts).as("point %d", points).isEqualTo(host.accounts.of(X));
    }
  }

  private interface Work {
    void on(Host host);
  }

  /** Whether the server was killed before it was done. */
  private boolean killedAt(int points, Work work) throws IOException {
    var life = new Life(Integer.MAX_VALUE);
    var mortal =
        new Host(
            mortal(life::point),
            new Platforms(
                List.of(new MortalChannel(new TelegramChannel(), life), new WhatsAppChannel()),
                Map.of("telegram", telegram.root()),
                http));
    mortal.doors.refresh();
    life.left = points;
    try {
      work.on(mortal);
      return false;
    } catch (Killed killed) {
      return true;
    }
  }

  /** Kills it at each point; the instance knows its accounts in the end. */
  private void assertTold(Work first, Work work) throws IOException {
    int points = 0;
    boolean killed = true;
    while (killed) {
      first.on(host(sql));
      var instance = new Told();

      killed = killedAt(points, work);
      instance.look();
      next();

      instance.assertRight(points);
      for (var left : host.connections.list(ADA, X)) {
        host.connections.disconnect(ADA, X, left.connection().id());
      }
      points++;
    }
    assertThat(points).isGreaterThan(5);
  }

  private static String only(Host host) {
    return host.connections.list(ADA, X).getFirst().connection().id();
  }

  private static void link(Host host) {
    begun(
        host.connections.link(
            ADA, "ada", X, "whatsapp", DirectMessages.ALLOWLIST, List.of("+15551234567")));
  }

  @Test
  void an_instance_is_told_of_a_bot_wherever_connecting_it_is_killed() throws IOException {
    assertTold(_ -> {}, it -> it.connections.connect(ADA, "ada", X, telegramWish()));
  }

  @Test
  void an_instance_is_told_of_an_account_wherever_connecting_it_is_killed() throws IOException {
    assertTold(_ -> {}, KilledConnectionsContract::link);
  }

  @Test
  void an_instance_is_told_who_may_write_wherever_saying_so_is_killed() throws IOException {
    assertTold(
        it -> it.connections.connect(ADA, "ada", X, telegramWish()),
        it ->
            it.connections.permit(
                ADA,
                X,
                only(it),
                Optional.of(DirectMessages.ALLOWLIST),
                Optional.of(List.of("7"))));
  }

  @Test
  void an_instance_is_told_of_the_end_of_a_bot_wherever_disconnecting_it_is_killed()
      throws IOException {
    assertTold(
        it -> it.connections.connect(ADA, "ada", X, telegramWish()),
        it -> it.connections.disconnect(ADA, X, only(it)));
  }

  @Test
  void an_instance_is_told_of_the_end_of_an_account_wherever_disconnecting_it_is_killed()
      throws IOException {
    assertTold(KilledConnectionsContract::link, it -> it.connections.disconnect(ADA, X, only(it)));
  }

  /** The next server, when it has looked at everything. */
  private Host next() throws IOException {
    var next = host(sql);
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofHours(2));
      next.look();
    }
    return next;
  }

  @Test
  void connecting_is_finished_or_undone_wherever_it_is_killed() throws IOException {
    int finished = 0;
    int undone = 0;
    int points = 0;
    while (killedAt(points, it -> it.connections.connect(ADA, "ada", X, telegramWish()))) {
      var next = next();

      var all = next.connections.list(ADA, X);
      if (all.isEmpty()) {
        undone++;
        assertThat(count("channel_connection")).as("point %d", points).isZero();
        assertThat(count("vault_secret")).as("point %d", points).isZero();
        assertThat(telegram.webhook()).as("point %d", points).isEmpty();
      } else {
        finished++;
        var connection = all.getFirst().connection();
        assertThat(connection.state()).as("point %d", points).isEqualTo(State.CONNECTED);
        assertThat(next.accounts.of(X)).as("point %d", points).hasSize(1);
        assertThat(next.doors.byId(connection.id())).as("point %d", points).isPresent();
        telegram.says(7, 7, "hello");
        telegram.deliverDue();
        assertThat(telegram.waiting()).as("point %d", points).isZero();
        next.connections.disconnect(ADA, X, connection.id());
      }
      assertNothingIsLeft(points);
      points++;
    }

    assertThat(undone).isPositive();
    assertThat(finished).isPositive();
    assertThat(host(sql).connections.list(ADA, X)).hasSize(1);
  }

  @Test
  void disconnecting_is_finished_wherever_it_is_killed() throws IOException {
    int points = 0;
    boolean killed = true;
    while (killed) {
      var id = begun(host(sql).connections.connect(ADA, "ada", X, telegramWish())).id();

      killed = killedAt(points, it -> it.connections.disconnect(ADA, X, id));
      var next = next();

      if (!next.connections.list(ADA, X).isEmpty()) {
        assertThat(points).as("before it was wanted").isLessThan(4);
        next.connections.disconnect(ADA, X, id);
      }
      assertNothingIsLeft(points);
      points++;
    }
    assertThat(points).isGreaterThan(10);
  }

  @Test
  void a_webhook_is_restored_wherever_that_is_killed() throws IOException {
    var connection = connected();
    var ours = telegram.webhook();
    int points = 0;
    boolean killed = true;
    while (killed) {
      var registrar =
          (Registrar)
              new Platforms(
                      List.of(new TelegramChannel()), Map.of("telegram", telegram.root()), http)
                  .bot(new TelegramChannel(), TOKEN);
      registrar.unregister();
      clock.advance(Duration.ofHours(2));

      killed = killedAt(points, Host::look);
      next();

      assertThat(telegram.webhook()).as("point %d", points).isEqualTo(ours);
      assertThat(
              host.store
                  .find(new Actor.Rockpool("test"), connection.id())
                  .orElseThrow()
                  .connection()
                  .state())
          .isEqualTo(State.CONNECTED);
      points++;
    }
    assertThat(points).isGreaterThan(10);
  }

  private void assertNothingIsLeft(int points) {
    assertThat(count("channel_connection")).as("point %d", points).isZero();
    assertThat(count("vault_secret")).as("point %d", points).isZero();
    assertThat(telegram.webhook()).as("point %d", points).isEmpty();
  }
}
