package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool instances config …}. */
@Command(
    name = "config",
    description = "Show and change the OpenClaw settings of an instance.",
    synopsisSubcommandLabel = "VERB")
final class ConfigCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  private final Environment environment;
  private final Screen screen;

  ConfigCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "get",
      description = "Show the settings of an instance's own.",
      footer = {"", "Example: rockpool instances config get ada"})
  int get(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ID", description = InstancesCommand.ID, converter = Id.class)
          InstanceId id)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(InstancesCommand.path(id)),
        connection.json,
        instance -> {
          var config = instance.path("config");
          return config.isObject() ? config.toPrettyString() : "{}";
        });
  }

  @Command(
      name = "patch",
      description = "Change settings. What the file does not name stays as it is.",
      footer = {"", "Example: rockpool instances config patch ada changes.json"})
  int patch(
      @Mixin ConnectionOptions connection,
      @Parameters(
              index = "0",
              paramLabel = "ID",
              description = InstancesCommand.ID,
              converter = Id.class)
          InstanceId id,
      @Parameters(
              index = "1",
              paramLabel = "FILE",
              description = "a JSON object; - reads standard input")
          Path file)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    body.set("config", InstancesCommand.settings(environment, connection, file));
    return screen.show(
        connection.open(environment).patch(InstancesCommand.path(id) + "/config", body),
        connection.json,
        answer -> words(id, answer));
  }

  private static String words(InstanceId id, JsonNode answer) {
    return answer.path("requiresRestart").asBoolean(false)
        ? "Changed. %s restarts for it.".formatted(id)
        : "Changed.";
  }
}
