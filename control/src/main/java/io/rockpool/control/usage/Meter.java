package io.rockpool.control.usage;

import io.rockpool.control.usage.Quota.Measure;
import io.rockpool.control.usage.Verdict.Throttled;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A quota, as it stands at a moment. What it does not limit is 0 or empty here.
 *
 * @param owner whom it binds
 * @param tokensUsed today, by calls that ended
 * @param tokensReserved set aside of today's for calls in flight
 * @param calls in flight
 */
record Meter(
    BudgetOwner owner,
    Quota quota,
    long tokensUsed,
    long tokensReserved,
    long calls,
    Level requests,
    Level tokens) {
  /** Somebody may end at any moment. */
  private static final Duration SOON = Duration.ofSeconds(1);

  boolean isOfDay() {
    return quota.tokensPerDay().isPresent();
  }

  /**
   * The same with more used, for a call that is under way already: a day's tokens alone bind it.
   */
  Meter after(long moreTokens) {
    var ofDay =
        new Quota(
            quota.tokensPerDay(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    return new Meter(
        owner, ofDay, tokensUsed + moreTokens, tokensReserved, 0, Level.EMPTY, Level.EMPTY);
  }

  /** Tokens of today that nobody has used yet; below zero where more were used. */
  long left() {
    return quota.tokensPerDay().orElse(Long.MAX_VALUE) - tokensUsed;
  }

  /** The same without what is set aside. */
  long room() {
    return left() - tokensReserved;
  }

  /** What keeps a call from beginning at this moment, though not for long: the longest of these. */
  Optional<Throttled> throttles(Ask ask) {
    return Stream.of(
            until(
                Measure.CALLS_AT_ONCE,
                quota.callsAtOnce().orElse(0),
                calls >= quota.callsAtOnce().orElse(Long.MAX_VALUE) ? SOON : Duration.ZERO),
            until(
                Measure.REQUESTS_PER_MINUTE,
                quota.requestsPerMinute().orElse(0),
                quota.requestsPerMinute().isPresent()
                    ? requests.until(1, quota.requestsPerMinute().getAsLong())
                    : Duration.ZERO),
            until(
                Measure.TOKENS_PER_MINUTE,
                quota.tokensPerMinute().orElse(0),
                quota.tokensPerMinute().isPresent()
                    ? tokens.until(ask.expected(), quota.tokensPerMinute().getAsLong())
                    : Duration.ZERO))
        .filter(it -> it.pause().isPositive())
        .max(Comparator.comparing(Throttled::pause));
  }

  private Throttled until(Measure measure, long limit, Duration pause) {
    return new Throttled(owner, measure, limit, pause);
  }
}
