package io.rockpool.control.billing;

import io.rockpool.control.instance.Term;
import java.time.Duration;
import java.time.Instant;

/** What is due of an instance's term. Pure. */
final class Expiry {
  sealed interface Step {
    record Nothing() implements Step {}

    /**
     * @param aloud whether its owner hears of it; what is renewed by itself comes to no end
     */
    record Notice(int daysLeft, boolean aloud) implements Step {}

    record Renew() implements Step {}

    /** Its time is over. */
    record End() implements Step {}
  }

  /**
   * @param pays whether its account pays for its plan, or it costs nothing
   */
  static Step next(Term term, boolean pays, Instant now) {
    var end = term.expiresAt();
    if (end == null) {
      return new Step.Nothing();
    }
    boolean renews = term.autoRenew() && pays;
    if (renews && !now.isBefore(end.minus(Duration.ofDays(1)))) {
      return new Step.Renew();
    }
    if (term.isOver(now)) {
      return new Step.End();
    }
    var left = Duration.between(now, end);
    return Term.NOTICES.reversed().stream()
        .filter(days -> left.compareTo(Duration.ofDays(days)) <= 0)
        .findFirst() // the latest that is due: who was down for a week is not told three times
        .filter(days -> term.told() == 0 || days < term.told())
        .<Step>map(days -> new Step.Notice(days, !renews))
        .orElseGet(Step.Nothing::new);
  }

  private Expiry() {}
}
