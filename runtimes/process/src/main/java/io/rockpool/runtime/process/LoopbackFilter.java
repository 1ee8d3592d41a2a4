package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Closes this host's loopback to the instances of one home: each reaches its own gateway, the
 * control plane and the host's resolver, nothing else. Told apart by user id, so only where each
 * has its own.
 */
final class LoopbackFilter {
  private static final Duration AT_MOST = Duration.ofSeconds(10);

  /** An instance as the filter knows it. */
  record Neighbour(long user, long port) {}

  private final String table;
  private final int controlPlane;
  private final Optional<Path> nft;

  private LoopbackFilter(String table, int controlPlane, Optional<Path> nft) {
    this.table = table;
    this.controlPlane = controlPlane;
    this.nft = nft;
  }

  /**
   * Tries whether this host filters.
   *
   * @param home names this server's home among others on the host
   */
  static LoopbackFilter probe(String home, int controlPlane) throws InterruptedException {
    var table = "rockpool_" + home;
    var nft = Proc.isRoot() ? Tool.find("nft") : Optional.<Path>empty();
    if (nft.isPresent()) {
      try {
        var trial = List.of(nft.get().toString(), "--check", "-f", "-");
        if (Tool.run(AT_MOST, ruleset(table, controlPlane, List.of(), List.of()), trial).good()) {
          return new LoopbackFilter(table, controlPlane, nft);
        }
      } catch (IOException noNft) {
        // as if it were not there
      }
    }
    return new LoopbackFilter(table, controlPlane, Optional.empty());
  }

  List<Shortfall> shortfalls() {
    return nft.isPresent()
        ? List.of()
        : List.of(
            new Shortfall(
                "LoopbackFilter",
                "The instance reaches every port that listens on this host's loopback, other"
                    + " instances' too. Run Rockpool as root on a host with nftables"
                    + " (apt install nftables)."));
  }

  /** Replaces the rules at once, so that exactly these are told apart. */
  void apply(List<Neighbour> neighbours) throws IOException, InterruptedException {
    if (nft.isEmpty()) {
      return;
    }
    var rules =
        neighbours.isEmpty()
            ? remove(table)
            : ruleset(table, controlPlane, neighbours, localResolvers());
    var result = Tool.run(AT_MOST, rules, List.of(nft.get().toString(), "-f", "-"));
    if (!result.good()) {
      throw new IOException("nft refused the loopback rules: " + result.complaint());
    }
  }

  /** A table that may or may not be there is made and then deleted. */
  private static String remove(String table) {
    return "table inet %1$s {}\ndelete table inet %1$s\n".formatted(table);
  }

  static String ruleset(
      String table, int controlPlane, List<Neighbour> neighbours, List<String> resolvers) {
    var users =
        neighbours.stream().map(it -> Long.toString(it.user())).collect(Collectors.joining(", "));
    var own =
        neighbours.stream()
            .map(it -> it.user() + " . " + it.port())
            .collect(Collectors.joining(", "));
    var names =
        resolvers.stream()
            .map(it ->
                "    %s daddr %s meta l4proto { tcp, udp } th dport 53 accept\n"
                    .formatted(it.contains(":") ? "ip6" : "ip", it))
            .collect(Collectors.joining());
    // Only the first packet of a connection is judged, so that no connection needs to be tracked.
    return remove(table)
        + """
        table inet %s {
          set instances { type uid; %s }
          set own { type uid . inet_service; %s }
          chain out {
            type filter hook output priority filter; policy accept;
            oifname "lo" meta skuid @instances jump guarded
          }
          chain guarded {
            meta skuid . tcp dport @own accept
            tcp dport %d accept
        %s\
            tcp flags & (fin | syn | rst | ack) == syn reject with tcp reset
            meta l4proto tcp accept
            reject
          }
        }
        """
            .formatted(
                table,
                users.isEmpty() ? "" : "elements = { " + users + " };",
                own.isEmpty() ? "" : "elements = { " + own + " };",
                controlPlane,
                names);
  }

  private static List<String> localResolvers() throws IOException {
    var file = Path.of("/etc/resolv.conf");
    if (!Files.isReadable(file)) {
      return List.of();
    }
    return Files.readAllLines(file).stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length == 2 && words[0].equals("nameserver"))
        .map(words -> words[1])
        .filter(address -> address.matches("127(\\.[0-9]{1,3}){3}|::1"))
        .toList();
  }
}
