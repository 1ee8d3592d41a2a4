package io.rockpool.edge.model;

import io.rockpool.edge.model.ProviderClient.Answer;

/** Reading an answer to its end although its client has left, within bounds. */
final class Drain implements AutoCloseable {
  private final ModelGateway.Ground ground;
  private final Answer answer;
  private boolean begun;
  private boolean hasPlace;
  private long bytes;

  Drain(ModelGateway.Ground ground, Answer answer) {
    this.ground = ground;
    this.answer = answer;
  }

  /** Whether it is worth reading on; the first time, it takes a place and sets an alarm. */
  boolean goesOn(int read) {
    if (!begun) {
      begun = true;
      hasPlace = ground.drains().tryAcquire();
      if (hasPlace) {
        ground.providers().after(ground.limits().drain(), answer::close);
      }
      return hasPlace;
    }
    bytes += read;
    return hasPlace && bytes <= ground.limits().drainBytes();
  }

  @Override
  public void close() {
    if (hasPlace) {
      ground.drains().release();
    }
  }
}
