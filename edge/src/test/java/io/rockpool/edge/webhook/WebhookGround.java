package io.rockpool.edge.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.discord.DiscordChannel;
import io.rockpool.channel.generic.FeishuChannel;
import io.rockpool.channel.generic.LineChannel;
import io.rockpool.channel.slack.SlackChannel;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.channel.Intake;
import io.rockpool.control.channel.Intake.Rates;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.DeadLetters;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.InboxRules;
import io.rockpool.control.net.Network;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Database;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.edge.BlockingHandler;
import io.rockpool.edge.EdgeGround;
import io.rockpool.edge.Sources;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/** Webhooks on a port of their own, in front of a real inbox: Ada's and Bob's bots. */
final class WebhookGround implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final String TELEGRAM = "/webhook/telegram/key-of-ada";
  static final String BOBS = "/webhook/telegram/key-of-bob";
  static final String SLACK = "/webhook/slack/key-of-ada";
  static final String FEISHU = "/webhook/feishu/key-of-ada";
  static final String LINE = "/webhook/line/key-of-ada";
  static final String DISCORD = "/webhook/discord/key-of-ada";
  private static final Actor TEST = new Actor.Rockpool("test");

  /** What was told of a request. */
  record Told(String platform, Intake.Outcome outcome) {}

  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final Queue<Told> told = new ConcurrentLinkedQueue<>();
  final Inbox inbox;
  private final Database database;
  private final Server server;

  WebhookGround(Path folder, Map<String, Keys> keys) throws IOException {
    this(folder, keys, Rates.DEFAULT, Webhooks.Bounds.DEFAULT, List.of());
  }

  /**
   * @param keys what Ada's bots prove themselves by, by their platforms; Bob's has another secret
   * @param proxies that are trusted
   */
  WebhookGround(
      Path folder,
      Map<String, Keys> keys,
      Rates rates,
      Webhooks.Bounds bounds,
      List<Network> proxies)
      throws IOException {
    database = Database.sqlite(folder.resolve("rockpool.db"));
    var sql = database.sql();
    for (var owner : Map.of("ada", X, "bob", Y).entrySet()) {
      sql.update(
          "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, 0)",
          owner.getKey(),
          owner.getKey());
      sql.update(
          """
          INSERT INTO instance (id, account_id, name, plan, runtime, agents, config, goal, generation,
            process_generation, created_at, updated_at, phase, status, due_at, lease_until)
          VALUES (?, ?, 'one', 'free', 'process', '[]', '{}', 'running', 1, 1, 0, 0, 'RUNNING', '{}', 0, 0)
          """,
          owner.getValue().value(),
          owner.getKey());
    }
    var clock = InstantSource.fixed(NOW);
    var vault =
        new Vault(
            sql,
            new MasterKeys(List.of(MasterKey.fresh()), new KeyFile(Path.of("/nowhere")), true),
            clock);
    var usual = InboxRules.DEFAULT;
    inbox =
        new Inbox(
            sql,
            vault,
            new InboxRules(
                100_000,
                usual.atOnce(),
                usual.timeToLive(),
                usual.attempts(),
                usual.firstWait(),
                usual.longestWait(),
                usual.lease(),
                usual.remembered(),
                usual.deadKept()),
            DeadLetters.UNHEARD,
            clock);
    var intake = new Intake(new Doors(keys), inbox, (_, _, _) -> Accepted.ACCEPTED, _ -> {}, rates);
    var webhooks =
        new Webhooks(
            intake,
            new Sources(proxies),
            bounds,
            (platform, outcome, _) -> told.add(new Told(platform, outcome)),
            clock);
    server =
        EdgeGround.serve(
            new Handler.Sequence(
                new BlockingHandler(webhooks, Webhooks::isAskedFor), new Others()));
  }

  /** Whatever else a server has. */
  private static final class Others extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      response.setStatus(299);
      callback.succeeded();
      return true;
    }
  }

  private static final class Doors implements Directory {
    private final Map<String, Channel> channels =
        Map.of(
            "telegram", new TelegramChannel(),
            "slack", new SlackChannel(),
            "discord", new DiscordChannel(),
            "feishu", new FeishuChannel(),
            "line", new LineChannel());
    private final Map<String, Door> doors = new LinkedHashMap<>();

    Doors(Map<String, Keys> keys) {
      keys.forEach((platform, it) -> add(platform, "ada", X, it));
      add("telegram", "bob", Y, new Keys(Secret.of("secret-of-bob"), "2"));
    }

    private void add(String platform, String account, InstanceId instance, Keys keys) {
      var channel = channel(platform).orElseThrow();
      doors.put(
          platform + "/key-of-" + account,
          new Door(
              new Connection(
                  platform + "-of-" + account,
                  platform,
                  account,
                  instance,
                  new Identity("1", "bot", ""),
                  DirectMessages.OPEN,
                  List.of(),
                  Connection.State.CONNECTED,
                  "",
                  NOW,
                  null),
              channel,
              channel.receiver(keys)));
    }

    @Override
    public Optional<Channel> channel(String platform) {
      return Optional.ofNullable(channels.get(platform));
    }

    @Override
    public Optional<Door> byKey(String platform, String key) {
      return Optional.ofNullable(doors.get(platform + "/" + key));
    }

    @Override
    public Optional<Door> byId(String connection) {
      throw new AssertionError("nothing is delivered here");
    }
  }

  URI at(String path) {
    return URI.create("http://127.0.0.1:" + EdgeGround.port(server) + path);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(
          request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString(ISO_8859_1));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  HttpRequest.Builder request(String path, Webhook webhook) {
    var request = HttpRequest.newBuilder(at(path)).POST(BodyPublishers.ofByteArray(webhook.body()));
    webhook
        .headers()
        .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
    return request;
  }

  HttpResponse<String> post(String path, Webhook webhook) {
    return send(request(path, webhook));
  }

  List<InboxMessage> stored(InstanceId instance) {
    return inbox.list(TEST, instance, null, null, 100_000);
  }

  Socket open() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), EdgeGround.port(server));
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The database goes away. */
  void loseDatabase() {
    database.close();
  }

  @Override
  public void close() {
    EdgeGround.stop(server);
    http.shutdownNow();
    inbox.close();
    database.close();
  }
}
