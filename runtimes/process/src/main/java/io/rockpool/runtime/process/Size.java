package io.rockpool.runtime.process;

/** Tells numbers of bytes. */
final class Size {
  /** In the largest unit that leaves a whole number, or else with one digit. */
  static String text(long bytes) {
    if (bytes >= 1L << 30) {
      return bytes % (1L << 30) == 0
          ? (bytes >> 30) + " GiB"
          : "%.1f GiB".formatted(bytes / (double) (1L << 30));
    }
    return (bytes >> 20) + " MiB";
  }

  private Size() {}
}
