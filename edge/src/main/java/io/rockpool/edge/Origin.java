package io.rockpool.edge;

import java.net.URI;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Whether a browser's page asks for itself or for another site. Pure. */
enum Origin {
  /** No {@code Origin}: a program, a navigation or a plain read of the page's own files. */
  UNSAID,
  OWN,
  FOREIGN;

  /**
   * Compares host and port of {@code Origin} with those of {@code Host}. The scheme only says which
   * port is meant where none is written: TLS may end in front of us. {@code null}, the origin of
   * sandboxed frames, is foreign.
   */
  static Origin of(HttpFields headers) {
    var origins = headers.getValuesList(HttpHeader.ORIGIN);
    if (origins.isEmpty()) {
      return UNSAID;
    }
    if (origins.size() > 1) {
      return FOREIGN;
    }
    try {
      var origin = URI.create(origins.getFirst());
      var scheme = origin.getScheme();
      var host = headers.get(HttpHeader.HOST);
      if (scheme == null || origin.getRawAuthority() == null || host == null) {
        return FOREIGN;
      }
      int usual = scheme.equalsIgnoreCase("https") ? 443 : 80;
      var asked = URI.create(scheme + "://" + host);
      return host.equals(asked.getRawAuthority())
              && authority(origin, usual).equals(authority(asked, usual))
          ? OWN
          : FOREIGN;
    } catch (IllegalArgumentException notAnOrigin) {
      return FOREIGN;
    }
  }

  private static String authority(URI uri, int usual) {
    if (uri.getHost() == null || uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("no host and port");
    }
    return uri.getHost().toLowerCase(Locale.ROOT)
        + ":"
        + (uri.getPort() < 0 ? usual : uri.getPort());
  }
}
