package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/exchange-rates}: what currencies are worth in others. */
public final class RateRoutes {
  /**
   * @param from a code of ISO 4217: the currency of prices
   * @param to the currency of budgets
   * @param rate how many of {@code to} one of {@code from} is worth, a decimal, e.g. 7.1
   * @param effectiveFrom since which day of UTC, e.g. 2026-12-01; today if left out
   */
  public record Put(String from, String to, String rate, Optional<String> effectiveFrom) {
    public Put {
      Rate.parse(Money.currency(from), Money.currency(to), rate);
      effectiveFrom.ifPresent(Put::day);
    }

    ExchangeRates.Dated dated(LocalDate today) {
      return new ExchangeRates.Dated(
          effectiveFrom.map(Put::day).orElse(today),
          Rate.parse(Money.currency(from), Money.currency(to), rate));
    }

    private static LocalDate day(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException("a day looks like 2026-12-01", e);
      }
    }
  }

  /** A rate, from a day on. */
  public record RateView(String from, String to, String rate, String effectiveFrom) {
    static RateView of(ExchangeRates.Dated dated) {
      var rate = dated.rate();
      return new RateView(
          rate.from().getCurrencyCode(),
          rate.to().getCurrencyCode(),
          rate.text(),
          dated.from().toString());
    }
  }

  public record RateList(List<RateView> items) {}

  private final ExchangeRates rates;
  private final InstantSource clock;

  public RateRoutes(ExchangeRates rates, InstantSource clock) {
    this.rates = rates;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            "/api/v1/exchange-rates",
            "Set what a currency is worth in another, from a day on: by it, budgets bind models with prices in other currencies.",
            Put.class,
            RateView.class,
            Set.of(),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            "/api/v1/exchange-rates",
            "List what currencies are worth in others, the latest rate of each pair first.",
            Route.Nothing.class,
            RateList.class,
            Set.of(),
            READ,
            this::list));
  }

  private Reply<RateView> put(Actor actor, Put wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          var dated = wish.dated(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
          return rates.put(dated)
              ? new Reply.Ok<>(RateView.of(dated))
              : new Reply.Refused<>(
                  Problem.invalid(
                      "/effectiveFrom",
                      "this day is over, and what was spent on it is counted: name today or a later one"));
        });
  }

  private Reply<RateList> list(Actor actor, Route.Nothing wish) {
    return new Reply.Ok<>(new RateList(rates.all().stream().map(RateView::of).toList()));
  }
}
