package io.rockpool.edge;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** WebSocket frames as bytes. */
final class Wire {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xa;
  static final int LAST = 0x80;

  /** A whole text message of a client. */
  static byte[] said(String text) {
    return client(LAST | TEXT, text);
  }

  static byte[] client(int first, String payload) {
    return frame(first, true, payload.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] gateway(int first, String payload) {
    return frame(first, false, payload.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] frame(int first, boolean masked, byte[] payload) {
    int maskBit = masked ? 0x80 : 0;
    var frame = ByteBuffer.allocate(14 + payload.length).put((byte) first);
    if (payload.length < 126) {
      frame.put((byte) (maskBit | payload.length));
    } else if (payload.length < 0x10000) {
      frame.put((byte) (maskBit | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (maskBit | 127)).putLong(payload.length);
    }
    var mask = new byte[] {0x37, (byte) 0xfa, 0x21, 0x3d}; // of the example in RFC 6455, 5.7
    if (masked) {
      frame.put(mask);
    }
    for (int i = 0; i < payload.length; i++) {
      frame.put((byte) (payload[i] ^ (masked ? mask[i % 4] : 0)));
    }
    var bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    return bytes;
  }

  static byte[] all(byte[]... parts) {
    var bytes = new ByteArrayOutputStream();
    for (var part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  private Wire() {}
}
