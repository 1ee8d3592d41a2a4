package io.rockpool.control.inbox;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.account.Actor;
import io.rockpool.control.inbox.Inbox.Replayed;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What platforms and owners expect of the inbox, on every database. */
abstract class InboxContract extends InboxFixture {
  private static final Actor OPERATOR = new Actor.Operator("admin");

  @Test
  void a_message_is_kept_as_it_came_and_shown_without_its_content() {
    var message = message(X, "chat", 1);

    assertThat(inbox.accept(message)).isEqualTo(Accepted.ACCEPTED);

    assertThat(inbox.list(ADA, X, null, null, 10))
        .containsExactly(
            new InboxMessage(
                message.key(),
                1,
                X,
                "ada",
                "bot-of-x",
                "chat/1",
                "telegram",
                "chat",
                State.RECEIVED,
                0,
                false,
                NOON,
                NOON.plus(Duration.ofHours(24)),
                NOON,
                null,
                null,
                null));
    var content = content(stored(message)).orElseThrow();
    assertThat(content.body()).isEqualTo(message.content().body());
    assertThat(content.headers()).containsOnly(entry("X-Secret", "s3cret"));
  }

  @Test
  void the_key_is_the_hash_of_connection_and_id() {
    var message =
        new InboundMessage("c", "1", X, "ada", "telegram", "l", message(X, "l", 1).content());

    // printf 'c\0001' | sha256sum
    assertThat(message.key())
        .isEqualTo("bc7af79daf4f5b72b7329f04bb0d486284510b277becfbced47e62c8cba9a5a0");
  }

  @Test
  void the_database_holds_nothing_of_it_in_clear() {
    inbox.accept(message(X, "chat", 1));

    assertThat(sql.query("SELECT sealed FROM inbox_message", row -> row.getBytes(1)))
        .singleElement()
        .satisfies(it ->
            assertThat(new String(it, StandardCharsets.ISO_8859_1))
                .doesNotContain("text", "s3cret"));
  }

  @Test
  void what_comes_many_times_at_once_to_several_servers_is_kept_once() throws Exception {
    var servers = List.of(inbox, replica(clock, RULES));
    var message = message(X, "chat", 1);
    var calls = new ArrayList<Callable<Accepted>>();
    for (int i = 0; i < 40; i++) {
      var server = servers.get(i % 2);
      calls.add(() -> server.accept(message));
    }

    var answers = inParallel(calls);

    assertThat(answers).containsOnlyOnce(Accepted.ACCEPTED);
    assertThat(Collections.frequency(answers, Accepted.DUPLICATE)).isEqualTo(39);
    assertThat(inbox.list(ADA, X, null, null, 10)).hasSize(1);
  }

  @Test
  void the_same_id_of_another_connection_is_another_message() {
    var one = message(X, "chat", 1);
    var other =
        new InboundMessage(
            "another", one.messageId(), X, "ada", "slack", one.lane(), one.content());

    assertThat(inbox.accept(one)).isEqualTo(Accepted.ACCEPTED);
    assertThat(inbox.accept(other)).isEqualTo(Accepted.ACCEPTED);
  }

  @Test
  void an_instance_that_is_full_takes_no_more_and_its_neighbour_does() {
    for (int i = 0; i < RULES.waiting(); i++) {
      assertThat(inbox.accept(message(X, "chat" + i % 3, i))).isEqualTo(Accepted.ACCEPTED);
    }

    assertThat(inbox.accept(message(X, "chat", 1_000))).isEqualTo(Accepted.FULL);
    assertThat(inbox.accept(message(X, "chat0", 0))).isEqualTo(Accepted.DUPLICATE);
    assertThat(inbox.accept(message(Y, "chat", 1))).isEqualTo(Accepted.ACCEPTED);
  }

  @Test
  void nothing_is_kept_for_an_instance_that_is_gone() {
    assertThat(inbox.accept(message(new InstanceId("z"), "chat", 1))).isEqualTo(Accepted.GONE);
  }

  @Test
  void an_instance_that_is_deleted_takes_its_messages_along() {
    inbox.accept(message(X, "chat", 1));
    inbox.accept(message(Y, "chat", 1));

    sql.update("DELETE FROM instance WHERE id = 'x'");

    assertThat(sql.query("SELECT instance_id FROM inbox_message", row -> row.getString(1)))
        .containsExactly("y");
    assertThat(sql.query("SELECT instance_id FROM inbox_lane", row -> row.getString(1)))
        .containsExactly("y");
  }

  @Test
  void accounts_see_their_own_messages_only() {
    var message = message(X, "chat", 1);
    inbox.accept(message);
    kill(message);

    assertThat(inbox.list(BOB, X, null, null, 10)).isEmpty();
    assertThat(inbox.find(BOB, X, message.key())).isEmpty();
    assertThat(inbox.find(ADA, Y, message.key())).isEmpty();
    assertThat(inbox.replay(BOB, X, message.key())).isEqualTo(Replayed.UNKNOWN);
    assertThat(inbox.find(ADA, X, message.key())).isPresent();
    assertThat(inbox.list(OPERATOR, X, null, null, 10)).hasSize(1);
  }

  @Test
  void a_list_is_read_page_by_page_and_by_state() {
    IntStream.range(0, 5).forEach(i -> inbox.accept(message(X, "chat", i)));
    kill(message(X, "chat", 2));

    var first = inbox.list(ADA, X, null, null, 2);
    var second = inbox.list(ADA, X, null, Inbox.Position.of(first.getLast()), 2);
    var third = inbox.list(ADA, X, null, Inbox.Position.of(second.getLast()), 2);

    assertThat(List.of(first, second, third))
        .extracting(page -> page.stream().map(InboxMessage::messageId).toList())
        .containsExactly(
            List.of("chat/4", "chat/3"), List.of("chat/2", "chat/1"), List.of("chat/0"));
    assertThat(inbox.list(ADA, X, State.DEAD, null, 10))
        .extracting(InboxMessage::messageId)
        .containsExactly("chat/2");
    assertThat(inbox.list(ADA, X, State.RECEIVED, null, 10)).hasSize(4);
  }

  @Test
  void a_dead_message_is_replayed_under_its_key_with_a_new_time_to_live() {
    var message = message(X, "chat", 1);
    inbox.accept(message);
    assertThat(inbox.replay(ADA, X, message.key())).isEqualTo(Replayed.NOT_DEAD);
    kill(message);
    clock.advance(Duration.ofDays(2));

    assertThat(inbox.replay(ADA, X, message.key())).isEqualTo(Replayed.REPLAYED);

    assertThat(stored(message).state()).isEqualTo(State.RECEIVED);
    assertThat(stored(message).expiresAt()).isEqualTo(NOON.plus(Duration.ofDays(3)));
    assertThat(inbox.replay(ADA, X, message.key())).isEqualTo(Replayed.NOT_DEAD);
    assertThat(inbox.replay(ADA, X, "0".repeat(64))).isEqualTo(Replayed.UNKNOWN);
  }

  @Test
  void what_cannot_be_understood_is_kept_once_as_dead_and_can_be_replayed() {
    var message = message(X, "unreadable", 1);

    assertThat(inbox.bury(message, "It is no JSON.")).isEqualTo(Accepted.ACCEPTED);
    assertThat(inbox.bury(message, "It is no JSON.")).isEqualTo(Accepted.DUPLICATE);

    var kept = stored(message);
    assertThat(kept.state()).isEqualTo(State.DEAD);
    assertThat(kept.lastError()).isEqualTo("It is no JSON.");
    assertThat(kept.attempts()).isZero();
    assertThat(kept.settledAt()).isEqualTo(NOON);
    assertThat(content(kept).orElseThrow().body()).isEqualTo(message.content().body());
    assertThat(inbox.counts()).isEqualTo(new Counts(0, 0, 1, Duration.ZERO));
    assertThat(sql.query("SELECT id FROM inbox_lane", row -> row.getString(1))).isEmpty();
    assertThat(deadLetters(X))
        .as("its owner is told, once")
        .containsExactly(message.messageId() + ": It is no JSON.");
    assertThat(inbox.replay(ADA, X, message.key())).isEqualTo(Replayed.REPLAYED);
    assertThat(stored(message).state()).isEqualTo(State.RECEIVED);
  }

  @Test
  void nothing_is_kept_as_dead_for_an_instance_that_is_gone() {
    assertThat(inbox.bury(message(new InstanceId("gone"), "unreadable", 1), "It is no JSON."))
        .isEqualTo(Accepted.GONE);
  }

  @Test
  void a_shredded_message_cannot_be_replayed() {
    var message = message(X, "chat", 1);
    inbox.accept(message);
    kill(message);

    vault.shred("ada");

    assertThat(sql.query("SELECT sealed FROM inbox_message", row -> row.getBytes(1) == null))
        .containsExactly(true);
    assertThat(inbox.replay(ADA, X, message.key())).isEqualTo(Replayed.WITHOUT_CONTENT);
  }

  @Test
  void what_waits_is_readable_after_its_data_key_was_replaced() {
    var message = message(X, "chat", 1);
    inbox.accept(message);

    var _ = vault.renewDataKey("ada");
    var _ = vault.renewDataKey("ada");

    assertThat(content(stored(message)).orElseThrow().body()).isEqualTo(message.content().body());
    assertThat(versions()).containsExactlyInAnyOrder(1L, 3L);
    sql.update("DELETE FROM inbox_message");
    var _ = vault.renewDataKey("ada");
    assertThat(versions()).containsExactly(4L);
  }

  @Test
  void messages_are_taken_while_data_keys_are_replaced() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var rotations =
          threads.submit(() -> {
            for (int i = 0; i < 20; i++) {
              var _ = vault.renewDataKey("ada");
            }
          });
      for (int i = 0; i == 0 || (!rotations.isDone() && i < RULES.waiting()); i++) {
        assertThat(inbox.accept(message(X, "chat", i))).isEqualTo(Accepted.ACCEPTED);
      }
      rotations.get();
    }

    assertThat(inbox.list(ADA, X, null, null, 100))
        .isNotEmpty()
        .allMatch(it -> content(it).isPresent());
  }

  @Test
  void settled_messages_are_remembered_for_a_day_and_dead_ones_for_a_week() {
    var delivered = message(X, "chat", 1);
    var dead = message(X, "chat", 2);
    var waiting = message(X, "chat", 3);
    for (var message : List.of(delivered, dead, waiting)) {
      inbox.accept(message);
    }
    settle(delivered, State.DELIVERED);
    kill(dead);

    clock.advance(Duration.ofHours(24));
    inbox.sweep();
    assertThat(inbox.accept(delivered)).isEqualTo(Accepted.DUPLICATE);
    clock.advance(Duration.ofMillis(1));
    inbox.sweep();
    assertThat(inbox.list(ADA, X, null, null, 10))
        .extracting(InboxMessage::messageId)
        .containsExactly("chat/3", "chat/2");
    clock.advance(Duration.ofDays(6));
    inbox.sweep();
    assertThat(inbox.list(ADA, X, null, null, 10))
        .extracting(InboxMessage::messageId)
        .containsExactly("chat/3");
  }

  @Test
  void what_waits_is_counted_and_so_is_the_age_of_the_oldest() {
    assertThat(inbox.counts()).isEqualTo(new Counts(0, 0, 0, Duration.ZERO));
    IntStream.range(0, 3).forEach(i -> inbox.accept(message(X, "chat", i)));
    clock.advance(Duration.ofMinutes(2));
    inbox.accept(message(Y, "chat", 1));
    kill(message(Y, "chat", 1));
    clock.advance(Duration.ofMinutes(3));

    assertThat(inbox.counts()).isEqualTo(new Counts(3, 0, 1, Duration.ofMinutes(5)));
  }

  @Test
  void what_comes_into_an_empty_lane_is_begun_with_as_it_is_kept_and_nothing_else() {
    var first = arrival(message(X, "chat", 1), "here");
    var second = arrival(message(X, "chat", 2), "here");
    var third = arrival(message(X, "chat", 3), "there");
    var other = arrival(message(X, "other", 1), null);
    var begun = new InboxStore.Kept(Accepted.ACCEPTED, true);
    var waits = new InboxStore.Kept(Accepted.ACCEPTED, false);
    var known = new InboxStore.Kept(Accepted.DUPLICATE, false);

    assertThat(kept(first, second, other)).containsExactly(begun, waits, waits);
    assertThat(kept(third, first)).containsExactly(waits, known);

    assertThat(inbox.list(ADA, X, null, null, 10))
        .extracting(InboxMessage::messageId, InboxMessage::state, InboxMessage::attempts)
        .containsExactlyInAnyOrder(
            tuple("chat/1", State.DELIVERING, 1),
            tuple("chat/2", State.RECEIVED, 0),
            tuple("chat/3", State.RECEIVED, 0),
            tuple("other/1", State.RECEIVED, 0));
    assertThat(stored(first.message()).triedAt()).isEqualTo(NOON);
    assertThat(stored(second.message()).triedAt()).isNull();
    assertThat(inbox.store().due(NOON)).containsExactly(other.lane());
  }

  private List<InboxStore.Kept> kept(InboxStore.Arrival... arrivals) {
    return sql.transaction(it -> inbox.store().accept(it, List.of(arrivals), NOON));
  }

  private InboxStore.Arrival arrival(InboundMessage message, @Nullable String holder) {
    return new InboxStore.Arrival(
        message,
        new InboxStore.Due(message.laneId(), message.instance()),
        vault.seal(new Vault.Name("ada", "inbox", message.key()), message.content().bytes()),
        false,
        holder);
  }

  private void kill(InboundMessage message) {
    settle(message, State.DEAD);
  }

  /** As a dispatcher would have done. */
  private void settle(InboundMessage message, State state) {
    sql.update(
        "UPDATE inbox_message SET state = ?, settled_at = ? WHERE id = ?",
        state.word(),
        clock.millis(),
        message.key());
  }

  private List<Long> versions() {
    return sql.query(
        "SELECT version FROM vault_key WHERE account_id = 'ada'", row -> row.getLong(1));
  }

  private static <T> List<T> inParallel(List<Callable<T>> calls) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return threads.invokeAll(calls).stream().map(Future::resultNow).toList();
    }
  }
}
