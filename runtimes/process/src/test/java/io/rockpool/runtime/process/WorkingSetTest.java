package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.process.Kernel.Range;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkingSetTest {
  private static final WorkingSet SET =
      new WorkingSet(
          Map.of(
              7L, List.of(new Range(0x1000, 0x3000), new Range(0x7ffff7a00000L, 0x7ffff7a01000L)),
              8L, List.of(new Range(0x1000, 0x2000))));

  @Test
  void pages_that_are_near_each_other_are_one_range() {
    var runs = new PresentPages.Runs(4096);
    for (long page : new long[] {1, 2, 4, 12, 30}) {
      runs.add(page * 4096);
    }

    assertThat(runs.found())
        .containsExactly(new Range(4096, 13 * 4096), new Range(30 * 4096, 31 * 4096));
  }

  @Test
  void it_is_read_again_as_it_was_written() {
    assertThat(WorkingSet.parse("life", SET.text("life"))).contains(SET);
  }

  @Test
  void one_of_another_life_or_a_broken_one_is_none() {
    assertThat(WorkingSet.parse("life", SET.text("another"))).isEmpty();
    assertThat(WorkingSet.parse("life", "")).isEmpty();
    assertThat(WorkingSet.parse("life", "life\n7 1000\n")).isEmpty();
    assertThat(WorkingSet.parse("life", "life\n7 1000 stack\n")).isEmpty();
  }

  @Test
  void what_costs_too_much_memory_to_fetch_is_left_to_faults() {
    assertThat(SET.worthwhile()).isTrue();
    assertThat(new WorkingSet(Map.of()).worthwhile()).isFalse();
    assertThat(of(WorkingSet.MOST_BYTES).worthwhile()).isTrue();
    assertThat(of(WorkingSet.MOST_BYTES + 4096).worthwhile()).isFalse();
  }

  private static WorkingSet of(long bytes) {
    return new WorkingSet(Map.of(7L, List.of(new Range(0, bytes))));
  }
}
