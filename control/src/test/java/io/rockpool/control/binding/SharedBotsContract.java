package io.rockpool.control.binding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.StrictJson;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.State;
import io.rockpool.control.openclaw.Turn;
import io.rockpool.control.store.StoreException;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Who a shared bot listens to, and what Rockpool itself answers, on every database. */
abstract class SharedBotsContract extends BindingFixture {
  private static final long GROUP = -1_001;
  private static final long SUPERGROUP = -1_002;

  @Test
  void a_stranger_is_told_how_to_connect_once_however_often_the_platform_says_it() {
    host.start();
    var hello = says(ANN, "hello?");

    assertThat(take(hello)).isEqualTo(Accepted.ACCEPTED);
    assertThat(take(hello)).isEqualTo(Accepted.DUPLICATE);

    await().until(() -> read(ANN).size() == 1);
    assertThat(read(ANN).getFirst()).contains("bind CODE");
    assertThat(inInbox(X)).isEmpty();
    assertThat(gateway.asked()).isEmpty();
    take(says(BEN, "你好"));
    await().until(() -> read(BEN).size() == 1);
    assertThat(read(BEN).getFirst()).contains("绑定码");
  }

  @Test
  void who_sends_a_code_speaks_to_its_instance_from_then_on() {
    host.start();
    var made = host.bindings.makeCode(ADA, X).orElseThrow();
    assertThat(made.expiresAt()).isEqualTo(NOON.plus(Duration.ofMinutes(10)));
    assertThat(made.toString()).doesNotContain(made.code());

    assertThat(take(says(ANN, "bind " + made.code()))).isEqualTo(Accepted.ACCEPTED);
    awaitRead(ANN, "You are connected to “Ada's pond” now. Just write.");
    assertThat(take(says(ANN, "what is up?"))).isEqualTo(Accepted.ACCEPTED);

    awaitRead(ANN, "You said: what is up?");
    assertThat(host.bindings.list(ADA, X).orElseThrow())
        .singleElement()
        .satisfies(it -> {
          assertThat(it.sender()).isEqualTo(Long.toString(ANN));
          assertThat(it.platform()).isEqualTo("telegram");
          assertThat(it.bot()).isEqualTo("rockpool_bot");
          assertThat(it.createdAt()).isEqualTo(NOON);
        });
    assertThat(sql.query("SELECT hash FROM bind_code", row -> row.getString(1))).isEmpty();
  }

  @Test
  void a_code_is_good_once_and_for_ten_minutes_and_never_in_the_database() {
    host.start();
    var used = code(ADA, X);
    var old = code(ADA, X);
    assertThat(sql.query("SELECT hash FROM bind_code", row -> row.getString(1)))
        .hasSize(2)
        .noneMatch(it -> it.contains(used) || it.contains(used.replace("-", "")));

    take(says(ANN, "/start " + used.toLowerCase(Locale.ROOT)));
    take(says(BEN, "bind " + used));
    clock.advance(Bindings.CODE_GOOD);
    take(says(BEN, "bind " + old));

    await().until(() -> read(BEN).size() == 2);
    assertThat(read(BEN)).allMatch(it -> it.startsWith("This code is wrong"));
    assertThat(host.bindings.list(ADA, X).orElseThrow())
        .extracting(Binding::sender)
        .containsExactly(Long.toString(ANN));
  }

  @Test
  void only_who_owns_an_instance_makes_codes_and_sees_and_ends_who_is_bound() {
    bind(ANN);
    var binding = host.bindings.list(ADA, X).orElseThrow().getFirst();

    assertThat(host.bindings.makeCode(BOB, X)).isEmpty();
    assertThat(host.bindings.makeCode(ADA, new InstanceId("none"))).isEmpty();
    assertThat(host.bindings.list(BOB, X)).isEmpty();
    assertThat(host.bindings.remove(BOB, X, binding.id())).isFalse();
    assertThat(host.bindings.remove(BOB, Y, binding.id())).isFalse();
    assertThat(host.bindings.list(new Actor.Operator(Accounts.ADMIN), X).orElseThrow()).hasSize(1);
    assertThat(host.bindings.remove(ADA, X, binding.id())).isTrue();
    assertThat(host.bindings.remove(ADA, X, binding.id())).isFalse();
    assertThat(host.bindings.list(ADA, X).orElseThrow()).isEmpty();
  }

  @Test
  void an_eleventh_code_takes_the_place_of_the_oldest() {
    var codes = new ArrayList<String>();
    for (int i = 0; i < 11; i++) {
      clock.advance(Duration.ofSeconds(1));
      codes.add(code(ADA, X));
    }

    take(says(ANN, "bind " + codes.getFirst()));
    take(says(BEN, "bind " + codes.get(1)));

    assertThat(host.bindings.list(ADA, X).orElseThrow())
        .extracting(Binding::sender)
        .containsExactly(Long.toString(BEN));
  }

  @Test
  void who_guesses_is_stopped_and_nobody_else() {
    for (int i = 0; i < 5; i++) {
      take(says(ANN, "/bind wrong-" + i));
    }
    var good = code(ADA, X);

    take(says(ANN, "bind " + good));
    assertThat(host.bindings.list(ADA, X).orElseThrow()).isEmpty();
    take(says(BEN, "bind " + good));
    assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(1);

    clock.advance(Duration.ofMinutes(11));
    take(says(ANN, "bind " + code(ADA, X)));
    assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(2);
    host.start();
    await()
        .until(() -> {
          clock.advance(Duration.ofSeconds(1)); // a chat bears five messages at once
          host.outbox.ring();
          return read(ANN).stream().anyMatch(it -> it.startsWith("Too many wrong codes"));
        });
  }

  @Test
  void a_guess_that_the_platform_repeats_is_one_guess() {
    var guess = says(ANN, "/bind wrong");
    for (int i = 0; i < 10; i++) {
      take(guess);
    }

    take(says(ANN, "bind " + code(ADA, X)));

    assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(1);
  }

  @Test
  void who_unbinds_is_a_stranger_again_and_what_he_said_before_is_not_answered_twice() {
    host.start();
    bind(ANN);
    var said = says(ANN, "remember me");
    take(said);
    awaitRead(ANN, "You said: remember me");

    assertThat(take(says(ANN, "unbind"))).isEqualTo(Accepted.ACCEPTED);
    awaitRead(ANN, "You are not connected to “Ada's pond” any more.");
    assertThat(take(said)).as("the platform repeats it").isEqualTo(Accepted.DUPLICATE);
    take(says(ANN, "unbind"));

    awaitRead(ANN, "You are not connected to any assistant here.");
    assertThat(read(ANN)).hasSize(4);
    assertThat(gateway.asked()).hasSize(1);
  }

  @Test
  void what_a_stranger_said_does_not_come_to_the_assistant_when_the_platform_repeats_it() {
    host.start();
    var before = says(ANN, "said as a stranger");
    take(before);
    bind(ANN);

    assertThat(take(before)).isEqualTo(Accepted.DUPLICATE);

    await().until(() -> read(ANN).size() == 2);
    assertThat(inInbox(X)).isEmpty();
  }

  @Test
  void who_sends_another_code_speaks_to_another_instance() {
    host.start();
    bind(ANN);

    take(says(ANN, "bind " + code(BOB, Y)));
    take(says(ANN, "hello Bob"));

    awaitRead(ANN, "You said: hello Bob");
    assertThat(host.bindings.list(ADA, X).orElseThrow()).isEmpty();
    assertThat(host.bindings.list(BOB, Y).orElseThrow()).hasSize(1);
    assertThat(inInbox(X)).isEmpty();
    assertThat(inInbox(Y)).hasSize(1);
  }

  @Test
  void who_binds_hears_how_his_assistant_is() {
    host.start();
    bind(ANN);
    take(says(ANN, "/status"));
    awaitRead(ANN, "You are connected to “Ada's pond”. It is awake.");

    stopped(X);
    take(says(ANN, "/status"));
    awaitRead(ANN, "You are connected to “Ada's pond”. Its owner stopped it.");
    take(says(BEN, "/status"));
    awaitRead(BEN, "You are not connected to any assistant here.");
    take(says(ANN, "/help"));
    await().until(() -> read(ANN).stream().anyMatch(it -> it.contains("unbind ends")));
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void in_groups_only_those_who_are_bound_are_heard() {
    host.start();
    telegram.says(ANN, GROUP, "so that the group is known");

    assertThat(take(writes(BEN, GROUP, "hello all"))).isEqualTo(Accepted.ACCEPTED);
    assertThat(take(writes(BEN, GROUP, "/help@rockpool_bot"))).isEqualTo(Accepted.ACCEPTED);
    assertThat(sql.query("SELECT id FROM shared_seen", row -> row.getString(1))).isEmpty();
    take(writes(ANN, GROUP, "/bind@rockpool_bot " + code(ADA, X)));
    awaitRead(GROUP, "You are connected to “Ada's pond” now. Just write.");
    take(writes(ANN, GROUP, "@rockpool_bot what is up?"));

    awaitRead(GROUP, "You said: what is up?");
    assertThat(read(GROUP)).hasSize(2);
    take(says(ANN, "and here?"));
    awaitRead(ANN, "You said: and here?");
    assertThat(gateway.asked().get(0).conversation())
        .isNotEqualTo(gateway.asked().get(1).conversation());
  }

  @Test
  void a_group_that_gets_another_id_goes_on_with_its_conversation() {
    telegram.says(ANN, GROUP, "so that the group is known");
    take(writes(ANN, GROUP, "/bind " + code(ADA, X)));
    take(writes(ANN, GROUP, "before"));
    var move = moves(GROUP, SUPERGROUP);

    assertThat(take(move)).isEqualTo(Accepted.ACCEPTED);
    assertThat(take(move)).isEqualTo(Accepted.DUPLICATE);
    take(writes(ANN, SUPERGROUP, "after"));
    host.start();

    awaitRead(SUPERGROUP, "You said: before");
    awaitRead(SUPERGROUP, "You said: after");
    assertThat(read(SUPERGROUP)).contains("You are connected to “Ada's pond” now. Just write.");
    assertThat(read(GROUP)).isEmpty();
    assertThat(gateway.asked())
        .extracting(it -> it.conversation())
        .hasSize(2)
        .containsOnly(gateway.asked().getFirst().conversation());
  }

  @Test
  void what_has_no_words_is_answered_by_rockpool_and_left_alone_in_groups() {
    host.start();
    bind(ANN);
    assertThat(take(says(ANN, ""))).isEqualTo(Accepted.ACCEPTED);
    awaitRead(ANN, "I can read text only.");

    assertThat(take(writes(ANN, GROUP, ""))).isEqualTo(Accepted.ACCEPTED);
    assertThat(take(says(BEN, ""))).isEqualTo(Accepted.ACCEPTED);

    assertThat(inInbox(X)).isEmpty();
    assertThat(sql.query("SELECT id FROM shared_seen", row -> row.getString(1))).hasSize(2);
  }

  @Test
  void edits_presses_and_what_nobody_knows_start_no_turn() {
    bind(ANN);
    var edited = StrictJson.write().put("update_id", 7_001);
    var message = edited.putObject("edited_message").put("message_id", 5).put("text", "better");
    message.putObject("from").put("id", ANN);
    message.putObject("chat").put("id", ANN).put("type", "private");

    var request = telegram.sends(edited.toString().getBytes(UTF_8));

    assertThat(take(request)).isEqualTo(Accepted.ACCEPTED);
    assertThat(inInbox(X)).isEmpty();
  }

  @Test
  void a_flood_of_strangers_words_is_answered_a_few_times() {
    for (int i = 0; i < 40; i++) {
      assertThat(take(says(ANN, "spam " + i))).isEqualTo(Accepted.ACCEPTED);
    }

    assertThat(host.outbox.counts().pending()).isEqualTo(20);
  }

  @Test
  void a_code_sent_twice_at_the_same_moment_to_two_servers_binds_once() throws Exception {
    var second = host(other);
    for (int round = 0; round < 10; round++) {
      var user = 5_000 + round;
      var request = says(user, "bind " + code(ADA, X));
      var tries = new ArrayList<Future<Accepted>>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var server : List.of(host, second, host, second)) {
          Callable<Accepted> one = () -> take(server, request);
          tries.add(threads.submit(one));
        }
      }

      assertThat(tries.stream().map(Future::resultNow).toList())
          .containsExactlyInAnyOrder(
              Accepted.ACCEPTED, Accepted.DUPLICATE, Accepted.DUPLICATE, Accepted.DUPLICATE);
    }
    assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(10);
    assertThat(host.outbox.counts().pending()).isEqualTo(10);
  }

  @Test
  void two_who_send_one_code_at_the_same_moment_are_not_both_bound() throws Exception {
    var second = host(other);
    for (int round = 0; round < 10; round++) {
      var code = code(ADA, X);
      var ann = says(6_000 + round, "bind " + code);
      var ben = says(7_000 + round, "bind " + code);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var _ = threads.submit(() -> take(host, ann));
        var _ = threads.submit(() -> take(second, ben));
      }
      assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(round + 1);
    }
  }

  @Test
  void a_server_that_dies_after_the_commit_has_bound_once_and_answers_once() throws Exception {
    var code = code(ADA, X);
    var request = says(ANN, "bind " + code);
    var deaf = host(database.openHardOfHearing());

    // Its group commit tries once more by itself, and then knows that it was done.
    var first = take(deaf, request);
    assertThat(first).isIn(Accepted.ACCEPTED, Accepted.DUPLICATE);
    assertThat(take(host, request)).isEqualTo(Accepted.DUPLICATE);

    host.start();
    awaitRead(ANN, "You are connected to “Ada's pond” now. Just write.");
    assertThat(read(ANN)).hasSize(1);
    assertThat(host.bindings.list(ADA, X).orElseThrow()).hasSize(1);
  }

  @Test
  void nothing_is_acknowledged_when_the_database_fails() {
    bind(ANN);
    sql.update("ALTER TABLE shared_seen RENAME TO elsewhere");
    try {
      assertThatThrownBy(() -> take(says(ANN, "/status"))).isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> take(says(ANN, "hello"))).isInstanceOf(StoreException.class);
    } finally {
      sql.update("ALTER TABLE elsewhere RENAME TO shared_seen");
    }
    assertThat(take(says(ANN, "hello"))).isEqualTo(Accepted.ACCEPTED);
  }

  @Test
  void an_instance_that_goes_takes_its_bindings_and_codes_along() {
    bind(ANN);
    var code = code(ADA, X);
    instances.change(ADA, X, it -> it.leaving(NOON));

    take(says(ANN, "are you there?"));
    take(says(BEN, "bind " + code));
    host.start();

    await().until(() -> read(BEN).stream().anyMatch(it -> it.startsWith("This code is wrong")));
    await().until(() -> read(ANN).stream().anyMatch(it -> it.contains("bind CODE")));
    assertThat(host.bindings.makeCode(ADA, X)).isEmpty();
    sql.update("DELETE FROM instance WHERE id = ?", X.value());
    assertThat(sql.query("SELECT id FROM shared_binding", row -> row.getString(1))).isEmpty();
    assertThat(sql.query("SELECT hash FROM bind_code", row -> row.getString(1))).isEmpty();
  }

  @Test
  void too_many_waiting_messages_are_left_with_the_platform() {
    bind(ANN);
    for (int i = 0; i < INBOX.waiting(); i++) {
      assertThat(take(says(ANN, "n " + i))).isEqualTo(Accepted.ACCEPTED);
    }

    assertThat(take(says(ANN, "one too many"))).isEqualTo(Accepted.FULL);
  }

  @Test
  void stop_does_not_wait_for_what_it_stops() throws Exception {
    host.start();
    bind(ANN);
    var stopped = new CountDownLatch(1);
    gateway.answers((message, _) -> {
      if (message.text().equals("/stop")) {
        stopped.countDown();
        return new Turn.Answered("Stopped.");
      }
      stopped.await();
      return new Turn.Answered("half an answ");
    });
    take(says(ANN, "a long question"));
    await().until(() -> gateway.asked().size() == 1);

    take(says(ANN, "/stop"));

    awaitRead(ANN, "Stopped.");
    awaitRead(ANN, "half an answ");
  }

  @Test
  void a_mention_in_slack_comes_twice_and_is_one_message() {
    slack.chat(1);
    var door = slackDoor();
    for (var type : List.of("message", "app_mention")) {
      var event =
          StrictJson.write()
              .put("type", type)
              .put("channel", "D0001")
              .put("channel_type", "im")
              .put("user", "U0ANN")
              .put("text", "bind " + (type.equals("message") ? code(ADA, X) : "again"))
              .put("ts", "1700000000.000100");
      var body =
          StrictJson.write()
              .put("type", "event_callback")
              .put("team_id", "T0001")
              .put("api_app_id", "A0001")
              .put("event_id", "Ev" + type);
      body.set("event", event);
      var accepted = take(host, door, slack.sends(body.toString().getBytes(UTF_8)));
      assertThat(accepted)
          .isEqualTo(type.equals("message") ? Accepted.ACCEPTED : Accepted.DUPLICATE);
    }
    take(host, door, slack.writes(9, "D0001", "x"));
    host.start();

    await().until(() -> slack.said("D0001").size() == 2);
    assertThat(slack.read("D0001").getFirst()).contains("connected to “Ada's pond”");
  }

  @Test
  void what_was_seen_and_guessed_is_forgotten_after_a_while() {
    take(says(ANN, "/bind wrong"));
    code(ADA, X);
    clock.advance(Duration.ofHours(49));
    take(says(BEN, "hello"));

    assertThat(sql.query("SELECT id FROM shared_seen", row -> row.getString(1))).hasSize(1);
    assertThat(sql.query("SELECT bot FROM shared_guess", row -> row.getString(1))).isEmpty();
    assertThat(sql.query("SELECT hash FROM bind_code", row -> row.getString(1))).isEmpty();
  }

  @Test
  void no_account_reads_what_waits_for_another() {
    bind(ANN);
    take(says(ANN, "for Ada alone"));

    assertThat(host.inbox.list(ADA, X, null, null, 10)).hasSize(1);
    assertThat(host.inbox.list(BOB, X, null, null, 10)).isEmpty();
    assertThat(inInbox(X).getFirst().state()).isEqualTo(State.RECEIVED);
  }
}
