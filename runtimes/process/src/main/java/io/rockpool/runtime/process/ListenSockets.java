package io.rockpool.runtime.process;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/** Whose the TCP sockets are on which this host listens: proc_net_tcp(5). */
final class ListenSockets {
  private static final Path TABLE = Path.of("/proc/net/tcp");
  private static final Path TABLE_6 = Path.of("/proc/net/tcp6");

  // Fields of a line, counted from 0.
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int USER = 7;

  private static final String LISTEN = "0A";
  private static final String ANY = "00000000";
  private static final String ANY_6 = ANY.repeat(4);

  /** An address of version 4 as one of version 6, before its last part. */
  private static final String MAPPED = "0000000000000000FFFF0000";

  /**
   * The user ids of those one of whom takes the next connection to this address: who listens at
   * exactly it, else who does at any.
   *
   * @param host an IP address of version 4
   */
  static Set<Long> users(String host, int port) {
    try {
      if (!(InetAddress.ofLiteral(host) instanceof Inet4Address address)) {
        return Set.of();
      }
      var name = name(address);
      var exact = new HashSet<Long>();
      var any = new HashSet<Long>();
      read(TABLE, name, ANY, port, exact, any);
      if (Files.exists(TABLE_6)) {
        read(TABLE_6, MAPPED + name, ANY_6, port, exact, any);
      }
      return exact.isEmpty() ? any : exact;
    } catch (IOException | IllegalArgumentException e) {
      return Set.of();
    }
  }

  /** As the kernel prints it: its four bytes as one number of this machine. */
  private static String name(Inet4Address address) {
    var number = ByteBuffer.wrap(address.getAddress()).order(ByteOrder.nativeOrder()).getInt();
    return HexFormat.of().withUpperCase().toHexDigits(number);
  }

  /** Those that listen come first, however many connections there are. */
  private static void read(
      Path table, String exactly, String anything, int port, Set<Long> exact, Set<Long> any)
      throws IOException {
    var end = ":%04X".formatted(port);
    try (var lines = Files.newBufferedReader(table)) {
      var line = lines.readLine(); // names of the columns
      while ((line = lines.readLine()) != null) {
        var fields = line.strip().split("\\s+", USER + 2);
        if (fields.length <= USER || !fields[STATE].equals(LISTEN)) {
          return;
        }
        if (fields[LOCAL].equals(exactly + end)) {
          exact.add(Long.parseLong(fields[USER]));
        } else if (fields[LOCAL].equals(anything + end)) {
          any.add(Long.parseLong(fields[USER]));
        }
      }
    }
  }

  private ListenSockets() {}
}
