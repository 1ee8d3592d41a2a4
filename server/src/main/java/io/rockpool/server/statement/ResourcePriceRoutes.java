package io.rockpool.server.statement;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.metering.ResourcePrice;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.money.Money;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/resource-prices}: what resources cost the operator. */
public final class ResourcePriceRoutes {
  private static final String ALL = "/api/v1/resource-prices";

  /**
   * @param currency a code of ISO 4217
   * @param cpuHour what an hour of processor time costs, a decimal
   * @param memoryGbHour a gigabyte of RAM for an hour
   * @param storageGbMonth a gigabyte on disk for a month
   * @param effectiveFrom the first day (UTC) that costs this, e.g. 2026-12-01; today if left out
   */
  public record Put(
      String currency,
      String cpuHour,
      String memoryGbHour,
      String storageGbMonth,
      Optional<String> effectiveFrom) {
    public Put {
      price(currency, cpuHour, memoryGbHour, storageGbMonth);
      effectiveFrom.ifPresent(Put::day);
    }

    ResourcePrice price() {
      return price(currency, cpuHour, memoryGbHour, storageGbMonth);
    }

    private static ResourcePrice price(
        String currency, String cpuHour, String memoryGbHour, String storageGbMonth) {
      var of = Money.currency(currency);
      return new ResourcePrice(
          of,
          Money.price(of, cpuHour).nanos(),
          Money.price(of, memoryGbHour).nanos(),
          Money.price(of, storageGbMonth).nanos());
    }

    static LocalDate day(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException("a day looks like 2026-11-01", e);
      }
    }
  }

  /** A price, from a day on. */
  public record ResourcePriceView(
      String currency,
      String cpuHour,
      String memoryGbHour,
      String storageGbMonth,
      String effectiveFrom) {
    static ResourcePriceView of(ResourcePrices.Dated dated) {
      var price = dated.price();
      return new ResourcePriceView(
          price.currency().getCurrencyCode(),
          new Money(price.currency(), price.cpuHour()).text(),
          new Money(price.currency(), price.memoryGbHour()).text(),
          new Money(price.currency(), price.storageGbMonth()).text(),
          dated.from().toString());
    }
  }

  public record ResourcePriceList(List<ResourcePriceView> items) {}

  private final ResourcePrices prices;
  private final InstantSource clock;

  public ResourcePriceRoutes(ResourcePrices prices, InstantSource clock) {
    this.prices = prices;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            ALL,
            "Set what processor time, memory and storage cost the operator, from a day on.",
            Put.class,
            ResourcePriceView.class,
            Set.of(Kind.FORBIDDEN),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            ALL,
            "List what resources cost the operator, the latest price first. For operators.",
            Route.Nothing.class,
            ResourcePriceList.class,
            Set.of(Kind.FORBIDDEN),
            READ,
            this::list));
  }

  private Reply<ResourcePriceView> put(Actor actor, Put wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          var from =
              wish.effectiveFrom()
                  .map(Put::day)
                  .orElseGet(() -> LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
          var dated = new ResourcePrices.Dated(from, wish.price());
          prices.put(dated);
          return new Reply.Ok<>(ResourcePriceView.of(dated));
        });
  }

  private Reply<ResourcePriceList> list(Actor actor, Route.Nothing wish) {
    return OperatorOnly.reply(
        actor,
        () ->
            new Reply.Ok<>(
                new ResourcePriceList(
                    prices.all(actor).stream().map(ResourcePriceView::of).toList())));
  }
}
