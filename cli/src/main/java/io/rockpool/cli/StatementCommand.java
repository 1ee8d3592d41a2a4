package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool statement}: what an account owes for a month. */
@Command(
    name = "statement",
    description = {
      "Show what an account owes for a month: the plans of its instances and their models.",
      "Months are those of UTC. Operators also see what it cost, and what is left. Two days after"
          + " its end a month is closed: its statement does not change any more."
    },
    footer = {
      "",
      "Example: rockpool statement ada --month 2026-11",
      "         rockpool statement ada --month 2026-11 --format pdf -o ada-2026-11.pdf",
      "         rockpool statement list ada"
    })
final class StatementCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Parameters(
      paramLabel = "ACCOUNT",
      arity = "0..1",
      defaultValue = "me",
      description = "whose; default: your own",
      converter = Typed.Name.class)
  String account = "me";

  @Option(
      names = "--month",
      paramLabel = "MONTH",
      converter = Typed.Month.class,
      description = "e.g. 2026-11; default: this one")
  @Nullable YearMonth month;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      converter = Typed.FileFormat.class,
      description = "json, csv or pdf, in place of words")
  @Nullable String format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "write it there; needed for pdf. What is there is not replaced")
  @Nullable Path output;

  private final Environment environment;
  private final Screen screen;

  StatementCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Override
  public Integer call() throws InterruptedException {
    if ("pdf".equals(format) && output == null) {
      throw connection.wrongUsage("A PDF is no text: name its file with -o FILE");
    }
    var path =
        "/api/v1/accounts/%s/statements/%s"
            .formatted(Api.segment(account), month == null ? "current" : month);
    var api = connection.open(environment);
    if (format == null && output == null) {
      return screen.show(api.get(path), connection.json, StatementCommand::words);
    }
    var shape = format == null ? "json" : format;
    return switch (api.fetch(path + "?format=" + shape)) {
      case Api.Fetched.Not(var answer) -> screen.show(answer, connection.json, _ -> "");
      case Api.Fetched.File(var content) when output == null -> {
        screen.piece(UTF_8.decode(content).toString());
        yield ExitCode.DONE;
      }
      case Api.Fetched.File(var content) -> write(output, content);
    };
  }

  @Command(
      name = "list",
      description = "List the months of which there is a statement, the latest first.",
      footer = {"", "Example: rockpool statement list ada"})
  int list(
      @Mixin ConnectionOptions options,
      @Parameters(
              paramLabel = "ACCOUNT",
              arity = "0..1",
              defaultValue = "me",
              description = "whose; default: your own",
              converter = Typed.Name.class)
          String whose)
      throws InterruptedException {
    return screen.show(
        options
            .open(environment)
            .get("/api/v1/accounts/%s/statements".formatted(Api.segment(whose))),
        options.json,
        StatementCommand::months);
  }

  private static String months(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("MONTH", "STATE"));
    answer
        .path("items")
        .forEach(it ->
            rows.add(
                List.of(
                    InstanceWords.text(it, "month"),
                    it.path("closed").asBoolean(false) ? "closed" : "open")));
    return rows.size() == 1 ? "There is nothing to state yet." : Screen.table(rows);
  }

  /** Nobody's file is lost by a slip. */
  private int write(Path file, ByteBuffer content) {
    var bytes = new byte[content.remaining()];
    content.get(bytes);
    try {
      Files.write(file, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      screen.note("Written to %s.".formatted(file));
      return ExitCode.DONE;
    } catch (FileAlreadyExistsException e) {
      screen.note("%s is there already. Remove it, or name another file.".formatted(file));
    } catch (IOException e) {
      screen.note("%s cannot be written: %s".formatted(file, e.getMessage()));
    }
    return ExitCode.FAILED;
  }

  private static String words(JsonNode statement) {
    var parts = new ArrayList<String>();
    parts.add(
        "%s (%s) in %s%s"
            .formatted(
                InstanceWords.text(statement, "name"),
                InstanceWords.text(statement, "account"),
                InstanceWords.text(statement, "month"),
                statement.path("closed").asBoolean(false) ? "" : ", by now"));
    table(
        parts,
        List.of("INSTANCE", "PLAN", "DAYS", "AMOUNT", "CURRENCY"),
        statement.path("plans"),
        it ->
            List.of(
                InstanceWords.text(it, "instance"),
                InstanceWords.text(it, "plan"),
                InstanceWords.text(it, "days"),
                InstanceWords.text(it.path("amount"), "amount"),
                InstanceWords.text(it.path("amount"), "currency")),
        2,
        3);
    table(
        parts,
        List.of(
            "INSTANCE",
            "MODEL",
            "PROVIDER",
            "CALLS",
            "ESTIMATED",
            "TOKENS IN",
            "TOKENS OUT",
            "AMOUNT",
            "CURRENCY"),
        statement.path("models"),
        it ->
            List.of(
                InstanceWords.text(it, "instance"),
                InstanceWords.text(it, "model"),
                InstanceWords.text(it, "provider"),
                InstanceWords.text(it, "calls"),
                InstanceWords.text(it, "estimatedCalls"),
                InstanceWords.text(it, "inputTokens"),
                InstanceWords.text(it, "outputTokens"),
                InstanceWords.text(it.path("amount"), "amount"),
                InstanceWords.text(it.path("amount"), "currency")),
        3,
        4,
        5,
        6,
        7);
    sums(parts, "due", statement.path("due"));
    if (statement.has("costs")) {
      var costs = statement.path("costs");
      sums(parts, "cost of models", costs.path("models"));
      sums(parts, "cost of resources", costs.path("resources"));
      sums(parts, "margin", costs.path("margin"));
    }
    return String.join("\n", parts);
  }

  private static void table(
      List<String> parts,
      List<String> heading,
      JsonNode items,
      Function<JsonNode, List<String>> row,
      int... numbers) {
    var rows = new ArrayList<List<String>>();
    rows.add(heading);
    items.forEach(it -> rows.add(row.apply(it)));
    if (rows.size() > 1) {
      parts.add("");
      parts.add(Screen.table(rows, numbers));
      parts.add("");
    }
  }

  private static void sums(List<String> parts, String name, JsonNode amounts) {
    var sums = new ArrayList<String>();
    amounts.forEach(it ->
        sums.add(InstanceWords.text(it, "currency") + " " + InstanceWords.text(it, "amount")));
    parts.add(name + ": " + (sums.isEmpty() ? "nothing" : String.join(", ", sums)));
  }
}
