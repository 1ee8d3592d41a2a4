package io.rockpool.edge;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How instances are reached.
 *
 * @param domain instances also answer at {@code {id}.{domain}}; empty for {@code /i/{id}/} alone. A
 *     domain of its own keeps the pages of an instance apart from Rockpool's: below {@code /i/}
 *     both share one origin
 * @param limits what one caller may ask
 */
public record EdgeSettings(String domain, EdgeLimits limits) {
  private static final Pattern DOMAIN =
      Pattern.compile("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*");

  public static final EdgeSettings DEFAULT = new EdgeSettings("", EdgeLimits.DEFAULT);

  public EdgeSettings {
    domain = domain.toLowerCase(Locale.ROOT);
    if (!domain.isEmpty() && !DOMAIN.matcher(domain).matches()) {
      throw new IllegalArgumentException(
          "edge.domain is '%s': set a host name without scheme, port and wildcard, e.g. claw.example.com"
              .formatted(domain));
    }
  }
}
