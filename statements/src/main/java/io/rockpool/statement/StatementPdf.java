package io.rockpool.statement;

import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement;
import io.rockpool.control.statement.Statement.Costs;
import io.rockpool.control.statement.Statement.ModelLine;
import io.rockpool.control.statement.Statement.PlanLine;
import io.rockpool.control.statement.Statement.ResourceLine;
import io.rockpool.statement.Paper.Column;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.jspecify.annotations.Nullable;

/**
 * Prints statements as PDF, on A4, in English. Names may be Chinese: they are shown where the host
 * has a font for them, and as question marks where it has none.
 */
public final class StatementPdf {
  private static final float TITLE = 18;
  private static final float HEADING = 12;
  private static final float TEXT = 8.5f;

  private final List<Path> chineseFonts;

  StatementPdf(List<Path> chineseFonts) {
    this.chineseFonts = List.copyOf(chineseFonts);
  }

  /** With the fonts of this host, as they are when something is printed. */
  public static StatementPdf ofThisHost() {
    return new StatementPdf(Fonts.CHINESE);
  }

  /** The file, whole. */
  public byte[] print(Statement statement) {
    try (var document = new PDDocument()) {
      document.getDocumentInformation().setTitle("Statement " + statement.month());
      document.getDocumentInformation().setProducer("Rockpool");
      try (var paper = new Paper(document, Fonts.of(document, chineseFonts))) {
        print(statement, paper);
      }
      var bytes = new ByteArrayOutputStream();
      document.save(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void print(Statement statement, Paper paper) {
    paper.line("Statement " + statement.month(), TITLE);
    paper.line("Account: %s (%s)".formatted(statement.name(), statement.account()), HEADING);
    paper.line(
        statement.closed()
            ? "The month is closed. Days are those of UTC."
            : "The month is not closed: this is what is known by now. Days are those of UTC.",
        TEXT);
    if (!statement.plans().isEmpty()) {
      heading("Plans", paper);
      paper.table(
          List.of(
              new Column("Instance", 3, false),
              new Column("Plan", 1.5f, false),
              new Column("A month", 2, true),
              new Column("Days", 1, true),
              new Column("Amount", 2.5f, true)),
          statement.plans().stream().map(it -> cells(statement, it)).toList(),
          TEXT);
    }
    if (!statement.models().isEmpty()) {
      heading("Models", paper);
      paper.table(
          List.of(
              new Column("Instance", 3, false),
              new Column("Model", 2.5f, false),
              new Column("Provider", 1.8f, false),
              new Column("Calls", 1, true),
              new Column("Estimated", 1.4f, true),
              new Column("Tokens in", 1.5f, true),
              new Column("Tokens out", 1.5f, true),
              new Column("Amount", 2.5f, true)),
          statement.models().stream().map(StatementPdf::cells).toList(),
          TEXT);
    }
    if (!statement.resources().isEmpty()) {
      heading("Resources", paper);
      resources(statement, paper);
    }
    sums("Due", statement.due(), paper);
    var costs = statement.costs();
    if (costs != null) {
      costs(costs, paper);
    }
  }

  private static void resources(Statement statement, Paper paper) {
    var columns =
        Stream.of(
            new Column("Instance", 3, false),
            new Column("While", 1.2f, false),
            new Column("Hours", 1.2f, true),
            new Column("CPU hours", 1.4f, true),
            new Column("Memory GB hours", 1.8f, true),
            new Column("Storage GB hours", 1.9f, true));
    var isOperators = statement.costs() != null;
    paper.table(
        Stream.concat(columns, isOperators ? Stream.of(new Column("Cost", 2, true)) : Stream.of())
            .toList(),
        statement.resources().stream().map(it -> cells(it, isOperators)).toList(),
        TEXT);
  }

  private static void costs(Costs costs, Paper paper) {
    sums("Cost of models", costs.models(), paper);
    sums("Cost of resources", costs.resources(), paper);
    sums("Cost", costs.total(), paper);
    sums("Margin", costs.margin(), paper);
  }

  private static List<String> cells(Statement statement, PlanLine line) {
    return List.of(
        instance(line.instance(), line.instanceName()),
        line.collected() ? line.plan() + " (collected)" : line.plan(),
        line.price().toString(),
        "%d of %d".formatted(line.days(), statement.month().lengthOfMonth()),
        line.amount().toString());
  }

  private static List<String> cells(ModelLine line) {
    return List.of(
        instance(line.instance(), line.instanceName()),
        line.model(),
        line.provider() == null ? "" : line.provider(),
        Long.toString(line.calls()),
        Long.toString(line.estimated()),
        Long.toString(line.tokens().read()),
        Long.toString(line.tokens().output()),
        text(line.amount()));
  }

  private static List<String> cells(ResourceLine line, boolean isOperators) {
    var used = line.quantities();
    var cells =
        Stream.of(
            instance(line.instance(), line.instanceName()),
            line.rung().name().toLowerCase(Locale.ROOT),
            hours(used.seconds()),
            hours(used.cpuSeconds()),
            hours(used.memoryGbSeconds()),
            used.storageGbHours().setScale(3, RoundingMode.HALF_UP).toPlainString());
    return Stream.concat(cells, isOperators ? Stream.of(text(line.cost())) : Stream.of()).toList();
  }

  private static String hours(BigDecimal seconds) {
    return seconds.divide(BigDecimal.valueOf(3_600), 3, RoundingMode.HALF_UP).toPlainString();
  }

  private static String instance(String id, String name) {
    return name.isEmpty() ? id : "%s (%s)".formatted(name, id);
  }

  private static String text(@Nullable Money amount) {
    return amount == null ? "" : amount.toString();
  }

  private static void heading(String text, Paper paper) {
    paper.gap(HEADING);
    paper.line(text, HEADING);
  }

  private static void sums(String name, List<Money> amounts, Paper paper) {
    heading(name, paper);
    if (amounts.isEmpty()) {
      paper.line("nothing", TEXT);
    }
    amounts.forEach(it -> paper.line(it.toString(), HEADING));
  }
}
