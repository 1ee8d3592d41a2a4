package io.rockpool.server.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement;
import io.rockpool.control.usage.Tokens;
import java.math.BigInteger;
import java.time.YearMonth;
import java.util.Currency;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementCsvTest {
  private static final Money PRICE = money("CNY", "99");
  private static final Money DOLLAR = money("USD", "1.000000001");

  @Test
  void each_line_of_a_statement_is_a_line() {
    assertThat(StatementCsv.of(statement(null)))
        .isEqualTo(
            """
            section,instance,name,item,days,calls,input_tokens,output_tokens,seconds,cpu_seconds,memory_gb_seconds,storage_gb_hours,amount,currency,provider,estimated_calls
            plan,x,"小螃蟹, ""Ada\""",pro,10,,,,,,,,33.00,CNY,,
            model,x,'=HYPERLINK(1),'-large,,3,10,20,,,,,1.000000001,USD,'=acme,1
            resource,x,,dozing,,,,,60.000,1.500,2.000000,0.001000,,,,
            due,,,,,,,,,,,,33.00,CNY,,
            due,,,,,,,,,,,,1.000000001,USD,,
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void an_operators_has_what_it_costs_too() {
    var costs =
        new Statement.Costs(
            List.of(DOLLAR),
            List.of(money("USD", "0.50")),
            List.of(money("USD", "1.500000001")),
            List.of(money("CNY", "33"), money("USD", "-0.50")));

    assertThat(StatementCsv.of(statement(costs)))
        .contains("amount,currency,provider,estimated_calls,cost,cost_currency\r\n")
        .contains(",1.000000001,USD,'=acme,1,1.000000001,USD\r\n")
        .contains("resource,x,,dozing,,,,,60.000,1.500,2.000000,0.001000,,,,,0.50,USD\r\n")
        .endsWith(
            """
            cost,,,,,,,,,,,,,,,,1.500000001,USD
            margin,,,,,,,,,,,,33.00,CNY,,,,
            margin,,,,,,,,,,,,-0.50,USD,,,,
            """
                .replace("\n", "\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "plain | plain",
        "`` | ``",
        "=1+1 | '=1+1",
        "+1 | '+1",
        "@SUM(A1) | '@SUM(A1)",
        "-2+3 | '-2+3",
        "-2.5 | -2.5",
        "`\t=1` | `'\t=1`",
        "＝1 | '＝1",
        "a,b | \"a,b\"",
        "a\"b | \"a\"\"b\"",
        "`a\nb` | `\"a\nb\"`"
      })
  void no_cell_is_a_formula_or_breaks_out(String value, String cell) {
    assertThat(StatementCsv.cell(value)).isEqualTo(cell);
  }

  private static Statement statement(Statement.@Nullable Costs costs) {
    return new Statement(
        "ada",
        "Ada",
        YearMonth.of(2026, 11),
        false,
        List.of(
            new Statement.PlanLine(
                "x", "小螃蟹, \"Ada\"", "pro", PRICE, 10, money("CNY", "33"), false)),
        List.of(
            new Statement.ModelLine(
                "x", "=HYPERLINK(1)", "-large", "=acme", 3, 1, Tokens.of(10, 20), DOLLAR)),
        List.of(
            new Statement.ResourceLine(
                "x",
                "",
                Rung.DOZING,
                new Quantities(
                    60_000,
                    1_500,
                    BigInteger.valueOf(2_000_000_000),
                    BigInteger.valueOf(3_600_000_000L)),
                costs == null ? null : money("USD", "0.50"))),
        List.of(money("CNY", "33"), DOLLAR),
        costs);
  }

  private static Money money(String currency, String amount) {
    return Money.parse(Currency.getInstance(currency), amount);
  }
}
