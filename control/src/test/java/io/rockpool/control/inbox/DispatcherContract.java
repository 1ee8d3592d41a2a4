package io.rockpool.control.inbox;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.inbox.Inbox.Replayed;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What messages may rely on once they were accepted, on every database. */
abstract class DispatcherContract extends InboxFixture {
  /** Keeps each message once, by its key, in the order in which they came. */
  private static final class Receiver {
    private final Map<String, String> kept = new LinkedHashMap<>();
    private int copies;

    synchronized void take(InboxMessage message) {
      if (kept.putIfAbsent(message.key(), message.messageId()) != null) {
        copies++;
      }
    }

    synchronized List<String> all() {
      return List.copyOf(kept.values());
    }

    synchronized int copies() {
      return copies;
    }

    List<String> ofLane(String lane) {
      return all().stream().filter(it -> it.startsWith(lane + "/")).toList();
    }
  }

  private record Scripted(Function<InboxMessage, Outcome> script, boolean mayRepeat)
      implements Destination {
    @Override
    public Outcome deliver(InboxMessage message, Content content) {
      return script.apply(message);
    }

    @Override
    public boolean mayRepeat(InboxMessage message) {
      return mayRepeat;
    }
  }

  private static Destination destination(Function<InboxMessage, Outcome> script) {
    return new Scripted(script, true);
  }

  /** Where deliveries stop until the test lets them go on. */
  private static final class Gate {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    /** Whether it was opened; otherwise the server stopped. */
    boolean pass() {
      reached.countDown();
      try {
        open.await();
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    void awaitReached() throws InterruptedException {
      assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private Receiver receiver = new Receiver();

  @BeforeEach
  final void receiveAnew() {
    receiver = new Receiver();
  }

  private Outcome take(InboxMessage message) {
    receiver.take(message);
    return new Outcome.Delivered();
  }

  @Test
  void a_message_is_delivered_as_it_came_and_its_content_is_dropped_then() {
    var message = message(X, "chat", 1);
    var bodies = new ConcurrentHashMap<String, Content>();
    dispatcher(
        inbox,
        new Destination() {
          @Override
          public Outcome deliver(InboxMessage message, Content content) {
            bodies.put(message.key(), content);
            return new Outcome.Delivered();
          }

          @Override
          public boolean mayRepeat(InboxMessage message) {
            return true;
          }
        });

    inbox.accept(message);
    awaitState(message, State.DELIVERED);

    assertThat(requireNonNull(bodies.get(message.key())).body())
        .isEqualTo(message.content().body());
    assertThat(requireNonNull(bodies.get(message.key())).headers())
        .isEqualTo(message.content().headers());
    assertThat(sql.query("SELECT sealed FROM inbox_message", row -> row.getBytes(1) == null))
        .containsExactly(true);
    assertThat(stored(message).attempts()).isOne();
    assertThat(stored(message).triedAt()).isEqualTo(NOON);
    assertThat(stored(message).settledAt()).isEqualTo(NOON);
    assertThat(inbox.accept(message)).isEqualTo(Accepted.DUPLICATE);
    await().until(() -> lanes() == 0);
  }

  @Test
  void what_is_rejected_is_not_tried_again_and_the_lane_goes_on() {
    var first = message(X, "chat", 1);
    var second = message(X, "chat", 2);
    inbox.accept(first);
    inbox.accept(second);
    dispatcher(
        inbox,
        destination(
            it -> it.key().equals(first.key()) ? new Outcome.Rejected("Not that.") : take(it)));

    awaitState(second, State.DELIVERED);

    assertThat(stored(first).state()).isEqualTo(State.REJECTED);
    assertThat(stored(first).lastError()).isEqualTo("Not that.");
    assertThat(deadLetters(X)).isEmpty();
    assertThat(stored(first).attempts()).isOne();
    assertThat(content(stored(first))).isEmpty();
  }

  @Test
  void three_servers_deliver_each_lane_in_order_through_all_failures() throws Exception {
    var system = InstantSource.system();
    var patient =
        new InboxRules(
            1_000,
            4,
            Duration.ofHours(1),
            1_000,
            Duration.ofMillis(1),
            Duration.ofMillis(4),
            Duration.ofSeconds(30),
            Duration.ofHours(24),
            Duration.ofDays(7));
    var servers =
        List.of(inbox(system, patient), replica(system, patient), replica(system, patient));
    var inLane = ConcurrentHashMap.<String>newKeySet();
    var twice = ConcurrentHashMap.<String>newKeySet();
    var random = RandomGenerator.of("L64X128MixRandom");
    Destination flaky =
        destination(it -> {
          var lane = it.instance() + it.lane();
          if (!inLane.add(lane)) {
            twice.add(lane);
          }
          try {
            return flaky(it, random);
          } finally {
            inLane.remove(lane);
          }
        });
    servers.forEach(server -> dispatcher(server, flaky));

    for (int number = 0; number < 20; number++) {
      for (int lane = 0; lane < 10; lane++) {
        var server = servers.get((number + lane) % 3);
        assertThat(server.accept(message(lane % 2 == 0 ? X : Y, "lane" + lane, number)))
            .isEqualTo(Accepted.ACCEPTED);
      }
    }

    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> assertThat(inbox.counts()).isEqualTo(new Counts(0, 0, 0, Duration.ZERO)));
    for (int i = 0; i < 10; i++) {
      var lane = "lane" + i;
      assertThat(receiver.ofLane(lane))
          .containsExactlyElementsOf(
              IntStream.range(0, 20).mapToObj(number -> lane + "/" + number).toList());
    }
    assertThat(twice).isEmpty();
    assertThat(receiver.copies()).as("what an unknown outcome repeats").isPositive();
    assertThat(lanes()).isZero();
  }

  private Outcome flaky(InboxMessage message, RandomGenerator random) {
    int draw;
    synchronized (random) {
      draw = random.nextInt(10);
    }
    return switch (draw) {
      case 0, 1 -> new Outcome.Again("Not now.");
      case 2 -> new Outcome.Unknown("The line broke before.");
      case 3 -> {
        receiver.take(message);
        yield new Outcome.Unknown("The line broke behind.");
      }
      case 4 -> {
        receiver.take(message);
        throw new IllegalStateException("nobody expects this");
      }
      default -> take(message);
    };
  }

  @Test
  void a_killed_servers_deliveries_are_taken_over_once_its_lease_ended() throws Exception {
    var first = message(X, "chat", 1);
    var second = message(X, "chat", 2);
    var gate = new Gate();
    var killed =
        dispatcher(
            inbox,
            destination(it -> {
              receiver.take(it);
              return gate.pass() ? new Outcome.Delivered() : new Outcome.Rejected("Stopped.");
            }));
    inbox.accept(first);
    inbox.accept(second);
    gate.awaitReached();
    killed.close();

    var heir = replica(clock, RULES);
    var seen = new ConcurrentHashMap<String, InboxMessage>();
    dispatcher(
        heir,
        destination(it -> {
          seen.put(it.key(), it);
          return take(it);
        }));
    heir.accept(message(Y, "chat", 1)); // it has looked, and more than once
    awaitState(message(Y, "chat", 1), State.DELIVERED);
    assertThat(stored(first).state()).isEqualTo(State.DELIVERING);
    clock.advance(RULES.lease());

    awaitState(second, State.DELIVERED);

    assertThat(stored(first).state()).isEqualTo(State.DELIVERED);
    assertThat(requireNonNull(seen.get(first.key())).uncertain()).isTrue();
    assertThat(requireNonNull(seen.get(first.key())).attempts()).isEqualTo(2);
    assertThat(requireNonNull(seen.get(second.key())).uncertain()).isFalse();
    assertThat(receiver.ofLane("chat")).containsSubsequence("chat/1", "chat/2");
    assertThat(receiver.copies()).isOne();
  }

  @Test
  void a_server_that_is_alone_takes_over_at_once() throws Exception {
    var message = message(X, "chat", 1);
    var gate = new Gate();
    var killed = dispatcher(inbox, destination(_ -> untilOpen(gate)));
    inbox.accept(message);
    gate.awaitReached();
    killed.close();

    dispatcher(inbox(clock, RULES), destination(this::take), true);

    awaitState(message, State.DELIVERED);
    assertThat(receiver.all()).containsExactly("chat/1");
  }

  private static Outcome untilOpen(Gate gate) {
    return gate.pass() ? new Outcome.Delivered() : new Outcome.Rejected("Stopped.");
  }

  @Test
  void where_a_second_copy_does_harm_a_taken_over_message_waits_for_a_person() throws Exception {
    var first = message(X, "chat", 1);
    var second = message(X, "chat", 2);
    var gate = new Gate();
    var killed = dispatcher(inbox, destination(_ -> untilOpen(gate)));
    inbox.accept(first);
    inbox.accept(second);
    gate.awaitReached();
    killed.close();

    var heir = inbox(clock, RULES);
    dispatcher(heir, new Scripted(this::take, false), true);
    awaitState(second, State.DELIVERED);
    assertThat(stored(first).state()).isEqualTo(State.DEAD);
    assertThat(stored(first).lastError()).startsWith("It is not known whether it was delivered");
    assertThat(deadLetters(X)).containsExactly("chat/1: " + stored(first).lastError());
    assertThat(receiver.all()).containsExactly("chat/2");

    assertThat(heir.replay(ADA, X, first.key())).isEqualTo(Replayed.REPLAYED);
    awaitState(first, State.DELIVERED);
    assertThat(receiver.all()).containsExactly("chat/2", "chat/1");
  }

  /** Nobody could tell otherwise whether it was begun with before the server died. */
  @Test
  void a_lane_has_a_place_at_once_only_where_a_second_copy_does_no_harm() {
    var lane = new InboxStore.Due(message(X, "chat", 1).laneId(), X);
    inbox.accept(message(X, "other", 1));
    var message = stored(message(X, "other", 1));

    assertThat(dispatcher(inbox, new Scripted(this::take, false)).take(lane, message)).isNull();

    var dispatcher = dispatcher(inbox, new Scripted(this::take, true));
    var place = requireNonNull(dispatcher.take(lane, message));
    assertThat(dispatcher.take(lane, message)).as("it is taken").isNull();
    place.close();
    requireNonNull(dispatcher.take(lane, message)).close();
  }

  @Test
  void a_message_whose_server_died_as_it_was_kept_is_taken_over() {
    var message = message(X, "chat", 1);
    var lane = new InboxStore.Due(message.laneId(), X);
    var sealed =
        vault.seal(new Vault.Name("ada", "inbox", message.key()), message.content().bytes());
    var arrival = new InboxStore.Arrival(message, lane, sealed, false, "a server that died");
    assertThat(inbox.store().accept(sql, List.of(arrival), NOON))
        .allMatch(InboxStore.Kept::isBegun);
    dispatcher(inbox, destination(this::take));

    clock.advance(RULES.lease());

    awaitState(message, State.DELIVERED);
    assertThat(stored(message).uncertain()).isTrue();
    assertThat(receiver.all()).containsExactly("chat/1");
  }

  @Test
  void who_lost_the_lease_writes_nothing_any_more() throws Exception {
    var message = message(X, "chat", 1);
    var gate = new Gate();
    var standing = new ManualClock(NOON); // its server is as if frozen
    var frozen = inbox(standing, RULES);
    dispatcher(
        frozen,
        destination(_ -> {
          gate.pass();
          return new Outcome.Rejected("Too late.");
        }));
    frozen.accept(message);
    gate.awaitReached();

    clock.advance(RULES.lease());
    dispatcher(inbox, destination(this::take));
    awaitState(message, State.DELIVERED);
    gate.open.countDown();
    frozen.accept(message(Y, "chat", 1));
    await().until(() -> stored(message(Y, "chat", 1)).settledAt() != null);

    assertThat(stored(message).state()).isEqualTo(State.DELIVERED);
    assertThat(stored(message).lastError()).isNull();
  }

  @Test
  void a_long_delivery_keeps_its_lease() throws Exception {
    var message = message(X, "chat", 1);
    var gate = new Gate();
    dispatcher(
        inbox,
        destination(it -> {
          gate.pass();
          return take(it);
        }));
    inbox.accept(message);
    gate.awaitReached();

    for (int i = 1; i <= 6; i++) {
      clock.advance(RULES.lease().dividedBy(3));
      inbox.ring();
      await().until(() -> leases().contains(clock.instant().plus(RULES.lease()).toEpochMilli()));
    }
    dispatcher(inbox(clock, RULES), destination(this::take));
    gate.open.countDown();
    awaitState(message, State.DELIVERED);

    assertThat(stored(message).attempts()).isOne();
    assertThat(receiver.copies()).isZero();
  }

  @Test
  void what_is_too_old_is_given_up_and_the_lane_goes_on() {
    var old = message(X, "chat", 1);
    var fresh = message(X, "chat", 2);
    inbox.accept(old);
    clock.advance(RULES.timeToLive());
    inbox.accept(fresh);

    dispatcher(inbox, destination(this::take));

    awaitState(fresh, State.DELIVERED);
    assertThat(stored(old).state()).isEqualTo(State.DEAD);
    assertThat(stored(old).lastError()).isEqualTo("It was not delivered in time.");
    assertThat(deadLetters(X)).containsExactly("chat/1: It was not delivered in time.");
    assertThat(receiver.all()).containsExactly("chat/2");
    assertThat(content(stored(old))).isPresent();
  }

  @Test
  void what_fails_too_often_is_given_up_and_delivered_when_it_is_replayed() {
    var broken = message(X, "chat", 1);
    var next = message(X, "chat", 2);
    var system = inbox(InstantSource.system(), RULES);
    var mended = new CountDownLatch(1);
    dispatcher(
        system,
        destination(it ->
            it.key().equals(broken.key()) && mended.getCount() > 0
                ? new Outcome.Again("It is broken.")
                : take(it)));
    system.accept(broken);
    system.accept(next);
    awaitState(next, State.DELIVERED);
    assertThat(stored(broken).state()).isEqualTo(State.DEAD);
    assertThat(stored(broken).attempts()).isEqualTo(RULES.attempts());
    assertThat(stored(broken).lastError()).isEqualTo("Given up after 10 attempts: It is broken.");
    assertThat(deadLetters(X)).containsExactly("chat/1: Given up after 10 attempts: It is broken.");

    mended.countDown();
    assertThat(system.replay(ADA, X, broken.key())).isEqualTo(Replayed.REPLAYED);

    awaitState(broken, State.DELIVERED);
    assertThat(receiver.all()).containsExactly("chat/2", "chat/1");
  }

  @Test
  void what_is_held_waits_beyond_all_attempts_until_it_is_too_old() {
    var patient = message(X, "chat", 1);
    var late = message(Y, "chat", 1);
    var system = inbox(InstantSource.system(), RULES);
    var looks = new AtomicInteger();
    var stopped = new Outcome.Held(Duration.ofMillis(1), "It was stopped by its owner.");
    dispatcher(
        system,
        destination(it ->
            it.key().equals(patient.key()) && looks.incrementAndGet() > 3 * RULES.attempts()
                ? take(it)
                : stopped));
    system.accept(patient);
    system.accept(late);

    awaitState(patient, State.DELIVERED);
    assertThat(stored(patient).attempts()).isEqualTo(1);
    expire(late);
    awaitState(late, State.DEAD);
    assertThat(stored(late).lastError())
        .isEqualTo("It was not delivered in time. It was stopped by its owner.");
  }

  private void expire(InboundMessage message) {
    sql.update("UPDATE inbox_message SET expires_at = 0 WHERE id = ?", message.key());
  }

  @Test
  void shredding_an_account_ends_its_messages_and_no_others() {
    var adas = message(X, "chat", 1);
    var bobs = message(Y, "chat", 1);
    inbox.accept(adas);
    inbox.accept(bobs);

    vault.shred("ada");
    dispatcher(inbox, destination(this::take));

    awaitState(bobs, State.DELIVERED);
    awaitState(adas, State.REJECTED);
    assertThat(receiver.all()).containsExactly("chat/1");
    assertThat(stored(adas).lastError()).contains("deleted with the keys");
  }

  @Test
  void an_instance_that_hangs_delays_no_other_and_takes_a_bounded_number_of_places() {
    var gate = new Gate();
    var hanging = ConcurrentHashMap.<String>newKeySet();
    dispatcher(
        inbox,
        destination(it -> {
          if (it.instance().equals(Y)) {
            return take(it);
          }
          hanging.add(it.key());
          return gate.pass() ? take(it) : new Outcome.Again("Stopped.");
        }));
    for (int i = 0; i < 20; i++) {
      inbox.accept(message(X, "chat" + i, i));
    }
    await().until(() -> hanging.size() == RULES.atOnce());

    for (int i = 0; i < 20; i++) {
      inbox.accept(message(Y, "chat" + i, i));
    }
    await().until(() -> settled(Y) == 20);

    assertThat(hanging).hasSize(RULES.atOnce());
    assertThat(settled(X)).isZero();
    gate.open.countDown();
    await().until(() -> settled(X) == 20);
  }

  @Test
  void a_busy_lane_gives_its_place_on_when_others_wait() {
    int many = 2 * RULES.atOnce();
    var system = inbox(InstantSource.system(), RULES); // what is given back is due later
    for (int number = 0; number < 3; number++) {
      for (int lane = 0; lane < many; lane++) {
        system.accept(message(X, "chat" + lane, number));
      }
    }

    dispatcher(system, destination(this::take));

    await().until(() -> settled(X) == 3L * many);
    var firsts = receiver.all().subList(0, many + RULES.atOnce());
    assertThat(firsts.stream().filter(it -> it.endsWith("/0"))).hasSize(many);
  }

  @Test
  void what_another_server_accepted_is_delivered() throws Exception {
    dispatcher(inbox, destination(this::take));

    replica(clock, RULES).accept(message(X, "chat", 1));

    awaitState(message(X, "chat", 1), State.DELIVERED);
  }

  @Test
  void a_server_that_stops_gives_back_what_it_does_not_do_any_more() throws Exception {
    var gate = new Gate();
    var stopping =
        new Dispatcher(
            inbox,
            destination(it -> {
              gate.pass();
              return take(it);
            }),
            false,
            Duration.ofMinutes(1),
            RandomGenerator.getDefault());
    inbox.accept(message(X, "chat", 1));
    inbox.accept(message(X, "chat", 2));
    gate.awaitReached();

    var closing = Thread.ofVirtual().start(stopping::close);
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    gate.open.countDown();
    closing.join();

    assertThat(stored(message(X, "chat", 1)).state()).isEqualTo(State.DELIVERED);
    assertThat(stored(message(X, "chat", 2)).state()).isEqualTo(State.RECEIVED);
    assertThat(leases()).containsExactly(0L);
  }

  @Test
  void an_instance_that_is_deleted_during_a_delivery_harms_nobody() throws Exception {
    var gate = new Gate();
    dispatcher(
        inbox,
        destination(it -> {
          if (it.instance().equals(X)) {
            gate.pass();
          }
          return take(it);
        }));
    inbox.accept(message(X, "chat", 1));
    gate.awaitReached();
    sql.update("DELETE FROM instance WHERE id = 'x'");
    gate.open.countDown();

    inbox.accept(message(Y, "chat", 1));
    awaitState(message(Y, "chat", 1), State.DELIVERED);
    assertThat(inbox.counts()).isEqualTo(new Counts(0, 0, 0, Duration.ZERO));
  }

  private long settled(InstanceId instance) {
    Collection<InboxMessage> all = new ArrayList<>(inbox.list(ADA, instance, null, null, 100));
    all.addAll(inbox.list(BOB, instance, null, null, 100));
    return all.stream().filter(it -> it.settledAt() != null).count();
  }

  private long lanes() {
    return leases().size();
  }

  private List<Long> leases() {
    return sql.query("SELECT lease_until FROM inbox_lane", row -> row.getLong(1));
  }
}
