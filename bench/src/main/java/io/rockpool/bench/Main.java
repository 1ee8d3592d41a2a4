package io.rockpool.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code ./rockpool bench [NAME…]}: runs the named benchmarks, or all. */
public final class Main {
  public static void main(String[] arguments) throws Exception {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setProperty("slf4j.internal.verbosity", "ERROR"); // nobody reads a log here
    var benches = benches();
    var names =
        arguments.length == 0
            ? benches.keySet().stream().filter(it -> !it.equals("soak")).toList() // half an hour
            : List.of(arguments);
    if (!benches.keySet().containsAll(names)) {
      out.println("Usage: ./rockpool bench [NAME...]   of: " + String.join(", ", benches.keySet()));
      System.exit(2);
    }
    // Whoever interrupts this wants no servers to stay.
    var endAll =
        new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy));
    Runtime.getRuntime().addShutdownHook(endAll);
    out.println(Machine.describe(InstantSource.system().instant()));
    for (var name : names) {
      var bench = benches.get(name);
      if (bench != null) {
        out.println("\n## ./rockpool bench " + name);
        try (var site = site(out)) {
          bench.run(site);
        }
      }
    }
    // A database that ends with this program is stopped by a program that must not be ended.
    Runtime.getRuntime().removeShutdownHook(endAll);
  }

  private static Map<String, Bench> benches() {
    var benches = new LinkedHashMap<String, Bench>();
    benches.put("first-reply", new FirstReplyBench());
    benches.put("edge", new EdgeBench());
    benches.put("latency", new LatencyBench());
    benches.put("model", new ModelBench());
    benches.put("streams", new StreamsBench());
    benches.put("start", new StartBench(InstantSource.system()));
    benches.put("looks", new LooksBench(InstantSource.system()));
    benches.put("inbox", new InboxBench());
    benches.put("sleep", new SleepBench());
    benches.put("crowd", new CrowdBench());
    benches.put("pool", new PoolBench());
    benches.put("soak", new SoakBench());
    return benches;
  }

  private static Site site(PrintStream out) throws IOException, URISyntaxException {
    // bench/target/app/rockpool-bench.jar
    var jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var checkout = jar.resolve("../../../..").normalize();
    var cache = System.getenv("ROCKPOOL_CACHE");
    return new Site(
        checkout,
        jar,
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache", "rockpool")
            : Path.of(cache),
        Files.createTempDirectory("rockpool-bench"),
        out);
  }

  private Main() {}
}
