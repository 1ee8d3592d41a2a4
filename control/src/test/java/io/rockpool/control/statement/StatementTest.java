package io.rockpool.control.statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.metering.Quantities;
import io.rockpool.control.metering.ResourcePrice;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.ResourceUsage.PlanDay;
import io.rockpool.control.metering.Rung;
import io.rockpool.control.money.Money;
import io.rockpool.control.statement.Statement.PlanLine;
import io.rockpool.control.statement.Statement.ResourceLine;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementTest {
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Currency USD = Currency.getInstance("USD");
  private static final YearMonth NOVEMBER = YearMonth.of(2026, 11);
  private static final Money PRO = money(CNY, "99.00");

  /** An hour of processor time is 0.10, the rest is free. */
  private static final ResourcePrice DIME = new ResourcePrice(USD, 100_000_000, 0, 0);

  @ParameterizedTest
  @CsvSource({
    "99.00, 30, 30, 99.00",
    "99.00,  1, 30, 3.30",
    "10.00,  1, 30, 0.333333333",
    "10.00,  2, 30, 0.666666667",
    "10.00, 28, 28, 10.00",
    "10.00, 31, 31, 10.00",
    " 0.00, 15, 30, 0.00",
    "0.000000001, 15, 30, 0.000000001",
    "0.000000001, 14, 30, 0.00"
  })
  void days_cost_their_share_of_the_month(String price, int days, int of, String amount) {
    assertThat(Statement.share(money(CNY, price), days, of).text()).isEqualTo(amount);
  }

  @Test
  void plans_are_due_by_the_days_of_each_instance_and_price() {
    var dearer = money(CNY, "120.00");
    var days =
        Stream.of(
                days("x", 1, 10, "pro", PRO),
                days("x", 11, 30, "pro", dearer),
                days("y", 30, 30, "pro", PRO),
                days("z", 1, 30, "free", null))
            .flatMap(List::stream)
            .toList();

    var statement = statement(days, List.of(), List.of(), List.of());

    assertThat(statement.plans())
        .containsExactly(
            new PlanLine("x", "Ada's", "pro", PRO, 10, money(CNY, "33.00"), false),
            new PlanLine("x", "Ada's", "pro", dearer, 20, money(CNY, "80.00"), false),
            new PlanLine("y", "", "pro", PRO, 1, money(CNY, "3.30"), false));
    assertThat(statement.due()).containsExactly(money(CNY, "116.30"));
  }

  @Test
  void the_dearest_plan_of_thousands_of_instances_is_due_to_the_last_digit() {
    var dearest = Money.price(CNY, "1000000");
    var days =
        IntStream.range(0, 9_223)
            .mapToObj(n -> days("x" + n, 1, 30, "gold", dearest))
            .flatMap(List::stream)
            .toList();

    var statement = statement(days, List.of(), List.of(), List.of());

    assertThat(statement.due()).containsExactly(money(CNY, "9223000000"));
  }

  @Test
  void what_the_payment_provider_collects_is_not_due_once_more() {
    var days =
        days("x", 1, 30, "pro", PRO).stream()
            .map(it ->
                new PlanDay(
                    it.instance(), it.day(), it.plan(), it.price(), it.day().getDayOfMonth() > 10))
            .toList();

    var statement =
        statement(days, List.of(model("x", "large", money(CNY, "1"))), List.of(), List.of());

    assertThat(statement.plans())
        .containsExactly(
            new PlanLine("x", "Ada's", "pro", PRO, 10, money(CNY, "33.00"), false),
            new PlanLine("x", "Ada's", "pro", PRO, 20, money(CNY, "66.00"), true));
    assertThat(statement.due()).containsExactly(money(CNY, "34.00"));
    assertThat(Objects.requireNonNull(statement.costs()).margin())
        .containsExactly(money(CNY, "99.00"));
  }

  @Test
  void models_are_due_at_what_the_books_say_in_each_currency() {
    var statement =
        statement(
            days("x", 1, 30, "pro", PRO),
            List.of(
                model("x", "large", money(USD, "1.000000001")),
                model("x", "large", money(CNY, "0.50")),
                model("y", "small", money(USD, "2")),
                model("y", "unpriced", null)),
            List.of(),
            List.of());

    assertThat(statement.due()).containsExactly(money(CNY, "99.50"), money(USD, "3.000000001"));
    assertThat(statement.models()).hasSize(4);
  }

  @Test
  void the_operator_sees_what_it_costs_and_what_is_left() {
    var statement =
        statement(
            days("x", 1, 30, "pro", PRO),
            List.of(model("x", "large", money(USD, "1"))),
            List.of(
                used("x", 1, Rung.RUNNING, 3_600_000),
                used("x", 2, Rung.DOZING, 1_800_000),
                used("x", 3, Rung.RUNNING, 3_600_000)),
            List.of(dated(1, DIME)));

    assertThat(statement.resources())
        .extracting(ResourceLine::rung, ResourceLine::cost)
        .containsExactly(
            tuple(Rung.RUNNING, money(USD, "0.20")), tuple(Rung.DOZING, money(USD, "0.05")));
    var costs = Objects.requireNonNull(statement.costs());
    assertThat(costs.models()).containsExactly(money(USD, "1"));
    assertThat(costs.resources()).containsExactly(money(USD, "0.25"));
    assertThat(costs.total()).containsExactly(money(USD, "1.25"));
    assertThat(costs.margin()).containsExactly(money(CNY, "99"), money(USD, "-0.25"));
  }

  @Test
  void resources_cost_the_price_of_their_day_and_nothing_before_there_was_one() {
    var statement =
        statement(
            List.of(),
            List.of(),
            List.of(
                used("x", 9, Rung.RUNNING, 3_600_000),
                used("x", 10, Rung.RUNNING, 3_600_000),
                used("x", 20, Rung.RUNNING, 3_600_000)),
            List.of(dated(20, new ResourcePrice(USD, 1, 0, 0)), dated(10, DIME)));

    assertThat(statement.resources())
        .extracting(ResourceLine::cost)
        .containsExactly(null, money(USD, "0.10"), money(USD, "0.000000001"));
  }

  @Test
  void an_account_sees_what_it_used_and_neither_costs_nor_when_they_changed() {
    var statement =
        statement(
                days("x", 1, 30, "pro", PRO),
                List.of(model("x", "large", money(USD, "1"))),
                List.of(used("x", 1, Rung.RUNNING, 1_000), used("x", 20, Rung.RUNNING, 2_000)),
                List.of(dated(1, DIME), dated(10, DIME)))
            .forAccount();

    assertThat(statement.costs()).isNull();
    assertThat(statement.resources())
        .containsExactly(new ResourceLine("x", "Ada's", Rung.RUNNING, cpu(3_000), null));
    assertThat(statement.due()).containsExactly(money(CNY, "99"), money(USD, "1"));
  }

  @Test
  void a_month_without_anything_owes_nothing() {
    assertThat(statement(List.of(), List.of(), List.of(), List.of()).due()).isEmpty();
  }

  private static Statement statement(
      List<PlanDay> plans,
      List<Usage.OfModel> models,
      List<ResourceUsage.Day> resources,
      List<ResourcePrices.Dated> prices) {
    return Statement.of(
        new Statement.Sources(
            "ada", "Ada", NOVEMBER, false, Map.of("x", "Ada's"), plans, models, resources, prices));
  }

  private static List<PlanDay> days(
      String instance, int first, int last, String plan, @Nullable Money price) {
    return IntStream.rangeClosed(first, last)
        .mapToObj(day -> new PlanDay(instance, NOVEMBER.atDay(day), plan, price, false))
        .toList();
  }

  private static Usage.OfModel model(String instance, String name, @Nullable Money cost) {
    return new Usage.OfModel(instance, name, "", 1, 0, Tokens.of(1, 2), Optional.ofNullable(cost));
  }

  private static ResourceUsage.Day used(String instance, int day, Rung rung, long cpuMillis) {
    return new ResourceUsage.Day(instance, NOVEMBER.atDay(day), rung, cpu(cpuMillis));
  }

  private static Quantities cpu(long millis) {
    return new Quantities(0, millis, BigInteger.ZERO, BigInteger.ZERO);
  }

  private static ResourcePrices.Dated dated(int day, ResourcePrice price) {
    return new ResourcePrices.Dated(LocalDate.of(2026, 11, day), price);
  }

  private static Money money(Currency currency, String amount) {
    return Money.parse(currency, amount);
  }
}
