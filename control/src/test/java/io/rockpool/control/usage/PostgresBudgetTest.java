package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.runtime.tck.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("postgres")
class PostgresBudgetTest extends BudgetContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }

  @ParameterizedTest(name = "a call is worth having with {0} tokens")
  @ValueSource(longs = {90, 40})
  void two_servers_together_spend_no_more_than_the_budget(long least) throws Exception {
    budgets.put(ADA, hard(10_000));

    var verdicts = storm(least, List.of(X, Y), List.of(ledger, replica()));

    assertThat(verdicts).hasAtLeastOneElementOfType(Spent.class);
    assertThat(spent(ADA)).isBetween(10_000 - least - 9, 10_000L);
  }
}
