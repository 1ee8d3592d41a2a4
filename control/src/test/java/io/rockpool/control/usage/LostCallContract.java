package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** What the books promise about calls whose server died, on every database. */
abstract class LostCallContract extends LedgerFixture {
  @Test
  void what_a_killed_server_left_open_is_booked_once_it_is_believed_dead() throws Exception {
    budgets.put(ADA, hard(100));
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));

    clock.advance(Ledger.HELD);
    ledger.settleLost();
    assertThat(usage(X)).isEmpty();
    clock.advance(Duration.ofMillis(1));
    ledger.settleLost();

    assertThat(usage(X)).containsExactly(lost(TODAY, 1, Tokens.of(10, 90), 100));
    assertThat(spent(ADA)).isEqualTo(100);
    assertThat(outcomes()).containsExactly(tuple("LOST", 100L));
    assertThat(announced).containsExactly("account:ada: 100%");
  }

  @Test
  void without_a_budget_the_likely_is_booked() throws Exception {
    replica().reserve(() -> ask(X), Patience.of(Duration.ZERO));
    noteAll();

    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(lost(TODAY, 1, Tokens.of(10, 40), 50));
  }

  @Test
  void a_server_that_is_heard_of_keeps_its_calls() throws Exception {
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));
    ledger.reserve(() -> ask(Y), Patience.of(Duration.ZERO));
    noteAll();

    clock.advance(Duration.ofSeconds(59));
    ledger.renew();
    clock.advance(Duration.ofSeconds(59));
    ledger.settleLost();

    assertThat(usage(X)).hasSize(1);
    assertThat(usage(Y)).isEmpty();
  }

  @Test
  void the_only_server_settles_at_once_what_others_left_open() throws Exception {
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));
    ledger.reserve(() -> ask(Y), Patience.of(Duration.ZERO));
    noteAll();

    ledger.settleAllOthers();

    assertThat(usage(X)).hasSize(1);
    assertThat(usage(Y)).isEmpty();
  }

  @Test
  void a_lost_call_that_was_alone_is_booked_at_what_is_likely() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    replica().reserve(() -> alone, Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(lost(TODAY, 1, Tokens.of(10, 90), 100));
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void what_was_lost_is_spent_and_no_longer_set_aside() throws Exception {
    budgets.put(ONLY_X, hard(250));
    replica().reserve(() -> ask(X), Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ZERO)).verdict())
        .isEqualTo(new Granted(90, 100));
    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ZERO)).verdict())
        .isEqualTo(new Granted(40, 50));
  }

  @Test
  void a_call_that_was_booked_as_lost_is_corrected_once() throws Exception {
    budgets.put(ADA, hard(100));
    var slow = replica();
    var ask = ask(X);
    slow.reserve(() -> ask, Patience.of(Duration.ZERO));
    ledger.settleAllOthers();
    assertThat(reserve(ask(Y))).isEqualTo(new Spent(ADA, hard(100)));

    slow.settle(ask, answered(Tokens.of(4, 6)));
    slow.settle(ask, answered(Tokens.of(9, 9)));
    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(4, 6), 10));
    assertThat(List.of(spent(ADA), spent(ONLY_X))).containsExactly(10L, 10L);
    assertThat(outcomes()).containsExactly(tuple("ANSWERED", 10L));
    assertThat(reserve(ask(Y))).isEqualTo(new Granted(80, 90));
  }

  @Test
  void of_many_servers_one_books_what_was_lost() throws Exception {
    var killed = replica();
    for (var instance : List.of(X, Y, X, Y, X, Y, X, Y)) {
      killed.reserve(() -> ask(instance), Patience.of(Duration.ZERO));
    }
    noteAll();
    var replica = replica();
    clock.advance(Ledger.HELD.plusMillis(1));

    inParallel(
        8,
        n -> {
          (n % 2 == 0 ? ledger : replica).settleLost();
          return n;
        });

    assertThat(usage(X)).containsExactly(lost(TODAY, 4, Tokens.of(40, 160), 200));
    assertThat(usage(Y)).containsExactly(lost(TODAY, 4, Tokens.of(40, 160), 200));
    assertThat(spent(ADA)).isEqualTo(400);
  }

  @Test
  void a_call_that_settles_while_it_is_believed_lost_is_booked_once_as_it_was() throws Exception {
    var slow = replica();
    var asks = IntStream.range(0, 30).mapToObj(_ -> ask(X)).toList();
    for (var ask : asks) {
      slow.reserve(() -> ask, Patience.of(Duration.ZERO));
    }
    clock.advance(Ledger.HELD.plusMillis(1));

    inParallel(
        31,
        n -> {
          if (n == 0) {
            ledger.settleLost();
          } else {
            slow.settle(asks.get(n - 1), answered(Tokens.of(1, 1)));
          }
          return n;
        });

    assertThat(usage(X)).containsExactly(day(TODAY, 30, Tokens.of(30, 30), 60));
    assertThat(spent(ADA)).isEqualTo(60);
  }

  private List<Tuple> outcomes() {
    return here.query(
        "SELECT outcome, cost FROM model_call", row -> tuple(row.getString(1), row.getLong(2)));
  }

  @Test
  void one_that_cannot_be_booked_keeps_no_other_from_it() throws Exception {
    budgets.put(ADA, hard(1_000));
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));
    killed.reserve(() -> ask(Y), Patience.of(Duration.ZERO));
    here.update("UPDATE instance SET plan = 'broken' WHERE id = 'x'");
    here.update("UPDATE reservation SET deadline = 0 WHERE instance_id = 'x'");
    clock.advance(Ledger.HELD.plusMillis(1));

    ledger.settleLost();
    assertThat(usage(X)).isEmpty();
    assertThat(usage(Y)).hasSize(1);
    here.update("UPDATE instance SET plan = 'free' WHERE id = 'x'");
    clock.advance(Ledger.HELD.plusMillis(1));
    ledger.settleLost();

    assertThat(usage(X)).hasSize(1);
  }

  @Test
  void all_tries_of_a_lost_call_are_booked() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var bound = ask(X);
    var free = ask(Y);
    var late = ask(Y);
    var killed = replica();
    for (var ask : List.of(bound, free, late)) {
      killed.reserve(() -> ask, Patience.of(Duration.ZERO));
    }
    killed.again(bound, LOST);
    killed.again(free, LOST);
    noteAll();
    killed.again(late, LOST); // that is noted already
    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(lost(TODAY, 1, Tokens.of(20, 130), 150));
    assertThat(usage(Y)).containsExactly(lost(TODAY, 2, Tokens.of(40, 160), 200));
  }

  @Test
  void a_call_that_was_given_up_for_lost_is_not_tried_again() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var ask = ask(X);
    var slow = replica();
    slow.reserve(() -> ask, Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(slow.again(ask, LOST)).isEmpty();
  }
}
