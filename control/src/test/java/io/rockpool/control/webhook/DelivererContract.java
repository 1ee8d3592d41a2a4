package io.rockpool.control.webhook;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.webhook.Message.State;
import io.rockpool.control.webhook.Webhooks.Made;
import io.rockpool.control.webhook.Webhooks.Replayed;
import io.rockpool.runtime.tck.StandardReceiver;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How messages get to their receivers, on every database. */
abstract class DelivererContract extends WebhooksFixture {
  /** Where attempts stop until the test lets them go on. */
  private static final class Gate {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    void pass() throws InterruptedException {
      reached.countDown();
      open.await();
    }

    void awaitReached() throws InterruptedException {
      assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void a_message_is_taken_by_a_receiver_that_verifies_it() {
    var hook = made("hook", ALL);
    say("Running", "It answers.");

    deliverer(webhooks, false);
    awaitState(hook, State.DELIVERED);

    assertThat(receiver("hook").bodies()).containsExactly(only(hook).body());
    assertThat(receiver("hook").ids()).containsExactly(only(hook).id());
    assertThat(receiver("hook").refusals()).isEmpty();
    assertThat(only(hook).attempts()).isOne();
    assertThat(only(hook).status()).isEqualTo("2xx");
    assertThat(only(hook).triedAt()).isEqualTo(NOON);
    assertThat(only(hook).settledAt()).isEqualTo(NOON);
    assertThat(only(hook).lastError()).isNull();
    assertThat(now(hook).failingSince()).isNull();
  }

  @Test
  void what_fails_is_tried_again_under_the_same_id_and_signed_anew() {
    var hook = made("hook", ALL);
    receiver("hook").answer(500);
    say("Running", "It answers.");
    deliverer(webhooks, false);
    await().until(() -> only(hook).state() == State.WAITING && only(hook).attempts() == 1);
    assertThat(only(hook).status()).isEqualTo("5xx");
    assertThat(only(hook).lastError()).isEqualTo("It failed: see its log.");
    assertThat(only(hook).dueAt()).isBetween(NOON.plusMillis(4_500), NOON.plusMillis(5_500));
    assertThat(now(hook).failingSince()).isEqualTo(NOON);

    clock.advance(Duration.ofMinutes(6)); // a signature of the first attempt is too old by now
    await().until(() -> only(hook).attempts() == 2 && only(hook).state() == State.WAITING);
    receiver("hook").answer(200);
    clock.advance(Duration.ofMinutes(6));
    awaitState(hook, State.DELIVERED);

    assertThat(receiver("hook").refusals()).isEmpty();
    assertThat(receiver("hook").attempts(only(hook).id())).isEqualTo(3);
    assertThat(only(hook).attempts()).isEqualTo(3);
    assertThat(now(hook).failingSince()).isNull();
  }

  @Test
  void one_that_is_never_taken_is_tried_ten_times_at_the_times_of_the_specification() {
    var hook = made("hook", ALL);
    receiver("hook").answer(500);
    say("Running", "It answers.");
    deliverer(webhooks, false);
    for (int attempt = 1; attempt <= 9; attempt++) {
      int made = attempt;
      await().until(() -> only(hook).attempts() == made && only(hook).state() == State.WAITING);
      var due = only(hook).dueAt();
      clock.advance(Duration.between(clock.instant(), due).minusMillis(1));
      assertThat(webhooks.store().due(clock.instant())).isEmpty();
      clock.advance(Duration.ofMillis(1));
    }
    awaitState(hook, State.FAILED);

    var seen = receiver("hook").seen();
    assertThat(seen).hasSize(10);
    for (int i = 0; i < 9; i++) {
      var wait = Verdict.WAITS.get(i);
      assertThat(Duration.between(seen.get(i), seen.get(i + 1)))
          .isBetween(wait.multipliedBy(9).dividedBy(10), wait.multipliedBy(11).dividedBy(10));
    }
    assertThat(only(hook).lastError()).startsWith("Given up after 10 attempts");
    assertThat(now(hook).enabled()).isTrue();
  }

  @Test
  void a_receiver_that_is_gone_is_sent_nothing_more_until_it_is_enabled_again() {
    var hook = made("hook", ALL);
    var other = made("other", ALL);
    receiver("hook").answer(410);
    say("Running", "It answers.");
    deliverer(webhooks, false);
    awaitState(hook, State.FAILED);
    awaitState(other, State.DELIVERED);

    assertThat(now(hook).enabled()).isFalse();
    assertThat(now(hook).trouble()).isEqualTo("It is gone for good (410).");
    assertThat(now(other).enabled()).isTrue();
    assertThat(only(hook).status()).isEqualTo("4xx");

    receiver("hook").answer(200);
    webhooks.change(hook.webhook().id(), Webhook::enabledAnew);
    assertThat(now(hook).trouble()).isNull();
    say("Silent", "It does not answer.");
    await().until(() -> receiver("hook").bodies().size() == 1);
    assertThat(receiver("hook").bodies().getFirst()).contains("instance.silent");
  }

  @Test
  void a_receiver_that_has_too_much_to_do_gets_nothing_at_all_for_as_long_as_it_says() {
    var hook = made("hook", ALL);
    var calls = new AtomicInteger();
    var busy =
        webhooks((url, inside, headers, body) -> {
          calls.incrementAndGet();
          return clock.instant().isBefore(NOON.plusSeconds(120))
              ? new Outcome.Answered(429, Duration.ofMinutes(2))
              : post(url, inside, headers, body);
        });
    say("Running", "It answers.");
    deliverer(busy, false);
    await().until(() -> only(hook).state() == State.WAITING && only(hook).attempts() == 1);
    assertThat(now(hook).pausedUntil()).isEqualTo(NOON.plusSeconds(120));

    clock.advance(Duration.ofSeconds(119));
    say("Silent", "It does not answer.");
    assertThat(webhooks.store().due(clock.instant())).isEmpty();
    assertThat(calls).hasValue(1);

    clock.advance(Duration.ofSeconds(1));
    await().until(() -> receiver("hook").bodies().size() == 2);
    assertThat(calls).hasValue(3);
  }

  @Test
  void five_days_of_nothing_but_failures_disable_a_webhook_and_one_success_forgives_all() {
    var hook = made("hook", ALL);
    var forgiven = made("forgiven", ALL);
    receiver("hook").answer(503);
    receiver("forgiven").answer(503);
    deliverer(webhooks, false);
    int failed = 0;
    for (int day = 0; day < 5; day++) {
      say("Silent", "It does not answer, day " + day);
      failed++;
      int all = failed;
      await().until(() -> tried(hook) >= all && tried(forgiven) >= all);
      assertThat(now(hook).enabled()).as("day %d", day).isTrue();
      if (day == 3) {
        receiver("forgiven").answer(200);
        say("Silent", "It does not answer, and again");
        failed++;
        await().until(() -> now(forgiven).failingSince() == null);
        receiver("forgiven").answer(503);
      }
      clock.advance(Duration.ofDays(1));
    }
    await().until(() -> !now(hook).enabled());

    assertThat(now(hook).trouble())
        .isEqualTo("Nothing but failures for 5 days, since 2026-11-30T12:00:00Z.");
    assertThat(now(forgiven).enabled()).isTrue();
    say("Running", "It answers.");
    assertThat(messages(hook)).noneMatch(it -> it.type().equals("instance.ready"));
    assertThat(messages(forgiven)).anyMatch(it -> it.type().equals("instance.ready"));
  }

  /** How many of its messages were tried at least once. */
  private long tried(Made hook) {
    return messages(hook).stream().filter(it -> it.status() != null).count();
  }

  @Test
  void a_slow_receiver_delays_no_other_and_is_sent_four_messages_at_once() throws Exception {
    var slow = made("slow", ALL);
    var quick = made("quick", ALL);
    var gate = new Gate();
    var hanging = ConcurrentHashMap.<String>newKeySet();
    var server =
        webhooks((url, inside, headers, body) -> {
          if (url.getHost().startsWith("slow")) {
            hanging.add(requireNonNull(headers.get("webhook-id")));
            gate.pass();
          }
          return post(url, inside, headers, body);
        });
    deliverer(server, false);
    for (int n = 0; n < 10; n++) {
      say("Silent", "It does not answer, " + n);
    }

    await().until(() -> receiver("quick").bodies().size() == 10);
    await().until(() -> hanging.size() == Deliverer.AT_ONCE);
    assertThat(messages(quick)).allMatch(it -> it.state() == State.DELIVERED);
    assertThat(messages(slow).stream().filter(it -> it.state() == State.SENDING)).hasSize(4);

    gate.open.countDown();
    await().until(() -> receiver("slow").bodies().size() == 10);
    assertThat(receiver("slow").refusals()).isEmpty();
  }

  @Test
  void a_receiver_that_fails_is_tried_one_by_one() throws Exception {
    var hook = made("hook", ALL);
    var other = made("other", ALL);
    var gate = new Gate();
    var hanging = ConcurrentHashMap.<String>newKeySet();
    var server =
        webhooks((url, inside, headers, body) -> {
          if (url.getHost().startsWith("other")) {
            return post(url, inside, headers, body);
          }
          if (now(hook).failingSince() != null) {
            hanging.add(requireNonNull(headers.get("webhook-id")));
            gate.pass();
          }
          return new Outcome.Unreachable("It does not answer.");
        });
    say("Running", "It answers.");
    deliverer(server, false);
    await().until(() -> now(hook).failingSince() != null);

    for (int n = 0; n < 12; n++) {
      say("Silent", "It does not answer, " + n);
    }
    gate.awaitReached();
    await().until(() -> receiver("other").bodies().size() == 13); // it has looked several times
    assertThat(hanging).hasSize(1);

    gate.open.countDown();
    await().until(() -> tried(hook) == 13);
    assertThat(messages(hook)).allMatch(it -> "none".equals(it.status()));
    assertThat(tried(other)).isEqualTo(13);
  }

  @Test
  void what_a_killed_server_had_under_way_is_sent_by_another_under_the_same_id() throws Exception {
    var hook = made("hook", ALL);
    var gate = new Gate();
    var dying =
        webhooks((url, inside, headers, body) -> {
          gate.pass();
          return post(url, inside, headers, body);
        });
    say("Running", "It answers.");
    var killed = deliverer(dying, false);
    gate.awaitReached();
    killed.close();
    assertThat(only(hook).state()).isEqualTo(State.SENDING);

    deliverer(replica(this::post), false);
    assertThat(webhooks.store().due(clock.instant())).isEmpty(); // it may be alive
    clock.advance(Deliverer.LEASE);
    awaitState(hook, State.DELIVERED);

    assertThat(only(hook).attempts()).isEqualTo(2);
    assertThat(receiver("hook").ids()).containsExactly(only(hook).id());
  }

  @Test
  void a_server_alone_goes_on_at_once_with_what_it_had_under_way() throws Exception {
    var hook = made("hook", ALL);
    var gate = new Gate();
    var dying =
        webhooks((_, _, _, _) -> {
          gate.pass();
          return new Outcome.Unreachable("It does not answer.");
        });
    say("Running", "It answers.");
    var killed = deliverer(dying, true);
    gate.awaitReached();
    killed.close();

    deliverer(webhooks, true);
    awaitState(hook, State.DELIVERED);

    assertThat(only(hook).attempts()).isEqualTo(2);
  }

  @Test
  void whoever_comes_too_late_to_say_how_it_ended_changes_nothing() {
    var hook = made("hook", ALL);
    say("Running", "It answers.");
    var store = webhooks.store();
    var first = store.claim(hook.webhook().id(), 9, NOON, Deliverer.LEASE).getFirst();
    assertThat(store.claim(hook.webhook().id(), 9, NOON, Deliverer.LEASE)).isEmpty();
    var later = NOON.plus(Deliverer.LEASE);
    var second = store.claim(hook.webhook().id(), 9, later, Deliverer.LEASE).getFirst();

    store.settle(first, new Verdict.GivenUp("5xx", "Given up.", null), later);
    assertThat(only(hook)).isEqualTo(second);
    store.settle(second, new Verdict.Delivered("2xx"), later);
    store.settle(first, new Verdict.Retry(later, "5xx", "It failed.", null), later);

    assertThat(only(hook).state()).isEqualTo(State.DELIVERED);
    assertThat(first.attempts()).isOne();
    assertThat(second.attempts()).isEqualTo(2);
  }

  @Test
  void three_servers_share_the_work_and_lose_and_double_nothing() throws Exception {
    var hook = made("hook", ALL);
    var servers = List.of(webhooks, replica(this::post), replica(this::post));
    servers.forEach(it -> deliverer(it, false));

    for (int n = 0; n < 100; n++) {
      say("Silent", "It does not answer, " + n);
    }
    await().until(() -> receiver("hook").bodies().size() == 100);

    await()
        .untilAsserted(
            () -> assertThat(messages(hook)).allMatch(it -> it.state() == State.DELIVERED));
    assertThat(messages(hook)).allMatch(it -> it.attempts() == 1).hasSize(100);
  }

  @Test
  void a_webhook_that_is_removed_during_an_attempt_harms_nobody() throws Exception {
    var hook = made("hook", ALL);
    var gate = new Gate();
    var server =
        webhooks((url, inside, headers, body) -> {
          if (url.getHost().startsWith("hook")) {
            gate.pass();
          }
          return post(url, inside, headers, body);
        });
    say("Running", "It answers.");
    deliverer(server, false);
    gate.awaitReached();

    assertThat(webhooks.remove(hook.webhook().id())).isTrue();
    gate.open.countDown();
    var other = made("other", ALL);
    say("Silent", "It does not answer.");

    awaitState(other, State.DELIVERED);
    assertThat(rows("webhook_message")).isOne();
  }

  @Test
  void webhooks_that_come_and_go_while_things_happen_disturb_nothing() throws Exception {
    var steady = made("steady", ALL);
    deliverer(webhooks, false);
    deliverer(replica(this::post), false);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var comings =
          threads.submit(() -> {
            for (int n = 0; n < 25; n++) {
              var brief = made("brief", ALL);
              webhooks.rotate(brief.webhook().id(), Duration.ZERO);
              webhooks.remove(brief.webhook().id());
            }
          });
      var happenings =
          IntStream.range(0, 3)
              .mapToObj(thread ->
                  threads.submit(() -> {
                    for (int n = 0; n < 50; n++) {
                      say("Silent", "It does not answer, %d/%d".formatted(thread, n));
                    }
                  }))
              .toList();
      comings.get();
      for (var each : happenings) {
        each.get();
      }
    }

    await().until(() -> receiver("steady").bodies().size() == 150);
    await().until(() -> rows("webhook_message") == 150);
    assertThat(receiver("steady").refusals()).isEmpty();
    assertThat(now(steady).failingSince()).isNull();
  }

  @Test
  void both_secrets_sign_while_one_replaces_the_other() {
    var hook = made("hook", ALL);
    var rotated = webhooks.rotate(hook.webhook().id(), Duration.ofHours(1)).orElseThrow();
    var old = receiver("hook");
    var fresh = new StandardReceiver(clock, rotated.secret().reveal());
    var both =
        webhooks((url, inside, headers, body) -> {
          receivers.put("hook.example.com", fresh);
          post(url, inside, headers, body);
          receivers.put("hook.example.com", old);
          return post(url, inside, headers, body);
        });
    deliverer(both, false);
    say("Running", "It answers.");
    awaitState(hook, State.DELIVERED);
    assertThat(fresh.refusals()).isEmpty();
    assertThat(old.refusals()).isEmpty();

    clock.advance(Duration.ofHours(1));
    say("Silent", "It does not answer.");
    await().until(() -> fresh.bodies().size() == 2 && !old.refusals().isEmpty());

    assertThat(old.refusals()).containsOnly("signature");
    assertThat(old.bodies()).hasSize(1);
  }

  @Test
  void what_was_given_up_or_delivered_is_sent_again_when_an_operator_says_so() {
    var hook = made("hook", ALL);
    receiver("hook").answer(500);
    say("Running", "It answers.");
    deliverer(webhooks, false);
    for (int attempt = 1; attempt <= 9; attempt++) {
      int made = attempt;
      await().until(() -> only(hook).attempts() == made && only(hook).state() == State.WAITING);
      clock.advance(Duration.between(clock.instant(), only(hook).dueAt()));
    }
    awaitState(hook, State.FAILED);
    var id = only(hook).id();
    receiver("hook").answer(200);

    assertThat(webhooks.replay(hook.webhook().id(), id)).isEqualTo(Replayed.REPLAYED);
    awaitState(hook, State.DELIVERED);
    assertThat(only(hook).attempts()).isOne();
    assertThat(webhooks.replay(hook.webhook().id(), id)).isEqualTo(Replayed.REPLAYED);
    await().until(() -> receiver("hook").attempts(id) == 12);

    assertThat(receiver("hook").ids()).containsExactly(id);
  }

  @Test
  void what_is_under_way_is_not_sent_again() throws Exception {
    var hook = made("hook", ALL);
    var gate = new Gate();
    var server =
        webhooks((url, inside, headers, body) -> {
          gate.pass();
          return post(url, inside, headers, body);
        });
    say("Running", "It answers.");
    deliverer(server, false);
    gate.awaitReached();

    assertThat(webhooks.replay(hook.webhook().id(), only(hook).id())).isEqualTo(Replayed.UNDER_WAY);

    gate.open.countDown();
    awaitState(hook, State.DELIVERED);
  }

  @Test
  void without_a_secret_nothing_is_sent_and_a_rotation_mends_that() {
    var hook = made("hook", ALL);
    vault.shred(Accounts.ADMIN);
    say("Running", "It answers.");
    deliverer(webhooks, false);
    await().until(() -> only(hook).state() == State.WAITING && only(hook).attempts() == 1);
    assertThat(only(hook).lastError()).isEqualTo("Its secret was deleted: rotate it.");
    assertThat(receiver("hook").refusals()).isEmpty();

    var rotated = webhooks.rotate(hook.webhook().id(), Duration.ofDays(1)).orElseThrow();
    receiver("hook").trust(rotated.secret().reveal());
    clock.advance(Duration.ofSeconds(6));

    awaitState(hook, State.DELIVERED);
  }

  @Test
  void a_courier_that_breaks_is_a_failure_like_others() {
    var hook = made("hook", ALL);
    say("Running", "It answers.");
    deliverer(
        webhooks((_, _, _, _) -> {
          throw new IllegalStateException("a bug");
        }),
        false);

    await().until(() -> only(hook).state() == State.WAITING && only(hook).attempts() == 1);

    assertThat(only(hook).lastError()).doesNotContain("bug");
  }

  @Test
  void a_try_is_sent_once_and_leaves_nothing() throws Exception {
    var hook = made("hook", List.of("instance.failed"));
    webhooks.change(hook.webhook().id(), Webhook::disabled);

    var good = webhooks.test(hook.webhook().id()).orElseThrow();
    receiver("hook").answer(404);
    var bad = webhooks.test(hook.webhook().id()).orElseThrow();
    receivers.clear();
    var absent = webhooks.test(hook.webhook().id()).orElseThrow();

    assertThat(good.delivered()).isTrue();
    assertThat(good.status()).isEqualTo("2xx");
    assertThat(bad.delivered()).isFalse();
    assertThat(bad.status()).isEqualTo("4xx");
    assertThat(bad.words()).startsWith("It refuses the message");
    assertThat(absent.delivered()).isFalse();
    assertThat(absent.status()).isEqualTo("none");
    assertThat(absent.words()).isEqualTo("It does not answer.");
    assertThat(rows("webhook_message")).isZero();
    assertThat(now(hook).failingSince()).isNull();
    assertThat(webhooks.test("nobody")).isEmpty();
  }

  @Test
  void what_waited_goes_to_where_a_webhook_moved() {
    var hook = made("hook", ALL);
    say("Running", "It answers.");
    var moved = receiver("hook");
    receivers.clear();
    receivers.put("elsewhere.example.com", moved);
    webhooks.change(
        hook.webhook().id(), it -> it.at(URI.create("https://elsewhere.example.com/"), false));

    deliverer(webhooks, false);

    awaitState(hook, State.DELIVERED);
    assertThat(moved.bodies()).hasSize(1);
  }

  @Test
  void a_server_that_stops_waits_for_what_is_under_way_and_takes_nothing_more() throws Exception {
    var hook = made("hook", ALL);
    var gate = new Gate();
    var server =
        webhooks((url, inside, headers, body) -> {
          gate.pass();
          return post(url, inside, headers, body);
        });
    say("Running", "It answers.");
    var stopping =
        new Deliverer(
            server,
            false,
            Duration.ofMinutes(1),
            RandomGenerator.getDefault(),
            Duration.ofMillis(20));
    stopping.start();
    gate.awaitReached();
    var closing = Thread.ofVirtual().start(stopping::close);
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    say("Silent", "It does not answer.");
    gate.open.countDown();
    closing.join();

    assertThat(messages(hook))
        .extracting(Message::state)
        .containsExactlyInAnyOrder(State.DELIVERED, State.WAITING);
  }
}
