package io.rockpool.payment.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.payment.Notice;
import io.rockpool.payment.Notice.Kind;
import io.rockpool.payment.Verdict;
import io.rockpool.payment.tck.StripeDouble;
import io.rockpool.runtime.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first body and its signatures were computed from the documented rule, by other means. */
class StripeWebhookTest {
  private static final String SECRET = "whsec_test_secret";
  private static final Instant THEN = Instant.ofEpochSecond(1_732_150_000);
  private static final String BODY =
      "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\"}";
  private static final String V1 =
      "v1=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4";
  private static final String OF_THE_OLD_SECRET =
      "v1=8f19bfdc7bbc07bd68203be44daa1a25f49bcc59340854eb3d04d069e92f443d";
  private static final String V0 =
      "v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";

  private static Verdict verify(Instant now, String header, String body) {
    return new StripeWebhook(Secret.of(SECRET), () -> now)
        .verify(
            name ->
                name.equals("Stripe-Signature") && !header.isEmpty()
                    ? Optional.of(header)
                    : Optional.empty(),
            body.getBytes(UTF_8));
  }

  private static Notice notice(String body) {
    var verdict = verify(THEN, StripeDouble.signature(SECRET, THEN, body), body);
    assertThat(verdict).isInstanceOf(Verdict.Genuine.class);
    return ((Verdict.Genuine) verdict).notice();
  }

  @Test
  void a_signed_event_is_genuine() {
    assertThat(verify(THEN, "t=1732150000," + V1 + "," + V0, BODY))
        .isEqualTo(
            new Verdict.Genuine(new Notice("evt_1", "invoice.paid", Kind.CHANGE, List.of()), ""));
  }

  @Test
  void while_a_secret_is_replaced_either_signature_will_do() {
    assertThat(verify(THEN, "t=1732150000," + OF_THE_OLD_SECRET + "," + V1, BODY))
        .isInstanceOf(Verdict.Genuine.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "t=1732150000",
        "t=1732150000,v1=",
        "t=1732150000,v1=00",
        "t=1732150001,v1=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4",
        "t=,v1=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4",
        "t=now,v1=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4",
        "t=1732150000,v0=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4",
        "v1=d9b36f2095e16cf46553dc285b24d4120ebd4dc2fe1de334776b7b14cd46e2a4",
        ",,,=,t,v1",
        "t=99999999999999999999,v1=00"
      })
  void any_other_header_is_forged(String header) {
    assertThat(verify(THEN, header, BODY)).isEqualTo(new Verdict.Forged(false));
  }

  @Test
  void a_changed_body_is_forged() {
    assertThat(verify(THEN, "t=1732150000," + V1, BODY + " ")).isEqualTo(new Verdict.Forged(false));
  }

  @ParameterizedTest
  @CsvSource({"-301, false", "-299, true", "300, true", "301, false"})
  void what_is_older_or_newer_than_five_minutes_is_forged(int secondsLater, boolean genuine) {
    assertThat(verify(THEN.plusSeconds(secondsLater), "t=1732150000," + V1, BODY))
        .isInstanceOf(genuine ? Verdict.Genuine.class : Verdict.Forged.class);
  }

  @Test
  void an_invoice_is_about_its_subscription_and_our_order() {
    var notice =
        notice(
            """
            {"id":"evt_2","type":"invoice.payment_failed","data":{"object":{"id":"in_1","object":"invoice",
             "customer":"cus_1","metadata":{},"parent":{"type":"subscription_details","subscription_details":
             {"subscription":"sub_1","metadata":{"rockpool_order":"a1"}}}}}}\
            """);

    assertThat(notice.about()).containsExactly("in_1", "cus_1", "sub_1", "a1");
  }

  @Test
  void a_checkout_is_about_our_order() {
    var notice =
        notice(
            """
            {"id":"evt_3","type":"checkout.session.completed","data":{"object":{"id":"cs_1",
             "client_reference_id":"a1","subscription":"sub_1","customer":null}}}\
            """);

    assertThat(notice.about()).containsExactly("cs_1", "sub_1", "a1");
  }

  @Test
  void a_thin_event_names_its_object() {
    var notice =
        notice(
            """
            {"id":"evt_4","object":"v2.core.event","type":"v2.x","related_object":{"id":"sub_1"}}\
            """);

    assertThat(notice.about()).containsExactly("sub_1");
  }

  @Test
  void money_that_goes_back_is_of_its_own_kind() {
    assertThat(notice("{\"id\":\"e\",\"type\":\"charge.dispute.created\"}").kind())
        .isEqualTo(Kind.DISPUTE);
    assertThat(notice("{\"id\":\"e\",\"type\":\"charge.refunded\"}").kind()).isEqualTo(Kind.REFUND);
  }

  @Test
  void a_dispute_names_its_charge_since_it_has_no_customer() {
    var notice =
        notice(
            """
            {"id":"evt_5","type":"charge.dispute.created","data":{"object":{"id":"dp_1","charge":"ch_1",
             "payment_intent":"pi_1"}}}\
            """);

    assertThat(notice.about()).containsExactly("dp_1", "ch_1", "pi_1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "null", "1", "{", "{\"type\":\"x\"}", "{\"id\":{}}", "{\"id\":null}"})
  void what_is_signed_and_no_event_is_forged(String body) {
    assertThat(verify(THEN, StripeDouble.signature(SECRET, THEN, body), body))
        .isEqualTo(new Verdict.Forged(false));
  }
}
