package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.runtime.tck.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("postgres")
class PostgresLedgerTest extends LedgerContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }

  @ParameterizedTest(name = "a call is worth having with {0} tokens")
  @ValueSource(longs = {90, 40})
  void two_servers_together_spend_no_more_than_the_budget(long least) throws Exception {
    budgets.put(ADA, hard(10_000));

    var verdicts = storm(least, List.of(X, Y), List.of(ledger(), replica()));

    assertThat(verdicts).hasAtLeastOneElementOfType(Spent.class);
    assertThat(spent(ADA)).isBetween(10_000 - least - 9, 10_000L);
  }

  @Test
  void a_call_that_settles_while_its_instance_is_being_destroyed_is_paid() throws Exception {
    var ask = ask(X);
    ledger().reserve(ask, Duration.ZERO);

    var settled =
        here.transaction(it -> {
          it.update("DELETE FROM instance WHERE id = 'x'");
          var settling = new FutureTask<>(() -> settle(ask));
          Thread.ofVirtual().start(settling);
          await()
              .until(() ->
                  here.query(
                              "SELECT count(*) FROM pg_locks WHERE NOT granted",
                              row -> row.getLong(1))
                          .getFirst()
                      > 0);
          return settling;
        });

    assertThat(settled.get()).isTrue();
    assertThat(spent(ADA)).isEqualTo(2);
    assertThat(spent(ONLY_X)).isZero();
  }

  private boolean settle(Ask ask) {
    ledger().settle(ask, answered(Tokens.of(1, 1)));
    return true;
  }
}
