package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool tokens …}: what accounts log in with. */
@Command(
    name = "tokens",
    description = {
      "Make and revoke tokens by which an account logs in, to the API, this client and its instances' pages.",
      "Operators make them; an account lists and revokes its own: name it me."
    },
    footer = {"", "Example: rockpool tokens create ada --name laptop"})
final class TokensCommand {
  private static final String ID =
      "the account, as shown by `rockpool accounts list`; me: your own";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  TokensCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List the tokens of an account, without their secrets.",
      footer = {"", "Example: rockpool tokens list ada"})
  int list(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ACCOUNT", description = ID, converter = Typed.Name.class)
          String account)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(path(account)),
        connection.json,
        answer -> words(account, answer));
  }

  @Command(
      name = "create",
      description = {
        "Make a token, and print it: this once.",
        "Standard output is the token alone, so that it can be piped to where it is kept."
      },
      footer = {"", "Example: rockpool tokens create ada --name laptop > token"})
  int create(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "ACCOUNT", description = ID, converter = Typed.Name.class)
          String account,
      @Option(
              names = "--name",
              paramLabel = "NAME",
              required = true,
              description = "what people call it: who or what uses it")
          String name)
      throws InterruptedException {
    var answer =
        connection
            .open(environment)
            .post(path(account), Api.JSON.createObjectNode().put("name", name));
    var code = screen.show(answer, connection.json, made -> InstanceWords.text(made, "token"));
    if (!connection.json && answer instanceof Answer.Done(var made, _)) {
      screen.note(
          """
          This is a token of %s (%s). It is not kept, so it is not shown again.
          To use it: keep it in a file, and name that by ROCKPOOL_TOKEN_FILE or --token-file.
          To take it back: rockpool tokens revoke %s %s\
          """
              .formatted(account, name, account, InstanceWords.text(made, "id")));
    }
    return code;
  }

  @Command(
      name = "revoke",
      description = "Make a token worthless, at once.",
      footer = {"", "Example: rockpool tokens revoke ada 9f86d081884c7d65"})
  int revoke(
      @Mixin ConnectionOptions connection,
      @Parameters(
              index = "0",
              paramLabel = "ACCOUNT",
              description = ID,
              converter = Typed.Name.class)
          String account,
      @Parameters(
              index = "1",
              paramLabel = "TOKEN_ID",
              description = "as shown by `rockpool tokens list`",
              converter = Typed.Name.class)
          String token)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(path(account) + "/" + Api.segment(token)),
        connection.json,
        _ -> "Revoked %s.".formatted(token));
  }

  private static String path(String account) {
    return AccountsCommand.ALL + "/" + Api.segment(account) + "/tokens";
  }

  private static String words(String account, JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "NAME", "CREATED"));
    for (var token : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(token, "id"),
              InstanceWords.text(token, "name"),
              InstanceWords.text(token, "createdAt")));
    }
    return rows.size() == 1
        ? "%1$s has no tokens: nobody can log in as it. Make one: rockpool tokens create %1$s --name NAME"
            .formatted(account)
        : Screen.table(rows);
  }
}
