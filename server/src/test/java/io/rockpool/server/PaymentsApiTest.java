package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.edge.model.ModelGateway;
import io.rockpool.payment.tck.Payers.Sent;
import io.rockpool.payment.tck.StripeDouble;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.http.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Paying, and not paying, through the doors that people and Stripe use. */
@Timeout(60)
class PaymentsApiTest {
  private static final String KEY = "sk_test_of-nobody-0123456789";
  private static final String WEBHOOK_SECRET = "whsec_of-nobody-0123456789";
  private static final String WEBHOOK = "/webhook/payments/stripe";
  private static final String SUBSCRIPTION = "/api/v1/accounts/ada/subscription";

  @TempDir Path folder;
  private final InstantSource clock = InstantSource.system();
  private final Instant month = clock.instant().plus(Duration.ofDays(30));
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final StripeDouble stripe =
      new StripeDouble(new StripeDouble.Credentials(KEY, WEBHOOK_SECRET), clock);
  private TestServer server;
  private String ada;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground, settings());
    ada = server.account("ada");
  }

  private Map<Setting, String> settings() {
    return new HashMap<>(
        Map.of(
            Setting.STRIPE_KEY,
            KEY,
            Setting.STRIPE_WEBHOOK_SECRET,
            WEBHOOK_SECRET,
            Setting.STRIPE_API_ROOT,
            stripe.root().toString(),
            Setting.STRIPE_PRICES,
            "pro=price_pro,enterprise=price_enterprise"));
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
    stripe.close();
  }

  private HttpResponse<String> ask(String method, String path, String body) {
    return server.send(withBody(server.request(path, ada), method, body));
  }

  private HttpResponse<String> get(String path) {
    return server.send(server.request(path, ada).GET());
  }

  private HttpResponse<String> tell(Sent sent) {
    return server.send(
        HttpRequest.newBuilder(server.at(WEBHOOK))
            .header("Stripe-Signature", sent.headers().get("Stripe-Signature").orElse(""))
            .POST(BodyPublishers.ofString(sent.body())));
  }

  private String checkout() {
    var begun = ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\"}");
    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(200);
    var url = json(begun).path("checkoutUrl").asString();
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private String access() {
    return json(get(SUBSCRIPTION)).path("access").asString();
  }

  /** Returns the reference of the subscription. */
  private String subscribe() {
    var session = checkout();
    stripe.pays(session, month);
    var sent = stripe.notice("evt_paid", session);
    assertThat(tell(sent).statusCode()).isEqualTo(200);
    TestServer.eventually(() -> assertThat(access()).isEqualTo("on"));
    return Json.MAPPER.readTree(sent.body()).at("/data/object/subscription").asString();
  }

  private String running() {
    var made = ask("POST", "/api/v1/instances", "{\"plan\": \"pro\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
    var id = json(made).path("id").asString();
    server.awaitStatus(id, "running");
    return id;
  }

  @Test
  void a_plan_is_paid_for_and_then_there_are_instances_of_it() {
    var refused = ask("POST", "/api/v1/instances", "{\"plan\": \"pro\"}");
    assertThat(refused.statusCode()).isEqualTo(402);
    assertThat(problem(refused)).isEqualTo("payment-required");
    assertThat(get(SUBSCRIPTION).statusCode()).isEqualTo(404);

    subscribe();

    running();
    var shown = json(get(SUBSCRIPTION));
    assertThat(shown.path("plan").asString()).isEqualTo("pro");
    assertThat(shown.path("state").asString()).isEqualTo("active");
    assertThat(shown.path("paidUntil").asString()).startsWith(month.toString().substring(0, 16));
    assertThat(shown.path("quantity").asInt()).isEqualTo(1);
    assertThat(problem(ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\"}"))).isEqualTo("subscribed");
    var another = ask("POST", "/api/v1/instances", "{\"plan\": \"pro\"}");
    assertThat(another.statusCode()).isEqualTo(402);
    assertThat(another.body()).contains("pays for 1 of the plan 'pro'");
  }

  @Test
  void as_many_are_paid_for_as_are_wanted_within_reason() {
    var begun = ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\", \"quantity\": 3}");

    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(200);
    assertThat(json(get(SUBSCRIPTION)).path("quantity").asInt()).isEqualTo(3);
    assertThat(stripe.parameters("line_items[0][quantity]")).containsExactly("3");
    for (var quantity : List.of("0", "-1", "10001")) {
      var refused =
          ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\", \"quantity\": %s}".formatted(quantity));
      assertThat(refused.statusCode()).as(quantity).isEqualTo(422);
    }
  }

  @Test
  void what_is_not_paid_for_stops_and_says_why_and_starts_once_it_is() {
    var reference = subscribe();
    var id = running();
    var one = "/api/v1/instances/" + id;

    var key = json(ask("POST", one + "/keys", "{\"name\": \"laptop\"}")).path("key").asString();
    assertThat(call(key).statusCode()).as("there is no provider").isEqualTo(404);

    stripe.givesUp(reference);
    assertThat(tell(stripe.notice("evt_unpaid", reference)).statusCode()).isEqualTo(200);
    server.awaitStatus(id, "stopped");

    assertThat(access()).isEqualTo("off");
    var shown = json(get(one));
    assertThat(shown.at("/hold/reason").asString()).isEqualTo("unpaid");
    assertThat(shown.path("wakes").asBoolean(true)).isFalse();
    for (var answer :
        List.of(
            ask("POST", one + "/messages", "{\"text\": \"hello\"}"),
            ask("POST", one + "/start", "{}"),
            ask("POST", one + "/wake", "{}"),
            get("/i/" + id + "/v1/models"))) {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(402);
      assertThat(answer.body()).contains("payment-required", "Nothing is deleted");
    }

    TestServer.eventually(() -> assertThat(call(key).statusCode()).isEqualTo(403));
    assertThat(call(key).body()).contains("instance_held", "Nothing is deleted");
    var another = ask("POST", one + "/keys", "{\"name\": \"desk\"}");
    assertThat(another.statusCode()).isEqualTo(409);
    assertThat(another.body()).contains("Nothing is deleted");

    gateway.restarted();
    stripe.renews(reference, month);
    tell(stripe.notice("evt_paid_again", reference));
    server.awaitStatus(id, "running");
    assertThat(json(get(one)).path("hold").isMissingNode()).isTrue();
  }

  private HttpResponse<String> call(String key) {
    return server.send(
        withBody(
            server.request(ModelGateway.PATH + "/chat/completions", key),
            "POST",
            "{\"model\": \"m\", \"messages\": []}"));
  }

  @Test
  void a_subscription_ends_when_its_time_is_over() {
    subscribe();

    var ended = server.send(server.request(SUBSCRIPTION, ada).DELETE());

    assertThat(ended.statusCode()).as(ended.body()).isEqualTo(200);
    assertThat(json(ended).path("ending").asBoolean()).isTrue();
    assertThat(json(ended).path("access").asString()).isEqualTo("on");
  }

  @Test
  void what_stripe_did_not_sign_is_refused_before_anything_is_done() {
    var session = checkout();
    var asked = stripe.requests().size();
    stripe.pays(session, month);
    var sent = stripe.notice("evt_1", session);

    var forged = tell(new Sent(sent.headers(), sent.body().replace("evt_1", "evt_2")));
    var unsigned =
        server.send(
            HttpRequest.newBuilder(server.at(WEBHOOK)).POST(BodyPublishers.ofString(sent.body())));

    assertThat(forged.statusCode()).isEqualTo(400);
    assertThat(unsigned.statusCode()).isEqualTo(400);
    assertThat(forged.body()).isEmpty();
    assertThat(notices()).isZero();
    assertThat(stripe.requests()).hasSize(asked);
  }

  private long notices() {
    return server.inDatabase(
        sql -> sql.query("SELECT count(*) FROM payment_notice", row -> row.getLong(1)).getFirst());
  }

  @Test
  void a_notice_that_comes_again_is_taken_and_kept_once() {
    var sent = stripe.notice("evt_1", checkout());

    assertThat(tell(sent).statusCode()).isEqualTo(200);
    assertThat(tell(sent).statusCode()).isEqualTo(200);

    assertThat(notices()).isEqualTo(1);
  }

  @Test
  void a_notice_survives_the_server_that_took_it() {
    var session = checkout();
    stripe.pays(session, month);
    stripe.down(true);
    assertThat(tell(stripe.notice("evt_1", session)).statusCode()).isEqualTo(200);
    server.close();
    stripe.down(false);
    server = TestServer.on(folder, ground, settings());
    server.inDatabase(sql -> sql.update("UPDATE payment_notice SET due_at = 0"));

    TestServer.eventually(() -> assertThat(access()).isEqualTo("on"));
  }

  @Test
  void strangers_cannot_fill_the_memory() {
    var tooLong = "x".repeat((1 << 20) + 1);

    assertThat(
            server
                .send(
                    HttpRequest.newBuilder(server.at(WEBHOOK))
                        .POST(BodyPublishers.ofString(tooLong)))
                .statusCode())
        .isEqualTo(413);
    assertThat(
            server
                .send(
                    HttpRequest.newBuilder(server.at(WEBHOOK))
                        .header("Content-Encoding", "gzip")
                        .POST(BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(415);
    assertThat(server.send(HttpRequest.newBuilder(server.at(WEBHOOK)).GET()).statusCode())
        .isEqualTo(405);
    assertThat(
            server
                .send(
                    HttpRequest.newBuilder(server.at("/webhook/payments/other"))
                        .POST(BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void without_settings_nothing_is_sold_and_there_is_no_webhook() {
    var sent = stripe.notice("evt_1", checkout());
    server.close();
    server = TestServer.on(folder, ground);

    assertThat(problem(ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\"}"))).isEqualTo("not-sold");
    assertThat(tell(sent).statusCode()).isEqualTo(404);
    running();
  }

  @Test
  void a_subscription_of_another_account_is_not_there() {
    subscribe();
    var bob = server.account("bob");

    for (var answer :
        List.of(
            server.send(server.request(SUBSCRIPTION, bob).GET()),
            server.send(server.request(SUBSCRIPTION, bob).DELETE()),
            server.send(
                withBody(server.request(SUBSCRIPTION, bob), "POST", "{\"plan\": \"pro\"}")))) {
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(problem(answer)).isEqualTo("unknown-account");
    }
    assertThat(server.get(SUBSCRIPTION).statusCode()).as("for the operator").isEqualTo(200);
  }

  @Test
  void a_plan_that_is_free_is_not_subscribed_to() {
    var answer = ask("POST", SUBSCRIPTION, "{\"plan\": \"free\"}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(json(answer).path("detail").asString()).contains("enterprise", "pro");
  }

  @Test
  void where_stripe_is_down_nothing_is_promised() {
    stripe.down(true);

    var answer = ask("POST", SUBSCRIPTION, "{\"plan\": \"pro\"}");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(problem(answer)).isEqualTo("payment-unavailable");
  }

  @Test
  void an_instance_ends_at_its_time_and_starts_when_it_is_renewed() {
    var id = server.running("{}");
    var expiry = "/api/v1/instances/" + id + "/expiry";

    var put =
        server.send(
            withBody(server.request(expiry), "PUT", "{\"expiresAt\": \"2026-01-01T00:00:00Z\"}"));
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    server.awaitStatus(id, "stopped");

    var shown = json(server.get("/api/v1/instances/" + id));
    assertThat(shown.at("/hold/reason").asString()).isEqualTo("expired");
    assertThat(shown.path("expiresAt").asString()).isEqualTo("2026-01-01T00:00:00Z");
    var said = server.post("/api/v1/instances/" + id + "/messages", "{\"text\": \"hello\"}");
    assertThat(said.statusCode()).isEqualTo(402);
    assertThat(said.body()).contains("1 January 2026");

    gateway.restarted();
    server.send(
        withBody(
            server.request(expiry),
            "PUT",
            "{\"expiresAt\": \"%s\", \"autoRenew\": true}".formatted(month)));
    server.awaitStatus(id, "running");
    assertThat(json(server.get(expiry)).path("autoRenew").asBoolean()).isTrue();
    assertThat(json(server.send(server.request(expiry).DELETE())).path("expiresAt").isMissingNode())
        .isTrue();
  }

  @Test
  void an_owner_may_choose_to_renew_what_is_paid_for_and_no_more() {
    subscribe();
    var pro = "/api/v1/instances/" + running() + "/expiry";
    var made = ask("POST", "/api/v1/instances", "{\"plan\": \"free\"}");
    var free = "/api/v1/instances/" + json(made).path("id").asString() + "/expiry";
    for (var expiry : List.of(pro, free)) {
      server.send(
          withBody(server.request(expiry), "PUT", "{\"expiresAt\": \"%s\"}".formatted(month)));
    }

    var renewed = ask("PUT", pro, "{\"autoRenew\": true}");
    assertThat(renewed.statusCode()).as(renewed.body()).isEqualTo(200);
    assertThat(json(renewed).path("autoRenew").asBoolean()).isTrue();
    for (var forbidden :
        List.of(
            ask("PUT", free, "{\"autoRenew\": true}"),
            ask("PUT", pro, "{\"expiresAt\": \"2099-01-01T00:00:00Z\"}"),
            server.send(server.request(pro, ada).DELETE()))) {
      assertThat(problem(forbidden)).isEqualTo("forbidden");
    }
  }

  @Test
  void whoever_comes_back_from_paying_is_thanked() {
    var page = server.send(HttpRequest.newBuilder(server.at("/payments/paid")).GET());

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("Thank you", "谢谢");
  }
}
