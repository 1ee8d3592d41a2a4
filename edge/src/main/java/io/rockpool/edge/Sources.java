package io.rockpool.edge;

import io.rockpool.control.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Where requests come from, to count them: whoever connected, or if that is a proxy of ours whom it
 * names. Who writes such a header himself is not believed.
 */
public final class Sources {
  private static final String UNKNOWN = "unknown";
  private static final int OF_ONE_NETWORK = 8;

  private final List<Network> proxies;

  /**
   * @param proxies whose {@code X-Forwarded-For} is believed
   */
  public Sources(List<Network> proxies) {
    this.proxies = List.copyOf(proxies);
  }

  /** An address; of version 6 its first half, since one customer has all of the other. */
  public String of(Request request) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
                instanceof InetSocketAddress peer
            && peer.getAddress() != null
        ? name(behind(peer.getAddress(), request))
        : UNKNOWN;
  }

  /** The nearest one that is no proxy. */
  private InetAddress behind(InetAddress peer, Request request) {
    var address = peer;
    if (isProxy(peer)) {
      for (var named : request.getHeaders().getCSV(HttpHeader.X_FORWARDED_FOR, false).reversed()) {
        var next = literal(named);
        if (next.isEmpty()) {
          return address;
        }
        address = next.get();
        if (!isProxy(address)) {
          return address;
        }
      }
    }
    return address;
  }

  private boolean isProxy(InetAddress address) {
    return proxies.stream().anyMatch(it -> it.holds(address));
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text.strip()));
    } catch (IllegalArgumentException noAddress) {
      return Optional.empty();
    }
  }

  private static String name(InetAddress address) {
    var bytes = address.getAddress();
    if (bytes.length <= OF_ONE_NETWORK) {
      return address.getHostAddress();
    }
    var name = new StringBuilder();
    for (int i = 0; i < OF_ONE_NETWORK; i += 2) {
      name.append("%02x%02x:".formatted(bytes[i], bytes[i + 1]));
    }
    return name.append(":/64").toString();
  }
}
