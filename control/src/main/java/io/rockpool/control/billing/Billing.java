package io.rockpool.control.billing;

import io.rockpool.control.billing.PaymentNotices.Claimed;
import io.rockpool.payment.Answer;
import io.rockpool.payment.Notice;
import io.rockpool.payment.Order;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Purchase;
import io.rockpool.payment.Purchase.State;
import io.rockpool.runtime.InstanceId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who pays for what, and what follows from it. Decides nothing by what a notice says: it asks the
 * provider, writes what it heard unless somebody else was faster, and then has every instance of
 * the account {@linkplain Reviews reviewed}. So notices may come late, twice, in any order or not
 * at all.
 */
public final class Billing {
  private static final Logger log = LoggerFactory.getLogger(Billing.class);

  private static final int BATCH = 100;
  private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
  private static final int ID_LENGTH = 24;

  /** Longer than a provider takes to answer. */
  private static final Duration LEASE = Duration.ofMinutes(5);

  private static final Duration A_MOMENT = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofMinutes(5);
  private static final Duration LATER = Duration.ofHours(12);

  /** Of so many rounds at once one is won. */
  private static final int MOST_ROUNDS = 20;

  /** About two days. Subscriptions are asked about once in a while all the same. */
  private static final int MOST_TRIES = 50;

  /** After so many in a row that nobody could tell of, the rest is left for the next time. */
  private static final int MOST_UNHEARD = 3;

  /** What became of wanting to subscribe. */
  public sealed interface Begun {
    /** The buyer pays there. */
    record Open(URI address) implements Begun {}

    /** There is a subscription, which has to end first. */
    record Subscribed(Standing standing) implements Begun {}

    /** It costs nothing, or there is no such plan. */
    record NotSold() implements Begun {}

    /** The provider does not answer, or says no. */
    record Unavailable() implements Begun {}
  }

  private final Subscriptions subscriptions;
  private final PaymentNotices notices;
  private final Reviews reviews;
  private final Offers offers;
  private final InstantSource clock;
  private final RandomGenerator random;

  public Billing(
      Subscriptions subscriptions,
      PaymentNotices notices,
      Reviews reviews,
      Offers offers,
      InstantSource clock,
      RandomGenerator random) {
    this.subscriptions = subscriptions;
    this.notices = notices;
    this.reviews = reviews;
    this.offers = offers;
    this.clock = clock;
    this.random = random;
  }

  /** How an account stands; empty where it never wanted to subscribe. */
  public Optional<Standing> standing(String account) {
    return subscriptions.of(account).map(this::standing);
  }

  /** Why an account cannot be deleted by now; empty where nobody would go on paying for it. */
  public Optional<String> wouldGoOn(String account) {
    return subscriptions
        .of(account)
        .filter(it -> {
          var purchase = it.purchase();
          return purchase != null && !purchase.state().isFinal() && !purchase.ending();
        })
        .map(it ->
            "The account '%1$s' has a subscription to the plan '%2$s', which would go on. Cancel it first: DELETE /api/v1/accounts/%1$s/subscription."
                .formatted(account, it.plan()));
  }

  private Standing standing(Subscription subscription) {
    return Standing.of(subscription, offers.terms(), now());
  }

  /**
   * Begins to subscribe. Whoever began before and did not pay goes on there.
   *
   * @param quantity for how many instances of the plan, 1 to {@link Order#MOST}
   * @param paid where the buyer's browser goes once it is paid
   * @param left where it goes when they changed their mind
   */
  public Begun begin(String account, String plan, int quantity, URI paid, URI left) {
    var provider = offers.provider();
    var product = offers.products().get(plan);
    if (provider == null || product == null) {
      return new Begun.NotSold();
    }
    for (int round = 0; round < MOST_ROUNDS; round++) {
      if (subscriptions.of(account).isPresent() && !refresh(account)) {
        return new Begun.Unavailable();
      }
      var before = subscriptions.of(account);
      var inTheWay = before.flatMap(it -> inTheWay(provider, it, plan, quantity));
      if (inTheWay.isPresent()) {
        return inTheWay.get();
      }
      var wish = wish(account, plan, quantity, before);
      if (before.isPresent() ? !subscriptions.save(wish) : !subscriptions.add(wish)) {
        continue;
      }
      var order =
          new Order(
              wish.order(),
              product,
              quantity,
              subscriptions.buyer(account, offers.name()).orElse(null),
              paid,
              left);
      var answer = provider.begin(order);
      if (answer instanceof Answer.Refused && order.buyer() != null) {
        // Perhaps the provider knows this buyer no more: then it is a new one.
        subscriptions.forgetBuyer(account);
        continue;
      }
      if (!(answer instanceof Answer.Done<Purchase>(var begun))) {
        return new Begun.Unavailable();
      }
      var saved = subscriptions.of(account).filter(it -> it.order().equals(wish.order()));
      if (saved.isPresent() && subscriptions.save(saved.get().seen(begun, now()))) {
        return opened(begun);
      }
    }
    return new Begun.Unavailable();
  }

  /** What keeps an account from beginning anew; an open purchase of the plan is gone on with. */
  private Optional<Begun> inTheWay(
      PaymentProvider provider, Subscription it, String plan, int quantity) {
    var purchase = it.purchase();
    if (purchase == null || purchase.state().isFinal()) {
      return Optional.empty();
    }
    if (purchase.state() != State.OPEN) {
      return Optional.of(new Begun.Subscribed(standing(it)));
    }
    if (it.plan().equals(plan) && it.quantity() == quantity) {
      return Optional.of(opened(purchase));
    }
    // Else the buyer could pay for both.
    return provider.cancel(purchase.reference()) instanceof Answer.Done<Purchase>(var now)
            && now.state().isFinal()
        ? Optional.empty()
        : Optional.of(new Begun.Unavailable());
  }

  private static Begun opened(Purchase purchase) {
    var address = purchase.address();
    return address == null ? new Begun.Unavailable() : new Begun.Open(address);
  }

  private Subscription wish(
      String account, String plan, int quantity, Optional<Subscription> before) {
    var now = now();
    return new Subscription(
        account,
        offers.name(),
        plan,
        quantity,
        newOrder(),
        null,
        before.map(Subscription::paid).orElse(false),
        before.filter(Subscription::paid).map(this::lapsedAt).orElse(now),
        before.map(Subscription::told).orElse(Told.NOTHING),
        now.plus(SOON),
        before.map(Subscription::revision).orElse(0L));
  }

  private Instant lapsedAt(Subscription before) {
    return standing(before).access() instanceof Access.Off(var since) ? since : before.since();
  }

  private String newOrder() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    return id.toString();
  }

  /** What became of ending a subscription. */
  public sealed interface Canceled {
    record Done(Standing standing) implements Canceled {}

    /** There is none, or it has ended. */
    record None() implements Canceled {}

    /** The provider does not answer, or says no. */
    record Unavailable() implements Canceled {}
  }

  /** Ends the subscription of an account when the paid time is over. */
  public Canceled cancel(String account) {
    var found = subscriptions.of(account);
    var purchase = found.map(Subscription::purchase);
    if (purchase.isEmpty() || purchase.get().state().isFinal()) {
      return new Canceled.None();
    }
    var provider = offers.named(found.get().provider());
    if (provider.isEmpty()
        || !(provider.get().cancel(purchase.get().reference()) instanceof Answer.Done)
        || !refresh(account)) {
      return new Canceled.Unavailable();
    }
    return standing(account).<Canceled>map(Canceled.Done::new).orElseGet(Canceled.None::new);
  }

  /**
   * Asks the provider about an account's subscription, and acts by what it says.
   *
   * @return whether it answered, or need not be asked
   */
  boolean refresh(String account) {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      var found = subscriptions.of(account);
      if (found.isEmpty()) {
        return true;
      }
      var heard = heard(found.get());
      if (heard.isEmpty()) {
        return false;
      }
      var step = Dunning.next(heard.get(), offers.terms(), now());
      var told =
          step.words().isEmpty()
              ? List.<InstanceId>of()
              : reviews.owing(account, found.get().plan());
      // What was written meanwhile may be newer than what was just heard: then ask again. Until its
      // instances are as they should be it is due soon, should this server die meanwhile.
      if (subscriptions.save(
          heard.get().next(step.told(), now().plus(A_MOMENT)),
          it -> reviews.tell(it, told, step.words()))) {
        if (found.get().state() != heard.get().state()) {
          log.atInfo()
              .addKeyValue("account", account)
              .addKeyValue("plan", found.get().plan())
              .addKeyValue("before", found.get().state())
              .addKeyValue("state", heard.get().state())
              .log("A subscription stands otherwise");
        }
        reviews.reviewAll(account);
        subscriptions.settle(account, heard.get().revision() + 1, step.lookAt());
        return true;
      }
    }
    return false;
  }

  /** As it stands now; empty when nobody can tell. Nobody is stopped for that. */
  private Optional<Subscription> heard(Subscription known) {
    var purchase = known.purchase();
    if (purchase == null || purchase.state().isFinal()) {
      return Optional.of(known);
    }
    var provider = offers.named(known.provider());
    if (provider.isEmpty()) {
      subscriptions.postpone(known.account(), now().plus(LATER));
      return Optional.empty();
    }
    return switch (provider.get().look(purchase.reference())) {
      case Answer.Done<Purchase>(var now) -> Optional.of(known.seen(now, now()));
      case Answer.Unknown<Purchase> _ -> {
        // A key of another account would make all of them unknown.
        unheard(known, "The provider does not know it. Is the key that of another account?", LATER);
        yield Optional.empty();
      }
      case Answer.Refused<Purchase>(var advice) -> {
        unheard(known, advice, SOON);
        yield Optional.empty();
      }
      case Answer.Unavailable<Purchase>(var advice) -> {
        unheard(known, advice, SOON);
        yield Optional.empty();
      }
    };
  }

  private void unheard(Subscription known, String advice, Duration wait) {
    log.atWarn()
        .addKeyValue("account", known.account())
        .addKeyValue("provider", known.provider())
        .addKeyValue("advice", advice)
        .log("A subscription cannot be looked at; it counts as it did before");
    subscriptions.postpone(known.account(), now().plus(wait));
  }

  /** Keeps what a provider told us, for the next {@link #sweep}. */
  public void hear(String provider, Notice notice) {
    notices.add(provider, notice, now());
  }

  /** Does what is due: notices, subscriptions, ends. Call it again and again. */
  public void sweep() {
    var now = now();
    reviews.reviewDue(now);
    for (var claimed : notices.claim(BATCH, now, LEASE)) {
      look(claimed);
    }
    int unheard = 0;
    for (var account : subscriptions.due(now, BATCH)) {
      unheard = refreshAlone(account) ? 0 : unheard + 1;
      if (unheard == MOST_UNHEARD) {
        return; // It is down: each would wait for that anew.
      }
    }
  }

  /**
   * Looks at everything that is kept from running, should a reason to keep it have gone unseen;
   * e.g. since the settings changed. Call it at the start, and once in a while.
   */
  public void tidy() {
    reviews.reviewHeld();
    notices.forgetOld(now());
  }

  /** The same as {@link #refresh}; one that cannot be looked at keeps no other from it. */
  private boolean refreshAlone(String account) {
    try {
      return refresh(account);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("account", account)
          .setCause(e)
          .log("A subscription could not be looked at; it is tried again");
      subscriptions.postpone(account, now().plus(SOON));
      return false;
    }
  }

  private void look(Claimed claimed) {
    var notice = claimed.notice();
    var accounts = subscriptions.accounts(claimed.provider(), notice.about());
    if (notice.kind() != Notice.Kind.CHANGE && claimed.tries() <= 1) {
      log.atWarn()
          .addKeyValue("provider", claimed.provider())
          .addKeyValue("notice", notice.id())
          .addKeyValue("type", notice.type())
          .addKeyValue("account", String.join(",", accounts))
          .addKeyValue("about", String.join(",", notice.about()))
          .log("Money goes back to a buyer; look at the provider's dashboard");
    }
    boolean heard = true;
    for (var account : accounts) {
      heard &= refreshAlone(account);
    }
    if (heard || offers.named(claimed.provider()).isEmpty() || claimed.tries() >= MOST_TRIES) {
      notices.done(claimed);
    } else {
      // 1, 2, 4 … minutes, and then every hour.
      var wait = Duration.ofMinutes(1L << Math.min(6, claimed.tries()));
      notices.later(claimed, now().plus(wait));
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
