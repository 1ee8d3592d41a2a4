package io.rockpool.control.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this server may call where a user gave the address: the public internet by https, and
 * nothing inside. A URL is read once, by {@link #url}; its host is resolved by {@link #addresses}
 * for each connection, and the connection goes to one of those very addresses.
 *
 * <p>Special networks are those of IANA's registries (RFC 6890 and what came later), and the
 * addresses at which clouds answer questions of their machines.
 */
public final class Internet {
  private static final List<Network> INSIDE =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10", // Aliyun's metadata is in it
              "127.0.0.0/8",
              "168.63.129.16", // Azure's
              "169.254.0.0/16", // most clouds'
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.88.99.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/4",
              "240.0.0.0/4",
              "2001::/23", // of protocols, Teredo's too
              "2001:db8::/32",
              "3fff::/20",
              "2002::/16") // 6to4
          .map(Network::parse)
          .toList();

  /** Of IPv6 nothing else is in use. */
  private static final Network GLOBAL_UNICAST = Network.parse("2000::/3");

  /** How IPv6 networks reach IPv4 (RFC 6052): the last four bytes say whom. */
  private static final Network NAT64 = Network.parse("64:ff9b::/96");

  private static final Set<String> INSIDE_NAMES =
      Set.of("localhost", "local", "internal", "home.arpa", "metadata.tencentyun.com");
  private static final Set<Integer> PORTS = Set.of(-1, 443, 8443);
  private static final Pattern NAME =
      Pattern.compile("([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\\.)+[a-z]([a-z0-9-]*[a-z0-9])");
  private static final Pattern DOTTED_QUAD =
      Pattern.compile("((0|[1-9][0-9]{0,2})\\.){3}(0|[1-9][0-9]{0,2})");
  private static final int LONGEST = 2_000;

  private final List<Network> ours;
  private final Set<String> ourNames;

  /**
   * @param ours networks that are inside beside those that always are
   * @param ourNames of this server: lower case; names below them count, too
   */
  public Internet(List<Network> ours, Set<String> ourNames) {
    this.ours = List.copyOf(ours);
    this.ourNames = Set.copyOf(ourNames);
  }

  /**
   * Reads a URL that a user gave. Says nothing about where its name leads: see {@link #addresses}.
   *
   * @return with its host in lower case, without a dot at the end
   * @throws ForbiddenUrlException when it is no https URL of a public host
   */
  public URI url(String text) {
    var url = parsed(text);
    var host = url.getHost().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    if (host.startsWith("[") || DOTTED_QUAD.matcher(host).matches()) {
      if (!isPublic(literal(host))) {
        throw inside();
      }
    } else if (!NAME.matcher(host).matches() || host.length() > 253) {
      throw new ForbiddenUrlException(
          "The host must be a full name such as api.example.com; names with other letters in their xn-- form.");
    } else if (Stream.concat(INSIDE_NAMES.stream(), ourNames.stream())
        .anyMatch(it -> host.equals(it) || host.endsWith("." + it))) {
      throw inside();
    }
    var port = url.getPort() < 0 ? "" : ":" + url.getPort();
    var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    return URI.create("https://" + host + port + url.getRawPath() + query);
  }

  private static URI parsed(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new ForbiddenUrlException("This is no URL.");
    }
    if (text.length() > LONGEST) {
      throw new ForbiddenUrlException("This URL is longer than 2,000 characters.");
    }
    // What Java finds no host in, another parser might.
    if (!"https".equalsIgnoreCase(url.getScheme())
        || url.getHost() == null
        || url.getHost().contains("%")) {
      throw new ForbiddenUrlException("The URL must begin with https:// and the name of a host.");
    }
    if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
      throw new ForbiddenUrlException("The URL must have no user and no # part.");
    }
    if (!PORTS.contains(url.getPort())) {
      throw new ForbiddenUrlException("The port must be 443 or 8443.");
    }
    return url;
  }

  /**
   * Where a host is: every address it has.
   *
   * @throws UnknownHostException when it has none
   * @throws ForbiddenUrlException when one of them is inside
   */
  public List<InetAddress> addresses(String host) throws UnknownHostException {
    var addresses = List.of(InetAddress.getAllByName(host));
    if (!addresses.stream().allMatch(this::isPublic)) {
      throw inside();
    }
    return addresses;
  }

  /** Whether an address is of the public internet, and not one of this server's own. */
  public boolean isPublic(InetAddress address) {
    var bytes = address.getAddress();
    if (NAT64.holds(address)) {
      return isPublic(ipv4(Arrays.copyOfRange(bytes, bytes.length - 4, bytes.length)));
    }
    return (address instanceof Inet4Address || GLOBAL_UNICAST.holds(address))
        && Stream.concat(INSIDE.stream(), ours.stream()).noneMatch(it -> it.holds(address))
        && !isThisMachine(address);
  }

  private static boolean isThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // nobody can say that it is not
    }
  }

  private static InetAddress literal(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (IOException e) {
      throw new ForbiddenUrlException("The host is no address.");
    }
  }

  private static InetAddress ipv4(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static ForbiddenUrlException inside() {
    return new ForbiddenUrlException(
        "This address is inside a private network, or this server's own. Only the public internet may be called.");
  }
}
