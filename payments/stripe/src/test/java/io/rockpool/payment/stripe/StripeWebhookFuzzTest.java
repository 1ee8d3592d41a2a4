package io.rockpool.payment.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rockpool.payment.Verdict;
import io.rockpool.payment.tck.StripeDouble;
import io.rockpool.runtime.Secret;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class StripeWebhookFuzzTest {
  private static final String SECRET = "whsec_of-nobody";
  private static final Instant NOW = Instant.ofEpochSecond(1_732_150_000);
  private static final StripeWebhook WEBHOOK = new StripeWebhook(Secret.of(SECRET), () -> NOW);

  @DictionaryEntries({"t=1732150000,", "v1=", "v0=", ",", "="})
  @FuzzTest(maxDuration = "10s")
  void a_strangers_header_is_never_a_signature(byte[] sent) {
    var header = new String(sent, UTF_8);
    var verdict = WEBHOOK.verify(_ -> Optional.of(header), "{\"id\":\"evt_1\"}".getBytes(UTF_8));

    assertThat(verdict).isEqualTo(new Verdict.Forged(false));
  }

  @DictionaryEntries({
    "{\"id\":\"evt_1\",",
    "\"type\":\"charge.refunded\"",
    "\"data\":{\"object\":{",
    "\"parent\":{\"subscription_details\":",
    "\"related_object\":",
    "\"metadata\":",
    "null"
  })
  @FuzzTest(maxDuration = "10s")
  void what_is_signed_is_a_notice_or_forged(byte[] sent) {
    var signature = StripeDouble.signature(SECRET, NOW, new String(sent, UTF_8));

    var verdict = WEBHOOK.verify(_ -> Optional.of(signature), sent);

    if (verdict instanceof Verdict.Genuine(var notice, _)) {
      assertThat(notice.id()).hasSizeLessThanOrEqualTo(255);
      assertThat(notice.about()).hasSizeLessThan(10);
    }
  }
}
