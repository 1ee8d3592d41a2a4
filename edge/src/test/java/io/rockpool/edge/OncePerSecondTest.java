package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OncePerSecondTest {
  @Test
  void the_first_has_a_line_and_those_after_it_share_the_next() {
    var log = new OncePerSecond();

    assertThat(log.count()).isEqualTo(OptionalLong.of(1));
    var told = new AtomicLong();
    var counted = new AtomicLong();
    await()
        .until(() -> {
          counted.incrementAndGet();
          var line = log.count();
          line.ifPresent(told::set);
          return line.isPresent();
        });
    assertThat(told.get()).isEqualTo(counted.get());
  }
}
