package io.rockpool.bench;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.reconcile.FilesProbe;
import io.rockpool.control.reconcile.Reconciler;
import io.rockpool.control.reconcile.SleepProbe;
import io.rockpool.control.reconcile.Timing;
import io.rockpool.control.store.Database;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver;
import io.rockpool.runtime.tck.TestPostgres;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What looking at instances that are as wanted costs the store, with a runtime in memory. */
final class LooksBench implements Bench {
  private static final int INSTANCES = 500;
  private static final Duration SETTLE = Duration.ofSeconds(30);
  private static final Duration MEASURED = Duration.ofSeconds(60);

  private final InstantSource clock;

  LooksBench(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * So far.
   *
   * @param syncs of PostgreSQL's log; -1 where nobody counts them
   * @param bytes written to disk, or to PostgreSQL's log
   */
  private record Counted(long looks, long writes, long syncs, long bytes, Duration cpu) {}

  /** Reads what a database counts by itself: syncs, bytes and processor time. */
  private interface Meter {
    Counted read(long looks, long writes) throws IOException;
  }

  @Override
  public void run(Site site) throws Exception {
    var table =
        new Table(
            "%d running instances".formatted(INSTANCES),
            "looks/s",
            "writes/s",
            "syncs/s",
            "kB written/s",
            "CPU ms/s",
            "load");
    try (var database = Database.sqlite(site.temp().resolve("looks.db"))) {
      measure("SQLite", database, LooksBench::ownCounts, table);
    }
    try (var database = Database.postgres(TestPostgres.freshSchema(), null, null)) {
      durable(database.sql());
      measure(
          "PostgreSQL",
          database,
          (looks, writes) -> serverCounts(database.sql(), looks, writes),
          table);
    }
    site.say(table.toString());
  }

  /** The cluster of tests does not wait for its disk; one that was given is left as it is. */
  static void durable(Sql sql) {
    if (System.getenv("ROCKPOOL_TEST_POSTGRES") == null) {
      for (var setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        sql.update("ALTER SYSTEM SET %s = on".formatted(setting));
      }
      sql.query("SELECT pg_reload_conf()", row -> row.getBoolean(1));
    }
  }

  private void measure(String name, Database database, Meter meter, Table table) throws Exception {
    var sql = database.sql();
    var ground = new FakeDriver.Ground();
    var runtime = new FakeDriver(ground);
    var blueprints = new Fixed();
    new Accounts(sql, clock).admitAdmin(Secret.of("bench"));
    var plain = new SqlInstanceStore(sql);
    var now = clock.instant();
    for (int i = 0; i < INSTANCES; i++) {
      var instance = running("bench-%03d".formatted(i), now);
      plain.insert(instance, null);
      runtime.start(blueprints.spec(instance));
    }
    var looks = new AtomicLong();
    var writes = new AtomicLong();
    try (var reconciler =
        new Reconciler(
            counted(plain, writes),
            new Events(sql, clock),
            Map.of("fake", runtime),
            blueprints,
            new Reconciler.Probes(
                _ -> looks.incrementAndGet() > 0,
                (_, _) -> FilesProbe.Answer.TAKEN,
                new Sleepless()),
            new Plans(
                List.of(
                    new Plan(
                        "free", new Limits(1L << 30, 1_000, 64), SleepPolicy.DEFAULT.never(true)))),
            Timing.DEFAULT,
            2,
            clock,
            RandomGenerator.getDefault())) {
      reconciler.start();
      Thread.sleep(SETTLE);
      var before = meter.read(looks.get(), writes.get());
      Thread.sleep(MEASURED);
      var after = meter.read(looks.get(), writes.get());
      table.row(
          name,
          rate(before.looks(), after.looks()),
          rate(before.writes(), after.writes()),
          before.syncs() < 0 ? "not counted" : rate(before.syncs(), after.syncs()),
          rate(before.bytes() / 1_000, after.bytes() / 1_000),
          rate(before.cpu().toMillis(), after.cpu().toMillis()),
          Machine.load());
    }
  }

  private static String rate(long before, long after) {
    return "%.1f".formatted((after - before) / (double) MEASURED.toSeconds());
  }

  /** Counts the calls that changed a row: each is a commit of its own. */
  private static InstanceStore counted(InstanceStore store, AtomicLong writes) {
    return InstanceStore.class.cast(
        Proxy.newProxyInstance(
            LooksBench.class.getClassLoader(),
            new Class<?>[] {InstanceStore.class},
            (_, method, arguments) -> {
              var result = call(store, method, arguments);
              if (changed(method.getName(), arguments, result)) {
                writes.incrementAndGet();
              }
              return result;
            }));
  }

  private static @Nullable Object call(
      InstanceStore store, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static boolean changed(
      String method, @Nullable Object @Nullable [] arguments, @Nullable Object result) {
    return switch (method) {
      case "claim" -> result instanceof Collection<?> ids && !ids.isEmpty();
      case "renew" ->
          arguments != null && arguments[1] instanceof Collection<?> ids && !ids.isEmpty();
      case "saveStatus" -> Boolean.TRUE.equals(result);
      case "release", "endLeases" -> true;
      default -> false;
    };
  }

  private static Counted ownCounts(long looks, long writes) throws IOException {
    var written =
        Files.readAllLines(Path.of("/proc/self/io")).stream() // proc_pid_io(5)
            .filter(line -> line.startsWith("write_bytes: "))
            .mapToLong(line -> Long.parseLong(line.substring("write_bytes: ".length())))
            .sum();
    return new Counted(looks, writes, -1, written, cpu(ProcessHandle.current().pid()));
  }

  /** Processor time of this program and of those processes of the server that are on this host. */
  private static Counted serverCounts(Sql sql, long looks, long writes) {
    var server =
        sql.query("SELECT pid FROM pg_stat_activity", row -> row.getLong(1)).stream()
            .map(LooksBench::cpu)
            .reduce(cpu(ProcessHandle.current().pid()), Duration::plus);
    return sql.query(
            "SELECT wal_sync, wal_bytes FROM pg_stat_wal",
            row ->
                new Counted(
                    looks, writes, row.getLong("wal_sync"), row.getLong("wal_bytes"), server))
        .getFirst();
  }

  private static Duration cpu(long pid) {
    return ProcessHandle.of(pid).flatMap(it -> it.info().totalCpuDuration()).orElse(Duration.ZERO);
  }

  /** Nobody falls asleep here. */
  private static final class Sleepless implements SleepProbe {
    @Override
    public Answer pause(InstanceId id, URI gateway) {
      return new Answer.Silent();
    }

    @Override
    public void resume(InstanceId id, URI gateway) {}
  }

  private static Instance running(String id, Instant now) {
    return new Instance(
        new InstanceId(id),
        Accounts.ADMIN,
        id,
        now,
        now,
        new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
        new Status(
            Phase.RUNNING,
            now,
            100,
            1,
            null,
            List.of(),
            null,
            null,
            Trial.of(1).started(now, now).placed(now).ready(now)),
        Rest.fresh(now),
        1);
  }

  /** The same for all. */
  private static final class Fixed implements Blueprints {
    private static final Limits LIMITS = new Limits(1L << 30, 1_000, 256);

    @Override
    public Blueprint of(Instance instance) {
      return new Blueprint.Ready(spec(instance));
    }

    InstanceSpec spec(Instance instance) {
      return new InstanceSpec(
          instance.id(),
          instance.wanted().processGeneration(),
          List.of("sleep"),
          Map.of(),
          InstanceFiles.NONE,
          LIMITS);
    }

    @Override
    public String patched(String config, String patch) {
      return patch;
    }

    @Override
    public boolean needsRestart(Instance before, Instance after) {
      return false;
    }
  }
}
