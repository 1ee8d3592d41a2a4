package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Servers that are killed before one of their changes to the outside, by SIGKILL: nothing is
 * closed, and no hook runs. For speed some share a JVM: each has a home and a thread of its own,
 * and is held before its own change, until all die at once.
 */
final class Victims {
  static final InstanceId ADA = new InstanceId("ada");

  private static final int WIDTH = 4;

  /** What it does when it is killed. */
  enum Verb {
    START {
      @Override
      Outcome on(ProcessDriver driver, long generation) {
        return driver.start(spec(generation));
      }
    },
    STOP {
      @Override
      Outcome on(ProcessDriver driver, long generation) {
        return driver.stop(ADA);
      }
    },
    DESTROY {
      @Override
      Outcome on(ProcessDriver driver, long generation) {
        return driver.destroy(ADA);
      }
    },
    DOZE {
      @Override
      Outcome on(ProcessDriver driver, long generation) {
        return driver.doze(ADA);
      }
    },
    WAKE {
      @Override
      Outcome on(ProcessDriver driver, long generation) {
        return driver.wake(ADA);
      }
    };

    abstract Outcome on(ProcessDriver driver, long generation);
  }

  /**
   * Where a server ended.
   *
   * @param change number of the change that it did not come to make
   * @param killed false when it had no such change, and had done all
   * @param what the change, or the outcome
   */
  record End(int change, boolean killed, String what) {}

  /** Answers with its generation where a gateway would listen. */
  static InstanceSpec spec(long generation) {
    var gateway =
        """
        use IO::Socket::INET;
        my $socket = IO::Socket::INET->new(
          LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 5, ReuseAddr => 1) or die $!;
        while (my $caller = $socket->accept) { print $caller $ENV{GENERATION}; close $caller }
        """;
    return new InstanceSpec(
        ADA,
        generation,
        List.of("perl", "-e", gateway),
        Map.of("PORT", "{port}", "GENERATION", Long.toString(generation)),
        new InstanceFiles(
            Map.of("gateway.json", "{\"generation\":%d}".formatted(generation)),
            Map.of("secrets/token", Secret.of("of generation " + generation)),
            Map.of("workspace/SOUL.md", "You are kind.")),
        new Limits(128L << 20, 1000, 32));
  }

  /** The home with this number, apart from all others: its own ports and user ids. */
  static TestHost host(Path folder, int number) {
    return new TestHost(folder.resolve("h" + number))
        .with("port-base", Integer.toString(20_000 + number * 10))
        .with("uid-base", Integer.toString(400_000_000 + number * ProcessOptions.USERS));
  }

  /**
   * Lets servers do it in homes of their own, the first one up to before its change number {@code
   * change}, the second one to the next, and kills them all.
   *
   * @param home number of the first home
   * @param alsoOpening whether the changes that the opening of a driver makes count, too
   */
  static List<End> kill(
      Path folder, Verb verb, long generation, int home, int change, int count, boolean alsoOpening)
      throws IOException, InterruptedException {
    var line = new ArrayList<String>();
    line.add(ProcessHandle.current().info().command().orElseThrow());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    line.addAll(
        List.of("-javaagent:" + agent(folder), "-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(Victims.class.getName(), folder.toString(), verb.name()));
    for (var number : List.of(generation, home, change, count)) {
      line.add(number.toString());
    }
    line.add(Boolean.toString(alsoOpening));
    var complaints = folder.resolve("victims.err");
    var process = new ProcessBuilder(line).redirectError(complaints.toFile()).start();
    var ends = new TreeMap<Integer, End>();
    Thread.ofVirtual().start(() -> endLater(process));
    try (var words = process.inputReader(StandardCharsets.UTF_8)) {
      while (ends.size() < count) {
        var word = words.readLine();
        if (word == null) {
          throw new AssertionError("the servers ended:\n" + Files.readString(complaints));
        }
        var parts = word.split(" ", 3);
        ends.put(
            Integer.parseInt(parts[0]),
            new End(Integer.parseInt(parts[0]), parts[1].equals("held"), parts[2]));
      }
    } finally {
      process.destroyForcibly().waitFor(); // SIGKILL
    }
    return List.copyOf(ends.values());
  }

  private static void endLater(Process process) {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Path agent(Path folder) {
    return folder.resolve("agent.jar");
  }

  public static void main(String[] arguments) {
    var folder = Path.of(arguments[0]);
    var verb = Verb.valueOf(arguments[1]);
    var generation = Long.parseLong(arguments[2]);
    int home = Integer.parseInt(arguments[3]);
    int first = Integer.parseInt(arguments[4]);
    int count = Integer.parseInt(arguments[5]);
    var alsoOpening = Boolean.parseBoolean(arguments[6]);
    // It prints while it is loaded, and one who is held there would hold all others.
    LoggerFactory.getLogger(Victims.class).atInfo().log("Victims are ready.");
    var places = new Semaphore(WIDTH);
    for (int i = 0; i < count; i++) {
      int change = first + i;
      var host = host(folder, home + i);
      places.acquireUninterruptibly();
      Thread.ofPlatform()
          .start(() -> {
            Runnable watch =
                () ->
                    Changes.stopBefore(
                        change, what -> end("%d held %s".formatted(change, what), places));
            if (alsoOpening) {
              watch.run();
            }
            var driver = host.open();
            if (!alsoOpening) {
              watch.run();
            }
            var outcome = verb.on(driver, generation);
            Changes.stopNoMore();
            end("%d done %s".formatted(change, outcome), places);
          });
    }
  }

  private static void end(String words, Semaphore places) {
    System.out.println(words);
    places.release();
  }

  private Victims() {}

  /** What the instance says at its port. */
  static String answer(ProcessDriver driver) {
    if (!(driver.observe(ADA) instanceof Running running)) {
      return "";
    }
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), running.gateway().getPort())) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException notYet) {
      return "";
    }
  }
}
