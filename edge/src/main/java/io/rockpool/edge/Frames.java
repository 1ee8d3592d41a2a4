package io.rockpool.edge;

import java.nio.ByteBuffer;

/**
 * Reads along in one direction of a WebSocket (RFC 6455, section 5.2) and finds where frames and
 * messages end. Changes and keeps nothing but the first bytes of each message. What has an
 * extension's bits set, or breaks a rule, is odd, and so is all that follows.
 */
final class Frames {
  /** Why {@link #read} stopped. */
  enum Event {
    /** All was read, and nothing has ended. */
    MORE,
    /** A message is longer than {@link #opening}, which is full. */
    OPENED,
    /** A message has ended, whether or not it was {@link #OPENED} before. */
    MESSAGE,
    PING,
    PONG,
    CLOSE,
    /** This is no WebSocket that we can read. */
    ODD
  }

  /** How much of a message is kept, in bytes. */
  static final int OPENING = 512;

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LONGEST_CONTROL = 125;

  private final boolean masked;
  private final byte[] opening;
  private final byte[] control = new byte[LONGEST_CONTROL];
  private final byte[] header = new byte[14];
  private int headerLength; // of what is here of it
  private boolean inPayload;
  private long left; // of the frame's payload
  private int frameAt; // in the frame's payload, modulo 4
  private int mask; // its first byte is the highest
  private boolean last;
  private int opcode;
  private boolean inMessage;
  private boolean text;
  private boolean opened;
  private int openingLength;
  private int controlLength;
  private boolean odd;
  private int at;

  private Frames(boolean masked, int opening) {
    this.masked = masked;
    this.opening = new byte[opening];
  }

  /** What a client sends. */
  static Frames ofClient() {
    return new Frames(true, OPENING);
  }

  /** What a gateway sends; of these, no opening is kept and none is {@link Event#OPENED}. */
  static Frames ofGateway() {
    return new Frames(false, 0);
  }

  /**
   * Reads on, up to the next event. {@link #at} tells how far.
   *
   * @param from index of the next byte; the buffer's position and limit are neither used nor moved
   * @param to index after the last byte
   */
  Event read(ByteBuffer bytes, int from, int to) {
    at = from;
    while (!odd) {
      if (!inPayload && !readHeader(bytes, to)) {
        return odd ? Event.ODD : Event.MORE;
      }
      if (readPayload(bytes, to)) {
        opened = true;
        return Event.OPENED;
      }
      if (left > 0) {
        return Event.MORE;
      }
      inPayload = false;
      switch (opcode) {
        case CLOSE -> {
          return Event.CLOSE;
        }
        case PING -> {
          return Event.PING;
        }
        case PONG -> {
          return Event.PONG;
        }
        default -> {
          if (last) {
            inMessage = false;
            return Event.MESSAGE;
          }
        }
      }
    }
    return Event.ODD;
  }

  /** Index after the last byte that was read. */
  int at() {
    return at;
  }

  /** Whether the message that was read last, or is being read, is text. */
  boolean isText() {
    return text;
  }

  /** Of the message that was read last, or is being read: payload without mask. Not a copy. */
  byte[] opening() {
    return opening;
  }

  int openingLength() {
    return openingLength;
  }

  /** Payload of the control frame that was read last, without mask. */
  ByteBuffer control() {
    return ByteBuffer.wrap(control, 0, controlLength);
  }

  /** Whether a control frame may be put in here. */
  boolean isBetweenFrames() {
    return !odd && headerLength == 0 && !inPayload;
  }

  /** Whether a message may be put in here. */
  boolean isBetweenMessages() {
    return isBetweenFrames() && !inMessage;
  }

  /** Whether the header is complete. */
  private boolean readHeader(ByteBuffer bytes, int to) {
    while (at < to) {
      header[headerLength++] = bytes.get(at++);
      if (headerLength >= 2 && headerLength == length(header[1])) {
        headerLength = 0;
        inPayload = begin();
        odd = !inPayload;
        return inPayload;
      }
    }
    return false;
  }

  private static int length(byte second) {
    int length =
        switch (second & 0x7f) {
          case 126 -> 4;
          case 127 -> 10;
          default -> 2;
        };
    return (second & 0x80) == 0 ? length : length + 4;
  }

  /** Takes the header in. Whether it keeps the rules. */
  private boolean begin() {
    last = (header[0] & 0x80) != 0;
    opcode = header[0] & 0x0f;
    int size = header[1] & 0x7f;
    int next = 2;
    left = size;
    if (size >= 126) {
      left = 0;
      for (int end = size == 126 ? 4 : 10; next < end; next++) {
        left = (left << 8) | (header[next] & 0xff);
      }
      if (left < (size == 126 ? 126 : 0x10000)) {
        return false; // negative, or not in its shortest form
      }
    }
    if ((header[0] & 0x70) != 0 || ((header[1] & 0x80) != 0) != masked) {
      return false;
    }
    mask = 0;
    for (int i = 0; masked && i < 4; i++) {
      mask = (mask << 8) | (header[next + i] & 0xff);
    }
    frameAt = 0;
    return switch (opcode) {
      case CONTINUATION -> inMessage;
      case TEXT, BINARY -> !inMessage && beginMessage();
      case CLOSE, PING, PONG -> {
        controlLength = 0;
        yield last && left <= LONGEST_CONTROL;
      }
      default -> false;
    };
  }

  private boolean beginMessage() {
    inMessage = true;
    text = opcode == TEXT;
    opened = opening.length == 0;
    openingLength = 0;
    return true;
  }

  /** Whether the message's opening became full and its end is not here. */
  private boolean readPayload(ByteBuffer bytes, int to) {
    if (opcode >= CLOSE) {
      int some = (int) Math.min(left, to - at);
      unmask(bytes, some, control, controlLength);
      controlLength += some;
      return false;
    }
    if (!opened) {
      int some = (int) Math.min(Math.min(left, to - at), OPENING - openingLength);
      unmask(bytes, some, opening, openingLength);
      openingLength += some;
      if (openingLength == OPENING && !(last && left == 0)) {
        return true;
      }
    }
    int rest = (int) Math.min(left, to - at);
    at += rest;
    left -= rest;
    return false;
  }

  private void unmask(ByteBuffer bytes, int count, byte[] into, int offset) {
    for (int i = 0; i < count; i++) {
      int shift = 24 - 8 * ((frameAt + i) & 3);
      into[offset + i] = (byte) (bytes.get(at + i) ^ (mask >> shift));
    }
    frameAt = (frameAt + count) & 3;
    at += count;
    left -= count;
  }
}
