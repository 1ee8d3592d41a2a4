package io.rockpool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a dozing instance costs, and how long it takes to answer: a real OpenClaw with the demo
 * model, with swap on a disk and in compressed memory, beside a cold start of the same instance.
 * Makes its own swap, so it needs root and a machine without any.
 */
final class SleepBench implements Bench {
  private static final int COLD = 3;
  private static final int ROUNDS = 10;

  /**
   * After a minute without work a gateway ends some threads and starts them again for the next
   * turn, awake or not.
   */
  private static final Duration LONG = Duration.ofSeconds(70);

  private static final int LONG_ROUNDS = 3;
  private static final int SWAP = 8;
  private static final double MEBI = 1 << 20;

  /** One nap; the compressed store's part is not in {@code awake}. */
  private record Nap(double doze, long dozing, double wake, long awake, long store) {}

  @Override
  public void run(Site site) throws Exception {
    try (var swap = SwapSpace.disk(site.temp(), SWAP)) {
      measure(site, swap, 10, 30);
    }
    try (var swap = SwapSpace.zram(SWAP)) {
      measure(site, swap, 16, 350);
    }
  }

  private static void measure(Site site, SwapSpace swap, double wanted, double mebibytes)
      throws Exception {
    var table =
        new Table(
            swap.name(),
            "wake to reply, s",
            "dozing, MiB",
            "after the reply, MiB",
            "beside it in the compressed store, MiB",
            "load");
    try (var server = Rockpool.byLauncher(site, site.temp().resolve("sleep-" + swap.name()))) {
      var sleeper = Sleeper.create(server);
      var cold = new ArrayList<Double>();
      for (int i = 0; i < COLD; i++) {
        sleeper.sleep("stopped");
        cold.add(sleeper.say("cold " + i));
      }
      table.row(
          "cold start and first turn",
          seconds(cold),
          "-",
          mebi(sleeper.charge()),
          "-",
          Machine.load());

      var first = nap(sleeper, swap, "first", Duration.ZERO);
      row(table, "first nap", List.of(first));
      var cpu = idle(sleeper);
      var quiet = naps(sleeper, swap, ROUNDS, Duration.ZERO);
      row(table, "ten naps, median", quiet);
      List<Nap> busy;
      try (var _ = Burner.start(Runtime.getRuntime().availableProcessors() - 1)) {
        busy = naps(sleeper, swap, ROUNDS, Duration.ZERO);
      }
      row(table, "ten naps, one core idle", busy);
      var deep = naps(sleeper, swap, LONG_ROUNDS, LONG);
      row(table, "three naps of 70 s", deep);
      table.row(
          "awake, and idle for 70 s",
          seconds(idleTurns(sleeper)),
          "-",
          mebi(sleeper.charge()),
          "-",
          Machine.load());

      double coldMedian = Samples.of(cold).median();
      site.say(
          table
              + verdict("cold : wake", coldMedian / wake(quiet), wanted, true)
              + verdict("cold : wake, one core idle", coldMedian / wake(busy), 4, true)
              + "cold : wake after 70 s: %.2f%n".formatted(coldMedian / wake(deep))
              + verdict("dozing, MiB", dozing(quiet) / MEBI, mebibytes, false)
              + verdict("after the reply, MiB", awake(quiet) / MEBI, 400, false)
              + verdict("CPU seconds in 10 s of sleep", cpu, 0, false)
              + "falling asleep: first %.2f s, then %.2f s (median)%n"
                  .formatted(
                      first.doze(), Samples.of(quiet.stream().map(Nap::doze).toList()).median()));
    }
  }

  private static List<Nap> naps(Sleeper sleeper, SwapSpace swap, int rounds, Duration length)
      throws Exception {
    var naps = new ArrayList<Nap>();
    for (int i = 0; i < rounds; i++) {
      naps.add(nap(sleeper, swap, "nap " + i, length));
    }
    return naps;
  }

  /** The same turns without sleep. */
  private static List<Double> idleTurns(Sleeper sleeper) throws Exception {
    var turns = new ArrayList<Double>();
    for (int i = 0; i < LONG_ROUNDS; i++) {
      Thread.sleep(LONG);
      turns.add(sleeper.say("idle " + i));
    }
    return turns;
  }

  private static Nap nap(Sleeper sleeper, SwapSpace swap, String words, Duration length)
      throws Exception {
    double doze = sleeper.sleep("dozing");
    Thread.sleep(length);
    forget();
    long dozing = sleeper.charge() + swap.store();
    double wake = sleeper.say(words);
    return new Nap(doze, dozing, wake, sleeper.charge(), swap.store());
  }

  /** Processor seconds that it takes in ten seconds of sleep. */
  private static double idle(Sleeper sleeper) throws Exception {
    sleeper.sleep("dozing");
    double before = sleeper.cpu();
    Thread.sleep(10_000);
    double used = sleeper.cpu() - before;
    sleeper.say("enough");
    return used;
  }

  /**
   * What is only cached of files is read again, as by one that slept for days. A cold start keeps
   * its cache, so that it is the fastest that it can be.
   */
  private static void forget() throws IOException {
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "1");
  }

  private static void row(Table table, String name, List<Nap> naps) throws IOException {
    table.row(
        name,
        seconds(naps.stream().map(Nap::wake).toList()),
        mebi((long) dozing(naps)),
        mebi((long) awake(naps)),
        mebi((long) store(naps)),
        Machine.load());
  }

  private static double wake(List<Nap> naps) {
    return Samples.of(naps.stream().map(Nap::wake).toList()).median();
  }

  private static double dozing(List<Nap> naps) {
    return Samples.of(naps.stream().map(it -> (double) it.dozing()).toList()).median();
  }

  private static double awake(List<Nap> naps) {
    return Samples.of(naps.stream().map(it -> (double) it.awake()).toList()).median();
  }

  private static double store(List<Nap> naps) {
    return Samples.of(naps.stream().map(it -> (double) it.store()).toList()).median();
  }

  /** The median, and the smallest and largest where there are several. */
  private static String seconds(List<Double> all) {
    var samples = Samples.of(all);
    return samples.count() == 1
        ? "%.2f".formatted(samples.median())
        : "%.2f (%.2f–%.2f)"
            .formatted(samples.median(), samples.percentile(1), samples.percentile(100));
  }

  private static String mebi(long bytes) {
    return "%.0f".formatted(bytes / MEBI);
  }

  private static String verdict(String name, double value, double wanted, boolean atLeast) {
    boolean good = atLeast ? value >= wanted : value <= wanted;
    return "%s: %.2f (wanted: %s %.0f: %s)%n"
        .formatted(name, value, atLeast ? "at least" : "at most", wanted, good ? "yes" : "no");
  }
}
