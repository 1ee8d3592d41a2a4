package io.rockpool.edge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway says, all of it, and between its messages what the edge says for it while it
 * sleeps.
 */
final class Downward implements Watch {
  private static final int TEXT = 0x81;
  private static final int PONG = 0x8a;

  private final BooleanSupplier asleep;
  private final Frames frames = Frames.ofGateway();
  private final AtomicReference<@Nullable ByteBuffer> tick = new AtomicReference<>();
  private final AtomicReference<@Nullable ByteBuffer> pong = new AtomicReference<>();
  private volatile boolean moved;
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

  /**
   * @param payload at most 125 bytes
   */
  private static ByteBuffer frame(int first, ByteBuffer payload) {
    return ByteBuffer.allocate(2 + payload.remaining())
        .put((byte) first)
        .put((byte) payload.remaining())
        .put(payload)
        .flip();
  }

  @Override
  public Step next(ByteBuffer bytes) {
    if ((tick.get() != null && frames.isBetweenMessages())
        || (pong.get() != null && frames.isBetweenFrames())) {
      return Step.OWN;
    }
    length = bytes.remaining();
    if (length == 0) {
      return Step.MORE;
    }
    moved = true;
    int at = bytes.position();
    for (var event = Frames.Event.MESSAGE; goesOn(event); at = frames.at()) {
      event = frames.read(bytes, at, bytes.limit());
    }
    return Step.PASS;
  }

  private static boolean goesOn(Frames.Event event) {
    return event != Frames.Event.MORE && event != Frames.Event.ODD;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public ByteBuffer own() {
    moved = true;
    var mine = frames.isBetweenMessages() ? tick.getAndSet(null) : null;
    mine = mine == null ? pong.getAndSet(null) : mine;
    return mine == null ? ByteBuffer.allocate(0) : mine;
  }

  @Override
  public boolean mayBeSilent() {
    return asleep.getAsBoolean();
  }
}
