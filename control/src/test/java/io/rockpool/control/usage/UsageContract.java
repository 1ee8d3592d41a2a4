package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.account.Actor;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Usage.OneCall;
import io.rockpool.control.usage.Usage.Position;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the books tell of what was used, on every database. */
abstract class UsageContract extends LedgerFixture {
  private static final Actor ADAS = new Actor.User("ada");

  @Test
  void what_was_used_is_told_by_day_and_model_and_provider_and_how_much_of_it_is_estimated()
      throws Exception {
    call(X, "acme", false, Tokens.of(1, 2));
    call(X, "acme", true, Tokens.of(3, 4));
    call(X, "other", false, Tokens.of(5, 6));
    call(Y, "acme", false, Tokens.of(7, 8));

    var acme = new Usage.Day(TODAY, "model", "acme", 2, 1, Tokens.of(4, 6), Optional.of(cny(10)));
    var other = new Usage.Day(TODAY, "model", "other", 1, 0, Tokens.of(5, 6), Optional.of(cny(11)));
    assertThat(usage(X)).containsExactly(acme, other);
    assertThat(new Usage(here).days("ada", TODAY, TODAY))
        .containsExactly(
            new Usage.Day(TODAY, "model", "acme", 3, 1, Tokens.of(11, 14), Optional.of(cny(25))),
            other);
    assertThat(new Usage(here).of("ada", TODAY, TODAY))
        .extracting(Usage.OfModel::instance, Usage.OfModel::provider, Usage.OfModel::estimated)
        .containsExactly(tuple("x", "acme", 1L), tuple("x", "other", 0L), tuple("y", "acme", 0L));
    assertThat(new Usage(here).days("bob", TODAY, TODAY)).isEmpty();
  }

  @Test
  void a_call_that_was_taken_for_lost_counts_for_its_provider_once_that_is_known()
      throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var ask = ask(X);
    reserve(ask);
    replica().settleAllOthers();
    assertThat(usage(X))
        .extracting(Usage.Day::provider, Usage.Day::estimated)
        .containsExactly(tuple("", 1L));

    ledger.settle(ask, answered(Tokens.of(10, 20)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
  }

  @Test
  void whoever_has_many_providers_fills_no_table_with_their_names() throws Exception {
    for (int n = 0; n <= Books.MOST_SUMS; n++) {
      call(X, "provider " + n, false, Tokens.of(1, 1));
    }
    call(X, "one more", false, Tokens.of(1, 1));
    call(X, "provider 7", false, Tokens.of(1, 1));

    assertThat(usage(X))
        .hasSize(Books.MOST_SUMS + 1)
        .contains(
            new Usage.Day(TODAY, "model", "", 2, 0, Tokens.of(2, 2), Optional.of(cny(4))),
            new Usage.Day(
                TODAY, "model", "provider 7", 2, 0, Tokens.of(2, 2), Optional.of(cny(4))));
  }

  @Test
  void single_calls_are_told_page_by_page_the_newest_first() throws Exception {
    for (int n = 0; n < 7; n++) {
      call(X, "acme", n % 2 == 0, Tokens.of(n, 1));
      call(Y, "acme", false, Tokens.of(99, 1));
      if (n % 3 == 2) {
        clock.advance(Duration.ofSeconds(1)); // three begin in the same moment
      }
    }

    var told = new ArrayList<OneCall>();
    var page = calls(ADAS, X, null, 2);
    while (!page.isEmpty()) {
      told.addAll(page);
      var last = page.getLast();
      page = calls(ADAS, X, new Position(last.began(), last.id()), 2);
    }

    assertThat(told)
        .extracting(it -> it.tokens().input())
        .containsExactly(6L, 5L, 4L, 3L, 2L, 1L, 0L);
    assertThat(told)
        .extracting(OneCall::estimated)
        .containsExactly(true, false, true, false, true, false, true);
    assertThat(told.getFirst())
        .isEqualTo(
            new OneCall(
                told.getFirst().id(),
                "key",
                "model",
                clock.instant(),
                clock.instant(),
                Outcome.ANSWERED,
                "acme",
                "model-1",
                3,
                true,
                Tokens.of(6, 1),
                Optional.of(cny(7))));
  }

  @Test
  void single_calls_of_days_that_are_not_asked_for_are_not_told() throws Exception {
    call(X, "acme", false, Tokens.of(1, 1));
    clock.advance(Duration.ofDays(1));
    call(X, "acme", false, Tokens.of(2, 2));
    clock.advance(Duration.ofDays(1));
    call(X, "acme", false, Tokens.of(3, 3));

    var day = TODAY.plusDays(1);
    assertThat(new Usage(here).calls(ADAS, X, "ada", day, day, null, 9))
        .extracting(it -> it.tokens().input())
        .containsExactly(2L);
    var later = new Position(clock.instant().plus(Duration.ofDays(9)), "z");
    assertThat(new Usage(here).calls(ADAS, X, "ada", day, day, later, 9)).hasSize(1);
  }

  @Test
  void nobody_is_told_of_anothers_calls() throws Exception {
    call(X, "acme", false, Tokens.of(1, 1));

    assertThat(calls(ADAS, X, null, 9)).hasSize(1);
    assertThat(calls(new Actor.Operator("admin"), X, null, 9)).hasSize(1);
    assertThat(calls(new Actor.User("bob"), X, null, 9)).isEmpty();
    assertThat(new Usage(here).calls(new Actor.User("bob"), X, "bob", TODAY, TODAY, null, 9))
        .as("of an instance of the same name")
        .isEmpty();
  }

  private List<OneCall> calls(
      Actor actor, InstanceId instance, @Nullable Position after, int most) {
    return new Usage(here)
        .calls(actor, instance, "ada", LocalDate.EPOCH, TODAY.plusYears(9), after, most);
  }

  private void call(InstanceId instance, String provider, boolean estimated, Tokens tokens)
      throws InterruptedException {
    var ask = ask(instance);
    reserve(ask);
    ledger.settle(ask, new Settlement(Outcome.ANSWERED, provider, "model-1", 3, estimated, tokens));
  }
}
