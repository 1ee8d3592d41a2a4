package io.rockpool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/** A real instance of a server that runs, and how long it takes to answer. */
record Sleeper(Rockpool server, String id) {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** Creates one, and waits for its first reply. */
  static Sleeper create(Rockpool server) throws IOException, InterruptedException {
    var sleeper =
        new Sleeper(server, server.call("POST", "/instances", "{}").path("id").stringValue());
    sleeper.say("hello");
    return sleeper;
  }

  /** Says something; the answer is how many seconds that took. */
  double say(String text) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    var reply =
        server
            .call(
                "POST", "/instances/%s/messages".formatted(id), "{\"text\":\"%s\"}".formatted(text))
            .path("reply")
            .asString("");
    if (!reply.contains(text)) {
      throw new IOException("%s answered '%s' to '%s'".formatted(id, reply, text));
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Puts it to sleep, and waits until it sleeps; seconds. */
  double sleep(String level) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    server
        .program()
        .await(
            LOOK,
            LIMIT,
            () -> {
              var shown = shown();
              if (shown.at("/sleep/level").asString("").equals("awake")) {
                ask(level); // again, too, when it had something to do meanwhile
              }
              return isAsleep(shown, level);
            });
    return (System.nanoTime() - begin) / 1e9;
  }

  private void ask(String level) throws InterruptedException {
    try {
      server.call(
          "POST", "/instances/%s/sleep".formatted(id), "{\"level\":\"%s\"}".formatted(level));
    } catch (IOException busy) {
      Thread.sleep(500);
    }
  }

  private static boolean isAsleep(JsonNode shown, String level) {
    return shown.path("status").asString("").equals(level)
        && !shown.at("/conditions/0/reason").asString("").equals("FallingAsleep");
  }

  JsonNode shown() throws IOException, InterruptedException {
    return server.call("GET", "/instances/" + id, "");
  }

  /** What the kernel charges to its control group, in bytes, swap cache and file cache included. */
  long charge() throws IOException, InterruptedException {
    var pid = shown().at("/placement/pid").asLong(0);
    for (var line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      var parts = line.split(":", 3);
      if (parts[1].equals("memory")) {
        return number(Path.of("/sys/fs/cgroup/memory" + parts[2]).resolve("memory.usage_in_bytes"));
      }
      var unified = Path.of("/sys/fs/cgroup" + parts[2]).resolve("memory.current");
      if (parts[1].isEmpty() && Files.exists(unified)) {
        return number(unified);
      }
    }
    throw new IOException("No control group accounts for the memory of pid " + pid);
  }

  /** Processor time of all its processes so far, in seconds. */
  double cpu() throws IOException, InterruptedException {
    for (var row : server.call("GET", "/top", "").path("items")) {
      if (row.path("id").asString("").equals(id)) {
        return row.path("cpuSeconds").asDouble(0);
      }
    }
    throw new IOException(id + " is not in top");
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }
}
