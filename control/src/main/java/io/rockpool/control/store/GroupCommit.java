package io.rockpool.control.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does many small pieces of work in one transaction, so that they share what a commit costs. What
 * it has done is kept when it returns: the death of this process does not undo it. On SQLite a loss
 * of power may, for a second; on PostgreSQL it is as durable as that is set up. A {@linkplain
 * #durable durable} one waits for the disk, on both.
 *
 * <p>One thread writes. While it does, others queue; what is queued then goes into the next
 * transaction. So nobody waits for company, and under load a commit costs each a fraction.
 */
public final class GroupCommit implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  private static final int MOST_AT_ONCE = 256;

  /**
   * Less where a commit costs little: on SQLite those who wait for the disk wait for it as well.
   */
  private static final int MOST_AT_ONCE_UNLESS_DURABLE = 64;

  private static final int MOST_WAITING = 10_000;

  /**
   * Work of which many pieces cost less together than one after the other. Each must end as if it
   * had been alone.
   *
   * @param <A> what a piece is about
   * @param <R> its result
   */
  public interface Bulk<A, R> {
    /**
     * @return the results, in the order of the pieces
     */
    List<R> run(Sql sql, List<A> pieces);
  }

  /** Work that knows nothing of other work. */
  private static final Bulk<Function<Sql, Object>, Object> ALONE =
      (sql, pieces) -> pieces.stream().map(it -> it.apply(sql)).toList();

  private static final class Piece<A, R> {
    final String order;
    final Bulk<A, R> bulk;
    final CompletableFuture<R> done = new CompletableFuture<>();
    private final A about;
    private @Nullable R result;

    Piece(String order, Bulk<A, R> bulk, A about) {
      this.order = order;
      this.bulk = bulk;
      this.about = about;
    }

    /** Does all of a batch that are of the same bulk. */
    void run(Sql sql, List<Piece<?, ?>> batch) {
      @SuppressWarnings("unchecked") // that of a bulk is of its types
      var pieces =
          batch.stream().filter(it -> it.bulk.equals(bulk)).map(it -> (Piece<A, R>) it).toList();
      var results = bulk.run(sql, pieces.stream().map(it -> it.about).toList());
      for (int i = 0; i < pieces.size(); i++) {
        pieces.get(i).result = results.get(i);
      }
    }

    @SuppressWarnings("NullAway") // the result may be null where R may be
    void committed() {
      done.complete(result);
    }
  }

  private final Sql sql;
  private final boolean durable;
  private final BlockingQueue<Piece<?, ?>> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  // A platform thread: calls into SQLite hold the thread that carries a virtual one.
  private final Thread writer;
  private volatile boolean closed;

  public GroupCommit(Sql sql) {
    this(sql, false);
  }

  private GroupCommit(Sql sql, boolean durable) {
    this.sql = sql;
    this.durable = durable;
    this.writer = Thread.ofPlatform().daemon().name("group commit").start(this::write);
  }

  /** One whose work is on the disk when it returns: a loss of power does not undo it. */
  public static GroupCommit durable(Sql sql) {
    return new GroupCommit(sql, true);
  }

  /**
   * Does {@code work} in a transaction, wholly or not at all, together with that of others. It may
   * be tried twice: it must have no effect but on the database.
   *
   * @param order what the work locks first. Pieces are done in the order of these, so that two
   *     servers never wait for each other's rows
   * @throws StoreException the database failed; nothing of this work is kept
   */
  public <T> T run(String order, Function<Sql, T> work) {
    return await(queued(alone(order, work)));
  }

  /**
   * Does a piece of {@code bulk}, together with all others of it that wait, as {@link #run(String,
   * Function)} does work. A bulk locks what its pieces lock in the order of these.
   */
  public <A, R> R run(String order, Bulk<A, R> bulk, A about) {
    return await(queued(new Piece<>(order, bulk, about)));
  }

  @SuppressWarnings("unchecked") // the result is that of the work
  private static <T> Piece<Function<Sql, T>, T> alone(String order, Function<Sql, T> work) {
    return (Piece<Function<Sql, T>, T>)
        (Piece<?, ?>) new Piece<>(order, ALONE, (Function<Sql, Object>) (Function<Sql, ?>) work);
  }

  /**
   * The same, without waiting: what follows of the same order is done after it. Should it fail, it
   * is logged and forgotten.
   */
  public void later(String order, Function<Sql, Boolean> work) {
    var _ =
        queued(alone(order, work))
            .done
            .exceptionally(e -> {
              log.atWarn().setCause(e).log("what nobody waits for could not be written");
              return false;
            });
  }

  private <A, R> Piece<A, R> queued(Piece<A, R> piece) {
    if (closed || !waiting.offer(piece)) {
      throw new RejectedExecutionException(
          closed ? "The server stops." : "The database is too slow: too much waits for it.");
    }
    if (closed && waiting.remove(piece)) { // the writer may have looked for the last time before
      throw new RejectedExecutionException("The server stops.");
    }
    return piece;
  }

  private static <T> T await(Piece<?, T> piece) {
    try {
      return piece.done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RejectedExecutionException("Interrupted; whether it was kept is not known.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void write() {
    var batch = new ArrayList<Piece<?, ?>>();
    while (!closed) {
      try {
        batch.add(waiting.take());
        waiting.drainTo(batch, (durable ? MOST_AT_ONCE : MOST_AT_ONCE_UNLESS_DURABLE) - 1);
        batch.sort(Comparator.comparing(piece -> piece.order));
        commit(batch, false);
      } catch (InterruptedException stopped) {
        break;
      } finally {
        batch.clear();
      }
    }
    waiting.drainTo(batch);
    batch.forEach(
        piece -> piece.done.completeExceptionally(new RejectedExecutionException("Stopped.")));
  }

  private void commit(List<Piece<?, ?>> batch, boolean again) {
    try {
      Function<Sql, Boolean> all =
          it -> {
            var bulks = new HashSet<Bulk<?, ?>>();
            for (var piece : batch) {
              if (bulks.add(piece.bulk)) {
                piece.run(it, batch);
              }
            }
            return true;
          };
      var _ = durable ? sql.durableTransaction(all) : sql.quickTransaction(all);
      batch.forEach(Piece::committed);
    } catch (RuntimeException | Error e) {
      if (again) {
        batch.forEach(piece -> piece.done.completeExceptionally(e));
      } else {
        // The others are not to blame; nor is one that met with another server's change.
        batch.forEach(piece -> commit(List.of(piece), true));
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    writer.interrupt();
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
