package io.rockpool.runtime.process;

import java.io.IOException;
import java.time.Duration;

/** Waits for what the kernel does not announce. */
final class Waiting {
  /** Killed processes are gone sooner, unless the machine is in trouble. */
  static final Duration FOR_THE_KERNEL = Duration.ofSeconds(10);

  interface Question {
    boolean ask() throws IOException;
  }

  /** Asks, more and more slowly, until the answer is yes; false when time ran out. */
  static boolean atMost(Duration time, Question question) throws IOException {
    var deadline = System.nanoTime() + time.toNanos();
    long pause = 1;
    while (!question.ask()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return question.ask();
      }
      pause = Math.min(pause * 2, 50);
    }
    return true;
  }

  private Waiting() {}
}
