package io.rockpool.runtime.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Runs small programs of the host to their end. */
final class Tool {
  private static final int TIMED_OUT = -1;
  private static final int KEPT_OUTPUT = 64 * 1024;
  private static final List<String> FOLDERS =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  /**
   * How a program ended.
   *
   * @param code exit status; -1 when it did not end in time and was killed
   * @param output both of its outputs, the first 64 KiB
   */
  record Result(int code, String output) {
    boolean good() {
      return code == 0;
    }

    /** The last line that says something, for an error message. */
    String complaint() {
      return code == TIMED_OUT ? "it did not end in time" : lastWords();
    }

    private String lastWords() {
      return output.lines().filter(line -> !line.isBlank()).reduce((_, last) -> last).orElse("");
    }
  }

  /** Where a program is on this host, whatever the search path says. */
  static Optional<Path> find(String program) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Result run(Duration atMost, String input, List<String> command)
      throws IOException, InterruptedException {
    return run(atMost, input, command, Map.of("PATH", String.join(":", FOLDERS), "LC_ALL", "C"));
  }

  static Result run(
      Duration atMost, String input, List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    var process = builder.start();
    try {
      var output = new AtomicReference<>("");
      var reader = Thread.ofVirtual().start(() -> output.set(drain(process.getInputStream())));
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException endedEarly) {
        // its exit status and output say why
      }
      var ended = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      reader.join();
      return new Result(ended ? process.exitValue() : TIMED_OUT, output.get());
    } finally {
      process.destroyForcibly();
    }
  }

  private static String drain(InputStream stream) {
    try (stream) {
      var kept = new String(stream.readNBytes(KEPT_OUTPUT), StandardCharsets.UTF_8);
      stream.transferTo(OutputStream.nullOutputStream());
      return kept;
    } catch (IOException gone) {
      return "";
    }
  }

  private Tool() {}
}
