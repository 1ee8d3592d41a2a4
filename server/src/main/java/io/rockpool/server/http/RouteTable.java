package io.rockpool.server.http;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;
import org.eclipse.jetty.util.URIUtil;

/** Finds the route of a method and a path. */
final class RouteTable {
  sealed interface Match {}

  /** A route, with the values of its path's variables. */
  record Found(Endpoint<?, ?> endpoint, Map<String, String> variables) implements Match {}

  /** The path is known, but not with this method. {@code allow} is for the header of that name. */
  record OtherMethods(String allow) implements Match {}

  /** Ours to refuse. */
  record Nowhere() implements Match {}

  /** Not our business. */
  record NotOurs() implements Match {}

  private final Map<String, PathMappings<Endpoint<?, ?>>> byMethod = new HashMap<>();
  private final List<String> prefixes;

  RouteTable(List<Route<?, ?>> routes, List<String> prefixes) {
    this.prefixes = prefixes;
    check(routes);
    for (var route : routes) {
      byMethod
          .computeIfAbsent(route.method().name(), _ -> new PathMappings<>())
          .put(new UriTemplatePathSpec(route.path()), new Endpoint<>(route));
    }
  }

  /** Two routes must not answer the same request, nor have the same operation id. */
  static void check(List<Route<?, ?>> routes) {
    var paths = new HashSet<String>();
    var ids = new HashSet<String>();
    for (var route : routes) {
      var shape = route.method() + " " + route.path().replaceAll("\\{[^}]*}", "{}");
      if (!paths.add(shape)) {
        throw new IllegalArgumentException("two routes answer %s: remove one".formatted(shape));
      }
      if (!ids.add(route.operationId())) {
        throw new IllegalArgumentException(
            "two routes are called %s: change the path of one".formatted(route.operationId()));
      }
    }
  }

  /**
   * @param path as Jetty's getPathInContext gives it: canonical, and still encoded where it must be
   */
  Match find(String method, String path) {
    var mappings = byMethod.get(method.equals("HEAD") ? "GET" : method);
    var match = mappings == null ? null : mappings.getMatched(path);
    if (match != null) {
      var variables =
          new HashMap<>(((UriTemplatePathSpec) match.getPathSpec()).getPathParams(path));
      variables.replaceAll((_, value) -> URIUtil.decodePath(value));
      return new Found(match.getResource(), variables);
    }
    var allowed = new TreeSet<String>();
    byMethod.forEach((name, others) -> {
      if (others.getMatched(path) != null) {
        allowed.add(name);
      }
    });
    if (!allowed.isEmpty()) {
      allowed.add("OPTIONS");
      if (allowed.contains("GET")) {
        allowed.add("HEAD");
      }
      return new OtherMethods(String.join(", ", allowed));
    }
    return prefixes.stream().anyMatch(path::startsWith) ? new Nowhere() : new NotOurs();
  }
}
