package io.rockpool.server;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.metering.Sampling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at what instances use of their hosts while the server runs. */
final class ResourceSampling implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ResourceSampling.class);

  private final Sampling sampling;
  private final Thread sampler = Thread.ofVirtual().name("sampling").unstarted(this::sample);

  ResourceSampling(Sampling sampling) {
    this.sampling = sampling;
  }

  void start() {
    sampler.start();
  }

  /** Books what one used that is about to be destroyed. */
  void last(Instance instance) {
    try {
      sampling.last(instance);
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("instance", instance.id())
          .setCause(e)
          .log("cannot book what an instance used at last");
    }
  }

  private void sample() {
    try {
      while (true) {
        Thread.sleep(Sampling.EVERY); // first of all: a start has more urgent things to do
        try {
          sampling.pass();
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("cannot book what instances use; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    sampler.interrupt();
  }
}
