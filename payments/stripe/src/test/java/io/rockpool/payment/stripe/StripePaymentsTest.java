package io.rockpool.payment.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.Stripe;
import io.rockpool.payment.Answer;
import io.rockpool.payment.Order;
import io.rockpool.payment.PaymentOpener;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Purchase;
import io.rockpool.payment.tck.Payers;
import io.rockpool.payment.tck.PaymentProviderContract;
import io.rockpool.payment.tck.StripeDouble;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StripePaymentsTest extends PaymentProviderContract {
  private static final String KEY = "sk_test_of-nobody";
  private static final String WEBHOOK = "whsec_of-nobody";

  private final StripeDouble stripe =
      new StripeDouble(new StripeDouble.Credentials(KEY, WEBHOOK), () -> NOW);

  @AfterEach
  void close() {
    stripe.close();
  }

  @Override
  protected PaymentProvider open() {
    return open(stripe.root(), KEY);
  }

  private static PaymentProvider open(URI root, String key) {
    return new StripeOpener()
        .open(
            new PaymentOpener.Setting(
                root, Map.of("key", Secret.of(key), "webhook", Secret.of(WEBHOOK)), () -> NOW));
  }

  @Override
  protected Payers payers() {
    return stripe;
  }

  @Test
  void it_is_found_by_its_name() {
    assertThat(ServiceLoader.load(PaymentOpener.class))
        .extracting(PaymentOpener::name)
        .containsExactly("stripe");
  }

  @Test
  void the_double_speaks_the_version_of_the_library() {
    assertThat(StripeDouble.API_VERSION).isEqualTo(Stripe.API_VERSION);
  }

  @Test
  void a_wrong_key_is_refused_and_not_repeated() {
    var answer = open(stripe.root(), "sk_test_wrong-0123456789").begin(order("a1"));

    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<Purchase>) answer).advice())
        .contains("payments.stripe.key")
        .doesNotContain("wrong");
  }

  @Test
  void an_order_that_is_begun_again_as_another_one_is_refused() {
    open().begin(order("a1"));

    var other =
        new Order("a1", "price_enterprise", 1, null, order("a1").paid(), order("a1").left());

    assertThat(open().begin(other)).isInstanceOf(Answer.Refused.class);
  }

  @Test
  void a_price_that_there_is_not_is_refused() {
    var order = new Order("a1", "nothing", 1, null, order("a1").paid(), order("a1").left());

    assertThat(open().begin(order)).isInstanceOf(Answer.Refused.class);
  }

  @Test
  void a_buyer_stays_the_same_one() {
    var order = new Order("a1", "price_pro", 3, "cus_ada", order("a1").paid(), order("a1").left());
    var reference = done(open().begin(order)).reference();
    stripe.pays(reference, NOW.plusSeconds(60));

    assertThat(done(open().look(reference)).buyer()).isEqualTo("cus_ada");
    assertThat(stripe.parameters("line_items[0][quantity]")).containsExactly("3");
  }

  @Test
  void where_nobody_answers_it_may_be_tried_again() {
    var root = stripe.root();
    stripe.close();

    assertThat(open(root, KEY).look("sub_1")).isInstanceOf(Answer.Unavailable.class);
  }
}
