package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a host and a path ask for. Pure.
 *
 * <p>A gateway has its Control UI below {@code /i/{id}} and everything else at its root, so below
 * {@code /i/{id}} the few root paths that people and programs need lose that prefix, and all others
 * keep it. What is not in the table is therefore out of reach, {@code /hooks} and the admin RPC
 * above all: they are for Rockpool, which asks the gateway directly.
 */
sealed interface Route {
  /** Not an instance's business. */
  record Elsewhere() implements Route {}

  /** A path that a gateway could read in another way than we do. */
  record Crooked() implements Route {}

  /** Nothing is there: no valid id, or a path that is not for the outside. */
  record Nowhere() implements Route {}

  record Redirect(String path) implements Route {}

  /**
   * To the gateway.
   *
   * @param path as the gateway is asked, raw, without the query
   */
  record Pass(InstanceId id, String path, Traffic.Kind kind) implements Route {
    /** For a method that changes something: no page does that by itself. */
    Pass changing() {
      return kind == Traffic.Kind.POLL ? new Pass(id, path, Traffic.Kind.PAGE) : this;
    }
  }

  /** Its owner's picture, which an open Control UI fetches every 90 s (seen on 2026.9.6). */
  Pattern POLL = Pattern.compile("/api/users/[^/]+/avatar");

  Set<String> PROBES = Set.of("/healthz", "/readyz", "/startupz");

  /**
   * Served at a gateway's root only (tried on 2026.9.6; below the base path these answer 200 with
   * the UI's HTML): the API, and what the Control UI shows inside a conversation. Profile pictures,
   * icons and artifacts are served below the base path, too.
   */
  List<String> ROOT =
      List.of(
          "/v1/",
          "/api/chat/media/",
          "/media/inbound/",
          "/__openclaw__/canvas/",
          "/__openclaw__/board/",
          "/__openclaw__/a2ui/",
          "/__openclaw__/cap/");

  List<String> INTERNAL = List.of("/hooks", "/api/v1");

  /**
   * Reads the target of a request.
   *
   * @param host without port
   * @param path raw, as it came
   * @param domain empty, or the suffix of instances' host names, in lower case
   * @param socket whether this is a WebSocket handshake; gateways take those on any path
   */
  static Route of(String host, String path, String domain, boolean socket) {
    var label = label(host, domain);
    if (label.isEmpty() && !path.equals("/i") && !path.startsWith("/i/")) {
      return new Elsewhere();
    }
    if (isCrooked(path)) {
      return new Crooked();
    }
    if (label.isEmpty()) {
      if (path.length() <= 3) {
        return new Nowhere();
      }
      int end = path.indexOf('/', 3);
      var id = end < 0 ? path.substring(3) : path.substring(3, end);
      return below(id, end < 0 ? "" : path.substring(end), socket);
    }
    if (!InstanceId.isValid(label)) {
      return new Nowhere();
    }
    var base = "/i/" + label;
    if (path.equals(base) || path.startsWith(base + "/")) {
      return below(label, path.substring(base.length()), socket);
    }
    if (path.equals("/") && !socket) {
      return new Redirect(base + "/");
    }
    var id = new InstanceId(label);
    if (socket) {
      return path.equals("/") ? new Pass(id, path, Traffic.Kind.SOCKET) : new Nowhere();
    }
    return isRoot(path) ? new Pass(id, path, kind(path)) : new Nowhere();
  }

  private static Route below(String label, String rest, boolean socket) {
    if (!InstanceId.isValid(label) || isInternal(rest)) {
      return new Nowhere();
    }
    var id = new InstanceId(label);
    if (socket) {
      return new Pass(id, "/i/" + label + rest, Traffic.Kind.SOCKET);
    }
    return isRoot(rest)
        ? new Pass(id, rest, kind(rest))
        : new Pass(
            id,
            "/i/" + label + rest,
            POLL.matcher(rest).matches() ? Traffic.Kind.POLL : Traffic.Kind.PAGE);
  }

  private static String label(String host, String domain) {
    if (domain.isEmpty()) {
      return "";
    }
    var name = host.toLowerCase(Locale.ROOT);
    name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return name.endsWith("." + domain)
        ? name.substring(0, name.length() - domain.length() - 1)
        : "";
  }

  private static boolean isRoot(String path) {
    return PROBES.contains(path)
        || path.equals("/tools/invoke")
        || ROOT.stream().anyMatch(path::startsWith);
  }

  private static boolean isInternal(String path) {
    var plain = decoded(path).toLowerCase(Locale.ROOT);
    return INTERNAL.stream()
        .anyMatch(it ->
            plain.startsWith(it)
                && (plain.length() == it.length() || isBorder(plain.charAt(it.length()))));
  }

  /** Whether a name may end here for a gateway: it takes more than a slash for a border. */
  private static boolean isBorder(char c) {
    return (c < 'a' || c > 'z') && (c < '0' || c > '9') && "-_.~".indexOf(c) < 0;
  }

  private static Traffic.Kind kind(String path) {
    if (PROBES.contains(path)) {
      return Traffic.Kind.PROBE;
    }
    return path.startsWith("/v1/") || path.startsWith("/tools/")
        ? Traffic.Kind.API
        : Traffic.Kind.PAGE;
  }

  /**
   * Whether a path has dot segments, empty segments, back slashes or control characters, plain or
   * encoded any number of times. OpenClaw resolves them all before it looks at a path (tried:
   * {@code /x/..\api/v1/%61dmin/rpc} is its admin RPC), so we pass none of them.
   */
  private static boolean isCrooked(String path) {
    var plain = path;
    for (int round = 0; round < 8; round++) {
      if (hasBadSegment(plain)) {
        return true;
      }
      var next = decodedOnce(plain);
      if (next.equals(plain)) {
        return false;
      }
      // A slash that appears by decoding is no separator for us but may be one for others.
      if (slashes(next) != slashes(plain)) {
        return true;
      }
      plain = next;
    }
    return true;
  }

  private static boolean hasBadSegment(String path) {
    if (path.contains("//") || path.indexOf('\\') >= 0 || hasControl(path)) {
      return true;
    }
    if (path.indexOf('.') < 0) {
      return false; // almost every path
    }
    for (var segment : path.split("/", -1)) {
      var name = name(segment);
      if (name.equals(".") || name.equals("..")) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasControl(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c < ' ' || c == 0x7f) {
        return true;
      }
    }
    return false;
  }

  /** Without parameters, and without what ends a path or goes away at its end when decoded. */
  private static String name(String segment) {
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == ';' || c == '?' || c == '#') {
        return segment.substring(0, i).strip();
      }
    }
    return segment.strip();
  }

  private static long slashes(String path) {
    return path.chars().filter(c -> c == '/').count();
  }

  private static String decoded(String path) {
    var plain = path;
    for (int round = 0; round < 8; round++) {
      plain = decodedOnce(plain);
    }
    return plain;
  }

  /** Every whole {@code %XX} becomes its byte; whatever else has a percent sign stays as it is. */
  private static String decodedOnce(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    var plain = new StringBuilder(path.length());
    for (int at = 0; at < path.length(); at++) {
      char c = path.charAt(at);
      if (c == '%'
          && at + 2 < path.length()
          && HexFormat.isHexDigit(path.charAt(at + 1))
          && HexFormat.isHexDigit(path.charAt(at + 2))) {
        plain.append((char) HexFormat.fromHexDigits(path, at + 1, at + 3));
        at += 2;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
