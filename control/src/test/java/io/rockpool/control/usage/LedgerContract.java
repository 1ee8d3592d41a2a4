package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.rockpool.control.store.StoreException;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the books promise about calls that end, on every database. */
abstract class LedgerContract extends LedgerFixture {
  @Test
  void what_calls_used_is_summed_up_by_day_and_model() throws Exception {
    call(ask(X), new Tokens(1, 2, 3, 4, 50, 6));
    call(ask(X), Tokens.of(10, 20));
    call(ask(X, "other", Optional.of(PRICE)), Tokens.of(1, 1));
    call(ask(Y), Tokens.of(7, 7));
    clock.advance(Duration.ofDays(1));
    call(ask(X), Tokens.of(5, 5));

    assertThat(usage(X))
        .containsExactly(
            day(TODAY.plusDays(1), 1, Tokens.of(5, 5), 10),
            day(TODAY, 2, new Tokens(11, 2, 3, 4, 70, 6), 81),
            new Usage.Day(TODAY, "other", "provider", 1, 0, Tokens.of(1, 1), Optional.of(cny(2))));
    assertThat(new Usage(here).of(X, "ada", TODAY, TODAY)).hasSize(2);
    assertThat(new Usage(here).of(X, "bob", TODAY, TODAY)).isEmpty();
    assertThat(spent(ADA)).isEqualTo(107);
    assertThat(spent(ONLY_X)).isEqualTo(93);
  }

  @Test
  void an_open_call_is_not_booked_yet() throws Exception {
    reserve(ask(X));

    assertThat(usage(X)).isEmpty();
    assertThat(spent(ADA)).isZero();
  }

  @Test
  void settling_again_changes_nothing() throws Exception {
    var ask = ask(X);
    call(ask, Tokens.of(10, 20));

    ledger.settle(ask, answered(Tokens.of(10, 90)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
    assertThat(spent(ADA)).isEqualTo(30);
  }

  @Test
  void of_many_who_settle_a_call_at_once_one_books_it() throws Exception {
    var replica = replica();
    var asks = IntStream.range(0, 20).mapToObj(_ -> ask(X)).toList();
    for (var ask : asks) {
      reserve(ask);
    }

    inParallel(
        40,
        n -> {
          var ask = asks.get(n / 2);
          (n % 2 == 0 ? ledger : replica).settle(ask, answered(Tokens.of(1, 1)));
          return ask;
        });

    assertThat(usage(X)).containsExactly(day(TODAY, 20, Tokens.of(20, 20), 40));
    assertThat(spent(ADA)).isEqualTo(40);
  }

  @Test
  void what_could_not_be_booked_is_booked_when_it_can_be() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var ask = ask(X);
    reserve(ask);
    here.update("ALTER TABLE usage_day RENAME TO usage_day_gone");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> ledger.settle(ask, answered(Tokens.of(10, 20))));
    here.update("ALTER TABLE usage_day_gone RENAME TO usage_day");

    ledger.note();
    ledger.note();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
    assertThat(ledger.standing(ONLY_X, "ada").orElseThrow().reserved()).isEqualTo(cny(0));
  }

  @Test
  void no_call_begins_while_too_many_that_ended_cannot_be_booked() throws Exception {
    var asks = IntStream.range(0, Ledger.MOST_UNBOOKED).mapToObj(_ -> ask(X)).toList();
    here.update("ALTER TABLE usage_day RENAME TO usage_day_gone");
    for (var ask : asks.subList(1, asks.size())) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> ledger.settle(ask, answered(Tokens.of(1, 1))));
    }
    assertThat(reserve(ask(Y))).as("one less").isInstanceOf(Granted.class);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> ledger.settle(asks.getFirst(), answered(Tokens.of(1, 1))));

    assertThat(reserve(ask(X))).isEqualTo(new Verdict.Unbookable());
    assertThat(reserve(ask(Y))).isEqualTo(new Verdict.Unbookable());

    here.update("ALTER TABLE usage_day_gone RENAME TO usage_day");
    ledger.note();
    assertThat(reserve(ask(Y))).isInstanceOf(Granted.class);
    assertThat(usage(X)).extracting(Usage.Day::calls).containsExactly((long) Ledger.MOST_UNBOOKED);
  }

  @Test
  void what_could_not_be_noted_at_its_beginning_is_booked_all_the_same() {
    ledger.settle(ask(X), answered(Tokens.of(10, 20)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
  }

  @Test
  void a_model_without_a_price_is_counted_and_costs_nothing() throws Exception {
    call(ask(X, "model", Optional.empty()), Tokens.of(10, 20));

    assertThat(usage(X))
        .containsExactly(
            new Usage.Day(TODAY, "model", "provider", 1, 0, Tokens.of(10, 20), Optional.empty()));
    assertThat(spent(ADA)).isZero();
  }

  @Test
  void a_call_that_used_nothing_gives_everything_back() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var refused = ask(X);
    reserve(refused);

    ledger.settle(refused, new Settlement(Outcome.REFUSED, "it", null, 1, false, Tokens.NONE));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
    assertThat(usage(X))
        .containsExactly(
            new Usage.Day(TODAY, "other", "it", 1, 0, Tokens.NONE, Optional.of(cny(0))));
  }

  @Test
  void names_beyond_a_hundred_a_day_are_not_named_in_the_books() throws Exception {
    for (int n = 0; n < Books.MOST_NAMES; n++) {
      call(ask(X, "model " + n, Optional.of(PRICE)), Tokens.of(1, 1));
    }
    var late = ask(X, "one more", Optional.of(PRICE));
    var server = replica();
    server.reserve(() -> late, Patience.of(Duration.ZERO));
    noteAll();
    ledger.settleAllOthers();
    call(ask(X, "and one more", Optional.of(PRICE)), Tokens.of(1, 1));
    call(ask(X, "model 7", Optional.of(PRICE)), Tokens.of(1, 1));
    call(ask(Y, "one more", Optional.of(PRICE)), Tokens.of(1, 1));
    server.settle(late, answered(Tokens.of(5, 5)));

    assertThat(usage(X))
        .hasSize(Books.MOST_NAMES + 1)
        .contains(
            new Usage.Day(TODAY, "other", "provider", 2, 0, Tokens.of(6, 6), Optional.of(cny(12))),
            new Usage.Day(
                TODAY, "model 7", "provider", 2, 0, Tokens.of(2, 2), Optional.of(cny(4))));
    assertThat(usage(Y)).extracting(Usage.Day::model).containsExactly("one more");
    assertThat(spent(ADA)).isEqualTo(216);
  }

  @Test
  void single_calls_are_forgotten_after_five_weeks_and_their_sums_are_not() throws Exception {
    call(ask(X), Tokens.of(10, 20));
    clock.advance(Duration.ofDays(1));
    call(ask(X), Tokens.of(10, 20));
    clock.advance(Ledger.KEPT.minusMillis(1));

    ledger.forgetOld();

    assertThat(here.query("SELECT 1 FROM model_call", _ -> true)).hasSize(1);
    assertThat(spent(ONLY_X)).isEqualTo(60);
  }

  @Test
  void the_last_call_of_a_destroyed_instance_is_paid_by_its_account() throws Exception {
    budgets.put(ADA, hard(200));
    var ask = ask(X);
    var lost = ask(X);
    reserve(ask);
    replica().reserve(() -> lost, Patience.of(Duration.ZERO));
    destroy("x");

    ledger.settle(ask, answered(Tokens.of(10, 20)));
    ledger.settleAllOthers();

    assertThat(usage(X))
        .containsExactly(
            lost(TODAY, 1, Tokens.of(10, 90), 100), day(TODAY, 1, Tokens.of(10, 20), 30));
    assertThat(spent(ADA)).isEqualTo(130);
  }

  @Test
  void a_call_that_settles_while_its_instance_is_destroyed_is_paid() throws Exception {
    var replica = replica();
    var asks =
        IntStream.range(0, 40).mapToObj(n -> ask(new InstanceId("short-lived-" + n))).toList();
    for (var ask : asks) {
      insert(ask.instance().value(), "ada");
      reserve(ask);
    }

    inParallel(
        80,
        n -> {
          var ask = asks.get(n / 2);
          if (n % 2 == 0) {
            destroy(ask.instance().value());
          } else {
            (n % 4 == 1 ? ledger : replica).settle(ask, answered(Tokens.of(1, 1)));
          }
          return n;
        });

    assertThat(spent(ADA)).isEqualTo(80);
  }

  @Test
  void a_call_of_a_model_with_any_name_is_booked() throws Exception {
    budgets.put(ADA, hard(1_000));
    var bound = ask(X, "a\u0000b", Optional.of(PRICE));
    assertThat(reserve(bound)).isInstanceOf(Granted.class);

    ledger.settle(
        bound, new Settlement(Outcome.ANSWERED, "it", "a\u0000b", 1, false, Tokens.of(10, 20)));

    assertThat(spent(ADA)).isEqualTo(30);
  }

  @Test
  void what_cannot_be_booked_for_a_day_is_given_up_and_then_lost() throws Exception {
    budgets.put(ONLY_X, hard(200));
    var ask = ask(X);
    reserve(ask);
    here.update("ALTER TABLE usage_day RENAME TO usage_day_gone");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> ledger.settle(ask, answered(Tokens.of(10, 20))));
    ledger.note();
    clock.advance(Duration.ofHours(23));
    ledger.note();
    ledger.renew();
    clock.advance(Duration.ofHours(2));
    ledger.note();
    ledger.renew();
    here.update("ALTER TABLE usage_day_gone RENAME TO usage_day");

    ledger.note();
    assertThat(spent(ADA)).as("nobody tries any more").isZero();
    clock.advance(Ledger.HELD.plusMillis(1));
    ledger.settleLost();

    assertThat(spent(ADA)).isEqualTo(100);
  }

  @Test
  void a_call_whose_reservation_was_kept_unheard_begins_all_the_same() throws Exception {
    budgets.put(ONLY_X, hard(110));
    var server = hardOfHearing();
    var ask = ask(X);

    assertThat(server.reserve(() -> ask, Patience.of(Duration.ZERO)).verdict())
        .isEqualTo(new Granted(90, 100));
    server.settle(ask, answered(Tokens.of(5, 5)));

    assertThat(ledger.standing(ONLY_X, "ada").orElseThrow().room()).isEqualTo(100);
  }

  @Test
  void a_reservation_of_no_call_under_way_is_given_back() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var ask = ask(X);
    reserve(ask);
    here.update("UPDATE reservation SET id = 'stray'");

    ledger.renew();

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
    assertThat(spent(ADA)).isZero();
  }
}
