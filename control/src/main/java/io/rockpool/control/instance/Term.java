package io.rockpool.control.instance;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long an instance may run, and what keeps it from running.
 *
 * @param expiresAt it is stopped then; null for never
 * @param autoRenew whether it gets another month before that, as long as its account pays
 * @param day of the month on which it expires, 1 to 31, as it was set: a shorter month does not
 *     shift those behind it; 0 where it never expires
 * @param told which notice was given last, in days before its end; 0 for none
 * @param hold null while nothing keeps it from running
 */
public record Term(
    @Nullable Instant expiresAt, boolean autoRenew, int day, int told, @Nullable Hold hold) {
  /** For as long as its owner likes. */
  public static final Term UNLIMITED = new Term(null, false, 0, 0, null);

  /** So many days before its end its owner hears of it. */
  public static final List<Integer> NOTICES = List.of(7, 3, 1);

  /** The same, with another end, of which nobody was told yet. */
  public Term until(Instant end) {
    return end.equals(expiresAt)
        ? this
        : new Term(end, autoRenew, end.atZone(ZoneOffset.UTC).getDayOfMonth(), 0, hold);
  }

  /** The same, renewed by itself or not. */
  public Term renewing(boolean renews) {
    return new Term(expiresAt, renews, day, told, hold);
  }

  /** The same, without an end. */
  public Term unlimited() {
    return new Term(null, false, 0, 0, hold);
  }

  /** The same, for months more: the first end that is later than {@code now}. */
  public Term renewed(Instant now) {
    if (expiresAt == null) {
      return this;
    }
    var end = expiresAt.atZone(ZoneOffset.UTC);
    do {
      end = monthLater(end);
    } while (!end.toInstant().isAfter(now));
    return new Term(end.toInstant(), autoRenew, day, 0, hold);
  }

  private ZonedDateTime monthLater(ZonedDateTime end) {
    var next = end.plusMonths(1);
    return next.withDayOfMonth(Math.min(day, next.toLocalDate().lengthOfMonth()));
  }

  public Term told(int days) {
    return new Term(expiresAt, autoRenew, day, days, hold);
  }

  public Term held(@Nullable Hold other) {
    return new Term(expiresAt, autoRenew, day, told, other);
  }

  public boolean isOver(Instant now) {
    return expiresAt != null && !expiresAt.isAfter(now);
  }

  /** The notice that is next, in days before the end; empty when all were given. */
  public Optional<Integer> nextNotice() {
    return NOTICES.stream().filter(it -> told == 0 || it < told).findFirst();
  }

  /** When somebody must look at it again; null for never. */
  @Nullable Instant reviewAt() {
    if (expiresAt == null || (hold != null && hold.reason() == Hold.Reason.EXPIRED)) {
      return null;
    }
    var end = expiresAt;
    // What is held already is not stopped at its end; whoever lets it go looks at it again.
    return nextNotice()
        .map(days -> end.minus(Duration.ofDays(days)))
        .orElse(hold == null ? end : null);
  }
}
