package io.rockpool.control.binding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.discord.DiscordChannel;
import io.rockpool.channel.slack.SlackChannel;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.People;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.DeadLetters;
import io.rockpool.control.inbox.Dispatcher;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.InboxRules;
import io.rockpool.control.inbox.State;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.outbox.Bots;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.outbox.OutboxRules;
import io.rockpool.control.outbox.Sender;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/**
 * Servers with one database and two shared bots: Ada's instance x, Bob's instance y; Telegram's
 * users are numbers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class BindingFixture {
  static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final Actor ADA = new Actor.User("ada");
  static final Actor BOB = new Actor.User("bob");
  static final Actor SERVER = new Actor.Rockpool("test");
  static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");
  static final Secret SLACK_TOKEN = Secret.of("xoxb-1-example");
  static final Secret DISCORD_TOKEN = Secret.of("MTE.x.y");
  static final Secret SIGNING = Secret.of("8f742231b10e8888abcd99yyyzzz85a5");
  static final long ANN = 4_001;
  static final long BEN = 4_002;

  static final InboxRules INBOX =
      new InboxRules(
          50,
          4,
          Duration.ofHours(24),
          100,
          Duration.ofMillis(1),
          Duration.ofMillis(20),
          Duration.ofSeconds(30),
          Duration.ofHours(24),
          Duration.ofDays(7));
  static final OutboxRules OUTBOX =
      new OutboxRules(
          4,
          Duration.ofHours(24),
          5,
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          Duration.ofSeconds(60),
          Duration.ofHours(48));
  static final Answers.Patience PATIENCE =
      new Answers.Patience(
          Duration.ofMillis(200),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofMinutes(20));

  private static final MasterKey MASTER = MasterKey.fresh();

  /** A platform that bears more edits than the real one: a test does not wait for seconds. */
  private record Quick(Channel channel) implements Channel {
    @Override
    public String name() {
      return channel.name();
    }

    @Override
    public Limits limits() {
      var limits = channel.limits();
      return new Limits(
          limits.body(), limits.text(), limits.unit(), limits.answer(), Duration.ofMillis(20));
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
      return channel.bot(access);
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

  /** One server. */
  final class Host implements AutoCloseable {
    final Inbox inbox;
    final Outbox outbox;
    final Bindings bindings;
    final SharedBots shared;
    private final Sql sql;
    private final Vault vault;
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();

    Host(Sql sql) throws IOException {
      this.sql = sql;
      vault = vault(sql);
      var store = new SqlInstanceStore(sql);
      inbox = opened(new Inbox(sql, vault, INBOX, DeadLetters.UNHEARD, clock));
      outbox = opened(new Outbox(sql, vault, OUTBOX, clock));
      bindings = new Bindings(sql, store, clock, new SplittableRandom(seed++));
      shared = new SharedBots(bindings, store, inbox, outbox, clock, new SplittableRandom(seed++));
    }

    /** Delivers and says; closing it then is a kill. */
    Host start() {
      return start(it -> Optional.ofNullable(bots.get(it)));
    }

    Host start(Bots bot) {
      var store = new SqlInstanceStore(sql);
      var activity = opened(new Activity(store, clock));
      var answers =
          new Answers(
              directory,
              bot,
              outbox,
              bindings,
              new Answers.Ground(
                  new Waker(
                      store,
                      () -> {},
                      activity,
                      _ -> Optional.empty(),
                      Waker.Bounds.DEFAULT,
                      clock),
                  activity,
                  new Places() {
                    @Override
                    public boolean enter(InstanceId id) {
                      return true;
                    }

                    @Override
                    public void leave(InstanceId id) {}
                  },
                  gateway,
                  _ -> Secret.of("password")),
              PATIENCE,
              clock);
      opened(new Dispatcher(inbox, answers, true, Duration.ZERO, new SplittableRandom(seed++)));
      opened(new Sender(outbox, bot, true, Duration.ZERO, new SplittableRandom(seed++)));
      return this;
    }

    private <T extends AutoCloseable> T opened(T made) {
      closing.push(made);
      return made;
    }

    @Override
    public void close() {
      while (!closing.isEmpty()) {
        try {
          closing.pop().close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private final List<Host> hosts = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private long seed = 1;
  private long update = 100;
  TestDatabase database;
  Sql sql;
  Sql other;
  SqlInstanceStore instances;
  ManualClock clock;
  TelegramDouble telegram;
  SlackDouble slack;
  DiscordDouble discord;
  TalkingGateway gateway;
  Map<String, Bot> bots = new HashMap<>();
  Directory directory;
  Host host;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    other = database.open();
    instances = new SqlInstanceStore(sql);
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob", Accounts.ADMIN);
    clock = new ManualClock(NOON);
    for (var owner : Map.of(X, "ada", Y, "bob").entrySet()) {
      instances.insert(
          Instance.fresh(
              owner.getKey(),
              owner.getValue(),
              owner.getKey().equals(X) ? "Ada's pond" : "Bob's pond",
              new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
              NOON),
          null);
      reachable(owner.getKey());
    }
    telegram =
        new TelegramDouble(new TelegramDouble.Setting(TOKEN, "rockpool_bot", true, 0), clock);
    slack = new SlackDouble(new SlackDouble.Setting(SLACK_TOKEN, SIGNING, 0), clock);
    discord = new DiscordDouble(new DiscordDouble.Setting(DISCORD_TOKEN, 0), clock);
    gateway = new TalkingGateway();
    bots = new HashMap<>();
    bots.put("tg", new TelegramChannel().bot(new Access(telegram.root(), TOKEN, http)));
    bots.put("sl", new SlackChannel().bot(new Access(slack.root(), SLACK_TOKEN, http)));
    bots.put("dc", new DiscordChannel().bot(new Access(discord.root(), DISCORD_TOKEN, http)));
    directory =
        new Directory() {
          @Override
          public Optional<Channel> channel(String platform) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Optional<Door> byKey(String platform, String key) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Optional<Door> byId(String connection) {
            return bots.containsKey(connection)
                ? Optional.of(
                    switch (connection) {
                      case "tg" -> telegramDoor();
                      case "sl" -> slackDoor();
                      default -> discordDoor();
                    })
                : Optional.empty();
          }
        };
    host = host(sql);
  }

  @AfterEach
  final void stop() {
    hosts.forEach(Host::close);
    hosts.clear();
    telegram.close();
    slack.close();
    discord.close();
  }

  @AfterAll
  final void close() {
    database.close();
    http.shutdownNow();
  }

  private static Vault vault(Sql sql) throws IOException {
    var none = new KeyFile(Path.of("/nowhere"));
    return new Vault(sql, new MasterKeys(List.of(MASTER), none, true), InstantSource.fixed(NOON));
  }

  Host host(Sql of) throws IOException {
    var made = new Host(of);
    hosts.add(made);
    return made;
  }

  Directory.Door telegramDoor() {
    var channel = new Quick(new TelegramChannel());
    return door("tg", channel, new Identity("7000", "rockpool_bot", ""), telegram);
  }

  Directory.Door slackDoor() {
    return door(
        "sl", new Quick(new SlackChannel()), new Identity("U0BOT", "rockpool", "T0001"), slack);
  }

  /** Ada's own, in which she lets the first person ask. */
  Directory.Door discordDoor() {
    var channel = new DiscordChannel();
    var connection =
        new Connection(
            "dc",
            channel.name(),
            "ada",
            X,
            new Identity("1100000000000000002", "rockpool", ""),
            DirectMessages.ALLOWLIST,
            List.of(DiscordDouble.userId(1)),
            Connection.State.CONNECTED,
            "",
            NOON,
            NOON);
    return new Directory.Door(connection, channel, channel.receiver(discord.keys()));
  }

  private static Directory.Door door(String id, Channel channel, Identity identity, People people) {
    var connection =
        new Connection(
            id,
            channel.name(),
            Accounts.ADMIN,
            null,
            identity,
            DirectMessages.OPEN,
            List.of(),
            Connection.State.CONNECTED,
            "",
            NOON,
            NOON);
    return new Directory.Door(connection, channel, channel.receiver(people.keys()));
  }

  /** Its owner's path to it is open. */
  void reachable(InstanceId id) {
    var running =
        new Status(
            Phase.RUNNING,
            NOON,
            100,
            1,
            null,
            List.of(),
            null,
            URI.create("http://127.0.0.1:1"),
            Trial.of(1));
    status(id, running);
  }

  /** Its owner wants it so, and it is. */
  void stopped(InstanceId id) {
    var _ =
        instances.change(
            SERVER,
            id,
            it ->
                new Instance(
                    it.id(),
                    it.accountId(),
                    it.name(),
                    it.createdAt(),
                    NOON,
                    new Wanted(Goal.STOPPED, "free", "fake", List.of(), "{}", 2, 1),
                    it.status(),
                    it.rest(),
                    it.revision(),
                    it.term()));
    status(id, new Status(Phase.STOPPED, NOON, 0, 1, null, List.of(), null, null, Trial.of(1)));
  }

  void status(InstanceId id, Status status) {
    var now = clock.instant();
    assertThat(instances.take("test", id, now, Duration.ofMinutes(1))).isTrue();
    var generation = instances.find(SERVER, id).orElseThrow().wanted().generation();
    assertThat(instances.saveStatus("test", id, generation, status)).isTrue();
    instances.endLeases("test", List.of(id));
  }

  // What people do

  /** Somebody writes to the Telegram bot, alone with it. */
  Webhook says(long user, String text) {
    return writes(user, user, text);
  }

  /** In a chat; a group has a negative id. */
  Webhook writes(long user, long chat, String text) {
    var made = StrictJson.write().put("update_id", ++update);
    var message = made.putObject("message").put("message_id", update);
    message.putObject("from").put("id", user).put("is_bot", false);
    message.putObject("chat").put("id", chat).put("type", chat > 0 ? "private" : "supergroup");
    message.put("date", clock.instant().getEpochSecond());
    if (!text.isEmpty()) {
      message.put("text", text);
    }
    telegram.says(user, chat, text); // so that Telegram knows the chat; nobody fetches it
    return sent(made);
  }

  /** A group becomes a supergroup. */
  Webhook moves(long from, long to) {
    var made = StrictJson.write().put("update_id", ++update);
    var message = made.putObject("message").put("message_id", update);
    message.putObject("from").put("id", ANN).put("is_bot", false);
    message.putObject("chat").put("id", from).put("type", "group");
    message.put("migrate_to_chat_id", to);
    telegram.says(ANN, to, "so that it is known");
    return sent(made);
  }

  private Webhook sent(ObjectNode update) {
    return telegram.sends(update.toString().getBytes(UTF_8));
  }

  Accepted take(Host host, Webhook request) {
    return take(host, telegramDoor(), request);
  }

  /** As the ingress does. */
  Accepted take(Host host, Directory.Door door, Webhook request) {
    var receipt = door.receiver().receive(request, clock.instant());
    assertThat(receipt).isInstanceOf(Receipt.Messages.class);
    var accepted = Accepted.DUPLICATE;
    for (Inbound message : ((Receipt.Messages) receipt).messages()) {
      accepted = host.shared.accept(door, message, new Content(Map.of(), request.body()));
    }
    return accepted;
  }

  Accepted take(Webhook request) {
    return take(host, request);
  }

  /** Somebody is bound to Ada's instance. */
  void bind(long user) {
    assertThat(take(says(user, "bind " + code(ADA, X)))).isEqualTo(Accepted.ACCEPTED);
    assertThat(host.bindings.list(ADA, X).orElseThrow())
        .extracting(Binding::sender)
        .contains(Long.toString(user));
  }

  String code(Actor actor, InstanceId instance) {
    return host.bindings.makeCode(actor, instance).orElseThrow().code();
  }

  // What people read, and what is there

  List<String> read(long chat) {
    return telegram.read(Long.toString(chat));
  }

  void awaitRead(long chat, String text) {
    await().untilAsserted(() -> assertThat(read(chat)).contains(text));
  }

  List<InboxMessage> inInbox(InstanceId instance) {
    return host.inbox.list(SERVER, instance, null, null, 100);
  }

  void awaitInbox(InstanceId instance, State state) {
    await()
        .untilAsserted(
            () -> assertThat(inInbox(instance)).isNotEmpty().allMatch(it -> it.state() == state));
  }
}
