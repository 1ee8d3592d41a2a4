package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Closes this host's loopback to the instances of one home: each reaches its own gateway, the
 * control plane, what an operator names and the host's resolver, nothing else. Told apart by user
 * id, so only where each has its own.
 */
final class LoopbackFilter {
  private static final Duration AT_MOST = Duration.ofSeconds(10);

  /** An instance as the filter knows it. */
  record Neighbour(long user, long port) {}

  private final String table;
  private final int controlPlane;
  private final List<URI> reachable;
  private final Optional<Path> nft;

  private LoopbackFilter(String table, int controlPlane, List<URI> reachable, Optional<Path> nft) {
    this.table = table;
    this.controlPlane = controlPlane;
    this.reachable = reachable;
    this.nft = nft;
  }

  /**
   * Tries whether this host filters.
   *
   * @param home names this server's home among others on the host
   * @param reachable what all instances may call; what is not on this host's loopback is not
   *     filtered anyhow
   */
  static LoopbackFilter probe(String home, int controlPlane, List<URI> reachable)
      throws InterruptedException {
    var table = "rockpool_" + home;
    var nft = Proc.isRoot() ? Tool.find("nft") : Optional.<Path>empty();
    if (nft.isPresent()) {
      try {
        var trial = List.of(nft.get().toString(), "--check", "-f", "-");
        var rules = ruleset(table, controlPlane, reachable, List.of(), List.of());
        if (Tool.run(AT_MOST, rules, trial).good()) {
          return new LoopbackFilter(table, controlPlane, reachable, nft);
        }
      } catch (IOException noNft) {
        // as if it were not there
      }
    }
    return new LoopbackFilter(table, controlPlane, reachable, Optional.empty());
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
            : ruleset(table, controlPlane, reachable, neighbours, localResolvers());
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
      String table,
      int controlPlane,
      List<URI> reachable,
      List<Neighbour> neighbours,
      List<String> resolvers) {
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
    var named =
        reachable.stream()
            .flatMap(it ->
                loopback(it)
                    .map(address ->
                        "    %s daddr %s tcp dport %d accept\n"
                            .formatted(address.contains(":") ? "ip6" : "ip", address, portOf(it))))
            .distinct()
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
        %s%s\
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
                named,
                names);
  }

  /** The addresses of this host's loopback that a URL leads to. */
  private static Stream<String> loopback(URI url) {
    var host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    if (host.equals("localhost")) {
      return Stream.of("127.0.0.1", "::1");
    }
    if (host.equals("[::1]")) {
      return Stream.of("::1");
    }
    return host.matches("127(\\.[0-9]{1,3}){3}") ? Stream.of(host) : Stream.empty();
  }

  private static int portOf(URI url) {
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return "https".equals(url.getScheme()) ? 443 : 80;
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
