package io.rockpool.server;

import io.rockpool.channel.Channel;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.channel.Platforms;
import io.rockpool.control.channel.PublicAddress;
import io.rockpool.control.channel.Reach;
import io.rockpool.control.channel.Switchboard;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.control.openclaw.LinkGateway;
import io.rockpool.control.outbox.Bots;
import io.rockpool.control.reconcile.PathProbe;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.channel.ChannelRoutes;
import io.rockpool.server.channel.LoginRoutes;
import io.rockpool.server.channel.PairingRoutes;
import io.rockpool.server.http.Route;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Chat platforms: which bots are connected, and who is told of them. */
final class ChannelWiring implements AutoCloseable {
  private static final int MOST_STARTING = 10_000;

  private final Foundation foundation;
  private final HttpClient http =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Switchboard switchboard;
  private final Set<InstanceId> starting = ConcurrentHashMap.newKeySet();

  /**
   * @param channels every platform of this build
   * @param gateway asks those of instances
   */
  ChannelWiring(Foundation foundation, List<Channel> channels, LinkGateway gateway) {
    this.foundation = foundation;
    switchboard =
        new Switchboard(
            new Switchboard.Ground(
                foundation.sql(),
                foundation.vault(),
                foundation.events(),
                foundation.clock(),
                new SecureRandom()),
            new Platforms(channels, foundation.settings().channelRoots(), http),
            new PublicAddress(foundation.publicUrl(), http),
            gateway);
  }

  /** Whose messages are taken. */
  Directory directory() {
    return switchboard.directory();
  }

  /** A platform says that a connection is over. */
  void revoked(Connection connection) {
    switchboard.revoked(connection);
  }

  /** Our ends at platforms. */
  Bots bots() {
    return switchboard::bot;
  }

  /** Whether an instance holds a live connection to a platform while it is awake. */
  boolean isLive(InstanceId id) {
    return switchboard.isLive(id);
  }

  /** The accounts for which an instance itself speaks. */
  List<ChatAccount> accounts(InstanceId id) {
    return switchboard.accounts().of(id);
  }

  /**
   * The same probe. What did not answer, and then does, has started: it told its platforms where
   * their messages go, and that is looked at.
   */
  PathProbe watching(PathProbe probe) {
    return id -> {
      var answers = probe.answers(id);
      if (!answers) {
        if (starting.size() >= MOST_STARTING) {
          starting.clear();
        }
        starting.add(id);
      } else if (starting.remove(id)) {
        switchboard.started(id);
      }
      return answers;
    };
  }

  List<Route<?, ?>> routes(
      Instances instances, Waker waker, Activity activity, OpenClawWiring openclaw) {
    var connections = switchboard.connections();
    return Stream.of(
            new ChannelRoutes(instances, connections, foundation.settings().plans()).routes(),
            new LoginRoutes(instances, connections, activity).routes(),
            new PairingRoutes(
                    instances, connections, waker, activity, openclaw.gateway(), openclaw::password)
                .routes())
        .<Route<?, ?>>flatMap(List::stream)
        .toList();
  }

  /**
   * Begins to look after them, until what it returns is closed.
   *
   * @param look makes the reconciler look for instances whose configuration has changed
   * @param reach how the gateways of instances are reached
   */
  AutoCloseable start(Runnable look, Reach reach) {
    switchboard.start(foundation.isAlone(), look, reach);
    return switchboard;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
