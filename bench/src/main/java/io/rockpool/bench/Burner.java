package io.rockpool.bench;

import java.util.ArrayList;
import java.util.List;

/** Keeps cores busy. */
final class Burner implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param cores how many; at least one is kept busy
   */
  static Burner start(int cores) {
    var burner = new Burner();
    for (int i = 0; i < Math.max(1, cores); i++) {
      burner.threads.add(Thread.ofPlatform().daemon().start(Burner::burn));
    }
    return burner;
  }

  private static void burn() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
