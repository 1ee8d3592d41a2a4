package io.rockpool.edge;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The body of a request that anybody can make: read once, as bytes, bounded in its length, in the
 * time that it takes, and in what all of them take. Its room is given back when it is closed.
 */
public final class StrangersBody implements AutoCloseable {
  private static final int KIB = 1 << 10;

  /** Why one was not read, by the status to answer. */
  public static final class Unread extends Exception {
    private final int status;

    Unread(int status) {
      super("HTTP status " + status);
      this.status = status;
    }

    /**
     * 400 when it ends too early or is no body, 408 when it took too long, 413 when it is too long,
     * 415 when it is packed, 503 when there is no room now.
     */
    public int status() {
      return status;
    }

    /** Whether the rest of it is still awaited: answer, and then fail the request's callback. */
    public boolean isPending() {
      return status == HttpStatus.REQUEST_TIMEOUT_408;
    }
  }

  private final Room<String> room;
  private final String who;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(8 * KIB);
  private int taken;

  private StrangersBody(Room<String> room, String who) {
    this.room = room;
    this.who = who;
  }

  /**
   * Waits for a body. Called on a thread that may wait.
   *
   * @param most its bytes
   * @param patience for all of it
   * @param who takes the room
   */
  public static StrangersBody read(
      Request request, long most, Duration patience, Room<String> room, String who)
      throws Unread, InterruptedException {
    var encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Unread(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415);
    }
    if (BoundedRequest.isTooLong(request, most)) {
      throw new Unread(HttpStatus.PAYLOAD_TOO_LARGE_413);
    }
    var body = new StrangersBody(room, who);
    try {
      body.readAll(request, most, System.nanoTime() + patience.toNanos());
      return body;
    } catch (Unread | InterruptedException | RuntimeException e) {
      body.close();
      throw e;
    }
  }

  private void readAll(Request request, long most, long end) throws Unread, InterruptedException {
    var come = new Semaphore(0);
    while (true) {
      var chunk = request.read();
      if (chunk == null) {
        request.demand(come::release);
        if (!come.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          throw new Unread(HttpStatus.REQUEST_TIMEOUT_408);
        }
        continue;
      }
      if (Content.Chunk.isFailure(chunk)) {
        throw new Unread(HttpStatus.BAD_REQUEST_400);
      }
      try {
        take(chunk, most);
      } finally {
        chunk.release();
      }
      if (chunk.isLast()) {
        return;
      }
    }
  }

  private void take(Content.Chunk chunk, long most) throws Unread {
    long length = (long) bytes.size() + chunk.remaining();
    if (length > most) {
      throw new Unread(HttpStatus.PAYLOAD_TOO_LARGE_413);
    }
    // What was said of its length is not believed: only what has come takes room.
    int more = Math.ceilDiv((int) length, KIB) - taken;
    if (!room.take(who, more)) {
      throw new Unread(HttpStatus.SERVICE_UNAVAILABLE_503);
    }
    taken += more;
    var part = new byte[chunk.remaining()];
    chunk.getByteBuffer().get(part);
    bytes.writeBytes(part);
  }

  /** All of it; a copy. */
  public byte[] bytes() {
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    room.giveBack(who, taken);
    taken = 0;
  }
}
