package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.usage.Ledger.Patience;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is announced of budgets, on every database. */
abstract class AnnouncementContract extends LedgerFixture {
  @Test
  void each_part_of_a_budget_is_announced_once_in_a_window() throws Exception {
    budgets.put(ONLY_X, new Budget(cny(100), Period.MONTH, false));

    assertThat(announcedBy(49)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 50%");
    assertThat(announcedBy(29)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 80%");
    assertThat(announcedBy(20)).containsExactly("instance:x: 100%");
    assertThat(announcedBy(300)).isEmpty();
    clock.advance(Duration.ofDays(10));
    assertThat(announcedBy(49)).isEmpty();
    assertThat(announcedBy(51)).containsExactly("instance:x: 100%");
    assertThat(announcedBy(1)).isEmpty();
  }

  @Test
  void a_changed_budget_is_announced_anew() throws Exception {
    budgets.put(ADA, new Budget(cny(100), Period.TOTAL, false));
    assertThat(announcedBy(80)).containsExactly("account:ada: 80%");

    budgets.put(ADA, new Budget(cny(162), Period.TOTAL, false));

    assertThat(announcedBy(1)).containsExactly("account:ada: 50%");
  }

  @Test
  void what_a_late_call_of_the_last_window_spends_is_not_announced_in_this() throws Exception {
    budgets.put(ONLY_X, new Budget(cny(100), Period.MONTH, false));
    var last = ask(X);
    reserve(last);
    clock.advance(Duration.ofDays(10));
    assertThat(announcedBy(50)).containsExactly("instance:x: 50%");
    announced.clear();

    ledger.settle(last, answered(Tokens.of(10, 70)));

    assertThat(announced).isEmpty();
    assertThat(announcedBy(29)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 80%");
  }

  @Test
  void a_call_is_booked_whether_or_not_it_can_be_announced() throws Exception {
    budgets.put(ADA, new Budget(cny(100), Period.MONTH, false));
    mute = true;

    call(ask(X), Tokens.of(10, 90));

    assertThat(spent(ADA)).isEqualTo(100);
  }

  @Test
  void of_many_servers_one_announces() throws Exception {
    budgets.put(ADA, new Budget(cny(20), Period.MONTH, false));
    var replica = replica();

    inParallel(
        40,
        n -> {
          var server = n % 2 == 0 ? ledger : replica;
          var ask = ask(n % 3 == 0 ? X : Y);
          server.reserve(() -> ask, Patience.of(Duration.ZERO));
          server.settle(ask, answered(Tokens.of(1, 0)));
          return ask;
        });

    assertThat(announced).doesNotHaveDuplicates().contains("account:ada: 100%");
    assertThat(spent(ADA)).isEqualTo(40);
  }

  /** What is announced when a call costs so much. */
  private List<String> announcedBy(long cost) throws InterruptedException {
    announced.clear();
    call(ask(X), Tokens.of(cost, 0));
    return List.copyOf(announced);
  }
}
