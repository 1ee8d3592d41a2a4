package io.rockpool.runtime.process;

import io.rockpool.runtime.DriverError;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the root of an instance's processes, {@code launch.sh}, and waits for its lifemark. */
final class Launcher {
  /** The script and bubblewrap's two; they are not the instance's to pay for. */
  static final int OWN_PROCESSES = 3;

  private static final Duration MARK_AT_MOST = Duration.ofSeconds(20);
  private static final int ANOTHER_RUNS = 75;
  private static final int NO_GROUP = 76;

  private Launcher() {}

  /**
   * Starts the command.
   *
   * @param seccomp filter that waits as file descriptor 9
   * @return empty when it was placed
   */
  static Optional<DriverError> launch(
      InstanceFolder folder,
      long generation,
      String nonce,
      Optional<Path> seccomp,
      ControlGroup group,
      List<String> command)
      throws IOException, InterruptedException {
    var line = new ArrayList<String>();
    line.addAll(List.of("setsid", "sh", "-c", script(), "rockpool-instance"));
    line.add(folder.run().toString());
    line.add(ConsoleLog.current(folder.logs()).toString());
    line.add(Long.toString(generation));
    line.add(nonce);
    line.add(seccomp.map(Path::toString).orElse(""));
    line.add(Integer.toString(group.folders().size()));
    group.folders().forEach(it -> line.add(it.toString()));
    line.addAll(List.of("prlimit", "--core=0:0", "--nofile=4096:4096"));
    line.addAll(command);

    var complaints = folder.run().resolve("launch.err").toFile();
    var builder =
        new ProcessBuilder(line)
            .directory(new File("/"))
            .redirectInput(new File("/dev/null"))
            .redirectOutput(complaints)
            .redirectError(complaints);
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"));
    var process = builder.start();
    var answered =
        Waiting.atMost(
            MARK_AT_MOST, () -> isMarked(folder, nonce) || !process.toHandle().isAlive());
    if (isMarked(folder, nonce)) {
      return Optional.empty();
    }
    if (!answered) {
      process.destroyForcibly();
      return Optional.of(
          new DriverError.Unknown(
              "%s did not come up within %d s: the host is overloaded. Look again, then start it anew."
                  .formatted(folder.id(), MARK_AT_MOST.toSeconds())));
    }
    // It is gone; that the JDK knows its exit status takes a moment more.
    return Optional.of(error(folder, process.waitFor(), complaints.toPath()));
  }

  private static DriverError error(InstanceFolder folder, int code, Path complaints)
      throws IOException {
    return switch (code) {
      case ANOTHER_RUNS ->
          new DriverError.Unknown(
              "%s is being started by another server on the same home: look again."
                  .formatted(folder.id()));
      case NO_GROUP ->
          new DriverError.Refused(
              "%s cannot join its control group: give Rockpool's user the right to move processes"
                      .formatted(folder.id())
                  + " there, or run Rockpool as root.");
      default -> {
        var said = Files.readString(complaints, StandardCharsets.UTF_8).strip();
        yield new DriverError.Refused(
            "%s cannot be started (status %d): %s"
                .formatted(folder.id(), code, said.isEmpty() ? "no reason was given" : said));
      }
    };
  }

  private static boolean isMarked(InstanceFolder folder, String nonce) {
    return folder.lifemark().filter(mark -> mark.nonce().equals(nonce)).isPresent();
  }

  private static String script() throws IOException {
    try (var stream = Launcher.class.getResourceAsStream("launch.sh")) {
      if (stream == null) {
        throw new IllegalStateException("launch.sh is not in this build");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
