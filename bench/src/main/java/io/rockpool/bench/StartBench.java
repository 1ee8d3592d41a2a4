package io.rockpool.bench;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.store.Database;
import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** How long a server takes to be ready, and how much memory an idle one of a large fleet holds. */
final class StartBench implements Bench {
  private static final int STARTS = 3;
  private static final double WANTED_SECONDS = 3;
  private static final int INSTANCES = 10_000;
  private static final long WANTED_MEGABYTES = 250;
  private static final Duration SETTLE = Duration.ofSeconds(30);
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final int LISTS = 200;

  /** Settled instances are looked at every ten minutes: see {@code Timing.restEvery}. */
  private static final Duration LOOKS = Duration.ofMinutes(10);

  private final InstantSource clock;

  StartBench(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public void run(Site site) throws Exception {
    var home = site.temp().resolve("start-home");
    List<String> java;
    try (var first = Rockpool.byLauncher(site, home)) {
      java = first.java();
    }
    starts(site, java, home);
    fill(home);
    idle(site, java, home);
  }

  private static void starts(Site site, List<String> java, Path home)
      throws IOException, InterruptedException {
    var table = new Table("start", "seconds to ready", "load");
    var seconds = new ArrayList<Double>();
    for (int i = 1; i <= STARTS; i++) {
      try (var server = Rockpool.byJava(site, java, home)) {
        seconds.add(server.startTime().toNanos() / 1e9);
        table.row("again, " + i, "%.2f".formatted(seconds.getLast()), Machine.load());
      }
    }
    double median = Samples.of(seconds).median();
    table.row("median", "%.2f".formatted(median), "");
    var cached = java.stream().anyMatch(it -> it.startsWith("-XX:AOTCache="));
    site.say(
        table
            + "With AOT cache: %s. Less than %.0f s wanted: %s"
                .formatted(
                    cached ? "yes" : "no", WANTED_SECONDS, median < WANTED_SECONDS ? "yes" : "no"));
  }

  /** Stores stopped instances; their next looks are spread as if the server had run for long. */
  private void fill(Path home) {
    try (var database = Database.sqlite(home.resolve("rockpool.db"))) {
      var store = new SqlInstanceStore(database.sql());
      var now = clock.instant();
      for (int i = 0; i < INSTANCES; i++) {
        store.insert(stopped("bench-%05d".formatted(i), now.minusSeconds(INSTANCES - i)), null);
      }
      database
          .sql()
          .update(
              "UPDATE instance SET due_at = ? + (rowid * 7919 %% %d)".formatted(LOOKS.toMillis()),
              now.toEpochMilli());
    }
  }

  private static Instance stopped(String id, Instant created) {
    return new Instance(
        new InstanceId(id),
        Accounts.ADMIN,
        id,
        created,
        created,
        new Wanted(Goal.STOPPED, "free", "process", List.of(), "{}", 1, 1),
        new Status(Phase.STOPPED, created, 100, 0, null, List.of(), null, null, Trial.of(1)),
        Rest.fresh(created),
        1);
  }

  private static void idle(Site site, List<String> java, Path home)
      throws IOException, InterruptedException {
    var table =
        new Table(
            "%,d stopped instances".formatted(INSTANCES), "RSS MB", "of it anonymous", "load");
    try (var server = Rockpool.byJava(site, java, home)) {
      table.row(
          "start with them: %.2f s".formatted(server.startTime().toNanos() / 1e9),
          "",
          "",
          Machine.load());
      Thread.sleep(SETTLE);
      row(table, "%d s after the start".formatted(SETTLE.toSeconds()), server.program().pid());
      Thread.sleep(IDLE);
      row(table, "%d s later".formatted(IDLE.toSeconds()), server.program().pid());
      long rss = Machine.megabytes(server.program().pid(), "VmRSS");
      var lists = lists(server);
      row(table, "after %d lists".formatted(LISTS), server.program().pid());
      site.say(
          table
              + "Idle: less than %d MB wanted: %s. GET /api/v1/instances: p50 %.2f ms, p99 %.2f ms"
                  .formatted(
                      WANTED_MEGABYTES,
                      rss < WANTED_MEGABYTES ? "yes" : "no",
                      lists.median(),
                      lists.percentile(99)));
    }
  }

  private static void row(Table table, String when, long pid) throws IOException {
    table.row(
        when,
        Long.toString(Machine.megabytes(pid, "VmRSS")),
        Long.toString(Machine.megabytes(pid, "RssAnon")),
        Machine.load());
  }

  private static Samples lists(Rockpool server) throws IOException, InterruptedException {
    var times = new ArrayList<Double>();
    for (int i = 0; i < LISTS; i++) {
      long begin = System.nanoTime();
      server.call("GET", "/instances", "");
      times.add((System.nanoTime() - begin) / 1e6);
    }
    return Samples.of(times);
  }
}
