package io.rockpool.edge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway says, and between its messages what the edge says for it while it sleeps. One
 * thing is said in other words: that it is suspended. A page that knows keeps what its user writes
 * to itself, and so nothing would ever wake the instance.
 */
final class Downward implements Watch {
  private static final int TEXT = 0x81;
  private static final int PONG = 0x8a;

  /**
   * As every such event begins (2026.9.6); {@code "payload":{"phase":"prepared"},"seq":7} follows.
   */
  private static final byte[] SUSPENSION =
      "{\"type\":\"event\",\"event\":\"gateway.suspension\",".getBytes(StandardCharsets.UTF_8);

  /** Bytes of a message with many empty frames before what it says. */
  private static final int MOST_UNKNOWN = 4 * 1024;

  private final BooleanSupplier asleep;
  private final Frames frames = Frames.ofGateway();
  private final AtomicReference<@Nullable ByteBuffer> tick = new AtomicReference<>();
  private final AtomicReference<@Nullable ByteBuffer> pong = new AtomicReference<>();
  private volatile boolean moved;
  private @Nullable ByteBuffer reworded;
  private boolean begun; // the beginning of the message that is read was passed
  private boolean plain;
  private int scanned; // bytes that were read along and not passed
  private int length;

  /**
   * @param asleep whether the gateway says nothing because it sleeps
   */
  Downward(BooleanSupplier asleep) {
    this.asleep = asleep;
  }

  /** Whether nothing was said since this was asked last. Any thread. */
  boolean wasQuiet() {
    boolean quiet = !moved;
    moved = false;
    return quiet;
  }

  /**
   * Says what OpenClaw says every 30 s, and without which a page takes the connection for dead
   * after a minute. Pages count events by {@code seq} where there is one; here is none, so that the
   * gateway can go on with its own. Seen on 2026.9.6; any thread.
   *
   * @param epochMillis the time it is
   */
  void tick(long epochMillis) {
    var words = "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{\"ts\":" + epochMillis + "}}";
    tick.set(frame(TEXT, ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8))));
  }

  /** Answers a ping; only the last one, if there are several. Any thread. */
  void pong(ByteBuffer payload) {
    pong.set(frame(PONG, payload));
  }

  private static ByteBuffer frame(int first, ByteBuffer payload) {
    int size = payload.remaining(); // less than 65,536
    var frame = ByteBuffer.allocate(4 + size).put((byte) first);
    if (size < 126) {
      frame.put((byte) size);
    } else {
      frame.put((byte) 126).putShort((short) size);
    }
    return frame.put(payload).flip();
  }

  @Override
  public Step next(ByteBuffer bytes) {
    length = 0;
    if (reworded != null) {
      return reword();
    }
    if (!plain && !begun && (tick.get() != null || pong.get() != null)) {
      return Step.OWN;
    }
    while (!plain) {
      int start = bytes.position() + length;
      var event = frames.read(bytes, start + scanned, bytes.limit());
      scanned = frames.at() - start;
      switch (event) {
        case MORE -> {
          if (begun || (frames.isInMessage() && !maySuspend()) || scanned > MOST_UNKNOWN) {
            pass(true);
          }
          return passOrMore();
        }
        case OPENED -> pass(true);
        case MESSAGE -> {
          if (!begun && maySuspend() && frames.openingLength() > SUSPENSION.length) {
            reworded = reworded();
            return length > 0 ? passOrMore() : reword();
          }
          pass(false);
        }
        case PING, PONG, CLOSE -> {
          if (begun || !frames.isInMessage()) {
            pass(begun);
          }
        }
        case ODD -> plain = true;
      }
    }
    length = bytes.remaining();
    return passOrMore();
  }

  private void pass(boolean more) {
    length += scanned;
    scanned = 0;
    begun = more;
  }

  private Step passOrMore() {
    if (length == 0) {
      return Step.MORE;
    }
    moved = true;
    return Step.PASS;
  }

  /** First leaves out what was said, then says it in other words. */
  private Step reword() {
    if (scanned == 0) {
      return Step.OWN;
    }
    length = scanned;
    scanned = 0;
    return Step.DROP;
  }

  /** Whether the message is a suspension, or may become one, by what is known of it. */
  private boolean maySuspend() {
    int known = Math.min(frames.openingLength(), SUSPENSION.length);
    return frames.isText() && Arrays.equals(frames.opening(), 0, known, SUSPENSION, 0, known);
  }

  /** With its number among the events, or a page would miss one. */
  private ByteBuffer reworded() {
    var said = new String(frames.opening(), 0, frames.openingLength(), StandardCharsets.UTF_8);
    var words = said.replaceFirst("\"phase\":\"[a-z]+\"", "\"phase\":\"accepting\"");
    return frame(TEXT, ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public ByteBuffer own() {
    moved = true;
    var mine = reworded;
    reworded = null;
    mine = mine == null ? tick.getAndSet(null) : mine;
    mine = mine == null ? pong.getAndSet(null) : mine;
    return mine == null ? ByteBuffer.allocate(0) : mine;
  }

  @Override
  public boolean mayBeSilent() {
    return asleep.getAsBoolean();
  }
}
