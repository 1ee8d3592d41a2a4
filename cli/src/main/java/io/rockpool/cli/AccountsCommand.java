package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool accounts …}: who owns instances. */
@Command(
    name = "accounts",
    description = {
      "Make, list and delete accounts: each owns instances, and sees no other's. For operators.",
      "A user logs in with a token: see `rockpool tokens`."
    },
    footer = {"", "Example: rockpool accounts create ada --name Ada"})
final class AccountsCommand {
  static final String ALL = "/api/v1/accounts";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  AccountsCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List accounts, oldest first.",
      footer = {"", "Example: rockpool accounts list"})
  int list(
      @Mixin ConnectionOptions connection,
      @Option(names = "--limit", paramLabel = "N", description = "at most this many; default: 100")
          @Nullable Integer limit,
      @Option(
              names = "--cursor",
              paramLabel = "CURSOR",
              description = "go on where an earlier list ended")
          @Nullable String cursor)
      throws InterruptedException {
    var page =
        "?limit="
            + (limit == null ? 100 : limit)
            + (cursor == null ? "" : "&cursor=" + URLEncoder.encode(cursor, UTF_8));
    var answer = connection.open(environment).get(ALL + page);
    var code = screen.show(answer, connection.json, AccountsCommand::words);
    if (!connection.json
        && answer instanceof Answer.Done(var shown, _)
        && shown.path("next").isString()) {
      screen.note("There is more: --cursor " + InstanceWords.text(shown, "next"));
    }
    return code;
  }

  @Command(
      name = "create",
      description = "Make an account. Prints its id.",
      footer = {
        "",
        "Example: rockpool accounts create ada --name Ada",
        "         rockpool tokens create ada --name laptop"
      })
  int create(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "ID",
              arity = "0..1",
              converter = Typed.Name.class,
              description =
                  "lower-case letters, digits and dashes; chosen at random if left out. It is never"
                      + " given again")
          @Nullable String id,
      @Option(
              names = "--name",
              paramLabel = "NAME",
              required = true,
              description = "what people call it; stands on its statements")
          String name)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    if (id != null) {
      body.put("id", id);
    }
    return screen.show(
        connection.open(environment).post(ALL, body.put("name", name)),
        connection.json,
        made -> InstanceWords.text(made, "id"));
  }

  @Command(
      name = "delete",
      description = {
        "Delete an account: its tokens, keys and settings, and the key to its secrets.",
        "What it used, and its statements, stay in the books. Its id is not given again."
      },
      footer = {"", "Example: rockpool accounts delete ada --with-instances --yes"})
  int delete(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "ID",
              description = "as shown by `rockpool accounts list`",
              converter = Typed.Name.class)
          String id,
      @Option(
              names = "--with-instances",
              description = "destroy its instances, too; without this one that has any stays")
          boolean withInstances,
      @Option(names = "--yes", description = "do not ask") boolean yes)
      throws InterruptedException, IOException {
    if (!yes && !environment.interactive()) {
      throw connection.wrongUsage("Deleting %s cannot be undone. Add --yes.".formatted(id));
    }
    if (!yes) {
      screen.piece(
          "Delete the account %s%s, for good? [y/N] "
              .formatted(id, withInstances ? " with all of its instances" : ""));
      var reply = environment.in().readLine();
      if (reply == null || !reply.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
        screen.note("Nothing was deleted.");
        return ExitCode.FAILED;
      }
    }
    return screen.show(
        connection
            .open(environment)
            .delete(ALL + "/" + Api.segment(id) + (withInstances ? "?instances=destroy" : "")),
        connection.json,
        _ ->
            withInstances
                ? "Deleted %s. Its instances are being destroyed.".formatted(id)
                : "Deleted %s.".formatted(id));
  }

  private static String words(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "NAME", "ROLE", "CREATED"));
    for (var account : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(account, "id"),
              InstanceWords.text(account, "name"),
              account.path("operator").asBoolean(false) ? "operator" : "user",
              InstanceWords.text(account, "createdAt")));
    }
    return Screen.table(rows);
  }
}
