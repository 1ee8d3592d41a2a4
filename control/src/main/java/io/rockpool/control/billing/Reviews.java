package io.rockpool.control.billing;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Hold;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.Term;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings instances' terms to what their ends and their accounts' payments make of them: some are
 * held, some run again, some are renewed, and each is told.
 */
public final class Reviews {
  private static final Logger log = LoggerFactory.getLogger(Reviews.class);

  private static final Actor SERVER = new Actor.Rockpool("billing");
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final int BATCH = 100;

  private final Subscriptions subscriptions;
  private final Offers offers;
  private final Instances instances;
  private final InstanceStore store;
  private final Events events;
  private final InstantSource clock;

  public Reviews(
      Subscriptions subscriptions,
      Offers offers,
      Instances instances,
      InstanceStore store,
      Events events,
      InstantSource clock) {
    this.subscriptions = subscriptions;
    this.offers = offers;
    this.instances = instances;
    this.store = store;
    this.events = events;
    this.clock = clock;
  }

  /**
   * Changes until when an instance runs, and whether it is renewed by itself.
   *
   * @param expiresAt empty to leave it as it is
   * @param autoRenew empty to leave it as it is; of no account without an end
   */
  public Taken expire(
      Actor actor, InstanceId id, Optional<Instant> expiresAt, Optional<Boolean> autoRenew) {
    return review(
        actor,
        id,
        term -> {
          var ending =
              expiresAt.map(it -> term.until(it.truncatedTo(ChronoUnit.MILLIS))).orElse(term);
          return ending.expiresAt() == null
              ? ending
              : ending.renewing(autoRenew.orElse(ending.autoRenew()));
        });
  }

  /** Lets an instance run for as long as its owner likes. */
  public Taken unlimit(Actor actor, InstanceId id) {
    return review(actor, id, Term::unlimited);
  }

  /** Whether a plan has to be paid for. */
  public boolean isSold(String plan) {
    return offers.isSold(plan);
  }

  /** Reviews those whose end is near or over. */
  void reviewDue(Instant now) {
    List<InstanceId> page;
    var behind = "";
    do {
      page = store.toReview(now, behind, BATCH);
      for (var id : page) {
        reviewAlone(id);
        behind = id.value();
      }
    } while (page.size() == BATCH);
  }

  /** Reviews those that are kept from running. */
  void reviewHeld() {
    store.held().forEach(this::reviewAlone);
  }

  /** One that cannot be reviewed keeps no other from it; it is tried again when it is due next. */
  private void reviewAlone(InstanceId id) {
    try {
      review(SERVER, id, term -> term);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("instance", id.value())
          .setCause(e)
          .log("An instance could not be reviewed; it is tried again");
    }
  }

  /** Reviews all of an account. */
  void reviewAll(String account) {
    instancesOf(account, it -> review(SERVER, it.id(), term -> term));
  }

  /**
   * Whom words about a plan are for: all of an account that are on it, if it has to be paid for.
   */
  List<InstanceId> owing(String account, String plan) {
    var owing = new ArrayList<InstanceId>();
    if (isOwed(account, plan)) {
      instancesOf(
          account,
          it -> {
            if (it.wanted().plan().equals(plan)) {
              owing.add(it.id());
            }
          });
    }
    return owing;
  }

  /** Says something to instances, in a transaction of the caller's. */
  void tell(Sql transaction, List<InstanceId> ids, List<Dunning.Word> words) {
    for (var id : ids) {
      words.forEach(it -> events.append(transaction, id, it.kind(), it.message()));
    }
  }

  private boolean isOwed(String account, String plan) {
    return offers.isSold(plan) && !subscriptions.isOperators(account);
  }

  private void instancesOf(String account, Consumer<Instance> work) {
    var owner = new Actor.User(account);
    InstanceStore.@Nullable Position position = null;
    List<Instance> page;
    do {
      page = instances.list(owner, position, BATCH);
      for (var it : page) {
        work.accept(it);
        position = new InstanceStore.Position(it.createdAt(), it.id().value());
      }
    } while (page.size() == BATCH);
  }

  /** Brings an instance's term to what its end and its account's payments make of it. */
  private Taken review(Actor actor, InstanceId id, UnaryOperator<Term> wish) {
    var found = instances.find(actor, id);
    if (found.isEmpty()) {
      return new Taken.Unknown();
    }
    var plan = found.get().wanted().plan();
    var account = found.get().accountId();
    var owed = isOwed(account, plan);
    var standing = owed ? standing(account) : Optional.<Standing>empty();
    var isBeyond = standing.filter(it -> isBeyond(it, found.get())).isPresent();
    var pays = !owed || (!isBeyond && standing.filter(it -> it.covers(plan)).isPresent());
    var said = new ArrayList<Dunning.Word>();
    var taken =
        instances.term(
            actor,
            id,
            before -> {
              said.clear(); // it may be called again
              return reviewed(wish.apply(before), plan, standing, isBeyond, pays, said);
            });
    if (taken instanceof Taken.Accepted) {
      said.forEach(it -> events.append(id, it.kind(), null, it.message()));
    }
    return taken;
  }

  private Optional<Standing> standing(String account) {
    return subscriptions.of(account).map(it -> Standing.of(it, offers.terms(), now()));
  }

  private Term reviewed(
      Term before,
      String plan,
      Optional<Standing> standing,
      boolean isBeyond,
      boolean pays,
      List<Dunning.Word> said) {
    var now = now();
    var hold = before.hold();
    var term =
        switch (Expiry.next(before, pays, now)) {
          case Expiry.Step.Nothing _ -> before;
          case Expiry.Step.End _ -> before.told(Term.NOTICES.getLast());
          case Expiry.Step.Notice(var days, var aloud) -> {
            if (aloud) {
              said.add(new Dunning.Word("ExpiresSoon", soon(before, days)));
            }
            yield before.told(days);
          }
          case Expiry.Step.Renew _ -> {
            var renewed = before.renewed(now);
            said.add(
                new Dunning.Word(
                    "Renewed",
                    "It was renewed, and runs until %s."
                        .formatted(DAY.format(renewed.expiresAt()))));
            yield renewed;
          }
        };
    if (isBeyond && hold != null && isUnpaid(hold)) {
      var subscription = standing.orElseThrow().subscription();
      var why = Dunning.whyBeyond(subscription, hold.since(), offers.terms());
      return term.held(hold(hold, Hold.Reason.UNPAID, why, now));
    }
    var unpaid = standing.flatMap(it -> unpaidSince(it, plan, hold, now));
    if (unpaid.isPresent()) {
      var why = Dunning.whyHeld(plan, unpaid.get(), offers.terms());
      if (!isUnpaid(hold) && !standing.get().subscription().plan().equals(plan)) {
        said.add(new Dunning.Word("PaymentStopped", why)); // its account is told of the other plan
      }
      return term.held(hold(hold, Hold.Reason.UNPAID, why, now));
    }
    if (!term.isOver(now)) {
      return term.held(null);
    }
    var why =
        "Its time was over on %s, so it was stopped. Nothing is deleted. Ask the operator to renew it: it then starts again by itself."
            .formatted(DAY.format(term.expiresAt()));
    var expired = hold(hold, Hold.Reason.EXPIRED, why, now);
    if (!expired.equals(hold)) {
      said.add(new Dunning.Word("Expired", why));
    }
    return term.held(expired);
  }

  /** Whether it lapsed, and as many others run as are paid for now. What runs is not stopped. */
  private boolean isBeyond(Standing standing, Instance instance) {
    var plan = instance.wanted().plan();
    return standing.covers(plan)
        && isUnpaid(instance.term().hold())
        && store.countFree(instance.accountId(), plan) >= standing.subscription().quantity();
  }

  /** Since when its plan is not paid for; empty where it is, or never was. */
  private static Optional<Instant> unpaidSince(
      Standing standing, String plan, @Nullable Hold hold, Instant now) {
    var subscription = standing.subscription();
    if (subscription.plan().equals(plan)) {
      return standing.access() instanceof Access.Off(var since)
          ? Optional.of(since)
          : Optional.empty();
    }
    // Who pays for another plan now does not pay for this one any more.
    return subscription.paid()
        ? Optional.of(hold != null && isUnpaid(hold) ? hold.since() : now)
        : Optional.empty();
  }

  private static boolean isUnpaid(@Nullable Hold hold) {
    return hold != null && hold.reason() == Hold.Reason.UNPAID;
  }

  private static Hold hold(@Nullable Hold before, Hold.Reason reason, String message, Instant now) {
    var since = before != null && before.reason() == reason ? before.since() : now;
    return new Hold(reason, message, since, before != null && before.resumes());
  }

  private static String soon(Term term, int days) {
    return "It will be stopped in %s, on %s, and its data kept.%s Ask the operator to renew it."
        .formatted(
            days == 1 ? "a day" : days + " days",
            DAY.format(term.expiresAt()),
            term.autoRenew()
                ? " It is not renewed by itself, since its plan is not paid for."
                : "");
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
