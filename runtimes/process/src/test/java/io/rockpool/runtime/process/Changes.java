package io.rockpool.runtime.process;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Counts the changes that a thread makes to the outside, and holds it for ever before a given one,
 * so that somebody can kill the process right there. {@link ChangesAgent} has the JDK call it.
 */
public final class Changes {
  private static final int WRITES = 0x1 | 0x2 | 0x40; // O_WRONLY, O_RDWR, O_CREAT: see open(2)

  private static final ThreadLocal<Changes> OF_THREAD = new ThreadLocal<>();

  private final Consumer<String> listener;
  private int left;

  private Changes(int last, Consumer<String> listener) {
    this.left = last;
    this.listener = listener;
  }

  /**
   * From here on, the calling thread gets no further than to its change number {@code last}.
   *
   * @param listener is told, once, what that change would have been
   */
  public static void stopBefore(int last, Consumer<String> listener) {
    OF_THREAD.set(new Changes(last, listener));
  }

  /** The calling thread came to its end; what it does now does not count. */
  public static void stopNoMore() {
    OF_THREAD.remove();
  }

  /** Called by the JDK's own classes. Reading is no change. */
  public static void coming(String change, int flags) {
    var changes = OF_THREAD.get();
    if (changes != null && (flags & WRITES) != 0 && --changes.left == 0) {
      OF_THREAD.remove(); // the listener may make changes
      changes.listener.accept(change + " in " + caller());
      while (true) {
        LockSupport.park();
      }
    }
  }

  private static String caller() {
    return StackWalker.getInstance()
        .walk(frames ->
            frames
                .map(it -> it.getClassName() + "." + it.getMethodName())
                .filter(it -> it.startsWith("io.rockpool.") && !it.contains(".Changes."))
                .map(it -> it.substring("io.rockpool.runtime.process.".length()))
                .limit(3)
                .reduce((a, b) -> a + " < " + b)
                .orElse("nothing of ours"));
  }
}
