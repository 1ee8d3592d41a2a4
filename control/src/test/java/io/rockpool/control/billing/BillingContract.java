package io.rockpool.control.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.rockpool.control.account.Actor;
import io.rockpool.control.billing.Billing.Begun;
import io.rockpool.control.billing.Billing.Canceled;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Hold;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Spares;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.payment.Notice;
import io.rockpool.payment.Purchase.State;
import io.rockpool.payment.tck.FakePayments;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who pays for what, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BillingContract {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final Instant MONTH = NOW.plus(Duration.ofDays(30));
  private static final Actor ADA = new Actor.User("ada");
  private static final URI THERE = URI.create("https://rockpool.example/");

  /** Of a server that dies when it asks for the time. */
  private static final InstantSource KILLED =
      () -> {
        throw new IllegalStateException("killed");
      };

  private TestDatabase database;
  private Sql sql;
  private Sql elsewhere;
  private ManualClock clock;
  private FakePayments payments;
  private Offers offers;
  private Instances instances;
  private Subscriptions subscriptions;
  private Events events;
  private Reviews reviews;
  private Billing billing;
  private Billing replica;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    elsewhere = database.open();
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada", "bob");
    clock = new ManualClock(NOW);
    payments = new FakePayments();
    offers =
        new Offers(
            "fake", payments, Map.of("pro", "price_1", "enterprise", "price_2"), Given.TERMS);
    subscriptions = new Subscriptions(sql);
    events = new Events(sql, clock);
    instances = instances(sql, offers);
    reviews = reviews(sql, offers, events);
    billing = billing(sql, offers);
    replica = billing(elsewhere, offers);
  }

  private Instances instances(Sql at, Offers offers) {
    return new Instances(
        new SqlInstanceStore(at),
        new Events(at, clock),
        Plans.DEFAULT,
        Set.of("fake"),
        "fake",
        new TestBlueprints(),
        Spares.NONE,
        new PaidPlans(new Subscriptions(at), offers, clock),
        () -> {},
        clock);
  }

  private Billing billing(Sql at, Offers offers) {
    return new Billing(
        new Subscriptions(at),
        new PaymentNotices(at),
        reviews(at, offers, new Events(at, clock)),
        offers,
        clock,
        new Random(7));
  }

  private Reviews reviews(Sql at, Offers offers, Events events) {
    return new Reviews(
        new Subscriptions(at),
        offers,
        instances(at, offers),
        new SqlInstanceStore(at),
        events,
        clock);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  private Begun begin(String plan) {
    return begin(plan, 1);
  }

  private Begun begin(String plan, int quantity) {
    return billing.begin("ada", plan, quantity, THERE, THERE);
  }

  private String reference() {
    return Objects.requireNonNull(subscription().purchase()).reference();
  }

  private Subscription subscription() {
    return subscriptions.of("ada").orElseThrow();
  }

  private void subscribe() {
    subscribe(1);
  }

  private void subscribe(int quantity) {
    begin("pro", quantity);
    payments.pays(reference(), MONTH);
    hear("paid");
    billing.sweep();
  }

  private void hear(String id) {
    billing.hear("fake", new Notice(id, "changed", Notice.Kind.CHANGE, List.of(reference())));
  }

  private Taken create(String plan) {
    return instances.create(ADA, "ada", new NewInstance(null, plan, null, List.of(), "run", null));
  }

  private InstanceId created(String plan) {
    var taken = create(plan);
    assertThat(taken).isInstanceOf(Taken.Accepted.class);
    return ((Taken.Accepted) taken).instance().id();
  }

  private Instance get(InstanceId id) {
    return instances.find(ADA, id).orElseThrow();
  }

  private Hold.@Nullable Reason held(InstanceId id) {
    var hold = get(id).term().hold();
    return hold == null ? null : hold.reason();
  }

  private List<String> said(InstanceId id) {
    return events.after(id, 0, 99).stream()
        .map(Event::kind)
        .filter(it -> !it.equals("Created"))
        .toList();
  }

  @Test
  void what_is_sold_has_to_be_paid_for_and_what_is_free_has_not() {
    assertThat(create("pro")).isInstanceOf(Taken.Refused.class);
    assertThat(create("free")).isInstanceOf(Taken.Accepted.class);

    subscribe();

    assertThat(create("pro")).isInstanceOf(Taken.Accepted.class);
    assertThat(create("enterprise")).isInstanceOf(Taken.Refused.class);
  }

  @Test
  void there_are_no_more_instances_than_are_paid_for_however_many_are_made_at_once()
      throws Exception {
    subscribe(3);
    var also = instances(elsewhere, offers);
    var wish = new NewInstance(null, "pro", null, List.of(), "run", null);
    var taken = new ArrayList<Taken>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var made = new ArrayList<Future<Taken>>();
      for (int i = 0; i < 8; i++) {
        made.add(threads.submit(() -> create("pro")));
        made.add(threads.submit(() -> also.create(ADA, "ada", wish)));
      }
      for (var it : made) {
        taken.add(it.get());
      }
    }
    assertThat(taken).filteredOn(it -> it instanceof Taken.Accepted).hasSize(3);
    assertThat(taken).filteredOn(it -> it instanceof Taken.Refused).hasSize(13);
    assertThat(instances.list(ADA, null, 99)).hasSize(3);
    assertThat(create("pro").toString()).contains("pays for 3 of the plan 'pro'");

    instances.destroy(ADA, instances.list(ADA, null, 1).getFirst().id());

    assertThat(create("pro")).isInstanceOf(Taken.Accepted.class);
  }

  @Test
  void of_those_that_lapsed_as_many_start_again_as_are_paid_for_the_oldest_first() {
    subscribe(3);
    var ids = new ArrayList<InstanceId>();
    for (int i = 0; i < 3; i++) {
      ids.add(created("pro"));
      clock.advance(Duration.ofSeconds(1));
    }
    payments.ends(reference(), clock.instant());
    hear("ended");
    billing.sweep();
    begin("pro", 2);
    payments.pays(reference(), MONTH);
    hear("paid-for-two");
    billing.sweep();
    billing.tidy();

    assertThat(ids).extracting(this::held).containsExactly(null, null, Hold.Reason.UNPAID);
    var hold = Objects.requireNonNull(get(ids.getLast()).term().hold());
    assertThat(hold.message()).startsWith("2 of the plan 'pro' are paid for");

    instances.destroy(ADA, ids.getFirst());
    billing.refresh("ada");

    assertThat(held(ids.getLast())).isNull();
  }

  @Test
  void who_wants_another_number_before_paying_gets_another_address() {
    var one = begin("pro", 1);

    assertThat(begin("pro", 2)).isInstanceOf(Begun.Open.class).isNotEqualTo(one);
    assertThat(subscription().quantity()).isEqualTo(2);
  }

  @Test
  void an_operator_pays_nothing() {
    assertThat(
            instances.create(
                new Actor.Operator("bob"),
                "bob",
                new NewInstance(null, "pro", null, List.of(), "run", null)))
        .isInstanceOf(Taken.Accepted.class);
  }

  @Test
  void whoever_comes_back_pays_at_the_same_address() {
    var first = begin("pro");

    assertThat(first).isInstanceOf(Begun.Open.class);
    assertThat(begin("pro")).isEqualTo(first);
    assertThat(begin("enterprise")).isInstanceOf(Begun.Open.class).isNotEqualTo(first);
    assertThat(begin("free")).isInstanceOf(Begun.NotSold.class);
  }

  @Test
  void who_changes_the_plan_before_paying_cannot_pay_for_both() {
    begin("pro");
    var first = reference();

    begin("enterprise");

    assertThat(payments.cancel(first).toString()).contains("EXPIRED");
    assertThat(subscription().plan()).isEqualTo("enterprise");
  }

  @Test
  void who_pays_does_not_begin_anew() {
    subscribe();

    assertThat(begin("pro")).isInstanceOf(Begun.Subscribed.class);
    assertThat(begin("enterprise")).isInstanceOf(Begun.Subscribed.class);
  }

  @Test
  void who_paid_and_nobody_heard_of_it_does_not_pay_again() {
    begin("pro");
    payments.pays(reference(), MONTH);

    assertThat(begin("pro")).isInstanceOf(Begun.Subscribed.class);
    assertThat(create("pro")).isInstanceOf(Taken.Accepted.class);
  }

  @Test
  void who_begins_many_times_at_once_gets_one_address() throws Exception {
    var addresses = new HashSet<Begun>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var begun = new ArrayList<Future<Begun>>();
      for (int i = 0; i < 4; i++) {
        begun.add(threads.submit(() -> begin("pro")));
        begun.add(threads.submit(() -> replica.begin("ada", "pro", 1, THERE, THERE)));
      }
      for (var it : begun) {
        addresses.add(it.get());
      }
    }

    assertThat(addresses).hasSize(1).allMatch(it -> it instanceof Begun.Open);
  }

  @Test
  void a_provider_that_is_down_stops_nobody() {
    subscribe();
    var id = created("pro");
    payments.down(true);
    clock.advance(Duration.ofDays(90));

    billing.sweep();

    assertThat(held(id)).isNull();
    assertThat(begin("pro")).isInstanceOf(Begun.Unavailable.class);
    assertThat(billing.cancel("ada")).isInstanceOf(Canceled.Unavailable.class);
  }

  @Test
  void a_notice_that_nobody_could_look_into_is_looked_into_later() {
    begin("pro");
    payments.pays(reference(), MONTH);
    hear("evt_1");
    payments.down(true);
    billing.sweep();
    payments.down(false);

    clock.advance(Duration.ofMinutes(2));
    billing.sweep();

    assertThat(subscription().state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void the_ladder_of_who_stops_paying_and_pays_again() {
    subscribe();
    var id = created("pro");
    var free = created("free");
    clock.advance(Duration.ofDays(30));
    payments.fails(reference(), 1, clock.instant().plus(Duration.ofDays(3)));
    hear("failed-1");
    hear("failed-1");
    billing.sweep();
    billing.sweep();
    assertThat(said(id)).containsExactly("PaymentFailed");
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.RUNNING);

    clock.advance(Duration.ofDays(3));
    payments.fails(reference(), 2, null);
    billing.sweep(); // without a notice: once in a while the provider is asked
    assertThat(said(id)).containsExactly("PaymentFailed", "PaymentFailed");

    clock.advance(Duration.ofDays(4));
    billing.sweep();
    assertThat(said(id)).containsExactly("PaymentFailed", "PaymentFailed", "PaymentStopped");
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.STOPPED);
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
    assertThat(get(id).wakes()).isFalse();
    assertThat(instances.start(ADA, id)).isInstanceOf(Taken.Refused.class);
    assertThat(get(free).wanted().goal()).as("what is free runs on").isEqualTo(Goal.RUNNING);
    assertThat(create("pro")).isInstanceOf(Taken.Refused.class);

    payments.renews(reference(), clock.instant().plus(Duration.ofDays(30)));
    hear("paid-again");
    billing.sweep();
    assertThat(said(id)).endsWith("PaymentStopped", "Paid");
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.RUNNING);
    assertThat(held(id)).isNull();
    assertThat(said(free)).isEmpty();
  }

  @Test
  void what_ended_is_subscribed_to_anew_by_the_same_buyer() {
    subscribe();
    var id = created("pro");
    var buyer = Objects.requireNonNull(subscription().purchase()).buyer();
    assertThat(billing.cancel("ada")).isInstanceOf(Canceled.Done.class);
    assertThat(subscription().purchase()).matches(it -> it != null && it.ending());
    assertThat(held(id)).as("until the paid time is over").isNull();

    payments.ends(reference(), MONTH);
    clock.advance(Duration.ofDays(30));
    hear("ended");
    billing.sweep();
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
    assertThat(billing.cancel("ada")).isInstanceOf(Canceled.None.class);

    assertThat(begin("pro")).isInstanceOf(Begun.Open.class);
    billing.sweep();
    assertThat(held(id)).as("it is not paid yet").isEqualTo(Hold.Reason.UNPAID);
    payments.pays(reference(), clock.instant().plus(Duration.ofDays(30)));
    hear("paid-anew");
    billing.sweep();
    assertThat(held(id)).isNull();
    assertThat(Objects.requireNonNull(subscription().purchase()).buyer()).isEqualTo(buyer);
  }

  @Test
  void a_buyer_whom_the_provider_forgot_buys_as_a_new_one() {
    subscribe();
    payments.forget(
        Objects.requireNonNull(Objects.requireNonNull(subscription().purchase()).buyer()));
    payments.ends(reference(), NOW);

    assertThat(begin("pro")).isInstanceOf(Begun.Open.class);
  }

  @Test
  void a_server_that_dies_before_it_has_stopped_anything_leaves_that_to_the_next() {
    subscribe();
    var id = created("pro");
    payments.givesUp(reference());
    var dying =
        dying(
            new Reviews(
                subscriptions, offers, instances, new SqlInstanceStore(sql), events, KILLED));
    assertThatIllegalStateException().isThrownBy(() -> dying.refresh("ada"));
    assertThat(subscription().state()).isEqualTo(State.UNPAID);
    assertThat(held(id)).isNull();

    clock.advance(Duration.ofMinutes(1));
    replica.sweep();

    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
  }

  @Test
  void a_server_that_dies_before_it_has_told_anything_leaves_that_to_the_next() {
    subscribe();
    var id = created("pro");
    payments.givesUp(reference());
    var dying = dying(reviews(sql, offers, new Events(sql, KILLED)));
    assertThatIllegalStateException().isThrownBy(() -> dying.refresh("ada"));

    clock.advance(Duration.ofMinutes(1));
    hear("given-up");
    replica.sweep();

    assertThat(said(id)).containsExactly("PaymentStopped");
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
  }

  private Billing dying(Reviews reviews) {
    return new Billing(
        subscriptions, new PaymentNotices(sql), reviews, offers, clock, new Random(7));
  }

  @Test
  void a_late_notice_of_what_is_over_changes_nothing() {
    subscribe();
    var id = created("pro");
    payments.fails(reference(), 1, null);
    payments.renews(reference(), MONTH.plus(Duration.ofDays(30)));

    hear("failed");
    billing.sweep();

    assertThat(said(id)).isEmpty();
    assertThat(subscription().state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void two_servers_tell_a_failure_once() throws Exception {
    subscribe();
    var id = created("pro");
    clock.advance(Duration.ofDays(30));
    payments.fails(reference(), 1, null);
    hear("failed");

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var swept =
          List.of(
              threads.submit(() -> billing.refresh("ada")),
              threads.submit(() -> replica.refresh("ada")),
              threads.submit(billing::sweep),
              threads.submit(replica::sweep));
      for (var it : swept) {
        it.get();
      }
    }

    assertThat(said(id)).containsExactly("PaymentFailed");
  }

  @Test
  void a_checkout_that_was_left_is_no_debt() {
    var id =
        ((Taken.Accepted)
                instances.create(
                    new Actor.Operator("ada"),
                    "ada",
                    new NewInstance(null, "pro", null, List.of(), "run", null)))
            .instance()
            .id();
    begin("pro");
    payments.cancel(reference());
    clock.advance(Duration.ofDays(90));

    billing.sweep();

    assertThat(held(id)).isNull();
    assertThat(said(id)).isEmpty();
  }

  @Test
  void an_end_is_announced_and_comes_and_is_renewed_by_hand() {
    var id = created("free");
    reviews.expire(ADA, id, Optional.of(NOW.plus(Duration.ofDays(10))), Optional.of(false));
    for (int day = 0; day < 11; day++) {
      billing.sweep();
      clock.advance(Duration.ofDays(1));
    }

    assertThat(said(id)).containsExactly("ExpiresSoon", "ExpiresSoon", "ExpiresSoon", "Expired");
    assertThat(held(id)).isEqualTo(Hold.Reason.EXPIRED);
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.STOPPED);

    reviews.expire(
        ADA, id, Optional.of(clock.instant().plus(Duration.ofDays(30))), Optional.of(false));

    assertThat(held(id)).isNull();
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.RUNNING);
    reviews.unlimit(ADA, id);
    assertThat(get(id).term().expiresAt()).isNull();
  }

  @Test
  void what_is_renewed_by_itself_runs_on_while_it_is_paid_for() {
    subscribe();
    var id = created("pro");
    reviews.expire(ADA, id, Optional.of(NOW.plus(Duration.ofDays(2))), Optional.of(true));

    clock.advance(Duration.ofDays(2));
    billing.sweep();

    assertThat(get(id).term().expiresAt()).isEqualTo("2026-12-24T08:00:00Z");
    assertThat(said(id)).containsExactly("Renewed");

    payments.ends(reference(), clock.instant());
    hear("ended");
    billing.sweep();
    clock.advance(Duration.ofDays(31));
    billing.sweep();
    assertThat(get(id).term().expiresAt()).isEqualTo("2026-12-24T08:00:00Z");
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);

    begin("pro");
    payments.pays(reference(), clock.instant().plus(Duration.ofDays(30)));
    hear("paid-anew");
    billing.sweep();
    assertThat(held(id)).isNull();
    assertThat(get(id).term().expiresAt()).isEqualTo("2027-01-24T08:00:00Z");
  }

  @Test
  void once_nothing_is_sold_any_more_everything_runs() {
    subscribe();
    var id = created("pro");
    payments.ends(reference(), NOW);
    hear("ended");
    billing.sweep();
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);

    var free = billing(sql, Offers.NONE);
    free.tidy();

    assertThat(held(id)).isNull();
    assertThat(get(id).wanted().goal()).isEqualTo(Goal.RUNNING);
  }

  @Test
  void a_notice_is_kept_once() {
    var notices = new PaymentNotices(sql);
    var notice = new Notice("evt_1", "changed", Notice.Kind.CHANGE, List.of("p1"));

    assertThat(notices.add("fake", notice, NOW)).isTrue();
    assertThat(new PaymentNotices(elsewhere).add("fake", notice, NOW)).isFalse();
    assertThat(notices.add("other", notice, NOW)).isTrue();
    var claimed = notices.claim(9, NOW, Duration.ofMinutes(1));
    assertThat(claimed).hasSize(2);
    assertThat(notices.claim(9, NOW, Duration.ofMinutes(1))).isEmpty();
    claimed.forEach(notices::done);
    assertThat(notices.claim(9, NOW.plusSeconds(90), Duration.ofMinutes(1))).isEmpty();
    notices.forgetOld(NOW.plus(Duration.ofDays(39)));
    assertThat(notices.add("fake", notice, NOW)).as("it may come again").isFalse();
    notices.forgetOld(NOW.plus(Duration.ofDays(41)));
    assertThat(notices.add("fake", notice, NOW)).isTrue();
  }

  @Test
  void a_dearer_plan_is_not_had_for_the_price_of_a_cheaper_one() {
    begin("enterprise");
    payments.pays(reference(), MONTH);
    hear("r1");
    billing.sweep();
    var id = created("enterprise");
    payments.ends(reference(), NOW);
    hear("r2");
    billing.sweep();
    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);

    begin("pro");
    payments.pays(reference(), MONTH);
    hear("r3");
    billing.sweep();

    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
  }

  @Test
  void those_that_lapsed_and_expired_keep_nobody_else_from_being_reviewed() {
    subscribe(100);
    for (int i = 0; i < 100; i++) {
      reviews.expire(
          new Actor.Operator("op"),
          created("pro"),
          Optional.of(NOW.plus(Duration.ofDays(10))),
          Optional.of(true));
    }
    var operator = new Actor.Operator("op");
    var free =
        ((Taken.Accepted)
                instances.create(
                    operator, "bob", new NewInstance(null, "free", null, List.of(), "run", null)))
            .instance()
            .id();
    reviews.expire(operator, free, Optional.of(NOW.plus(Duration.ofDays(30))), Optional.empty());
    payments.ends(reference(), NOW);
    hear("ended");
    billing.sweep();
    clock.advance(Duration.ofDays(29));
    for (int i = 0; i < 20; i++) {
      billing.sweep();
    }
    clock.advance(Duration.ofDays(5));
    for (int i = 0; i < 20; i++) {
      billing.sweep();
    }

    assertThat(instances.find(operator, free).orElseThrow().term().hold()).isNotNull();
  }

  @Test
  void what_lapsed_is_held_while_another_plan_is_paid_for_and_starts_once_its_own_is() {
    begin("enterprise");
    payments.pays(reference(), MONTH);
    hear("r1");
    billing.sweep();
    var id = created("enterprise");
    payments.ends(reference(), NOW);
    hear("r2");
    billing.sweep();
    begin("pro");
    payments.pays(reference(), MONTH);
    hear("r3");
    billing.sweep();
    var held = get(id).term().hold();
    clock.advance(Duration.ofDays(3));
    billing.tidy();
    assertThat(get(id).term().hold()).as("not a new one each day").isEqualTo(held);

    payments.ends(reference(), clock.instant());
    hear("r4");
    billing.sweep();
    begin("enterprise");
    payments.pays(reference(), MONTH);
    hear("r5");
    billing.sweep();

    assertThat(held(id)).isNull();
    assertThat(said(id)).containsExactly("PaymentStopped", "Paid");
  }

  @Test
  void what_belongs_to_an_operator_is_never_stopped_for_a_debt() {
    subscribe();
    var id = created("pro");
    sql.update("UPDATE account SET operator = 1 WHERE id = ?", "ada");
    payments.ends(reference(), NOW);
    hear("ended");

    billing.sweep();

    assertThat(held(id)).isNull();
    assertThat(said(id)).isEmpty();
  }

  @Test
  void who_begins_and_does_not_pay_keeps_no_data_longer() {
    subscribe();
    payments.ends(reference(), NOW);
    hear("ended");
    billing.sweep();
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofDays(10));
      begin("pro");
      billing.sweep();
      assertThat(billing.standing("ada").orElseThrow().access()).isEqualTo(new Access.Off(NOW));
      payments.cancel(reference());
      hear("left-" + i);
      billing.sweep();
    }

    assertThat(billing.standing("ada").orElseThrow().access()).isEqualTo(new Access.Off(NOW));
  }

  @Test
  void one_that_cannot_be_reviewed_keeps_nobody_else_from_being_reviewed() {
    var broken = created("free");
    var other = created("free");
    for (var id : List.of(broken, other)) {
      reviews.expire(ADA, id, Optional.of(NOW.plus(Duration.ofDays(10))), Optional.of(false));
    }
    sql.update("UPDATE instance SET term = 'x' WHERE id = ?", broken.value());
    clock.advance(Duration.ofDays(11));

    billing.sweep();

    assertThat(held(other)).isEqualTo(Hold.Reason.EXPIRED);
  }

  @Test
  void a_subscription_that_cannot_be_looked_at_keeps_no_other_from_it() {
    subscribe();
    var id = created("pro");
    billing.begin("bob", "pro", 1, THERE, THERE);
    sql.update("UPDATE subscription SET told = 'x', look_at = 0 WHERE account_id = 'bob'");
    payments.givesUp(reference());
    clock.advance(Duration.ofDays(1));

    billing.sweep();

    assertThat(held(id)).isEqualTo(Hold.Reason.UNPAID);
  }
}
