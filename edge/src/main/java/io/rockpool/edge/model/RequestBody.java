package io.rockpool.edge.model;

import io.rockpool.runtime.InstanceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * A request's body, held in memory while it is needed. All of them share so much room, of which an
 * instance gets a part; whoever finds none is told at once.
 */
final class RequestBody implements AutoCloseable {
  private static final int KIB = 1 << 10;

  /** Why a body could not be read. */
  enum Problem {
    TOO_LONG,
    NO_ROOM
  }

  /** A body that was not read. */
  static final class Refused extends Exception {
    final Problem problem;

    Refused(Problem problem) {
      super(problem.name());
      this.problem = problem;
    }
  }

  /** Room for bodies, in KiB. */
  static final class Room {
    private final Semaphore all;
    private final int share;
    private final ConcurrentHashMap<InstanceId, Integer> taken = new ConcurrentHashMap<>();

    /**
     * @param bytes for all
     * @param share for one instance, in bytes
     */
    Room(long bytes, long share) {
      this.all = new Semaphore(kib(bytes));
      this.share = kib(share);
    }

    private static int kib(long bytes) {
      return (int) Math.min(Integer.MAX_VALUE, bytes / KIB);
    }

    /** Takes so many KiB; false where there are none left. */
    boolean take(InstanceId instance, int more) {
      if (!all.tryAcquire(more)) {
        return false;
      }
      var isTaken = new boolean[1];
      taken.compute(
          instance,
          (_, before) -> {
            long now = (before == null ? 0L : before) + more;
            isTaken[0] = now <= share;
            return isTaken[0] ? Integer.valueOf((int) now) : before;
          });
      if (!isTaken[0]) {
        all.release(more);
      }
      return isTaken[0];
    }

    void giveBack(InstanceId instance, int count) {
      taken.computeIfPresent(instance, (_, before) -> before > count ? before - count : null);
      all.release(count);
    }
  }

  private final Room room;
  private final InstanceId instance;
  private final int taken;
  private byte[] bytes;

  private RequestBody(Room room, InstanceId instance, int taken, byte[] bytes) {
    this.room = room;
    this.instance = instance;
    this.taken = taken;
    this.bytes = bytes;
  }

  static RequestBody read(Request request, int most, Room room, InstanceId instance)
      throws IOException, Refused {
    int taken = 0;
    try (var in = Content.Source.asInputStream(request)) {
      var said = request.getLength();
      if (said > most) {
        throw new Refused(Problem.TOO_LONG);
      }
      // What was said is not believed: only what has come takes room.
      var out = new ByteArrayOutputStream(64 * KIB);
      var part = new byte[8 * KIB];
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        if (out.size() + read > most) {
          throw new Refused(Problem.TOO_LONG);
        }
        int more = Math.ceilDiv(out.size() + read, KIB) - taken;
        if (!room.take(instance, more)) {
          throw new Refused(Problem.NO_ROOM);
        }
        taken += more;
        out.write(part, 0, read);
      }
      var body = new RequestBody(room, instance, taken, out.toByteArray());
      taken = 0;
      return body;
    } finally {
      room.giveBack(instance, taken);
    }
  }

  byte[] bytes() {
    return bytes;
  }

  /** Gives the room back; the bytes are gone. Again, it does nothing. */
  @Override
  public void close() {
    if (bytes.length > 0) {
      bytes = new byte[0];
      room.giveBack(instance, taken);
    }
  }
}
