package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.process.Swap.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwapTest {
  private static final String HEADING = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority";
  private static final String DISK = "/swapfile                file\t\t4194300\t\t1024\t\t-2";
  private static final String ZRAM = "/dev/zram0               partition\t2097148\t\t0\t\t100";
  private static final String FULL =
      "/dev/zram0               partition\t2097148\t\t2096000\t\t100";

  @Test
  void a_host_may_have_none() {
    assertThat(Swap.parse(List.of(HEADING)).next()).isEmpty();
    assertThat(Swap.parse(List.of(HEADING)).areas()).isEmpty();
  }

  @Test
  void the_one_of_the_highest_priority_is_next_while_it_has_room() {
    assertThat(Swap.parse(List.of(HEADING, DISK)).next()).contains(Kind.DISK);
    assertThat(Swap.parse(List.of(HEADING, DISK, ZRAM)).next()).contains(Kind.ZRAM);
    assertThat(Swap.parse(List.of(HEADING, FULL, DISK)).next()).contains(Kind.DISK);
    assertThat(Swap.parse(List.of(HEADING, FULL)).next()).isEmpty();
  }
}
