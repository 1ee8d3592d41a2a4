package io.rockpool.edge.outward;

import io.rockpool.control.net.Internet;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;

/**
 * Finds hosts of URLs that strangers gave. A connection goes to the very address that was looked
 * at: nobody can change what the name means in between.
 *
 * <p>A look-up waits for name servers, which are the stranger's choice, too: it has threads of its
 * own, few of them, and a time in which it must be done.
 */
final class GuardedResolver implements SocketAddressResolver, AutoCloseable {
  private static final int THREADS = 8;
  private static final int WAITING = 256;
  private static final int SECONDS = 5;

  private final Internet internet;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(WAITING),
          Thread.ofPlatform().daemon().name("look-up-", 0).factory());

  GuardedResolver(Internet internet) {
    this.internet = internet;
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public void resolve(
      String host,
      int port,
      Map<String, Object> context,
      Promise<List<InetSocketAddress>> promise) {
    try {
      var _ =
          CompletableFuture.supplyAsync(() -> look(host, port), threads)
              .orTimeout(SECONDS, TimeUnit.SECONDS)
              .whenComplete((found, error) -> {
                if (error == null) {
                  promise.succeeded(found);
                } else {
                  promise.failed(
                      error instanceof CompletionException && error.getCause() != null
                          ? error.getCause()
                          : error);
                }
              });
    } catch (RejectedExecutionException tooMany) {
      promise.failed(tooMany);
    }
  }

  private List<InetSocketAddress> look(String host, int port) {
    try {
      return internet.addresses(host).stream().map(it -> new InetSocketAddress(it, port)).toList();
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
