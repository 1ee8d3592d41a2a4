package io.rockpool.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement;
import io.rockpool.control.statement.Statement.Costs;
import io.rockpool.control.usage.Tokens;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.Currency;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementPdfTest {
  private static final Money AMOUNT = Money.parse(Currency.getInstance("CNY"), "33.000000001");
  static final List<Path> fonts = Fonts.CHINESE;

  @Test
  void a_statement_says_what_is_due_and_for_what() throws IOException {
    var text = text(new StatementPdf(List.of()).print(statement("Ada Lovelace", 1).forOwner()));

    assertThat(text)
        .contains(
            "Statement 2026-11",
            "Account: Ada Lovelace (ada)",
            "The month is not closed",
            "Ada Lovelace (i0) pro CNY 99.00 10 of 30 CNY 33.000000001",
            "Ada Lovelace (i0) large acme 3 1 10 20 CNY 33.000000001",
            "dozing 2.000 1.000 0.001 0.001",
            "Due\nCNY 33.000000001")
        .doesNotContain("Cost", "Margin");
  }

  @Test
  void an_operator_sees_the_margin() throws IOException {
    assertThat(text(new StatementPdf(List.of()).print(statement("Ada", 1).forOperator())))
        .contains("Cost of resources", "Margin\nCNY -33.000000001");
  }

  @Test
  void a_long_statement_takes_more_pages_and_every_line_is_there() throws IOException {
    var bytes = new StatementPdf(List.of()).print(statement("Ada", 200).forOwner());

    try (var document = Loader.loadPDF(bytes)) {
      assertThat(document.getNumberOfPages()).isBetween(8, 20);
    }
    var text = text(bytes);
    assertThat(IntStream.range(0, 200).mapToObj("(i%d) pro"::formatted)).allMatch(text::contains);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "小螃蟹",
        "a\u0000b\u001b[31m",
        "\ud83e\udd80 crab",
        "\ud800 half",
        "مرحبا",
        "e\u0301\u200b\u202e",
        "\n\r\t",
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
      })
  void no_name_breaks_it_whatever_fonts_there_are(String name) throws IOException {
    assertThat(text(new StatementPdf(List.of()).print(statement(name, 1).forOwner())))
        .contains("Due");
    assertThat(text(StatementPdf.ofThisHost().print(statement(name, 1).forOwner())))
        .contains("Due");
  }

  @Test
  void what_no_font_has_is_a_question_mark() throws IOException {
    assertThat(text(new StatementPdf(List.of()).print(statement("Ada 螃蟹", 1).forOwner())))
        .contains("Account: Ada ?? (ada)");
  }

  @Test
  @EnabledIfEnvironmentVariable(named = "CI", matches = "true")
  void one_of_the_fonts_is_there_where_tests_must_not_be_skipped() {
    assertThat(fonts).anyMatch(Files::exists);
  }

  @ParameterizedTest
  @FieldSource("fonts")
  void chinese_is_shown_where_the_host_has_a_font(Path font) throws IOException {
    Assumptions.assumeTrue(Files.exists(font), () -> font + " is not here");

    assertThat(text(new StatementPdf(List.of(font)).print(statement("小螃蟹 Ada", 1).forOwner())))
        .contains("Account: 小螃蟹 Ada (ada)");
  }

  @Test
  void a_file_that_is_no_font_is_passed_over(@TempDir Path folder) throws IOException {
    var broken = Files.writeString(folder.resolve("broken.ttf"), "no font");
    var collection = Files.writeString(folder.resolve("broken.ttc"), "ttcf no font either");

    assertThat(
            text(
                new StatementPdf(List.of(broken, collection))
                    .print(statement("Ada 螃蟹", 1).forOwner())))
        .contains("Account: Ada ?? (ada)");
  }

  /** Both readings of one month. */
  private record Both(Statement forOwner, Statement forOperator) {}

  private static Both statement(String name, int instances) {
    var costs =
        new Costs(
            List.of(AMOUNT),
            List.of(AMOUNT),
            List.of(AMOUNT),
            List.of(Money.parse(AMOUNT.currency(), "-33.000000001")));
    var plain =
        new Statement(
            "ada",
            name,
            YearMonth.of(2026, 11),
            false,
            IntStream.range(0, instances)
                .mapToObj(i ->
                    new Statement.PlanLine(
                        "i" + i,
                        name,
                        "pro",
                        Money.parse(AMOUNT.currency(), "99"),
                        10,
                        AMOUNT,
                        false))
                .toList(),
            IntStream.range(0, instances)
                .mapToObj(i ->
                    new Statement.ModelLine(
                        "i" + i, name, "large", "acme", 3, 1, Tokens.of(10, 20), AMOUNT))
                .toList(),
            IntStream.range(0, instances)
                .mapToObj(i ->
                    new Statement.ResourceLine(
                        "i" + i,
                        name,
                        Rung.DOZING,
                        new Quantities(
                            7_200_000,
                            3_600_000,
                            BigInteger.valueOf(3_600_000_000L),
                            BigInteger.valueOf(3_600_000_000L)),
                        null))
                .toList(),
            List.of(AMOUNT),
            null);
    return new Both(
        plain,
        new Statement(
            plain.account(),
            name,
            plain.month(),
            true,
            plain.plans(),
            plain.models(),
            plain.resources(),
            plain.due(),
            costs));
  }

  private static String text(byte[] pdf) throws IOException {
    try (var document = Loader.loadPDF(pdf)) {
      return new PDFTextStripper().getText(document);
    }
  }
}
