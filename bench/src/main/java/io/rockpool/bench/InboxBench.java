package io.rockpool.bench;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.DeadLetters;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.Dispatcher;
import io.rockpool.control.inbox.InboundMessage;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.InboxRules;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Database;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.TestPostgres;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * How long a platform waits until its message is on the disk, at a steady rate that does not wait
 * for the answers. Next to it a write of 1 KB that waits for the disk, which is what it cannot
 * beat.
 */
final class InboxBench implements Bench {
  private static final int INSTANCES = 200;
  private static final int LANES = 10;
  private static final int RATE = 1_000;
  private static final int BODY = 1_024;
  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final Duration MEASURED = Duration.ofSeconds(60);
  private static final Duration SYNCS = Duration.ofSeconds(10);

  private final InstantSource clock;

  InboxBench(InstantSource clock) {
    this.clock = clock;
  }

  /** How many milliseconds each took, and how many were not accepted. */
  private record Taken(Queue<Double> milliseconds, LongAdder refused) {
    static Taken none() {
      return new Taken(new ConcurrentLinkedQueue<>(), new LongAdder());
    }
  }

  @Override
  public void run(Site site) throws Exception {
    var table =
        new Table(
            "%,d messages/s".formatted(RATE),
            "acknowledged",
            "p50 ms",
            "p99 ms",
            "max ms",
            "refused",
            "load");
    syncs(site, table);
    try (var database = Database.sqlite(site.temp().resolve("inbox.db"))) {
      measure(site, "SQLite", database, table);
    }
    syncs(site, table);
    try (var database = Database.postgres(TestPostgres.freshSchema(), null, null)) {
      LooksBench.durable(database.sql());
      measure(site, "PostgreSQL", database, table);
    }
    syncs(site, table);
    site.say(table.toString());
  }

  /** One after the other, of 1 KB each. */
  private static void syncs(Site site, Table table) throws IOException {
    var milliseconds = new ArrayList<Double>();
    var piece = ByteBuffer.allocate(BODY);
    try (var file =
        FileChannel.open(
            site.temp().resolve("syncs"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (long end = System.nanoTime() + SYNCS.toNanos(); System.nanoTime() < end; ) {
        long start = System.nanoTime();
        file.write(piece.rewind());
        file.force(false);
        milliseconds.add(since(start));
      }
    }
    row("1 KB and fsync, nothing else", milliseconds, 0, table);
  }

  private void measure(Site site, String name, Database database, Table table) throws Exception {
    var sql = database.sql();
    new Accounts(sql, clock).admitAdmin(Secret.of("bench"));
    var store = new SqlInstanceStore(sql);
    for (int i = 0; i < INSTANCES; i++) {
      store.insert(
          Instance.fresh(
              instance(i),
              Accounts.ADMIN,
              "bench",
              new Wanted(Goal.STOPPED, "free", "fake", List.of(), "{}", 1, 1),
              clock.instant()),
          null);
    }
    var vault = new Vault(sql, new MasterKeys(List.of(), key(site, name), true), clock);
    try (var inbox = new Inbox(sql, vault, InboxRules.DEFAULT, DeadLetters.UNHEARD, clock);
        var _ =
            new Dispatcher(
                inbox,
                new Swallowing(),
                true,
                Duration.ofSeconds(10),
                RandomGenerator.getDefault())) {
      load(inbox, "warm-up", WARM_UP);
      sql.update("ANALYZE"); // PostgreSQL does so by itself, but not within these seconds
      var taken = load(inbox, "measured", MEASURED);
      row(name, taken.milliseconds(), taken.refused().sum(), table);
    }
  }

  private static KeyFile key(Site site, String name) {
    return new KeyFile(site.temp().resolve(Path.of(name + ".key")));
  }

  /** At its rate whatever happens: who is late was still due when it was due. */
  private static Taken load(Inbox inbox, String round, Duration duration) {
    var taken = Taken.none();
    var body = new byte[BODY];
    long begin = System.nanoTime();
    long gap = Duration.ofSeconds(1).dividedBy(RATE).toNanos();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < RATE * duration.toSeconds(); i++) {
        long due = begin + i * gap;
        for (long left; (left = due - System.nanoTime()) > 0; ) {
          LockSupport.parkNanos(left);
        }
        var message = message(round, i, body);
        threads.execute(() -> {
          if (inbox.accept(message) == Accepted.ACCEPTED) {
            taken.milliseconds().add(since(due));
          } else {
            taken.refused().increment();
          }
        });
      }
    }
    return taken;
  }

  private static InboundMessage message(String round, int number, byte[] body) {
    var instance = instance(number % INSTANCES);
    return new InboundMessage(
        "bot of " + instance,
        round + number,
        instance,
        Accounts.ADMIN,
        "telegram",
        "chat " + number / INSTANCES % LANES,
        new Content(Map.of("Content-Type", "application/json"), body));
  }

  private static InstanceId instance(int number) {
    return new InstanceId("bench-%03d".formatted(number));
  }

  private static double since(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1e6;
  }

  private static void row(String name, Collection<Double> milliseconds, long refused, Table table)
      throws IOException {
    var samples = Samples.of(milliseconds);
    table.row(
        name,
        "%,d".formatted(samples.count()),
        "%.2f".formatted(samples.median()),
        "%.2f".formatted(samples.percentile(99)),
        "%.2f".formatted(samples.percentile(100)),
        Long.toString(refused),
        Machine.load());
  }

  /** Delivers at once, to nobody. */
  private static final class Swallowing implements Destination {
    @Override
    public Outcome deliver(InboxMessage message, Content content) {
      return new Outcome.Delivered();
    }

    @Override
    public boolean mayRepeat(InboxMessage message) {
      return true;
    }
  }
}
