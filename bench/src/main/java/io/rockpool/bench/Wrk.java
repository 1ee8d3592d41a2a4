package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What wrk measured.
 *
 * @param perSecond requests per second
 * @param p50 latency in milliseconds; not corrected for coordinated omission
 */
record Wrk(long requests, double perSecond, double p50, double p99) {
  /** Prints numbers without units; wrk says microseconds. */
  private static final String SCRIPT =
      """
      {requests}
      done = function(summary, latency, requests)
        local e = summary.errors
        io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
          latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
      end
      """;

  /** Writes the script that sends the token: in a file, because others see command lines. */
  static Path script(Path folder, Secret token) throws IOException {
    return write(folder, header("Authorization", "Bearer " + token.reveal()));
  }

  /** The script of requests with a body; headers may be secret, too. */
  static Path posting(Path folder, Map<String, String> headers, String json) throws IOException {
    var requests = new StringBuilder("wrk.method = \"POST\"\n");
    requests.append(header("Content-Type", "application/json"));
    headers.forEach((name, value) -> requests.append(header(name, value)));
    return write(folder, requests + "wrk.body = [[" + json + "]]");
  }

  private static String header(String name, String value) {
    return "wrk.headers[\"%s\"] = \"%s\"\n".formatted(name, value);
  }

  private static Path write(Path folder, String requests) throws IOException {
    var script =
        Files.createTempFile(
            folder,
            "wrk",
            ".lua",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(script, SCRIPT.replace("{requests}", requests));
  }

  /** Sends requests for some time, by one thread; every answer must be good. */
  static Wrk run(Path script, URI url, int connections, Duration time)
      throws IOException, InterruptedException {
    var command =
        List.of(
            "wrk",
            "-t1",
            "-c" + connections,
            "-d" + time.toSeconds() + "s",
            "-s",
            script.toString(),
            url.toString());
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed;
    try (var reader = process.inputReader()) {
      printed = reader.readAllAsString();
    }
    var result = printed.lines().filter(it -> it.startsWith("RESULT ")).findFirst();
    if (process.waitFor() != 0 || result.isEmpty()) {
      throw new IOException("wrk failed: " + printed);
    }
    var fields = result.get().split(" ", -1);
    if (!fields[5].equals("0")) {
      throw new IOException("%s: %s requests failed".formatted(url, fields[5]));
    }
    return new Wrk(
        Long.parseLong(fields[1]),
        Double.parseDouble(fields[1]) / (Double.parseDouble(fields[2]) / 1e6),
        Double.parseDouble(fields[3]) / 1e3,
        Double.parseDouble(fields[4]) / 1e3);
  }
}
