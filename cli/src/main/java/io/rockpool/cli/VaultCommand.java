package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool vault …}: the keys that encrypt secrets. */
@Command(
    name = "vault",
    description = {
      "Look after the keys that encrypt secrets: those of model providers, and of accounts.",
      "A master key wraps a data key of each account, which encrypts its secrets."
    },
    footer = {"", "Example: rockpool vault rotate"})
final class VaultCommand {
  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  VaultCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "status",
      description = "Say by which keys secrets are encrypted, and how many there are.",
      footer = {"", "Example: rockpool vault status"})
  int status(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get("/api/v1/vault"), connection.json, VaultCommand::words);
  }

  @Command(
      name = "rotate",
      description = {
        "Make a new master key, and wrap all data keys by it. Nothing stops meanwhile.",
        "A key that is not in the file master.key is renewed where it is: put the new one before the old one, restart, and run this."
      },
      footer = {"", "Example: rockpool vault rotate --data-keys"})
  int rotate(
      @Mixin ConnectionOptions connection,
      @Option(
              names = "--data-keys",
              description = "give every account a new data key, and encrypt its secrets by it")
          boolean dataKeys,
      @Option(
              names = "--forget-old",
              description =
                  "delete older master keys from master.key afterwards: backups of the database"
                      + " from before cannot be read again")
          boolean forgetOld)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode().put("dataKeys", dataKeys).put("forgetOld", forgetOld);
    var answer = connection.open(environment).post("/api/v1/vault/rotation", body);
    var code =
        screen.show(
            answer,
            connection.json,
            done ->
                "The master key is %s now. Wrapped %s data keys, and encrypted %s secrets anew. Back up master.key."
                    .formatted(
                        InstanceWords.text(done, "masterKey"),
                        InstanceWords.text(done, "wrapped"),
                        InstanceWords.text(done, "sealed")));
    if (!(answer instanceof Answer.Done(var rotated, _)) || rotated.path("left").isEmpty()) {
      return code;
    }
    for (var left : rotated.path("left")) {
      screen.note(
          "Left as it was: %s of %s: %s"
              .formatted(
                  InstanceWords.text(left, "what"),
                  InstanceWords.text(left, "account"),
                  InstanceWords.text(left, "why")));
    }
    return ExitCode.FAILED;
  }

  @Command(
      name = "shred",
      description = {
        "Delete the data keys of an account: nobody can read its secrets again.",
        "Backups still hold them, wrapped by the master key of then: see `rotate --forget-old`."
      },
      footer = {"", "Example: rockpool vault shred ada --yes"})
  int shred(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "ACCOUNT",
              description = "whose secrets",
              converter = Typed.Name.class)
          String account,
      @Option(names = "--yes", required = true, description = "there is no way back") boolean yes)
      throws InterruptedException {
    return screen.show(
        connection
            .open(environment)
            .delete("/api/v1/accounts/" + Api.segment(account) + "/secrets"),
        connection.json,
        _ -> "The secrets of %s are unreadable.".formatted(account));
  }

  private static String words(JsonNode vault) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("master key", InstanceWords.text(vault, "masterKey")));
    for (var other : vault.path("otherMasterKeys")) {
      rows.add(List.of("older master key", other.asString()));
    }
    rows.add(List.of("data keys", InstanceWords.text(vault, "dataKeys")));
    rows.add(List.of("under an older one", InstanceWords.text(vault, "oldDataKeys")));
    rows.add(List.of("secrets", InstanceWords.text(vault, "secrets")));
    return Screen.table(rows);
  }
}
