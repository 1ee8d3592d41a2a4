package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.discord.DiscordChannel;
import io.rockpool.channel.slack.SlackChannel;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.channel.whatsapp.WhatsAppChannel;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connections.Connecting;
import io.rockpool.control.channel.Connections.Wish;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Servers with one database, before platforms of one's own: Ada's instance x, Bob's instance y. At
 * the public address stands what the ingress does with a question: it answers 405 where it knows
 * the key.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class ConnectionsFixture {
  static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final Actor ADA = new Actor.User("ada");
  static final Actor BOB = new Actor.User("bob");
  static final Actor OPERATOR = new Actor.Operator(Accounts.ADMIN);
  static final Actor SERVER = new Actor.Rockpool("test");
  static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");
  static final Secret SIGNING = Secret.of("8f742231b10e8888abcd99yyyzzz85a5");

  private static final MasterKey MASTER = MasterKey.fresh();

  /** One server. */
  final class Host {
    final Switchboard board;
    final ConnectionStore store;
    final ConnectionSecrets secrets;
    final Rounds rounds;
    final Doors doors;
    final Upkeep upkeep;
    final Connections connections;
    final ChatAccounts accounts;

    Host(Sql sql, Platforms platforms) throws IOException {
      var vault = vault(sql);
      var events = new Events(sql, clock);
      board =
          new Switchboard(
              new Switchboard.Ground(sql, vault, events, clock, new SecureRandom()),
              platforms,
              address,
              nest);
      store = new ConnectionStore(sql, events, platforms);
      secrets = new ConnectionSecrets(vault);
      doors = new Doors(store, secrets, platforms, clock);
      var links = new Links(store, nest, nest, doors::refresh, clock);
      upkeep =
          new Upkeep(store, secrets, platforms, address, links, doors::refresh, clock, random());
      connections =
          new Connections(
              store,
              secrets,
              platforms,
              address,
              upkeep,
              links,
              doors,
              doors::refresh,
              clock,
              random());
      rounds = new Rounds(store, upkeep, clock);
      accounts = new ChatAccounts(store, secrets, platforms, address);
    }

    private static SecureRandom random() {
      return new SecureRandom();
    }

    /** Looks at all that is due. */
    void look() {
      rounds.tidy();
      doors.refresh();
      doors.tell();
      var now = clock.instant();
      for (var row : store.claim("round", 100, now, now.plus(Connections.LEASE))) {
        upkeep.look(row, "round");
      }
      doors.refresh();
    }
  }

  private TestDatabase database;
  Sql sql;
  Sql other;
  SqlInstanceStore instances;
  ManualClock clock;
  TelegramDouble telegram;
  SlackDouble slack;
  Nest nest;
  DiscordDouble discord;
  HttpServer entrance;
  HttpClient http;
  PublicAddress address;
  Host host;

  /** Hosts that answer at the public address. */
  final List<Host> hosts = new ArrayList<>();

  /** Whether the public address leads here. */
  boolean reachable;

  /** What came to the webhooks. */
  final Queue<String> came = new ConcurrentLinkedQueue<>();

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    other = database.open();
    instances = new SqlInstanceStore(sql);
    http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob", Accounts.ADMIN);
    for (var owner : Map.of(X, "ada", Y, "bob").entrySet()) {
      instances.insert(
          Instance.fresh(
              owner.getKey(),
              owner.getValue(),
              "an instance",
              new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
              NOON),
          null);
    }
    clock = new ManualClock(NOON);
    nest = new Nest();
    telegram =
        new TelegramDouble(new TelegramDouble.Setting(TOKEN, "rockpool_bot", true, 0), clock);
    slack = new SlackDouble(new SlackDouble.Setting(Secret.of("xoxb-1-2-abc"), SIGNING, 0), clock);
    discord = new DiscordDouble(new DiscordDouble.Setting(Secret.of("MTE.x.y"), 0), clock);
    entrance = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    entrance.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    entrance.createContext("/", this::enter);
    entrance.start();
    address =
        new PublicAddress(URI.create("http://127.0.0.1:" + entrance.getAddress().getPort()), http);
    reachable = true;
    came.clear();
    hosts.clear();
    host = host(sql);
  }

  @AfterEach
  final void closePlatforms() {
    entrance.stop(0);
    telegram.close();
    slack.close();
    discord.close();
  }

  @AfterAll
  final void close() {
    http.shutdownNow();
    database.close();
  }

  /** The database for a server that can be killed. */
  final Sql mortal(Runnable point) {
    return database.openMortal(point);
  }

  Host host(Sql sql) throws IOException {
    return host(
        sql, Map.of("telegram", telegram.root(), "slack", slack.root(), "discord", discord.root()));
  }

  Host host(Sql sql, Map<String, URI> roots) throws IOException {
    var made =
        new Host(
            sql,
            new Platforms(
                List.of(
                    new TelegramChannel(),
                    new SlackChannel(),
                    new DiscordChannel(),
                    new WhatsAppChannel()),
                roots,
                http));
    hosts.add(made);
    return made;
  }

  Vault vault(Sql sql) throws IOException {
    var none = new KeyFile(Path.of("/nowhere"));
    return new Vault(sql, new MasterKeys(List.of(MASTER), none, true), clock);
  }

  private void enter(HttpExchange exchange) throws IOException {
    try (exchange) {
      var parts = exchange.getRequestURI().getPath().split("/", -1);
      var door =
          reachable && parts.length == 4
              ? hosts.stream()
                  .flatMap(it -> it.doors.byKey(parts[2], parts[3]).stream())
                  .findFirst()
              : Optional.<Directory.Door>empty();
      if (door.isEmpty()) {
        exchange.sendResponseHeaders(404, -1);
      } else if (exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
      } else {
        var headers = new HashMap<String, List<String>>(exchange.getRequestHeaders());
        var request = new Webhook("POST", headers, "", exchange.getRequestBody().readAllBytes());
        var receipt = door.get().receiver().receive(request, clock.instant());
        came.add(receipt.getClass().getSimpleName());
        var body = receipt.reply().body().getBytes(UTF_8);
        exchange.sendResponseHeaders(receipt.reply().status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  static Wish telegramWish() {
    return new Wish("telegram", TOKEN, Optional.empty(), DirectMessages.PAIRING, List.of());
  }

  Wish slackWish() {
    return new Wish(
        "slack", slack.token(), Optional.of(SIGNING), DirectMessages.PAIRING, List.of());
  }

  Wish discordWish() {
    return new Wish(
        "discord", discord.token(), Optional.empty(), DirectMessages.PAIRING, List.of());
  }

  /** Connects Ada's bot. */
  Connection connected() {
    return begun(host.connections.connect(ADA, "ada", X, telegramWish()));
  }

  static Connection begun(Connecting outcome) {
    assertThat(outcome).isInstanceOf(Connecting.Begun.class);
    return ((Connecting.Begun) outcome).view().connection();
  }

  List<String> events(InstanceId id) {
    return new Events(sql, clock).after(id, 0, 100).stream().map(Event::kind).toList();
  }

  /** How often Ada's instance was to be told something new. */
  long told() {
    return instances.find(SERVER, X).orElseThrow().wanted().generation() - 1;
  }

  long count(String table) {
    return sql.query("SELECT count(*) FROM " + table, row -> row.getLong(1)).getFirst();
  }
}
