package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool keys …}: keys for other clients of an instance's model. */
@Command(
    name = "keys",
    description = {
      "Make and revoke keys for other programs that use an instance's model.",
      "What they use counts as the instance's, for its budget, too."
    },
    footer = {"", "Example: rockpool keys create ada --name laptop"})
final class KeysCommand {
  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  KeysCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List the keys of an instance, without their secrets.",
      footer = {"", "Example: rockpool keys list ada"})
  int list(@Mixin ConnectionOptions connection, @Mixin InstanceParameter instance)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(instance.path("/keys")),
        connection.json,
        answer -> words(instance, answer));
  }

  @Command(
      name = "create",
      description = {
        "Make a key, and print it: this once.",
        "Standard output is the key alone, so that it can be piped to where it is kept."
      },
      footer = {"", "Example: rockpool keys create ada --name laptop > key"})
  int create(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Option(
              names = "--name",
              paramLabel = "NAME",
              required = true,
              description = "what people call it: who or what uses it")
          String name)
      throws InterruptedException {
    var api = connection.open(environment);
    var answer = api.post(instance.path("/keys"), Api.JSON.createObjectNode().put("name", name));
    var code = screen.show(answer, connection.json, made -> InstanceWords.text(made, "key"));
    if (!connection.json && answer instanceof Answer.Done(var made, _)) {
      var id = InstanceWords.text(made, "id");
      screen.note(
          """
          This is the key %s (%s). It is not kept, so it is not shown again.
          Base URL for clients of OpenAI's API:     %s
          Base URL for clients of Anthropic's API:  %s
          To take it back: rockpool keys revoke %s %s\
          """
              .formatted(id, name, api.url("/llm/v1"), api.url("/llm/anthropic"), instance.id, id));
    }
    return code;
  }

  @Command(
      name = "revoke",
      description = "Make a key worthless, everywhere within a second.",
      footer = {"", "Example: rockpool keys revoke ada 4fTq0bXk9LmZ"})
  int revoke(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Parameters(
              index = "1",
              paramLabel = "KEY_ID",
              description = "as shown by `rockpool keys list`",
              converter = Typed.Name.class)
          String key)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(instance.path("/keys/" + Api.segment(key))),
        connection.json,
        _ -> "Revoked %s.".formatted(key));
  }

  @Command(
      name = "rotate",
      description = {
        "Replace the key by which an instance itself calls its model.",
        "It takes the new one while it runs; the one before is good for an hour more."
      },
      footer = {"", "Example: rockpool keys rotate ada --overlap 0"})
  int rotate(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Option(
              names = "--overlap",
              paramLabel = "SECONDS",
              description =
                  "so long the key of now is still good; 0 if somebody else has it. Default: 3600")
          @Nullable Integer overlap)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    if (overlap != null) {
      body.put("overlapSeconds", overlap);
    }
    return screen.show(
        connection.open(environment).post(instance.path("/keys/rotation"), body),
        connection.json,
        done ->
            "Replaced. The key before is good until %s."
                .formatted(InstanceWords.text(done, "previousUntil")));
  }

  private static String words(InstanceParameter instance, JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "NAME", "CREATED"));
    for (var key : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(key, "id"),
              InstanceWords.text(key, "name"),
              InstanceWords.text(key, "createdAt")));
    }
    return rows.size() == 1
        ? "%s has no keys. Make one: rockpool keys create %s --name NAME"
            .formatted(instance.id, instance.id)
        : Screen.table(rows);
  }
}
