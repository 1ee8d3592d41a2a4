package io.rockpool.server.door;

import io.rockpool.control.reconcile.PathProbe;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks instances through our own edge, as their owners do. */
public final class EdgeProbe implements PathProbe, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final URI edge;
  private final Secret token;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param edge our own listener, e.g. {@code http://127.0.0.1:3000}
   * @param token that the gate knows as the probe's
   */
  public EdgeProbe(URI edge, Secret token) {
    this.edge = edge;
    this.token = token;
  }

  @Override
  public boolean answers(InstanceId id) {
    var request =
        HttpRequest.newBuilder(edge.resolve("/i/" + id + "/readyz"))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + token.reveal())
            .build();
    try {
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
