package io.rockpool.server.statement;

import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A statement as a table for spreadsheets (RFC 4180): one line for each of the statement's, then
 * its sums. A text that a spreadsheet would take for a formula gets an apostrophe in front.
 */
final class StatementCsv {
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");
  private static final Pattern SPECIAL = Pattern.compile("[\",\r\n]");
  private static final String FORMULA = "=+-@\t\r\n|%＝＋－＠";
  private static final List<String> HEADING =
      List.of(
          "section",
          "instance",
          "name",
          "item",
          "days",
          "calls",
          "input_tokens",
          "output_tokens",
          "seconds",
          "cpu_seconds",
          "memory_gb_seconds",
          "storage_gb_hours",
          "amount",
          "currency",
          "provider",
          "estimated_calls",
          "cost",
          "cost_currency");

  /** The columns that the operator alone has. */
  private static final int COSTS = 2;

  private final StringBuilder text = new StringBuilder();
  private final int columns;

  private StatementCsv(int columns) {
    this.columns = columns;
  }

  static String of(Statement statement) {
    var costs = statement.costs();
    var csv = new StatementCsv(HEADING.size() - (costs == null ? COSTS : 0));
    csv.line(HEADING);
    for (var it : statement.plans()) {
      csv.row(
              it.collected() ? "collected_plan" : "plan",
              it.instance(),
              it.instanceName(),
              it.plan())
          .set("days", it.days())
          .paid(it.amount())
          .end();
    }
    for (var it : statement.models()) {
      csv.row("model", it.instance(), it.instanceName(), it.model())
          .set("calls", it.calls())
          .set("provider", it.provider() == null ? "" : it.provider())
          .set("estimated_calls", it.estimated())
          .set("input_tokens", it.tokens().read())
          .set("output_tokens", it.tokens().output())
          .paid(it.amount())
          .cost(it.amount())
          .end();
    }
    for (var it : statement.resources()) {
      csv.row(
              "resource",
              it.instance(),
              it.instanceName(),
              it.rung().name().toLowerCase(Locale.ROOT))
          .set("seconds", it.quantities().seconds())
          .set("cpu_seconds", it.quantities().cpuSeconds())
          .set("memory_gb_seconds", it.quantities().memoryGbSeconds())
          .set("storage_gb_hours", it.quantities().storageGbHours())
          .cost(it.cost())
          .end();
    }
    statement.due().forEach(it -> csv.row("due", "", "", "").paid(it).end());
    if (costs != null) {
      costs.total().forEach(it -> csv.row("cost", "", "", "").cost(it).end());
      costs.margin().forEach(it -> csv.row("margin", "", "", "").paid(it).end());
    }
    return csv.text.toString();
  }

  private Row row(String section, String instance, String name, String item) {
    return new Row(new ArrayList<>(List.of(section, instance, name, item)));
  }

  private final class Row {
    private final List<String> cells;

    Row(List<String> cells) {
      while (cells.size() < HEADING.size()) {
        cells.add("");
      }
      this.cells = cells;
    }

    Row set(String column, Object value) {
      cells.set(HEADING.indexOf(column), value.toString());
      return this;
    }

    Row paid(@Nullable Money money) {
      return money == null
          ? this
          : set("amount", money.text()).set("currency", money.currency().getCurrencyCode());
    }

    Row cost(@Nullable Money money) {
      return money == null
          ? this
          : set("cost", money.text()).set("cost_currency", money.currency().getCurrencyCode());
    }

    void end() {
      line(cells);
    }
  }

  private void line(List<String> cells) {
    text.append(
            cells.stream().limit(columns).map(StatementCsv::cell).collect(Collectors.joining(",")))
        .append("\r\n");
  }

  /** One cell: harmless, and quoted where it must be. */
  static String cell(String value) {
    var harmless =
        !value.isEmpty()
                && FORMULA.indexOf(value.charAt(0)) >= 0
                && !DECIMAL.matcher(value).matches()
            ? "'" + value
            : value;
    return SPECIAL.matcher(harmless).find()
        ? "\"" + harmless.replace("\"", "\"\"") + "\""
        : harmless;
  }
}
