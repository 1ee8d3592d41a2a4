package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.Optional;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2.6). An event that the connection cut short is
 * dropped, as the standard asks. {@code retry} is ignored.
 */
final class EventStream implements AutoCloseable {
  private final BufferedReader lines;
  private String lastId = "";

  EventStream(InputStream bytes) {
    this.lines = new BufferedReader(new InputStreamReader(bytes, UTF_8));
  }

  /**
   * Waits for the next event; empty when the server ended the stream.
   *
   * @throws IOException when the connection broke
   */
  Optional<ServerEvent> next() throws IOException {
    var name = "";
    var data = new StringBuilder();
    var any = false;
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty()) {
        if (any) {
          return Optional.of(
              new ServerEvent(name.isEmpty() ? "message" : name, lastId, data.toString()));
        }
        name = ""; // without data it is no event
        continue;
      }
      var colon = line.indexOf(':');
      var field = colon < 0 ? line : line.substring(0, colon);
      var value = colon < 0 ? "" : line.substring(colon + 1);
      if (value.startsWith(" ")) {
        value = value.substring(1);
      }
      switch (field) {
        case "event" -> name = value;
        case "id" -> lastId = value.indexOf('\0') < 0 ? value : lastId;
        case "data" -> {
          if (any) {
            data.append('\n');
          }
          data.append(value);
          any = true;
        }
        default -> {} // comments keep the connection awake; other fields are not for us
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
