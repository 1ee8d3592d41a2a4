package io.rockpool.server.model;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.PUT;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Price;
import io.rockpool.control.usage.Prices;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /api/v1/models}: what models cost. */
public final class PriceRoutes {
  /**
   * @param currency a code of ISO 4217
   * @param inputPerMillion what a million tokens cost that are read anew, a decimal
   * @param outputPerMillion that are written
   * @param cacheReadPerMillion that are read from the provider's cache; as input if left out
   * @param cacheWritePerMillion that are read and kept in it; as input if left out
   * @param cacheWrite1hPerMillion the same for an hour; as other writes if left out
   * @param effectiveFrom since when; now if left out
   */
  public record Put(
      String model,
      String currency,
      String inputPerMillion,
      String outputPerMillion,
      Optional<String> cacheReadPerMillion,
      Optional<String> cacheWritePerMillion,
      Optional<String> cacheWrite1hPerMillion,
      Optional<Instant> effectiveFrom) {
    public Put {
      if (model.isBlank()
          || model.length() > 128
          || model.codePoints().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException(
            "a model's name has 1 to 128 characters, without control characters");
      }
      price(
          currency,
          inputPerMillion,
          outputPerMillion,
          cacheReadPerMillion,
          cacheWritePerMillion,
          cacheWrite1hPerMillion);
    }

    Price price() {
      return price(
          currency,
          inputPerMillion,
          outputPerMillion,
          cacheReadPerMillion,
          cacheWritePerMillion,
          cacheWrite1hPerMillion);
    }

    private static Price price(
        String currency,
        String input,
        String output,
        Optional<String> cacheRead,
        Optional<String> cacheWrite,
        Optional<String> cacheWrite1h) {
      var of = Money.currency(currency);
      var write = cacheWrite.orElse(input);
      return new Price(
          of,
          Money.price(of, input).nanos(),
          Money.price(of, output).nanos(),
          Money.price(of, cacheRead.orElse(input)).nanos(),
          Money.price(of, write).nanos(),
          Money.price(of, cacheWrite1h.orElse(write)).nanos());
    }
  }

  /** A price, from a time on. */
  public record PriceView(
      String model,
      String currency,
      String inputPerMillion,
      String outputPerMillion,
      String cacheReadPerMillion,
      String cacheWritePerMillion,
      String cacheWrite1hPerMillion,
      Instant effectiveFrom) {
    static PriceView of(Prices.Dated dated) {
      var price = dated.price();
      return new PriceView(
          dated.model(),
          price.currency().getCurrencyCode(),
          text(price, price.input()),
          text(price, price.output()),
          text(price, price.cacheRead()),
          text(price, price.cacheWrite5m()),
          text(price, price.cacheWrite1h()),
          dated.from());
    }

    private static String text(Price price, long nanos) {
      return new Money(price.currency(), nanos).text();
    }
  }

  public record PriceList(List<PriceView> items) {}

  private final Prices prices;
  private final InstantSource clock;

  public PriceRoutes(Prices prices, InstantSource clock) {
    this.prices = prices;
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            PUT,
            "/api/v1/models/{model}/price",
            "Set what a model costs, from a time on. Calls that began before keep the price of then.",
            Put.class,
            PriceView.class,
            Set.of(),
            OPERATE,
            this::put),
        new Route<>(
            PUT,
            "/api/v1/prices",
            "The same for any model: one whose name has a slash or a percent sign stands in no path.",
            Put.class,
            PriceView.class,
            Set.of(),
            OPERATE,
            this::put),
        new Route<>(
            GET,
            "/api/v1/prices",
            "List what models cost, the latest price of each first.",
            Route.Nothing.class,
            PriceList.class,
            Set.of(),
            READ,
            this::list));
  }

  private Reply<PriceView> put(Actor actor, Put wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          var from =
              Instant.ofEpochMilli(wish.effectiveFrom().orElseGet(clock::instant).toEpochMilli());
          var dated = new Prices.Dated(wish.model(), from, wish.price());
          prices.put(dated);
          return new Reply.Ok<>(PriceView.of(dated));
        });
  }

  private Reply<PriceList> list(Actor actor, Route.Nothing wish) {
    return new Reply.Ok<>(new PriceList(prices.all().stream().map(PriceView::of).toList()));
  }
}
