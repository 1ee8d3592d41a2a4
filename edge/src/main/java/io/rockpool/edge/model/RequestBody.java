package io.rockpool.edge.model;

import io.rockpool.edge.Room;
import io.rockpool.runtime.InstanceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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

  private final Room<InstanceId> room;
  private final InstanceId instance;
  private final int taken;
  private byte[] bytes;

  private RequestBody(Room<InstanceId> room, InstanceId instance, int taken, byte[] bytes) {
    this.room = room;
    this.instance = instance;
    this.taken = taken;
    this.bytes = bytes;
  }

  static RequestBody read(Request request, int most, Room<InstanceId> room, InstanceId instance)
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
