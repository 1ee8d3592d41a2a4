package io.rockpool.control.sleep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.instance.Instance;
import io.rockpool.runtime.InstanceId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LooksTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<List<InstanceId>> looked = new CopyOnWriteArrayList<>();
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void close() {
    threads.shutdownNow();
    threads.close();
  }

  private Looks looks(Function<List<InstanceId>, List<Instance>> find) {
    return new Looks(ids -> {
      looked.add(ids);
      return find.apply(ids);
    });
  }

  private Future<Optional<Instance>> asked(Looks looks, InstanceId id) {
    return threads.submit(() -> looks.at(id));
  }

  @Test
  void who_asks_while_a_look_is_under_way_gets_a_later_one_that_all_of_them_share()
      throws Exception {
    var looks =
        looks(_ -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return List.of();
        });
    var first = asked(looks, ADA);
    await().until(() -> looked.size() == 1);

    var others = IntStream.range(0, 100).mapToObj(i -> asked(looks, i < 50 ? ADA : BOB)).toList();
    await().until(() -> looks.waiting() == 2);
    goOn.countDown();

    assertThat(first.get()).isEmpty();
    for (var other : others) {
      assertThat(other.get()).isEmpty();
    }
    assertThat(looked.getFirst()).containsExactly(ADA);
    assertThat(looked.get(1)).containsExactlyInAnyOrder(ADA, BOB);
  }

  @Test
  void who_asked_is_told_why_a_look_failed_and_the_next_one_is_another() throws Exception {
    var looks =
        looks(_ -> {
          if (looked.size() == 1) {
            throw new IllegalArgumentException("gone");
          }
          return List.of();
        });

    assertThatThrownBy(() -> looks.at(ADA)).isInstanceOf(IllegalArgumentException.class);
    assertThat(looks.at(ADA)).isEmpty();
  }
}
