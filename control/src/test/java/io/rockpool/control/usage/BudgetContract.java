package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Verdict.Busy;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Unpriced;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What budgets promise, on every database. */
abstract class BudgetContract extends LedgerFixture {
  @Test
  void what_is_set_aside_is_not_there_for_others() throws Exception {
    budgets.put(ONLY_X, hard(160));
    reserve(ask(X));

    assertThat(reserve(ask(X))).as("less than it asked for").isEqualTo(new Granted(50, 60));
    assertThat(reserve(ask(X))).isEqualTo(new Busy(ONLY_X, hard(160)));
    assertThat(reserve(ask(Y))).as("another instance").isEqualTo(new Granted(90, 0));
  }

  @Test
  void who_waits_gets_what_others_leave() throws Exception {
    budgets.put(ONLY_X, hard(110));
    var first = ask(X);
    reserve(first);

    var second = waiting(ask(X));
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void who_waits_hears_of_what_another_server_settles() throws Exception {
    budgets.put(ADA, hard(110));
    var replica = replica();
    var first = ask(X);
    replica.reserve(() -> first, Patience.of(Duration.ZERO));

    var second = waiting(ask(Y));
    replica.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void who_waits_for_a_budget_of_its_own_keeps_nobody_else_waiting() throws Exception {
    budgets.put(ONLY_X, hard(110));
    budgets.put(BudgetOwner.of(Y), hard(110));
    var stream = ask(X);
    var first = ask(Y);
    reserve(stream);
    reserve(first);

    var stuck = waiting(ask(X));
    var other = waiting(ask(Y));
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(new Granted(90, 100));
    assertThat(stuck.isDone()).isFalse();
    ledger.settle(stream, answered(Tokens.of(5, 5)));
    assertThat(stuck.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void who_has_waited_long_enough_is_refused() throws Exception {
    budgets.put(ONLY_X, hard(100));
    reserve(ask(X));

    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ofMillis(1))).verdict())
        .isEqualTo(new Busy(ONLY_X, hard(100)));
  }

  @Test
  void what_only_reads_waits_too() throws Exception {
    budgets.put(ONLY_X, hard(110));
    var first = ask(X);
    reserve(first);
    var embedding =
        new Ask("embedding", X, "ada", "key", "model", 50, 0, 0, false, Optional.of(PRICE));

    var second = waiting(embedding);
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(0, 50));
  }

  @ParameterizedTest(name = "a call is worth having with {0} tokens")
  @ValueSource(longs = {90, 40})
  void many_at_once_spend_no_more_than_the_budget_and_nearly_all_of_it(long least)
      throws Exception {
    budgets.put(ONLY_X, hard(10_000));

    var verdicts = storm(least, List.of(X), List.of(ledger));

    assertThat(verdicts).hasAtLeastOneElementOfType(Spent.class);
    assertThat(spent(ONLY_X)).isBetween(10_000 - least - 9, 10_000L);
  }

  @Test
  void an_accounts_budget_binds_its_instances_together() throws Exception {
    budgets.put(ADA, hard(10_000));
    budgets.put(ONLY_X, hard(1_000));
    for (var instance : List.of(X, Y)) {
      call(ask(instance), Tokens.of(1, 0)); // what binds them is known, so neither comes late
    }

    var verdicts = storm(90, List.of(X, Y), List.of(ledger));

    assertThat(verdicts).contains(new Spent(ADA, hard(10_000)), new Spent(ONLY_X, hard(1_000)));
    assertThat(spent(ADA)).isBetween(9_901L, 10_000L);
    assertThat(spent(ONLY_X)).isBetween(901L, 1_000L);
  }

  /** 500 calls at once, each of 100 at most; about half of them use all they were granted. */
  final List<Verdict> storm(long least, List<InstanceId> instances, List<Ledger> servers)
      throws Exception {
    return inParallel(
        500,
        n -> {
          var server = servers.get(n % servers.size());
          var instance = instances.get(n / servers.size() % instances.size());
          var random = new SplittableRandom(n);
          var id = "call " + n;
          var ask =
              new Ask(
                  id, instance, "ada", "key", "model", 10, 90, least, false, Optional.of(PRICE));
          var verdict = server.reserve(() -> ask, Patience.of(PATIENTLY)).verdict();
          if (verdict instanceof Granted(var written, _, _)) {
            assertThat(held()).isLessThanOrEqualTo(10_000);
            var used = random.nextBoolean() ? written : random.nextLong(written + 1);
            server.settle(ask, answered(Tokens.of(10, used)));
          }
          return verdict;
        });
  }

  /** All that is spent or set aside at this moment. */
  private long held() {
    return here.query(
            "SELECT (SELECT COALESCE(SUM(reserved), 0) FROM reservation) + (SELECT COALESCE(SUM(cost), 0) FROM model_call)",
            row -> row.getLong(1))
        .getFirst();
  }

  @Test
  void a_top_up_lets_the_next_call_pass_at_once() throws Exception {
    budgets.put(ONLY_X, hard(100));
    call(ask(X), Tokens.of(10, 90));
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(100)));

    new Budgets(there, bindings(there)).put(ONLY_X, hard(200));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void a_top_up_lets_pass_who_waits() throws Exception {
    budgets.put(ONLY_X, hard(100));
    reserve(ask(X));

    var second = waiting(ask(X));
    budgets.put(ONLY_X, hard(200));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void how_a_budget_stands_is_told() throws Exception {
    assertThat(ledger.standing(ADA, "ada")).isEmpty();
    budgets.put(ADA, hard(300));
    call(ask(X), Tokens.of(10, 20));
    reserve(ask(Y));

    assertThat(ledger.standing(ADA, "ada")).contains(new Purse(ADA, hard(300), cny(30), cny(100)));
    clock.advance(Duration.ofDays(10));
    assertThat(ledger.standing(ADA, "ada")).contains(new Purse(ADA, hard(300), cny(0), cny(0)));
  }

  @Test
  void a_call_that_is_to_be_alone_holds_the_whole_budget_until_it_settles() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    assertThat(reserve(alone)).isEqualTo(new Granted(90, 1_000));

    var second = waiting(ask(X));
    ledger.settle(alone, answered(Tokens.of(400, 400)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
    assertThat(spent(ONLY_X)).isEqualTo(800);
  }

  @Test
  void what_was_spent_before_the_budget_was_set_counts() throws Exception {
    call(ask(X), Tokens.of(10, 90));

    budgets.put(ONLY_X, hard(140));

    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(140)));
  }

  @Test
  void nothing_binds_once_the_budget_is_taken_away() throws Exception {
    budgets.put(ONLY_X, hard(0));

    budgets.remove(ONLY_X);

    assertThat(budget(ONLY_X)).isEmpty();
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 0));
  }

  @Test
  void a_budget_is_kept_as_it_was_set_last() {
    var soft = new Budget(Money.parse(Money.currency("USD"), "12.50"), Period.DAY, false);
    budgets.put(ADA, hard(100));
    budgets.put(ONLY_X, hard(200));

    budgets.put(ADA, soft);

    assertThat(budget(ADA)).contains(soft);
    assertThat(budget(ONLY_X)).contains(hard(200));
    assertThat(budget(BudgetOwner.of(Y))).isEmpty();
  }

  @Test
  void the_budget_of_an_instance_goes_with_it() throws Exception {
    budgets.put(ADA, hard(500));
    budgets.put(ONLY_X, hard(100));
    call(ask(X), Tokens.of(10, 90));

    destroy("x");
    insert("x", "bob");

    assertThat(budget(ONLY_X)).isEmpty();
    assertThat(budget(ADA)).contains(hard(500));
    assertThat(spent(ADA)).isEqualTo(100);
  }

  @Test
  void a_hard_budget_refuses_what_it_cannot_count() throws Exception {
    var dollars = new Budget(new Money(Currency.getInstance("USD"), 100), Period.MONTH, true);
    budgets.put(ONLY_X, dollars);
    var unpriced = ask(X, "model", Optional.empty());

    assertThat(reserve(ask(X))).as("yuan").isEqualTo(new Unpriced(ONLY_X, dollars));
    assertThat(reserve(unpriced)).as("no price").isEqualTo(new Unpriced(ONLY_X, dollars));
  }

  @Test
  void what_is_free_is_free_in_every_currency() throws Exception {
    budgets.put(ONLY_X, new Budget(new Money(Currency.getInstance("USD"), 0), Period.MONTH, true));
    var free = ask(X, "model", Optional.of(new Price(CNY, 0, 0, 0, 0, 0)));

    assertThat(reserve(free)).isEqualTo(new Granted(90, 0));
  }

  @ParameterizedTest(name = "{0}: not after {1}, but after {2} more")
  @CsvSource({
    "DAY, PT15H59M59.999S, PT0.001S",
    "MONTH, P9DT15H59M59.999S, PT0.001S",
  })
  void a_new_window_begins_anew(Period period, Duration before, Duration rest) throws Exception {
    var budget = new Budget(cny(100), period, true);
    budgets.put(ONLY_X, budget);
    call(ask(X), Tokens.of(10, 90));

    clock.advance(before);
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, budget));
    clock.advance(rest);
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void a_total_never_begins_anew() throws Exception {
    var total = new Budget(cny(100), Period.TOTAL, true);
    budgets.put(ONLY_X, total);
    call(ask(X), Tokens.of(10, 90));

    clock.advance(Duration.ofDays(1_000));

    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, total));
  }

  @Test
  void a_call_counts_where_it_began() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var last = ask(X);
    reserve(last);
    clock.advance(Duration.ofDays(10));

    assertThat(reserve(ask(X))).as("a new month").isEqualTo(new Granted(90, 100));
    ledger.settle(last, answered(Tokens.of(10, 90)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 90), 100));
  }

  @Test
  void another_try_is_set_aside_beside_the_one_that_may_be_charged() throws Exception {
    budgets.put(ONLY_X, hard(240));
    var ask = ask(X);
    reserve(ask);

    assertThat(ledger.again(ask, LOST)).contains(new Granted(90, 100));
    assertThat(reserve(ask(X))).as("the rest").isEqualTo(new Granted(80, 90));
    ledger.settle(ask, answered(LOST.plus(Tokens.of(10, 90))));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(20, 130), 150));
    assertThat(reserve(ask(X))).isInstanceOf(Busy.class);
  }

  @Test
  void another_try_writes_no_more_than_is_left() throws Exception {
    budgets.put(ONLY_X, hard(120));
    var ask = ask(X);
    reserve(ask);

    assertThat(ledger.again(ask, LOST)).contains(new Granted(60, 70));
    assertThat(held()).isEqualTo(120);
  }

  @Test
  void what_the_budget_does_not_cover_twice_is_not_tried_again() throws Exception {
    budgets.put(ADA, hard(140));
    budgets.put(ONLY_X, hard(99));
    var ask = ask(X);
    assertThat(reserve(ask)).isEqualTo(new Granted(89, 99));

    assertThat(ledger.again(ask, LOST)).isEmpty();

    assertThat(held()).as("what the first try may cost").isEqualTo(50);
    assertThat(reserve(ask(Y))).as("the rest of the account").isEqualTo(new Granted(80, 90));
    ledger.settle(ask, answered(LOST));
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(99)));
  }

  @Test
  void a_call_that_is_to_be_alone_holds_the_whole_budget_for_all_of_its_tries() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    reserve(alone);

    assertThat(ledger.again(alone, LOST)).contains(new Granted(90, 950));
    assertThat(held()).isEqualTo(1_000);
  }

  @Test
  void tries_of_many_at_once_spend_no_more_than_the_budget() throws Exception {
    budgets.put(ONLY_X, hard(10_000));

    var tries =
        inParallel(
            200,
            n -> {
              var ask = ask(X);
              var server = ledger;
              var granted = server.reserve(() -> ask, Patience.of(PATIENTLY)).verdict();
              if (!(granted instanceof Granted)) {
                return 0;
              }
              var again = server.again(ask, LOST);
              assertThat(held()).isLessThanOrEqualTo(10_000);
              var used = again.map(it -> LOST.plus(Tokens.of(10, it.written()))).orElse(LOST);
              server.settle(ask, answered(used));
              return again.isPresent() ? 2 : 1;
            });

    assertThat(tries).contains(0, 2);
    assertThat(spent(ONLY_X)).isBetween(9_951L, 10_000L);
  }
}
