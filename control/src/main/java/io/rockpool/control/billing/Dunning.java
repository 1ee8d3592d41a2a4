package io.rockpool.control.billing;

import io.rockpool.control.billing.Told.Rung;
import io.rockpool.payment.Purchase.State;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What an account that does not pay is told, and when. A word at each failure; then, when the grace
 * is over, its instances stop; then, before their data is no longer kept for certain, another.
 * Nothing is ever deleted by this. Pure.
 */
final class Dunning {
  private static final Duration LAST_WEEK = Duration.ofDays(7);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /**
   * @param kind a stable word in CamelCase
   * @param message for the account's owner: what happened and what to do
   */
  record Word(String kind, String message) {}

  /**
   * @param words what is to be said now, in this order
   * @param told what was said then
   * @param lookAt when there may be more to say, if nobody looks before
   */
  record Step(List<Word> words, Told told, Instant lookAt) {}

  /** What comes next. */
  static Step next(Subscription subscription, Terms terms, Instant now) {
    var access = Access.of(subscription, terms, now);
    var told = subscription.told();
    var words = new ArrayList<Word>();
    var purchase = subscription.purchase();
    if (access instanceof Access.Grace(var until)
        && purchase != null
        && purchase.failures() > told.failures()) {
      words.add(new Word("PaymentFailed", failed(subscription, until)));
      told = new Told(purchase.failures(), told.rung());
    }
    if (access instanceof Access.On && !told.equals(Told.NOTHING)) {
      words.add(
          new Word(
              "Paid",
              "The plan '%s' is paid for again. What was stopped for it starts by itself."
                  .formatted(subscription.plan())));
      told = Told.NOTHING;
    }
    if (access instanceof Access.Off(var since)) {
      var kept = since.plus(terms.dataKept());
      var rung =
          now.isBefore(kept.minus(LAST_WEEK))
              ? Rung.STOPPED
              : now.isBefore(kept) ? Rung.LAST_WEEK : Rung.OVER;
      if (rung.compareTo(told.rung()) > 0) {
        words.add(off(subscription, rung, kept));
        told = new Told(told.failures(), rung);
      }
    }
    return new Step(words, told, lookAt(subscription, access, terms, now));
  }

  private static String failed(Subscription subscription, Instant until) {
    var purchase = subscription.purchase();
    var next = purchase == null ? null : purchase.nextAttempt();
    return "The payment for the plan '%s' failed. %s Instances of this plan stop on %s unless it is paid; their data is kept."
        .formatted(
            subscription.plan(),
            next == null
                ? "It is not tried again by itself."
                : "It is tried again on %s.".formatted(DAY.format(next)),
            DAY.format(until));
  }

  private static Word off(Subscription subscription, Rung rung, Instant kept) {
    return switch (rung) {
      case NONE, STOPPED -> new Word("PaymentStopped", stopped(subscription.plan(), kept));
      case LAST_WEEK ->
          new Word(
              "DataKeptUntil",
              "The data of instances of the plan '%s' is kept until %s. Pay for the plan before, and they start again."
                  .formatted(subscription.plan(), DAY.format(kept)));
      case OVER ->
          new Word(
              "DataNoLongerKept",
              "The data of instances of the plan '%s' was kept until %s. It is still there; from now on the operator may delete it. Pay for the plan to keep it."
                  .formatted(subscription.plan(), DAY.format(kept)));
    };
  }

  private static String stopped(String plan, Instant kept) {
    return "The plan '%s' is not paid for, so its instances were stopped. Nothing is deleted: their data is kept at least until %s. Pay for the plan, and they start again by themselves."
        .formatted(plan, DAY.format(kept));
  }

  /** Why an instance does not run, for whoever asks. */
  static String whyHeld(String plan, Instant since, Terms terms) {
    return stopped(plan, since.plus(terms.dataKept()));
  }

  /** The same where others of the plan run for what is paid. */
  static String whyBeyond(Subscription subscription, Instant since, Terms terms) {
    return "%d of the plan '%s' are paid for, and run; this one was stopped. Nothing is deleted: its data is kept at least until %s. Destroy another of them, or end the subscription and begin one for more."
        .formatted(
            subscription.quantity(), subscription.plan(), DAY.format(since.plus(terms.dataKept())));
  }

  private static Instant lookAt(
      Subscription subscription, Access access, Terms terms, Instant now) {
    var again = now.plus(again(subscription.state()));
    return switch (access) {
      case Access.Never _, Access.On _ -> again;
      case Access.Grace(var until) -> until.isBefore(again) ? until : again;
      case Access.Off(var since) -> {
        var kept = since.plus(terms.dataKept());
        yield Stream.of(kept.minus(LAST_WEEK), kept, again)
            .filter(it -> it.isAfter(now))
            .min(Instant::compareTo)
            .orElse(again);
      }
    };
  }

  /** How long until the provider is asked though it did not say anything: notices get lost. */
  private static Duration again(State state) {
    return switch (state) {
      case OPEN, PENDING -> Duration.ofMinutes(10);
      case OVERDUE -> Duration.ofHours(1);
      case TRIAL, ACTIVE, UNPAID, PAUSED -> Duration.ofHours(12);
      case EXPIRED, ENDED -> Duration.ofDays(30);
    };
  }

  private Dunning() {}
}
