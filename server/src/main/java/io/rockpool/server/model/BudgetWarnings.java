package io.rockpool.server.model;

import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.control.usage.Price;
import io.rockpool.control.usage.Prices;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Says of a hard budget when it would refuse every call, before a user finds out. */
public final class BudgetWarnings {
  private final Function<String, Optional<String>> models;
  private final Prices prices;
  private final ExchangeRates rates;
  private final InstantSource clock;

  /**
   * @param models that an account's instances use on the operator's bill, by its id; empty where
   *     they use one that no budget binds
   */
  public BudgetWarnings(
      Function<String, Optional<String>> models,
      Prices prices,
      ExchangeRates rates,
      InstantSource clock) {
    this.models = models;
    this.prices = prices;
    this.rates = rates;
    this.clock = clock;
  }

  /** What is to be done before calls pass, in sentences for people; empty where nothing is. */
  List<String> of(Budget budget, String account) {
    return models.apply(account).filter(_ -> budget.hard()).stream()
        .flatMap(model -> warning(model, prices.at(model, clock.instant()), budget).stream())
        .toList();
  }

  private Optional<String> warning(String model, Optional<Price> price, Budget budget) {
    var currency = budget.amount().currency();
    if (price.isEmpty()) {
      return Optional.of(
          "Calls of the model '%s' are refused, since it has no price. To set it: rockpool models price %s --currency %s --input AMOUNT --output AMOUNT"
              .formatted(model, model, currency));
    }
    var other = price.get().currency();
    return price.get().isFree()
            || other.equals(currency)
            || rates.today(other, currency).isPresent()
        ? Optional.empty()
        : Optional.of(
            "Calls of the model '%s' are refused, since it is priced in %s, which has no exchange rate into %s. To set it: rockpool models rate %s %s RATE"
                .formatted(model, other, currency, other, currency));
  }
}
