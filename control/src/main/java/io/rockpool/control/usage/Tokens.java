package io.rockpool.control.usage;

/**
 * What a call used, each token in exactly one of the first five.
 *
 * @param input read anew
 * @param cacheRead read from the provider's cache
 * @param cacheWrite5m read, and kept in its cache for five minutes
 * @param cacheWrite1h the same for an hour
 * @param output written, reasoning included
 * @param reasoning so many of {@code output}
 */
public record Tokens(
    long input, long cacheRead, long cacheWrite5m, long cacheWrite1h, long output, long reasoning) {
  public static final Tokens NONE = of(0, 0);

  public Tokens {
    if (input < 0
        || cacheRead < 0
        || cacheWrite5m < 0
        || cacheWrite1h < 0
        || output < 0
        || reasoning < 0
        || reasoning > output) {
      throw new IllegalArgumentException(
          "token counts are 0 or more, and reasoning is a part of the output");
    }
  }

  /** Without a cache, and without reasoning. */
  public static Tokens of(long input, long output) {
    return new Tokens(input, 0, 0, 0, output, 0);
  }

  public Tokens plus(Tokens other) {
    return new Tokens(
        input + other.input,
        cacheRead + other.cacheRead,
        cacheWrite5m + other.cacheWrite5m,
        cacheWrite1h + other.cacheWrite1h,
        output + other.output,
        reasoning + other.reasoning);
  }

  /** All that was read. */
  public long read() {
    return input + cacheRead + cacheWrite5m + cacheWrite1h;
  }

  /** All that was read or written. */
  public long total() {
    return read() + output;
  }
}
