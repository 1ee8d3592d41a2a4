package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Random;

/** What becomes of bytes on the way through a bad line, or a bad mind. The same in every run. */
public final class Mutations {
  private static final byte[][] BITS = {
    bytes("\""),
    bytes("{"),
    bytes("}"),
    bytes("["),
    bytes("]"),
    bytes(":"),
    bytes(","),
    bytes("null"),
    bytes("-1"),
    bytes("1e999"),
    bytes("99999999999999999999"),
    bytes("\\u0000"),
    bytes("\\ud800"),
    bytes("%"),
    bytes("&"),
    bytes("="),
    bytes("%00"),
    bytes("true"),
    bytes("{}"),
    {(byte) 0xff},
    {(byte) 0xc0, (byte) 0xaf},
    {0},
    {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}
  };

  private final Random random;

  public Mutations(long seed) {
    random = new Random(seed);
  }

  /** Another version of these bytes; sometimes far from them, seldom the same. */
  public byte[] of(byte[] original) {
    var bytes = original;
    for (var left = 1 + random.nextInt(3); left > 0; left--) {
      bytes = once(bytes);
    }
    return bytes;
  }

  private byte[] once(byte[] bytes) {
    if (bytes.length == 0) {
      return BITS[random.nextInt(BITS.length)].clone();
    }
    var from = random.nextInt(bytes.length);
    var to = Math.min(bytes.length, from + random.nextInt(20));
    return switch (random.nextInt(5)) {
      case 0 -> {
        var flipped = bytes.clone();
        flipped[from] ^= (byte) (1 << random.nextInt(8));
        yield flipped;
      }
      case 1 -> joined(bytes, from, BITS[random.nextInt(BITS.length)], from);
      case 2 -> joined(bytes, from, BITS[random.nextInt(BITS.length)], to);
      case 3 -> joined(bytes, from, new byte[0], to); // left out
      default -> joined(bytes, to, new byte[0], from); // twice
    };
  }

  /** The first bytes, something between, and the last from an index on. */
  private static byte[] joined(byte[] bytes, int until, byte[] between, int from) {
    var joined = new byte[until + between.length + bytes.length - from];
    System.arraycopy(bytes, 0, joined, 0, until);
    System.arraycopy(between, 0, joined, until, between.length);
    System.arraycopy(bytes, from, joined, until + between.length, bytes.length - from);
    return joined;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
