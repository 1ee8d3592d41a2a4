package io.rockpool.edge;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** Which headers pass the edge, and which ones it writes itself. Pure. */
final class PassedHeaders {
  /** Who the caller is and what it may do, is for us to say; where it comes from, too. */
  private static final Set<String> OURS =
      Set.of(
          "authorization",
          "cf-connecting-ip",
          "forwarded",
          "true-client-ip",
          "via",
          "x-api-key",
          "x-client-ip",
          "x-openclaw-password",
          "x-openclaw-scopes",
          "x-openclaw-token",
          "x-real-ip");

  /** An instance speaks for itself, never for all of the site that it shares with others. */
  private static final Set<String> SITE_WIDE =
      Set.of("alt-svc", "clear-site-data", "service-worker-allowed", "strict-transport-security");

  /** Makes a client's headers, hop-by-hop ones already gone, those that the gateway gets. */
  static void toGateway(
      HttpFields.Mutable headers, Origin origin, Gate.Answer.To to, SocketAddress client) {
    var cookies = new StringJoiner("; ");
    for (var each = headers.iterator(); each.hasNext(); ) {
      var field = each.next();
      if (field.getHeader() == HttpHeader.COOKIE) {
        keepOthersCookies(field.getValue(), cookies);
        each.remove();
      } else if (field.getHeader() == HttpHeader.ORIGIN || isOurs(field.getLowerCaseName())) {
        each.remove();
      }
    }
    if (cookies.length() > 0) {
      headers.put(HttpHeader.COOKIE, cookies.toString());
    }
    if (origin == Origin.OWN) {
      headers.put(HttpHeader.ORIGIN, EdgeHeaders.ORIGIN);
    }
    headers.put(EdgeHeaders.EDGE, "1");
    headers.put(EdgeHeaders.userHeader(to.proof()), to.user());
    headers.put(HttpHeader.X_FORWARDED_FOR, address(client));
  }

  /** A header of the gateway's answer as the client gets it; null: not at all. */
  static @Nullable HttpField toClient(HttpField field) {
    if (field.getHeader() == HttpHeader.SET_COOKIE
        && (isOurCookie(field.getValue()) || isNameless(field.getValue()))) {
      return null;
    }
    return SITE_WIDE.contains(field.getLowerCaseName()) ? null : field;
  }

  private static boolean isOurs(String name) {
    return name.startsWith("x-forwarded")
        || name.startsWith("x-rockpool-")
        || name.startsWith("tailscale-")
        || OURS.contains(name);
  }

  private static void keepOthersCookies(@Nullable String line, StringJoiner kept) {
    if (line == null) {
      return;
    }
    for (var cookie : line.split(";", -1)) {
      if (!cookie.isBlank() && !isOurCookie(cookie)) {
        kept.add(cookie.strip());
      }
    }
  }

  /** Of {@code =a=b} browsers keep {@code a=b} as a value, and send that: a cookie called a. */
  private static boolean isNameless(@Nullable String cookie) {
    return cookie != null && cookie.stripLeading().startsWith("=");
  }

  /** The prefixes that browsers know are part of the name, so they do not make it another's. */
  private static boolean isOurCookie(@Nullable String cookie) {
    if (cookie == null) {
      return false;
    }
    int end = 0;
    while (end < cookie.length() && cookie.charAt(end) != '=' && cookie.charAt(end) != ';') {
      end++;
    }
    var name = cookie.substring(0, end).strip().toLowerCase(Locale.ROOT);
    return name.equals(EdgeHeaders.SESSION_COOKIE)
        || name.equals("__host-" + EdgeHeaders.SESSION_COOKIE)
        || name.equals("__secure-" + EdgeHeaders.SESSION_COOKIE);
  }

  /** Never a loopback address: see {@link EdgeHeaders#LOCAL_CLIENT}. */
  static String address(SocketAddress client) {
    if (!(client instanceof InetSocketAddress known)) {
      return EdgeHeaders.LOCAL_CLIENT;
    }
    try {
      var text = known.getHostString();
      // A front proxy's word for the client reaches us unresolved, IPv6 in brackets.
      var address =
          known.getAddress() != null
              ? known.getAddress()
              : InetAddress.ofLiteral(
                  text.startsWith("[") ? text.substring(1, text.length() - 1) : text);
      if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
        return EdgeHeaders.LOCAL_CLIENT;
      }
      var plain = address.getHostAddress();
      int zone = plain.indexOf('%');
      return zone < 0 ? plain : plain.substring(0, zone);
    } catch (IllegalArgumentException noAddress) {
      return EdgeHeaders.LOCAL_CLIENT;
    }
  }

  private PassedHeaders() {}
}
