package io.rockpool.bench;

import io.rockpool.control.store.Database;
import io.rockpool.runtime.tck.TestPostgres;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * How long Telegram waits for its acknowledgement by a real server, at a steady rate that does not
 * wait for the answers, and how long until the instance has the message; then the same with the
 * server killed again and again, and with some instances that hang or are dead. Next to it a write
 * of 1 KB that waits for the disk, which is what it cannot beat.
 */
final class InboxBench implements Bench {
  private static final int BOTS = 200;
  private static final int CHATS = 10;
  private static final int RATE = 1_000;

  /** For so long the JVM still compiles: on two cores that is what delays the most. */
  private static final int WARM_UP = 60 * RATE;

  private static final int MEASURED = 60 * RATE;
  private static final int KILLS = 5;
  private static final Duration BETWEEN_KILLS = Duration.ofSeconds(11);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);
  private static final Duration SYNCS = Duration.ofSeconds(10);
  private static final int BODY = 1_024;

  @Override
  public void run(Site site) throws Exception {
    var table =
        new Table(
            "%,d messages/s".formatted(RATE),
            "acknowledged",
            "p50 ms",
            "p99 ms",
            "max ms",
            "with the instance p50",
            "p99 ms",
            "tries failed so far",
            "lost",
            "known again",
            "out of order",
            "load");
    syncs(site, table);
    measure(site, "SQLite", Map.of(), table);
    var url = TestPostgres.freshSchema();
    try (var database = Database.postgres(url, null, null)) {
      LooksBench.durable(database.sql());
    }
    measure(site, "PostgreSQL", Map.of("ROCKPOOL_DATABASE_URL", url), table);
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
        milliseconds.add((System.nanoTime() - start) / 1e6);
      }
    }
    var cells = new ArrayList<>(List.of("1 KB and fsync, nothing else"));
    cells.addAll(cells(milliseconds));
    cells.addAll(List.of("", "", "", "", "", "", Machine.load()));
    table.row(cells.toArray(String[]::new));
  }

  private static List<String> cells(Collection<Double> milliseconds) {
    var samples = Samples.of(milliseconds);
    return List.of(
        "%,d".formatted(samples.count()),
        "%.2f".formatted(samples.median()),
        "%.2f".formatted(samples.percentile(99)),
        "%.2f".formatted(samples.percentile(100)));
  }

  private static void measure(Site site, String name, Map<String, String> database, Table table)
      throws Exception {
    var updates = new Updates(WARM_UP + 3 * MEASURED, BOTS, CHATS);
    var home = site.temp().resolve("inbox-" + name);
    int port = Program.freePort();
    try (var api = new BotApi();
        var health = new StampingGateway();
        var gateway = new RecordingGateway(updates)) {
      var java =
          Rockpool.withRuntime(
              site,
              Map.of(
                  DoubledRuntime.GATEWAY,
                  health.address().toString(),
                  DoubledRuntime.LISTENER,
                  RecordingGateway.HOST));
      var settings = new LinkedHashMap<>(database);
      settings.put("ROCKPOOL_PUBLIC_URL", "https://bench.example");
      settings.put("ROCKPOOL_TELEGRAM_API_ROOT", api.root().toString());
      settings.put("ROCKPOOL_WEBHOOKS_PER_MINUTE", "0");
      var server = Rockpool.withRuntime(site, java, home, port, settings);
      try (var platform = new Platform(server.address(), connect(server, api), updates)) {
        site.say("%s: %d bots are connected".formatted(name, BOTS));
        var measured = new Measured(site, updates, platform, gateway, table);
        platform.send(0, WARM_UP, RATE);
        measured.await(0, WARM_UP);

        int from = WARM_UP;
        platform.send(from, from + MEASURED, RATE);
        measured.await(from, from + MEASURED);
        measured.row(name, from, platform::dueAt, _ -> true);

        from += MEASURED;
        server =
            killed(
                server,
                platform,
                from,
                () -> Rockpool.withRuntime(site, java, home, port, settings));
        measured.await(from, from + MEASURED);
        measured.row(
            name + ", killed %d times".formatted(KILLS), from, platform::sentAt, _ -> true);

        from += MEASURED;
        gateway.ail();
        platform.send(from, from + MEASURED, RATE);
        IntPredicate healthy = it -> !updates.isHung(it) && !updates.isDead(it);
        measured.await(from, from + MEASURED, healthy);
        measured.row(
            name + ", of instances whose neighbours hang or are dead",
            from,
            platform::dueAt,
            healthy);
      } finally {
        server.close();
      }
    }
  }

  /** Creates the instances and connects their bots. */
  private static List<BotApi.Webhook> connect(Rockpool server, BotApi api)
      throws IOException, InterruptedException {
    var instances = new ArrayList<String>();
    for (int bot = 0; bot < BOTS; bot++) {
      var created =
          server.call("POST", "/instances", "{\"runtime\":\"%s\"}".formatted(DoubledRuntime.NAME));
      instances.add(created.path("id").stringValue());
      server.call(
          "POST",
          "/instances/%s/channels".formatted(instances.getLast()),
          "{\"platform\":\"telegram\",\"token\":\"%s\",\"dmPolicy\":\"open\"}"
              .formatted(BotApi.token(bot)));
    }
    server
        .program()
        .await(
            Duration.ofMillis(200),
            LONGEST_WAIT,
            () -> IntStream.range(0, BOTS).allMatch(bot -> api.webhook(bot).isPresent()));
    for (var instance : instances) {
      server
          .program()
          .await(
              Duration.ofMillis(200),
              LONGEST_WAIT,
              () -> server.status(instance).equals("running"));
    }
    return IntStream.range(0, BOTS).mapToObj(bot -> api.webhook(bot).orElseThrow()).toList();
  }

  private interface Start {
    Rockpool again() throws IOException, InterruptedException;
  }

  /** Sends a measured round and kills the server meanwhile; the one that lives at its end. */
  private static Rockpool killed(Rockpool first, Platform platform, int from, Start start)
      throws IOException, InterruptedException {
    var server = first;
    var sending = Thread.ofPlatform().start(() -> platform.send(from, from + MEASURED, RATE));
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        Thread.sleep(BETWEEN_KILLS);
        server.kill();
        server = start.again();
      }
    } finally {
      sending.join();
    }
    return server;
  }

  /** What became of the updates. */
  private record Measured(
      Site site, Updates updates, Platform platform, RecordingGateway gateway, Table table) {
    void await(int from, int to) throws InterruptedException {
      await(from, to, _ -> true);
    }

    /** Until all were acknowledged and came, or none of them comes any more. */
    void await(int from, int to, IntPredicate which) throws InterruptedException {
      long end = System.nanoTime() + LONGEST_WAIT.toNanos();
      while (System.nanoTime() < end
          && !IntStream.range(from, to)
              .filter(which)
              .allMatch(it -> platform.acknowledgedAt(it) != 0 && gateway.times(it) > 0)) {
        Thread.sleep(Duration.ofMillis(100));
      }
      // One that comes twice may still be on its way.
      Thread.sleep(Duration.ofSeconds(1));
    }

    void row(String name, int from, IntToLongFunction since, IntPredicate which)
        throws IOException {
      var acknowledged = new ArrayList<Double>();
      var arrived = new ArrayList<Double>();
      long lost = 0;
      long again = 0;
      for (int update : IntStream.range(from, from + MEASURED).filter(which).toArray()) {
        if (platform.acknowledgedAt(update) != 0) {
          acknowledged.add((platform.acknowledgedAt(update) - since.applyAsLong(update)) / 1e6);
          if (gateway.times(update) == 0) {
            lost++;
          } else {
            arrived.add((gateway.arrivedAt(update) - since.applyAsLong(update)) / 1e6);
          }
        }
        again += Math.max(0, gateway.times(update) - 1);
      }
      var samples = Samples.of(arrived);
      var cells = new ArrayList<>(List.of(name));
      cells.addAll(cells(acknowledged));
      cells.addAll(
          List.of(
              "%.2f".formatted(samples.median()),
              "%.2f".formatted(samples.percentile(99)),
              "%,d".formatted(platform.failures()),
              Long.toString(lost),
              Long.toString(again),
              Long.toString(gateway.outOfOrder()),
              Machine.load()));
      table.row(cells.toArray(String[]::new));
      site.say(String.join(" | ", cells));
    }
  }
}
