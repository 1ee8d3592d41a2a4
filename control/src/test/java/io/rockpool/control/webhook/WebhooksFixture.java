package io.rockpool.control.webhook;

import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
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
import io.rockpool.control.webhook.Message.State;
import io.rockpool.control.webhook.Webhooks.Made;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import io.rockpool.runtime.tck.StandardReceiver;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Servers with one database, Ada's instance x, and receivers that verify by the specification. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class WebhooksFixture {
  static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  static final InstanceId X = new InstanceId("x");
  static final Actor SERVER = new Actor.Rockpool("test");
  static final List<String> ALL = List.of();
  private static final MasterKey MASTER = MasterKey.fresh();

  /** By host. */
  final Map<String, StandardReceiver> receivers = new ConcurrentHashMap<>();

  private final List<Deliverer> deliverers = new ArrayList<>();
  private TestDatabase database;
  private Sql other;
  Sql sql;
  ManualClock clock;
  Vault vault;
  Events events;
  Webhooks webhooks;

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
    TestDatabase.reset(sql, Accounts.ADMIN, "ada", "bob");
    clock = new ManualClock(NOON);
    vault = vault(sql);
    events = new Events(sql, clock, new Publisher(new Random(1)));
    webhooks = webhooks(this::post);
    receivers.clear();
    insert(X, "ada");
  }

  @AfterEach
  final void stop() {
    deliverers.forEach(Deliverer::close);
    deliverers.clear();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  final void insert(InstanceId id, String owner) {
    new SqlInstanceStore(sql)
        .insert(
            Instance.fresh(
                id,
                owner,
                "an instance",
                new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
                NOON),
            null);
  }

  private Vault vault(Sql at) throws IOException {
    var none = new KeyFile(Path.of("/nowhere"));
    return new Vault(at, new MasterKeys(List.of(MASTER), none, true), clock);
  }

  final Webhooks webhooks(Courier courier) {
    return new Webhooks(sql, vault, courier, clock, new Random(2));
  }

  /** Of another server. */
  final Webhooks replica(Courier courier) throws IOException {
    return new Webhooks(other, vault(other), courier, clock, new Random(3));
  }

  /** As HTTP brings it, without HTTP. */
  final Outcome post(URI url, boolean inside, Map<String, String> headers, byte[] body) {
    var receiver = receivers.get(url.getHost());
    if (receiver == null) {
      return new Outcome.Unreachable("It does not answer.");
    }
    var all = new HashMap<>(headers);
    all.put("Content-Type", "application/json");
    return new Outcome.Answered(receiver.receive("POST", all, body), null);
  }

  /** A webhook at a host of that name, with a receiver that knows its secret. */
  final Made made(String name, List<String> types) {
    var host = name + ".example.com";
    var made =
        webhooks.create(URI.create("https://" + host + "/hooks"), false, types).orElseThrow();
    receivers.put(host, new StandardReceiver(clock, made.secret().reveal()));
    return made;
  }

  final StandardReceiver receiver(String name) {
    return Objects.requireNonNull(receivers.get(name + ".example.com"));
  }

  /** Whose close is a kill: it waits for nothing and writes nothing any more. */
  final Deliverer deliverer(Webhooks of, boolean alone) {
    var deliverer = new Deliverer(of, alone, Duration.ZERO, new Random(4), Duration.ofMillis(20));
    deliverers.add(deliverer);
    deliverer.start();
    return deliverer;
  }

  final void say(String kind, String message) {
    events.append(X, kind, null, message);
  }

  final List<Message> messages(Made of) {
    return webhooks.messages(of.webhook().id(), null, null, 200);
  }

  final Message only(Made of) {
    var all = messages(of);
    if (all.size() != 1) {
      throw new AssertionError(all.toString());
    }
    return all.getFirst();
  }

  final void awaitState(Made of, State state) {
    await().until(() -> only(of).state() == state);
  }

  final Webhook now(Made of) {
    return webhooks.find(of.webhook().id()).orElseThrow();
  }

  final long rows(String table) {
    return sql.query("SELECT COUNT(*) FROM " + table, row -> row.getLong(1)).getFirst();
  }
}
