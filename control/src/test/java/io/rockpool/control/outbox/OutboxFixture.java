package io.rockpool.control.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Place;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
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
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
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

/** Servers with one database, and Telegram: Ada's instance x, Bob's instance y. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class OutboxFixture {
  static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final Actor ADA = new Actor.User("ada");
  static final Actor BOB = new Actor.User("bob");
  static final String BOT = "shared-bot";
  static final Limits LIMITS = new TelegramChannel().limits();
  static final Secret TOKEN = Secret.of("123456789:AAExample-token_of_35_characters_xyz");

  /** The usual ones, but that retries come soon. */
  static final OutboxRules RULES =
      new OutboxRules(
          4,
          Duration.ofHours(24),
          5,
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          Duration.ofSeconds(60),
          Duration.ofHours(48));

  private static final MasterKey MASTER = MasterKey.fresh();

  private final List<Sender> senders = new ArrayList<>();
  private final List<Outbox> outboxes = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private TestDatabase database;
  private Sql other;
  Sql sql;
  ManualClock clock;
  Vault vault;
  TelegramDouble telegram;
  Outbox outbox;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    other = database.open();
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob", "admin");
    var instances = new SqlInstanceStore(sql);
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
    telegram =
        new TelegramDouble(new TelegramDouble.Setting(TOKEN, "rockpool_bot", true, 0), clock);
    vault = vault(sql);
    outbox = outbox(clock, RULES);
  }

  @AfterEach
  final void stop() {
    senders.forEach(Sender::close);
    outboxes.forEach(Outbox::close);
    senders.clear();
    outboxes.clear();
    telegram.close();
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

  Outbox outbox(InstantSource clock, OutboxRules rules) {
    return kept(new Outbox(sql, vault, rules, clock));
  }

  /** Of another server. */
  Outbox replica(InstantSource clock, OutboxRules rules) throws IOException {
    return kept(new Outbox(other, vault(other), rules, clock));
  }

  private Outbox kept(Outbox made) {
    outboxes.add(made);
    return made;
  }

  HttpClient http() {
    return http;
  }

  /** Our end at the platform. */
  Bot bot() {
    return new TelegramChannel().bot(new Access(telegram.root(), TOKEN, http));
  }

  /** Whose close is a kill: it waits for nothing and writes nothing any more. */
  Sender sender(Outbox outbox, Bots bots) {
    return sender(outbox, bots, false);
  }

  Sender sender(Outbox outbox) {
    var bot = bot();
    return sender(outbox, _ -> Optional.of(bot), false);
  }

  Sender sender(Outbox outbox, Bots bots, boolean alone) {
    var sender = new Sender(outbox, bots, alone, Duration.ZERO, new SplittableRandom(7));
    senders.add(sender);
    return sender;
  }

  /** A chat in which somebody wrote. */
  long chat(int number) {
    return Long.parseLong(telegram.chat(number));
  }

  static String key(String name) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An answer of Ada's instance. */
  static Address to(long chat, String name) {
    return new Address(key(name), BOT, "telegram", X, "ada", new Place(Long.toString(chat), ""));
  }

  OutboxMessage stored(Address to, int part) {
    return outbox.store().find(to.id(part)).orElseThrow();
  }

  void awaitState(Address to, int part, State state) {
    await().until(() -> stored(to, part).state() == state);
  }

  long lanes() {
    return sql.query("SELECT COUNT(*) FROM outbox_lane", row -> row.getLong(1)).getFirst();
  }
}
