package io.rockpool.bench;

import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.tck.FakeDriver;
import java.net.URI;

/**
 * A runtime whose instances are all at one address, so that the edge of a real server is measured
 * with a gateway that costs next to nothing; they run on when the server is killed. Only benchmarks
 * put it on the class path.
 */
public final class DoubledRuntime implements RuntimeProvider {
  static final String NAME = "bench";

  /** System property with the address. */
  static final String GATEWAY = "rockpool.bench.gateway";

  /** System property with the address at which instances listen for chat apps, if they do. */
  static final String LISTENER = "rockpool.bench.listener";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public RuntimeDriver open(Setting setting) {
    var gateway = System.getProperty(GATEWAY);
    if (gateway == null) {
      throw new IllegalArgumentException(
          "the system property %s is not set: set the gateway's address".formatted(GATEWAY));
    }
    var ground = new FakeDriver.Ground();
    ground.gatewayAt(URI.create(gateway));
    var listener = System.getProperty(LISTENER);
    if (listener != null) {
      ground.listenersAt(listener);
    }
    ground.outlive(setting.home().resolve("bench-instances"));
    return new FakeDriver(ground);
  }
}
