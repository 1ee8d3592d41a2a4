package io.rockpool.control.net;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A range of addresses, e.g. {@code 10.0.0.0/8} or {@code fc00::/7}.
 *
 * @param bits of {@code first} that all its addresses share
 */
public record Network(InetAddress first, int bits) {
  /**
   * Reads one as it is usually written; an address alone is a network of one.
   *
   * @throws IllegalArgumentException when it is anything else
   */
  public static Network parse(String text) {
    var parts = text.split("/", 2);
    // A name would be looked up: only what is an address already.
    if (!parts[0].matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
      throw unreadable(text);
    }
    try {
      var first = InetAddress.getByName(parts[0]);
      int all = first.getAddress().length * Byte.SIZE;
      int bits = parts.length == 1 ? all : Integer.parseInt(parts[1]);
      if (bits < 0 || bits > all) {
        throw unreadable(text);
      }
      return new Network(first, bits);
    } catch (UnknownHostException | NumberFormatException e) {
      throw unreadable(text);
    }
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "'%s' is no network: write it like 10.0.0.0/8 or fd00::/8".formatted(text));
  }

  public boolean holds(InetAddress address) {
    var mine = first.getAddress();
    var other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if ((mine[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return first.getHostAddress() + "/" + bits;
  }
}
