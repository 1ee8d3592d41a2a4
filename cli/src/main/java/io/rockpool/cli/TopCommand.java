package io.rockpool.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code rockpool top}: what instances use of their hosts. */
@Command(
    name = "top",
    description = "Show what instances use of their hosts now.",
    footer = {"", "Example: rockpool top"})
final class TopCommand implements Callable<Integer> {
  private static final int AT_ONCE = 200;

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  private final Environment environment;
  private final Screen screen;

  TopCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Override
  public Integer call() throws InterruptedException {
    var api = connection.open(environment);
    var answer = api.get("/api/v1/top?limit=" + AT_ONCE);
    var all = Api.JSON.createObjectNode();
    while (answer instanceof Answer.Done(var page, _)) {
      all.withArray("items").addAll(page.withArray("items"));
      all.set("hosts", page.path("hosts"));
      var next = InstanceWords.text(page, "next");
      if (next.isEmpty()) {
        screen.line(connection.json ? all.toString() : words(all));
        return ExitCode.DONE;
      }
      answer = api.get("/api/v1/top?limit=" + AT_ONCE + "&cursor=" + next);
    }
    return screen.show(answer, connection.json, _ -> "");
  }

  static String words(JsonNode page) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "NAME", "STATUS", "RAM", "SWAP", "CPU", "IDLE", "WAKES"));
    for (var item : page.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(item, "id"),
              InstanceWords.text(item, "name"),
              InstanceWords.text(item, "status"),
              size(item.path("residentBytes")),
              size(item.path("swappedBytes")),
              item.path("cpuSeconds").isNumber()
                  ? String.format(Locale.ROOT, "%.1f s", item.path("cpuSeconds").asDouble(0))
                  : "-",
              idle(item.path("idleSeconds")),
              item.path("wakes").asString("0")));
    }
    var text = new StringBuilder();
    for (var host : page.path("hosts")) {
      text.append(
          "%s: %s of %s RAM free, %s of %s swap free%n"
              .formatted(
                  InstanceWords.text(host, "runtime"),
                  size(host.path("availableBytes")),
                  size(host.path("totalBytes")),
                  size(host.path("freeSwapBytes")),
                  size(host.path("swapBytes"))));
    }
    return text
        + (rows.size() == 1
            ? "There are no instances. Create one: rockpool instances create"
            : Screen.table(rows));
  }

  private static String size(JsonNode bytes) {
    if (!bytes.isNumber()) {
      return "-";
    }
    double mebibytes = bytes.asDouble(0) / (1 << 20);
    return mebibytes >= 10_240
        ? String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1_024)
        : String.format(Locale.ROOT, "%.0f MiB", mebibytes);
  }

  private static String idle(JsonNode seconds) {
    if (!seconds.isNumber()) {
      return "-";
    }
    var idle = Duration.ofSeconds(seconds.asLong(0));
    if (idle.toDays() > 1) {
      return idle.toDays() + " d";
    }
    if (idle.toHours() > 1) {
      return idle.toHours() + " h";
    }
    return idle.toMinutes() > 1 ? idle.toMinutes() + " min" : idle.toSeconds() + " s";
  }
}
