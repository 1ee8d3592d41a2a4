package io.rockpool.control.channel;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** Where platforms reach this server, and whether that leads here. */
public final class PublicAddress {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What the ingress answers to a question where a message should be, for a key that it knows. */
  private static final int NOT_A_MESSAGE = 405;

  private static final int UNKNOWN = 404;

  private final URI base;
  private final HttpClient http;

  /**
   * @param base scheme, host, port and perhaps a path, without a slash at its end
   */
  public PublicAddress(URI base, HttpClient http) {
    this.base = base;
    this.http = http;
  }

  /** Without what is behind it. */
  String base() {
    return base.toString();
  }

  /** Where a platform posts what is for one connection. */
  URI webhook(String platform, Secret key) {
    return URI.create(base + path(platform, key));
  }

  private static String path(String platform, Secret key) {
    return "/webhook/%s/%s".formatted(platform, key.reveal());
  }

  /** Whether an address is that of a connection, here or where this server was before. */
  static boolean isWebhook(String address, String platform, Secret key) {
    return address.endsWith(path(platform, key));
  }

  /**
   * Asks for that address from here, as a stranger would.
   *
   * @return empty if it leads here, else what happened: a sentence without the key
   */
  Optional<String> objection(String platform, Secret key) {
    var request = HttpRequest.newBuilder(webhook(platform, key)).timeout(PATIENCE).GET().build();
    try {
      var status = http.send(request, BodyHandlers.discarding()).statusCode();
      return switch (status) {
        case NOT_A_MESSAGE -> Optional.empty();
        case UNKNOWN ->
            Optional.of(
                "%s leads to something that does not know this connection. It must lead to this Rockpool: look at ROCKPOOL_PUBLIC_URL and at the proxy."
                    .formatted(base));
        default ->
            Optional.of(
                "%s answered %d. It must lead to this Rockpool: look at ROCKPOOL_PUBLIC_URL and at the proxy."
                    .formatted(base, status));
      };
    } catch (IOException e) {
      return Optional.of(
          "%s cannot be reached from this server (%s). If the platform reaches it all the same, nothing is wrong; else look at ROCKPOOL_PUBLIC_URL, DNS and the proxy."
              .formatted(base, e.getClass().getSimpleName()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("The server is stopping.");
    }
  }
}
