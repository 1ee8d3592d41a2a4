package io.rockpool.cli;

import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rockpool expiry …}: until when an instance runs. */
@Command(
    name = "expiry",
    description = "Let an instance run until a time, and renew it.",
    footer = {"", "Example: rockpool expiry set ada 2026-12-31T00:00:00Z"})
final class ExpiryCommand {
  /** On or off, as people type it. */
  enum Switch {
    on,
    off
  }

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  ExpiryCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "show",
      description = "Show until when an instance runs.",
      footer = {"", "Example: rockpool expiry show ada"})
  int show(@Mixin ConnectionOptions connection, @Mixin InstanceParameter instance)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(instance.path("/expiry")),
        connection.json,
        answer -> words(instance, answer));
  }

  @Command(
      name = "set",
      description = {
        "Let an instance run until a time. Then it is stopped, and its data kept.",
        "Its owner hears of it 7, 3 and 1 days before. A later time starts it again."
      },
      footer = {"", "Example: rockpool expiry set ada 2026-12-31T00:00:00Z"})
  int set(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Parameters(
              index = "1",
              paramLabel = "TIME",
              description = "e.g. 2026-12-31T00:00:00Z",
              converter = Typed.Time.class)
          Instant time)
      throws InterruptedException {
    return put(connection, instance, Api.JSON.createObjectNode().put("expiresAt", time.toString()));
  }

  @Command(
      name = "auto-renew",
      description = {
        "Give an instance another month a day before its end, as long as its account pays.",
        "One whose plan is free is renewed always: only an operator may say so."
      },
      footer = {"", "Example: rockpool expiry auto-renew ada on"})
  int autoRenew(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Parameters(index = "1", paramLabel = "on|off", description = "whether it is") Switch wanted)
      throws InterruptedException {
    return put(
        connection, instance, Api.JSON.createObjectNode().put("autoRenew", wanted == Switch.on));
  }

  @Command(
      name = "remove",
      description = "Let an instance run for as long as its owner likes.",
      footer = {"", "Example: rockpool expiry remove ada"})
  int remove(@Mixin ConnectionOptions connection, @Mixin InstanceParameter instance)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(instance.path("/expiry")),
        connection.json,
        answer -> words(instance, answer));
  }

  private int put(ConnectionOptions connection, InstanceParameter instance, ObjectNode body)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).put(instance.path("/expiry"), body),
        connection.json,
        answer -> words(instance, answer));
  }

  private static String words(InstanceParameter instance, JsonNode answer) {
    if (!answer.path("expiresAt").isString()) {
      return "%s runs for as long as its owner likes.".formatted(instance.id);
    }
    return "%s runs until %s%s."
        .formatted(
            instance.id,
            InstanceWords.text(answer, "expiresAt"),
            answer.path("autoRenew").asBoolean(false)
                ? ", and is renewed by itself while it is paid for"
                : "");
  }
}
