package io.rockpool.payment.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.payment.Answer;
import io.rockpool.payment.Order;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Purchase;
import io.rockpool.payment.Purchase.State;
import io.rockpool.payment.Verdict;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every provider promises. */
public abstract class PaymentProviderContract {
  /** The time at the provider. */
  protected static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  private static final Instant MONTH = NOW.plusSeconds(30 * 86_400);

  protected abstract PaymentProvider open();

  protected abstract Payers payers();

  protected static Order order(String id) {
    return new Order(
        id,
        "price_pro",
        1,
        null,
        URI.create("https://rockpool.example/paid"),
        URI.create("https://rockpool.example/left"));
  }

  protected static Purchase done(Answer<Purchase> answer) {
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done<Purchase>) answer).value();
  }

  private Purchase paid() {
    var begun = done(open().begin(order("a1")));
    payers().pays(begun.reference(), MONTH);
    return done(open().look(begun.reference()));
  }

  @Test
  void an_order_is_paid_at_an_address() {
    var begun = done(open().begin(order("a1")));

    assertThat(begun.state()).isEqualTo(State.OPEN);
    assertThat(begun.address()).hasScheme("https");
    assertThat(begun.paidUntil()).isNull();
    assertThat(done(open().look(begun.reference()))).isEqualTo(begun);
  }

  @Test
  void the_same_order_is_the_same_purchase() {
    var first = done(open().begin(order("a1")));

    assertThat(done(open().begin(order("a1")))).isEqualTo(first);
    assertThat(done(open().begin(order("a2"))).reference()).isNotEqualTo(first.reference());
  }

  @Test
  void what_is_paid_for_is_known_by_its_new_reference() {
    var paid = paid();

    assertThat(paid.state()).isEqualTo(State.ACTIVE);
    assertThat(paid.paidUntil()).isEqualTo(MONTH);
    assertThat(paid.buyer()).isNotNull();
    assertThat(paid.ending()).isFalse();
    assertThat(done(open().look(paid.reference()))).isEqualTo(paid);
  }

  @Test
  void a_failure_is_told_with_the_next_attempt() {
    var reference = paid().reference();
    payers().fails(reference, 2, MONTH.plusSeconds(60));

    var overdue = done(open().look(reference));

    assertThat(overdue.state()).isEqualTo(State.OVERDUE);
    assertThat(overdue.paidUntil()).as("not what is due").isEqualTo(MONTH);
    assertThat(overdue.failures()).isEqualTo(2);
    assertThat(overdue.nextAttempt()).isEqualTo(MONTH.plusSeconds(60));
    payers().givesUp(reference);
    assertThat(done(open().look(reference)).state()).isEqualTo(State.UNPAID);
    payers().renews(reference, MONTH.plusSeconds(86_400));
    assertThat(done(open().look(reference)).state()).isEqualTo(State.ACTIVE);
    assertThat(done(open().look(reference)).failures()).isZero();
  }

  @Test
  void what_is_paid_for_ends_when_its_time_is_over() {
    var reference = paid().reference();

    var canceled = done(open().cancel(reference));

    assertThat(canceled.state()).isEqualTo(State.ACTIVE);
    assertThat(canceled.ending()).isTrue();
    assertThat(canceled.paidUntil()).isEqualTo(MONTH);
    assertThat(done(open().cancel(reference))).as("again").isEqualTo(canceled);
    payers().ends(reference, MONTH);
    assertThat(done(open().look(reference)).state()).isEqualTo(State.ENDED);
    assertThat(done(open().look(reference)).endedAt()).isEqualTo(MONTH);
    assertThat(done(open().cancel(reference)).state()).as("at last").isEqualTo(State.ENDED);
  }

  @Test
  void what_is_not_paid_ends_at_once() {
    var open = done(open().begin(order("a1"))).reference();
    var unpaid = paidBy("a2");
    payers().fails(unpaid, 8, null);
    payers().givesUp(unpaid);

    assertThat(done(open().cancel(open)).state()).isEqualTo(State.EXPIRED);
    assertThat(done(open().cancel(open)).state()).as("again").isEqualTo(State.EXPIRED);
    assertThat(done(open().cancel(unpaid)).state()).isEqualTo(State.ENDED);
  }

  @Test
  void what_was_begun_and_never_paid_was_paid_for_no_time_however_it_ends() {
    var cancelled = stalled("a1");
    var ended = stalled("a2");

    assertThat(done(open().look(cancelled)).state()).isEqualTo(State.PENDING);
    assertThat(done(open().look(cancelled)).paidUntil()).isNull();
    var now = done(open().cancel(cancelled));
    payers().ends(ended, NOW.plusSeconds(60));
    var later = done(open().look(ended));

    assertThat(now.state()).isIn(State.ENDED, State.EXPIRED);
    assertThat(now.paidUntil()).isNull();
    assertThat(later.state()).isEqualTo(State.ENDED);
    assertThat(later.paidUntil()).isNull();
  }

  @Test
  void what_ends_while_a_payment_is_due_was_paid_for_until_that() {
    var reference = paidBy("a1");
    payers().fails(reference, 3, MONTH.plusSeconds(60));
    payers().ends(reference, MONTH.plusSeconds(90));

    assertThat(done(open().look(reference)).state()).isEqualTo(State.ENDED);
    assertThat(done(open().look(reference)).paidUntil()).isEqualTo(MONTH);
  }

  private String stalled(String order) {
    var begun = done(open().begin(order(order)));
    payers().stalls(begun.reference());
    return done(open().look(begun.reference())).reference();
  }

  private String paidBy(String order) {
    var begun = done(open().begin(order(order)));
    payers().pays(begun.reference(), MONTH);
    return done(open().look(begun.reference())).reference();
  }

  @Test
  void nobody_knows_what_was_never_begun() {
    for (var reference : new String[] {"nothing", "cs_nothing", "sub_nothing", "sub_../x", ""}) {
      assertThat(open().look(reference)).isInstanceOf(Answer.Unknown.class);
      assertThat(open().cancel(reference)).isInstanceOf(Answer.Unknown.class);
    }
  }

  @Test
  void one_that_is_down_may_be_asked_again() {
    var reference = done(open().begin(order("a1"))).reference();
    payers().down(true);

    assertThat(open().look(reference)).isInstanceOf(Answer.Unavailable.class);

    payers().down(false);
    assertThat(done(open().look(reference)).state()).isEqualTo(State.OPEN);
  }

  @Test
  void a_notice_says_what_it_is_about() {
    var reference = paid().reference();
    var sent = payers().notice("evt_1", reference);

    var verdict = open().verify(sent.headers(), sent.body().getBytes(UTF_8));

    assertThat(verdict).isInstanceOf(Verdict.Genuine.class);
    var notice = ((Verdict.Genuine) verdict).notice();
    assertThat(notice.id()).isEqualTo("evt_1");
    assertThat(notice.about()).contains(reference);
  }

  @Test
  void what_nobody_signed_is_forged() {
    var sent = payers().notice("evt_1", paid().reference());

    assertThat(open().verify(_ -> Optional.empty(), sent.body().getBytes(UTF_8)))
        .isInstanceOf(Verdict.Forged.class);
    assertThat(open().verify(_ -> Optional.of("x"), sent.body().getBytes(UTF_8)))
        .isInstanceOf(Verdict.Forged.class);
  }
}
