package io.rockpool.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What work in a common transaction may rely on, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class GroupCommitContract {
  private TestDatabase database;
  private Sql sql;
  private Sql other;
  private GroupCommit commits;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    other = database.open();
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql);
    commits = new GroupCommit(sql);
  }

  @AfterEach
  final void stop() {
    commits.close();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void many_pieces_are_all_done() throws Exception {
    var pieces = new Pieces();
    IntStream.range(0, 500).forEach(n -> pieces.start("" + n % 7, inserts("row " + n)));

    pieces.join();

    assertThat(pieces.failed).isEmpty();
    assertThat(rows()).hasSize(500);
  }

  @Test
  void what_is_done_is_seen_by_everybody_when_it_returns() {
    int changed = commits.run("x", inserts("row"));

    assertThat(changed).isOne();
    assertThat(rows()).containsExactly("row");
  }

  @Test
  void a_piece_that_fails_takes_no_other_with_it_and_leaves_nothing() throws Exception {
    var together =
        together(pieces -> {
          pieces.start("a", inserts("before"));
          pieces.start(
              "b",
              it -> {
                insert(it, "thrown");
                throw new IllegalStateException("halfway");
              });
          pieces.start(
              "c",
              it -> {
                insert(it, "broken");
                return it.update("INSERT INTO nothing VALUES (1)");
              });
          pieces.start("d", inserts("after"));
        });

    assertThat(together.failed)
        .hasSize(2)
        .hasAtLeastOneElementOfType(StoreException.class)
        .anySatisfy(
            it -> assertThat(it).isInstanceOf(IllegalStateException.class).hasMessage("halfway"));
    assertThat(rows()).containsExactlyInAnyOrder("before", "after");
  }

  @Test
  void a_piece_that_ends_with_an_error_takes_no_other_with_it() throws Exception {
    var together =
        together(pieces -> {
          pieces.start("a", inserts("before"));
          pieces.start(
              "b",
              it -> {
                insert(it, "thrown");
                throw new AssertionError("halfway");
              });
          pieces.start("c", inserts("after"));
        });

    assertThat(together.failed)
        .singleElement()
        .satisfies(it -> assertThat(it).hasRootCauseMessage("halfway"));
    assertThat(rows()).containsExactlyInAnyOrder("before", "after");
    assertThat(commits.run("x", inserts("later"))).isOne();
  }

  @Test
  void pieces_that_wait_together_are_done_in_their_order() throws Exception {
    var done = new ConcurrentLinkedQueue<String>();

    together(pieces -> {
      for (var order : List.of("c", "a", "d", "b")) {
        pieces.start(order, _ -> done.add(order) ? 1 : 0);
      }
    });

    assertThat(done).containsExactly("a", "b", "c", "d");
  }

  @Test
  void after_its_end_it_refuses() {
    commits.close();

    assertThatThrownBy(() -> commits.run("x", inserts("row")))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("The server stops.");
    assertThat(rows()).isEmpty();
  }

  /** How long a commit waits now: until it is on the disk, or not. */
  abstract String durability(Sql inTransaction);

  @Test
  void a_durable_one_waits_for_the_disk_whatever_others_do() {
    try (var durable = GroupCommit.durable(sql)) {
      var quick = commits.run("x", this::durability);

      assertThat(durable.run("x", this::durability)).isEqualTo(onDisk()).isNotEqualTo(quick);
      assertThat(commits.run("x", this::durability)).isEqualTo(quick);
      assertThat(durable.run("x", inserts("row"))).isOne();
      assertThat(rows()).containsExactly("row");
    }
  }

  abstract String onDisk();

  @Test
  void at_its_end_what_is_under_way_is_done_and_what_waits_is_told() throws Exception {
    var gate = new Gate();
    var pieces = new Pieces();
    pieces.start(
        "x",
        it -> {
          gate.pass();
          return insert(it, "under way");
        });
    gate.reached();
    pieces.start("x", inserts("waits"));
    pieces.untilAllWait();

    var closing = Thread.ofVirtual().start(commits::close);
    await().until(() -> closing.getState() == Thread.State.WAITING);
    gate.open();
    pieces.join();
    closing.join();

    assertThat(pieces.failed).singleElement().isInstanceOf(RejectedExecutionException.class);
    assertThat(rows()).containsExactly("under way");
  }

  @Test
  void nobody_waits_for_ever_when_it_ends() throws Exception {
    for (int round = 0; round < 300; round++) {
      var ending = new GroupCommit(sql);
      var begun = new CountDownLatch(4);
      var pieces =
          IntStream.range(0, 4)
              .mapToObj(_ ->
                  Thread.ofPlatform()
                      .daemon()
                      .start(() -> {
                        begun.countDown();
                        try {
                          while (ending.run("x", _ -> true)) {
                            Thread.onSpinWait();
                          }
                        } catch (RejectedExecutionException expected) {
                          // It ended.
                        }
                      }))
              .toList();
      begun.await();

      ending.close();

      for (var piece : pieces) {
        assertThat(piece.join(Duration.ofSeconds(20))).as("round %d", round).isTrue();
      }
    }
  }

  /** Does pieces that are all there before the first of them begins. */
  private Pieces together(Consumer<Pieces> start) throws Exception {
    var gate = new Gate();
    var blocking =
        Thread.ofVirtual()
            .start(() ->
                commits.run(
                    "",
                    _ -> {
                      gate.pass();
                      return true;
                    }));
    gate.reached();
    var pieces = new Pieces();
    start.accept(pieces);
    pieces.untilAllWait();
    gate.open();
    blocking.join();
    pieces.join();
    return pieces;
  }

  private final class Pieces {
    private final List<Thread> threads = new ArrayList<>();
    final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();

    void start(String order, Function<Sql, Integer> work) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  commits.run(order, work);
                } catch (RuntimeException e) {
                  failed.add(e);
                }
              }));
    }

    void untilAllWait() {
      await().until(() -> threads.stream().allMatch(it -> it.getState() == Thread.State.WAITING));
    }

    void join() throws InterruptedException {
      for (var thread : threads) {
        assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
      }
    }
  }

  /** Where a piece stops until the test has seen it. */
  private static final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /** Interruption does not end it: a statement would not end either. */
    void pass() {
      reached.countDown();
      boolean interrupted = false;
      while (true) {
        try {
          open.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void reached() throws InterruptedException {
      assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    }

    void open() {
      open.countDown();
    }
  }

  private static Function<Sql, Integer> inserts(String id) {
    return it -> insert(it, id);
  }

  private static int insert(Sql it, String id) {
    return it.update("INSERT INTO destroyed_instance VALUES (?, 'ada', 1)", id);
  }

  /** As another server sees them. */
  private List<String> rows() {
    return other.query("SELECT id FROM destroyed_instance", row -> row.getString(1));
  }
}
