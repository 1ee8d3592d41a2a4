package io.rockpool.control.inbox;

import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.inbox.InboxStore.Step;
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
import io.rockpool.control.vault.Vault.SealedBytes;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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

/** Servers with one database: Ada's instance x, Bob's instance y. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class InboxFixture {
  static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final Actor ADA = new Actor.User("ada");
  static final Actor BOB = new Actor.User("bob");

  /** The usual ones, but that retries come soon. */
  static final InboxRules RULES =
      new InboxRules(
          50,
          4,
          Duration.ofHours(24),
          10,
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          Duration.ofSeconds(30),
          Duration.ofHours(24),
          Duration.ofDays(7));

  private static final MasterKey MASTER = MasterKey.fresh();

  private final List<Dispatcher> dispatchers = new ArrayList<>();
  private final List<Inbox> inboxes = new ArrayList<>();
  private TestDatabase database;
  private Sql other;
  private Events events;
  Sql sql;
  SqlInstanceStore instances;
  ManualClock clock;
  Vault vault;
  Inbox inbox;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    other = database.open();
    instances = new SqlInstanceStore(sql);
    events = new Events(sql, InstantSource.fixed(NOON));
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "ada", "bob");
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
    vault = vault(sql);
    inbox = inbox(clock, RULES);
  }

  @AfterEach
  final void stop() {
    dispatchers.forEach(Dispatcher::close);
    inboxes.forEach(Inbox::close);
    dispatchers.clear();
    inboxes.clear();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  private static Vault vault(Sql sql) throws IOException {
    var none = new KeyFile(Path.of("/nowhere"));
    return new Vault(sql, new MasterKeys(List.of(MASTER), none, true), InstantSource.fixed(NOON));
  }

  /** Keeps them as events of the instance. */
  private DeadLetters deadLetters() {
    return (transaction, message, reason) ->
        events.append(transaction, message.instance(), "Dead", message.messageId() + ": " + reason);
  }

  /** What was said of messages to an instance that were given up. */
  List<String> deadLetters(InstanceId instance) {
    return events.after(instance, 0, 100).stream().map(Event::message).toList();
  }

  Inbox inbox(InstantSource clock, InboxRules rules) {
    return kept(new Inbox(sql, vault, rules, deadLetters(), clock));
  }

  /** Of another server. */
  Inbox replica(InstantSource clock, InboxRules rules) throws IOException {
    return kept(new Inbox(other, vault(other), rules, deadLetters(), clock));
  }

  private Inbox kept(Inbox inbox) {
    inboxes.add(inbox);
    return inbox;
  }

  /** Whose close is a kill: it waits for nothing and writes nothing any more. */
  Dispatcher dispatcher(Inbox inbox, Destination destination) {
    return dispatcher(inbox, destination, false);
  }

  Dispatcher dispatcher(Inbox inbox, Destination destination, boolean alone) {
    var dispatcher =
        new Dispatcher(inbox, destination, alone, Duration.ZERO, new SplittableRandom(7));
    dispatchers.add(dispatcher);
    return dispatcher;
  }

  static InboundMessage message(InstanceId instance, String lane, int number) {
    return new InboundMessage(
        "bot-of-" + instance.value(),
        lane + "/" + number,
        instance,
        instance.equals(X) ? "ada" : "bob",
        "telegram",
        lane,
        new Content(
            Map.of("X-Secret", "s3cret"),
            "the text %s/%d — 你好".formatted(lane, number).getBytes(StandardCharsets.UTF_8)));
  }

  InboxMessage stored(InboundMessage message) {
    return inbox.find(new Actor.Rockpool("test"), message.instance(), message.key()).orElseThrow();
  }

  /** What a delivery of it would find. */
  Optional<Content> content(InboxMessage message) {
    var sealed =
        sql
            .query(
                "SELECT key_version, sealed FROM inbox_message WHERE id = ? AND sealed IS NOT NULL",
                row -> new SealedBytes(row.getLong("key_version"), row.getBytes("sealed")),
                message.key())
            .stream()
            .findFirst();
    return sealed.flatMap(it -> inbox.content(new Step.Deliver(message, it, false)));
  }

  void awaitState(InboundMessage message, State state) {
    await().until(() -> stored(message).state() == state);
  }
}
