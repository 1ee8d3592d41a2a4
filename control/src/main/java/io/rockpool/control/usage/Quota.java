package io.rockpool.control.usage;

import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How much of its models an instance, or all of an account together, may use. What is empty has no
 * limit.
 *
 * @param tokensPerDay read and written, in a day of UTC; 0 to 10<sup>15</sup>. Set aside before a
 *     call as budgets are: no number of calls at once passes it
 * @param requestsPerMinute 1 to 10<sup>9</sup>. A bucket of that size that refills within a minute:
 *     so many at once after a minute's silence, and no more than so many a minute in the long run
 * @param tokensPerMinute the same for tokens. A call takes what it is expected to use, and what it
 *     used instead once it has ended; one that is larger than the bucket passes while it is full,
 *     and the next ones wait until that is made up for
 * @param callsAtOnce that have begun and not ended; 1 to 10<sup>6</sup>
 */
public record Quota(
    OptionalLong tokensPerDay,
    OptionalLong requestsPerMinute,
    OptionalLong tokensPerMinute,
    OptionalLong callsAtOnce) {
  /** No limit at all. */
  public static final Quota NONE =
      new Quota(
          OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

  static final long MOST_A_MINUTE = 1_000_000_000;

  /** What a limit is about. Two of the names are kept in the database. */
  public enum Measure {
    TOKENS_PER_DAY,
    REQUESTS_PER_MINUTE,
    TOKENS_PER_MINUTE,
    CALLS_AT_ONCE
  }

  public Quota {
    check("tokens a day", tokensPerDay, 0, 1_000_000_000_000_000L);
    check("requests a minute", requestsPerMinute, 1, MOST_A_MINUTE);
    check("tokens a minute", tokensPerMinute, 1, MOST_A_MINUTE);
    check("calls at once", callsAtOnce, 1, 1_000_000);
  }

  private static void check(String name, OptionalLong value, long least, long most) {
    if (value.isPresent() && (value.getAsLong() < least || value.getAsLong() > most)) {
      throw new IllegalArgumentException(
          "%s are %d to %d; leave them out for no limit".formatted(name, least, most));
    }
  }

  public boolean isNone() {
    return Stream.of(tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce)
        .allMatch(OptionalLong::isEmpty);
  }
}
