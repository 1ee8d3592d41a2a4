package io.rockpool.runtime.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The user ids and ports of one home: each instance has its own. */
record Allotment(Path home, ProcessOptions options) {
  static final String LOOPBACK = "127.0.0.1";

  /** Its user id: given once, unlike all others of this home. */
  long user(InstanceFolder folder) throws IOException {
    var given = folder.number("user");
    if (given.isPresent()) {
      return given.get();
    }
    var taken =
        InstanceFolder.list(home).stream()
            .flatMap(it -> it.number("user").stream())
            .collect(Collectors.toSet());
    for (long user = options.userBase(); user < options.userBase() + ProcessOptions.USERS; user++) {
      if (!taken.contains(user)) {
        folder.write("user", Long.toString(user));
        return user;
      }
    }
    throw new IOException(
        "all %d user ids are taken: set uid-base".formatted(ProcessOptions.USERS));
  }

  static long userOf(InstanceFolder folder) {
    return folder.number("user").orElse(LaunchRecord.NO_USER);
  }

  /** Its port: kept as long as no stranger holds it. */
  long port(InstanceFolder folder) throws IOException {
    var given = folder.number("port");
    if (given.isPresent() && isFree(Math.toIntExact(given.get()))) {
      return given.get();
    }
    var taken =
        InstanceFolder.list(home).stream()
            .flatMap(it -> it.number("port").stream())
            .collect(Collectors.toSet());
    for (int port = options.portBase(); port <= 65_535; port++) {
      if (!taken.contains((long) port) && isFree(port)) {
        folder.write("port", Integer.toString(port));
        return port;
      }
    }
    throw new IOException(
        "no port is free from %d on: set port-base".formatted(options.portBase()));
  }

  /**
   * Its address for everything else it listens on, of Linux's loopback network 127.0.0.0/8: there
   * it may use any port, since nobody else's gateway has that port now.
   */
  static String listenerHost(long port) {
    return "127.64.%d.%d".formatted(port >> 8, port & 255);
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  List<LoopbackFilter.Neighbour> neighbours() {
    var neighbours = new ArrayList<LoopbackFilter.Neighbour>();
    for (var folder : InstanceFolder.list(home)) {
      var user = folder.number("user");
      var port = folder.number("port");
      if (user.isPresent() && port.isPresent()) {
        neighbours.add(new LoopbackFilter.Neighbour(user.get(), port.get()));
      }
    }
    return neighbours;
  }
}
