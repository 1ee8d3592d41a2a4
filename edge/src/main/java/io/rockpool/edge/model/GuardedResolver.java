package io.rockpool.edge.model;

import io.rockpool.control.net.Internet;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;

/**
 * Finds hosts of users' URLs. A connection goes to the very address that was looked at: nobody can
 * change what the name means in between.
 */
final class GuardedResolver implements SocketAddressResolver {
  private final Internet internet;
  private final Executor executor;

  GuardedResolver(Internet internet, Executor executor) {
    this.internet = internet;
    this.executor = executor;
  }

  @Override
  public void resolve(
      String host,
      int port,
      Map<String, Object> context,
      Promise<List<InetSocketAddress>> promise) {
    executor.execute(() -> {
      try {
        promise.succeeded(
            internet.addresses(host).stream().map(it -> new InetSocketAddress(it, port)).toList());
      } catch (UnknownHostException | RuntimeException e) {
        promise.failed(e);
      }
    });
  }
}
