package io.rockpool.control.billing;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Hold;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.Term;
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

/**
 * Brings instances' terms to what their ends and their accounts' payments make of them: some are
 * held, some run again, some are renewed, and each is told.
 */
public final class Reviews {
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
    for (var id : store.toReview(now, BATCH)) {
      review(SERVER, id, term -> term);
    }
  }

  /** Reviews those that are kept from running. */
  void reviewHeld() {
    for (var id : store.held()) {
      review(SERVER, id, term -> term);
    }
  }

  /** Reviews all of an account. */
  void reviewAll(String account) {
    instancesOf(account, it -> review(SERVER, it.id(), term -> term));
  }

  /** Says something to all of an account that have to be paid for. */
  void tell(String account, List<Dunning.Word> words) {
    instancesOf(account, it -> tell(it, words));
  }

  private void tell(Instance instance, List<Dunning.Word> words) {
    if (offers.isSold(instance.wanted().plan())) {
      words.forEach(it -> events.append(instance.id(), it.kind(), null, it.message()));
    }
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
    var sold = offers.isSold(plan);
    var standing = sold ? standing(found.get().accountId()) : Optional.<Standing>empty();
    var pays = !sold || standing.filter(it -> isOn(it.access())).isPresent();
    var said = new ArrayList<Dunning.Word>();
    var taken =
        instances.term(
            actor,
            id,
            before -> {
              said.clear(); // it may be called again
              return reviewed(wish.apply(before), standing, pays, said);
            });
    if (taken instanceof Taken.Accepted) {
      said.forEach(it -> events.append(id, it.kind(), null, it.message()));
    }
    return taken;
  }

  private Optional<Standing> standing(String account) {
    return subscriptions.of(account).map(it -> Standing.of(it, offers.terms(), now()));
  }

  private static boolean isOn(Access access) {
    return access instanceof Access.On || access instanceof Access.Grace;
  }

  private Term reviewed(
      Term before, Optional<Standing> standing, boolean pays, List<Dunning.Word> said) {
    var now = now();
    var hold = before.hold();
    var term =
        switch (Expiry.next(before, pays, now)) {
          case Expiry.Step.Nothing _, Expiry.Step.End _ -> before;
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
    if (standing.isPresent() && standing.get().access() instanceof Access.Off(var since)) {
      var why = Dunning.whyHeld(standing.get().subscription(), since, offers.terms());
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

  private static Hold hold(@Nullable Hold before, Hold.Reason reason, String message, Instant now) {
    return before != null && before.reason() == reason && before.message().equals(message)
        ? before
        : new Hold(reason, message, now, before != null && before.resumes());
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
