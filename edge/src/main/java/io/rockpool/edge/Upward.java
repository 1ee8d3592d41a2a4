package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What clients say. While the instance sleeps, a page's own questions are kept for later, pings are
 * answered here, and all else wakes it and waits, in order. A message that is not known yet is not
 * passed: so what is held back is whole.
 */
final class Upward implements Watch {
  /** How long a message waits for its instance, in looks; with one every 10 ms, a minute. */
  static final int PATIENCE = 6_000;

  private static final int LOOKS_PER_WAKE = 100;

  /** A page waits for an answer before it asks again, so these are two or three. */
  private static final int MOST_HELD = 16;

  /** Bytes of a message with many empty frames before what it says. */
  private static final int MOST_UNKNOWN = 4 * 1024;

  private enum Item {
    HELLO,
    POLL,
    USE,
    PING,
    PONG,
    CLOSE
  }

  private final InstanceId id;
  private final Traffic traffic;
  private final Sleep sleep;
  private final Consumer<ByteBuffer> pinged;
  private final Frames frames = Frames.ofClient();
  private final Queue<byte[]> held = new ArrayDeque<>();
  private volatile boolean holding;
  private volatile boolean connected;
  private boolean first = true;
  private boolean plain;
  private @Nullable Item begunAs; // the message of which the beginning was passed
  private @Nullable Item item; // what the next bytes are
  private boolean told;
  private int scanned; // bytes that were read along, of the item
  private boolean whole;
  private int looks;
  private int length;

  /**
   * @param pinged is given the payload of a ping that is to be answered for the gateway
   */
  Upward(InstanceId id, Traffic traffic, Sleep sleep, Consumer<ByteBuffer> pinged) {
    this.id = id;
    this.traffic = traffic;
    this.sleep = sleep;
    this.pinged = pinged;
  }

  /** Whether the client has said that it speaks OpenClaw's protocol. Any thread. */
  boolean isConnected() {
    return connected;
  }

  /** Whether something is kept until the instance is awake. Any thread. */
  boolean isHolding() {
    return holding;
  }

  @Override
  public Step next(ByteBuffer bytes) throws IOException {
    length = 0;
    while (true) {
      if (item == null && !find(bytes)) {
        if (length > 0) {
          return Step.PASS;
        }
        return holding && !sleep.isAsleep(id) ? Step.OWN : Step.MORE;
      }
      if (item == Item.USE && !told) {
        traffic.spoke(id); // before the look at sleep, as Sleep demands
        told = true;
      }
      if (!sleep.isAsleep(id)) {
        if (holding) {
          return length > 0 ? Step.PASS : Step.OWN;
        }
        pass();
      } else if (item == Item.CLOSE) {
        held.clear();
        holding = false;
        pass();
      } else if (length > 0) {
        return Step.PASS;
      } else {
        return asleep(bytes);
      }
    }
  }

  private void pass() {
    length += scanned;
    looks = 0;
    begunAs = whole ? null : item;
    forget();
  }

  private Step asleep(ByteBuffer bytes) throws IOException {
    if (item == Item.HELLO || item == Item.USE) {
      if (looks >= PATIENCE) {
        throw new IOException("the instance did not wake");
      }
      if (looks++ % LOOKS_PER_WAKE == 0) {
        sleep.wake(id);
      }
      return Step.WAIT;
    }
    if (item == Item.PING) {
      pinged.accept(frames.control());
    } else {
      hold(bytes);
    }
    length = scanned;
    forget();
    return Step.DROP;
  }

  private void hold(ByteBuffer bytes) {
    if (held.size() == MOST_HELD) {
      held.remove();
    }
    var kept = new byte[scanned];
    bytes.get(bytes.position(), kept);
    held.add(kept);
    holding = true;
  }

  private void forget() {
    item = null;
    told = false;
    scanned = 0;
  }

  /** Reads along until the next item is known. Whether it is. */
  private boolean find(ByteBuffer bytes) {
    int start = bytes.position() + length;
    while (!plain && item == null) {
      var event = frames.read(bytes, start + scanned, bytes.limit());
      scanned = frames.at() - start;
      switch (event) {
        case MORE -> {
          if (begunAs != null && scanned > 0) {
            is(begunAs, false);
          }
          plain = begunAs == null && scanned > MOST_UNKNOWN;
          if (!plain) {
            return item != null;
          }
        }
        case OPENED -> is(said(false), false);
        case MESSAGE -> is(begunAs == null ? said(true) : begunAs, true);
        case PING -> control(Item.PING);
        case PONG -> control(Item.PONG);
        case CLOSE -> control(Item.CLOSE);
        case ODD -> plain = true;
      }
    }
    if (item == null && bytes.limit() > start) {
      scanned = bytes.limit() - start;
      is(Item.USE, true);
    }
    return item != null;
  }

  /** One between the frames of a message belongs to the message. */
  private void control(Item control) {
    if (frames.isBetweenMessages()) {
      is(control, true);
    } else if (begunAs != null) {
      is(begunAs, false);
    }
  }

  private Item said(boolean complete) {
    var said = Said.of(frames.isText(), frames.opening(), frames.openingLength(), complete, first);
    first = false;
    return switch (said) {
      case HELLO -> {
        connected = true;
        yield Item.HELLO;
      }
      case POLL -> connected ? Item.POLL : Item.USE;
      case USE -> Item.USE;
    };
  }

  private void is(Item found, boolean complete) {
    item = found;
    whole = complete;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public ByteBuffer own() {
    var all = ByteBuffer.allocate(held.stream().mapToInt(it -> it.length).sum());
    held.forEach(all::put);
    held.clear();
    holding = false;
    return all.flip();
  }
}
