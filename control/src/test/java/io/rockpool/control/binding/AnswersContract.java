package io.rockpool.control.binding;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.TelegramDouble.Said;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.InboundMessage;
import io.rockpool.control.inbox.State;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.openclaw.Message;
import io.rockpool.control.openclaw.Turn;
import io.rockpool.control.outbox.Address;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a message to a shared bot becomes one answer, on every database. */
abstract class AnswersContract extends BindingFixture {
  private static final Turn BROKEN = new Turn.Broken("It was killed.");
  private static final Turn UNBEGUN = new Turn.Unbegun("Error: it was superseded for /srv/x");

  @BeforeEach
  final void bind() {
    bind(ANN);
    host.start();
    await().until(() -> read(ANN).size() == 1);
    host.close();
  }

  /** What Ann reads behind the news that she is connected. */
  private List<Said> answers() {
    return telegram.said(ANN).stream().skip(1).toList();
  }

  private List<String> answerTexts() {
    return answers().stream().map(Said::text).toList();
  }

  private Host server() throws Exception {
    return host(sql);
  }

  /** Where a turn waits for the test, or its server is killed. */
  private static final class Gate {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    void pass() {
      reached.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void awaitReached() throws InterruptedException {
      assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** A bot that stops at a call. */
  private static final class Stopping implements Bot {
    private final Bot bot;
    private final Gate before;
    private final Gate after;

    Stopping(Bot bot, Gate before, Gate after) {
      this.bot = bot;
      this.before = before;
      this.after = after;
    }

    @Override
    public Outcome<Identity> check() {
      return bot.check();
    }

    @Override
    public Outcome<Posted> send(Place place, String text) {
      before.pass();
      if (Thread.currentThread().isInterrupted()) {
        return new Outcome.Unknown<>("The server was killed.");
      }
      var outcome = bot.send(place, text);
      after.pass();
      return outcome;
    }

    @Override
    public Outcome<Posted> edit(Posted posted, String text) {
      return bot.edit(posted, text);
    }
  }

  private static Gate opened() {
    var gate = new Gate();
    gate.open.countDown();
    return gate;
  }

  @Test
  void an_answer_is_read_while_it_is_written_in_one_message() throws Exception {
    var gate = new Gate();
    gateway.answers((_, onText) -> {
      onText.accept("The answer");
      gate.pass();
      onText.accept("The answer is");
      return new Turn.Answered("The answer is 42.");
    });
    var server = server().start();

    assertThat(take(server, says(ANN, "tell me"))).isEqualTo(Accepted.ACCEPTED);
    await().until(() -> answerTexts().equals(List.of("The answer")));
    assertThat(telegram.typed(ANN)).isPositive();
    gate.open.countDown();

    await().until(() -> answerTexts().equals(List.of("The answer is 42.")));
    awaitInbox(X, State.DELIVERED);
    assertThat(gateway.asked()).hasSize(1);
    assertThat(gateway.asked().getFirst().agent()).isEqualTo("main");
    assertThat(gateway.asked().getFirst().conversation()).matches("telegram-[0-9a-f]{32}");
    assertThat(server.outbox.list(ADA, X, null, null, 10))
        .singleElement()
        .satisfies(it -> assertThat(it.state()).isEqualTo(io.rockpool.control.outbox.State.SENT));
    assertThat(server.outbox.list(BOB, X, null, null, 10)).isEmpty();
  }

  @Test
  void who_asks_a_sleeping_assistant_is_told_that_it_wakes_and_then_answered_there()
      throws Exception {
    asleep();
    var server = server().start();

    take(server, says(ANN, "are you awake?"));
    await().until(() -> answerTexts().equals(List.of("One moment, I am waking up…")));
    assertThat(instances.find(ADA, X).orElseThrow().level()).isEqualTo(Level.AWAKE);
    reachable(X);

    await().until(() -> answerTexts().equals(List.of("You said: are you awake?")));
    assertThat(answers().getFirst().edits()).isOne();
  }

  @Test
  void a_long_answer_goes_on_in_new_messages_while_it_is_written() throws Exception {
    var half = "word ".repeat(900);
    var whole = "word ".repeat(2_000) + "end";
    var gate = new Gate();
    gateway.answers((_, onText) -> {
      onText.accept(half);
      gate.pass();
      onText.accept(whole);
      return new Turn.Answered(whole);
    });
    var server = server().start();
    take(server, says(ANN, "tell me more"));
    await().until(() -> !answers().isEmpty());
    gate.open.countDown();

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          clock.advance(Duration.ofSeconds(1));
          server.outbox.ring();
          return String.join("", answerTexts()).equals(whole);
        });
    assertThat(answers()).hasSize(3);
    awaitInbox(X, State.DELIVERED);
  }

  @Test
  void an_answer_that_the_platform_wants_paused_comes_whole_in_the_end() throws Exception {
    gateway.answers((_, onText) -> {
      for (int i = 0; i < 200; i++) {
        onText.accept("piece " + i);
        LockSupport.parkNanos(1_000_000);
      }
      return new Turn.Answered("All of it.");
    });
    var server = server().start();

    take(server, says(ANN, "quickly"));
    awaitInbox(X, State.DELIVERED);
    await()
        .until(() -> {
          clock.advance(Duration.ofSeconds(1));
          server.outbox.ring();
          return answerTexts().equals(List.of("All of it."));
        });
  }

  @Test
  void a_server_that_is_killed_while_an_answer_is_written_leaves_it_to_the_next() throws Exception {
    var gate = new Gate();
    gateway.answers((_, onText) -> {
      onText.accept("It was begun");
      gate.pass();
      return BROKEN;
    });
    var killed = server().start();
    take(killed, says(ANN, "tell me"));
    await().until(() -> answerTexts().equals(List.of("It was begun")));
    var posted = answers().getFirst().id();
    killed.close();
    gateway.answers((_, _) -> new Turn.Answered("It was begun, and ended."));

    server().start();

    await().until(() -> answerTexts().equals(List.of("It was begun, and ended.")));
    assertThat(answers().getFirst().id()).as("the same message").isEqualTo(posted);
    awaitInbox(X, State.DELIVERED);
  }

  @Test
  void a_server_that_is_killed_as_it_posts_the_first_words_loses_nothing() throws Exception {
    for (var isAfter : new boolean[] {false, true}) {
      var before = answers().size();
      var gate = new Gate();
      gateway.answers((_, onText) -> {
        onText.accept("First words");
        new Gate().pass(); // for ever: it is killed
        return BROKEN;
      });
      var bot = new Stopping(telegramBot(), isAfter ? opened() : gate, isAfter ? gate : opened());
      var killed = server().start(_ -> Optional.of(bot));
      take(killed, says(ANN, "tell me " + isAfter));
      gate.awaitReached();
      killed.close();
      gateway.answers((message, _) -> new Turn.Answered("Answered: " + message.text()));

      var heir = server().start();

      await()
          .until(() ->
              answerTexts().stream().filter(("Answered: tell me " + isAfter)::equals).count() == 1);
      awaitInbox(X, State.DELIVERED);
      assertThat(answers().size() - before)
          .as("what may be there is left, and the answer is whole")
          .isBetween(1, 2);
      heir.close();
    }
  }

  @Test
  void a_server_that_is_killed_when_the_answer_was_stored_says_it_once() throws Exception {
    var gate = new Gate();
    var bot = new Stopping(telegramBot(), gate, opened());
    var killed = server().start(_ -> Optional.of(bot));
    take(killed, says(ANN, "tell me"));
    gate.awaitReached(); // the answer is on the disk, and about to be said
    killed.close();

    server().start();

    awaitInbox(X, State.DELIVERED);
    await()
        .untilAsserted(() ->
            assertThat(host(sql).outbox.list(ADA, X, null, null, 10))
                .singleElement()
                .satisfies(it ->
                    assertThat(it.state()).isEqualTo(io.rockpool.control.outbox.State.UNKNOWN)));
    assertThat(answers()).as("nobody knows whether it was said, so it is not said again").isEmpty();
    assertThat(gateway.asked()).hasSize(1);
  }

  @Test
  void a_message_whose_answer_was_stored_is_not_asked_again() throws Exception {
    var server = server();
    take(server, says(ANN, "tell me"));
    var message = inInbox(X).getFirst();
    server.outbox.say(
        new Address(message.key(), "tg", "telegram", X, "ada", new Place(Long.toString(ANN), "")),
        "said before its server was killed",
        telegramDoor().channel().limits());

    server.start();

    awaitInbox(X, State.DELIVERED);
    await().until(() -> answerTexts().equals(List.of("said before its server was killed")));
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void messages_of_a_conversation_are_answered_one_after_the_other() throws Exception {
    var atOnce = new AtomicInteger();
    var most = new AtomicInteger();
    gateway.answers((message, _) -> {
      most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      LockSupport.parkNanos(20_000_000);
      atOnce.decrementAndGet();
      return new Turn.Answered("re " + message.text());
    });
    var server = server();
    for (int i = 0; i < 4; i++) {
      take(server, says(ANN, "n" + i));
    }

    server.start();

    await().until(() -> answerTexts().equals(List.of("re n0", "re n1", "re n2", "re n3")));
    assertThat(most.get()).isOne();
  }

  @Test
  void why_there_is_no_answer_is_said_in_the_gateways_words() throws Exception {
    gateway.answers((_, _) -> new Turn.Failed("⚠️ The model request was rate-limited."));
    var server = server().start();

    take(server, says(ANN, "tell me"));

    await().until(() -> answerTexts().equals(List.of("⚠️ The model request was rate-limited.")));
    awaitInbox(X, State.DELIVERED);
  }

  @Test
  void a_turn_that_ended_before_it_began_is_asked_for_by_another_key() throws Exception {
    var tries = new AtomicInteger();
    gateway.answers(
        (_, _) -> tries.incrementAndGet() == 1 ? UNBEGUN : new Turn.Answered("Here it is."));
    var server = server().start();

    take(server, says(ANN, "tell me"));

    awaitInbox(X, State.DELIVERED);
    await().until(() -> answerTexts().equals(List.of("Here it is.")));
    assertThat(gateway.keys()).hasSize(2).doesNotHaveDuplicates();
    assertThat(inInbox(X).getFirst().attempts()).isOne();
  }

  @Test
  void a_server_that_is_killed_as_it_asks_by_another_key_leaves_that_key_to_the_next()
      throws Exception {
    var tries = new AtomicInteger();
    var gate = new Gate();
    gateway.answers((_, _) -> {
      if (tries.incrementAndGet() == 1) {
        return UNBEGUN;
      }
      gate.pass();
      return BROKEN;
    });
    var killed = server().start();
    take(killed, says(ANN, "tell me"));
    gate.awaitReached();
    killed.close();
    gateway.answers((_, _) -> new Turn.Answered("Here it is."));

    server().start();

    awaitInbox(X, State.DELIVERED);
    await().until(() -> answerTexts().equals(List.of("Here it is.")));
    assertThat(gateway.keys()).hasSize(3);
    assertThat(gateway.keys().get(2)).as("the one under way").isEqualTo(gateway.keys().get(1));
  }

  @Test
  void a_turn_that_never_begins_is_given_up_without_a_word_of_the_gateways() throws Exception {
    gateway.answers((_, _) -> UNBEGUN);
    var server = server().start();

    take(server, says(ANN, "tell me"));

    awaitInbox(X, State.REJECTED);
    await()
        .until(() -> answerTexts().equals(List.of("I got no answer. Please write again later.")));
    assertThat(gateway.keys()).hasSize(3).doesNotHaveDuplicates();
    assertThat(inInbox(X).getFirst().lastError()).contains("superseded");
  }

  @Test
  void a_message_that_the_gateway_refuses_is_rejected_and_its_writer_told_so() throws Exception {
    gateway.answers((_, _) -> new Turn.Refused("Agent \"main\" no longer exists."));
    var server = server().start();

    take(server, says(ANN, "告诉我"));

    await().until(() -> answerTexts().equals(List.of("您的助手无法处理这条消息。")));
    awaitInbox(X, State.REJECTED);
    assertThat(inInbox(X).getFirst().lastError()).contains("no longer exists");
  }

  @Test
  void an_assistant_that_its_owner_stopped_is_not_woken() throws Exception {
    stopped(X);
    var server = server().start();

    take(server, says(ANN, "hello?"));

    await()
        .until(() ->
            answerTexts()
                .equals(
                    List.of(
                        "Your assistant was stopped by its owner. Write again once it is started.")));
    awaitInbox(X, State.REJECTED);
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void a_gateway_that_is_busy_or_dies_is_asked_again() throws Exception {
    var tries = new AtomicInteger();
    gateway.answers((_, _) ->
        switch (tries.incrementAndGet()) {
          case 1 -> new Turn.Busy(Duration.ofMillis(1), "It is not ready.");
          case 2 -> new Turn.Unreachable("Nobody there.");
          case 3 -> BROKEN;
          default -> new Turn.Answered("At last.");
        });
    var server = server().start();
    take(server, says(ANN, "tell me"));

    await()
        .until(() -> {
          clock.advance(Duration.ofMillis(50));
          return answerTexts().equals(List.of("At last."));
        });
    awaitInbox(X, State.DELIVERED);
    assertThat(inInbox(X).getFirst().attempts()).isEqualTo(4);
    assertThat(inInbox(X).getFirst().uncertain()).isTrue();
  }

  @Test
  void who_waited_for_too_long_is_told_so_once() throws Exception {
    gateway.answers((_, _) -> BROKEN);
    var server = server().start();
    take(server, says(ANN, "tell me"));

    await()
        .until(() -> {
          clock.advance(Duration.ofSeconds(30));
          return !answers().isEmpty();
        });

    awaitInbox(X, State.REJECTED);
    assertThat(answerTexts()).containsExactly("I got no answer. Please write again later.");
  }

  @Test
  void who_blocked_the_bot_is_answered_by_nobody_and_asks_for_one_turn() throws Exception {
    var server = server().start();
    var request = says(ANN, "tell me");
    telegram.closes(Long.toString(ANN));
    take(server, request);

    awaitInbox(X, State.DELIVERED);
    await()
        .untilAsserted(() ->
            assertThat(server.outbox.list(ADA, X, null, null, 10))
                .singleElement()
                .satisfies(
                    it -> assertThat(it.state()).isEqualTo(io.rockpool.control.outbox.State.DEAD)));
    assertThat(gateway.asked()).hasSize(1);
  }

  @Test
  void a_bot_that_was_disconnected_answers_nothing() throws Exception {
    var server = server();
    take(server, says(ANN, "tell me"));
    bots.clear();

    server.start();

    awaitInbox(X, State.REJECTED);
    assertThat(inInbox(X).getFirst().lastError()).contains("disconnected");
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void an_assistant_that_has_nothing_to_say_says_nothing() throws Exception {
    gateway.answers((_, _) -> new Turn.Answered(""));
    var server = server().start();

    take(server, says(ANN, "no need to answer"));

    awaitInbox(X, State.DELIVERED);
    assertThat(answers()).isEmpty();
  }

  @Test
  void an_answer_goes_through_slack_too() throws Exception {
    slack.chat(1);
    var server = server().start();
    var door = slackDoor();
    take(server, door, slack.writes(1, "D0001", "bind " + code(ADA, X)));
    take(server, door, slack.writes(2, "D0001", "a < b & c?"));

    await()
        .until(() ->
            slack.read("D0001").size() == 2
                && slack.read("D0001").getLast().equals("You said: a < b & c?"));
    assertThat(gateway.asked().getFirst().conversation()).startsWith("slack-");
  }

  // Commands to a user's own bot, whose answers were promised

  /** As the ingress keeps what comes for one instance. */
  private void commands(Host server, Webhook request) {
    var receipt = discordDoor().receiver().receive(request, clock.instant());
    assertThat(receipt).isInstanceOf(Receipt.Messages.class);
    var message = ((Receipt.Messages) receipt).messages().getFirst();
    var kept =
        new InboundMessage(
            "dc",
            message.id(),
            X,
            "ada",
            "discord",
            message.lane(),
            new Content(Map.of(), request.body()));
    assertThat(server.inbox.accept(kept)).isEqualTo(Accepted.ACCEPTED);
  }

  @Test
  void an_answer_is_put_where_it_was_promised_and_nowhere_else() throws Exception {
    var server = server().start();

    commands(server, discord.promise(1, "how are you?"));
    await().until(() -> discord.promised() == 0);
    commands(server, discord.promise(1, "and now?"));

    await()
        .untilAsserted(() ->
            assertThat(discord.read(discord.chat(1)))
                .containsExactly("You said: how are you?", "You said: and now?"));
    awaitInbox(X, State.DELIVERED);
    assertThat(discord.calls()).allMatch(it -> it.startsWith("PATCH /webhooks/"));
    assertThat(gateway.asked())
        .extracting(Message::conversation)
        .hasSize(2)
        .containsOnly(gateway.asked().getFirst().conversation());
  }

  @Test
  void who_was_not_let_in_reads_so_in_the_place_of_the_answer_and_wakes_nobody() throws Exception {
    asleep();
    var server = server().start();

    commands(server, discord.promise(2, "how are you?"));

    await()
        .untilAsserted(() ->
            assertThat(discord.read(discord.chat(2)))
                .containsExactly("The owner of this assistant has not let you in."));
    awaitInbox(X, State.REJECTED);
    assertThat(gateway.asked()).isEmpty();
    assertThat(instances.find(ADA, X).orElseThrow().level()).isEqualTo(Level.STOPPED);
  }

  @Test
  void an_answer_that_takes_longer_than_a_promise_comes_as_a_message() throws Exception {
    var gate = new Gate();
    gateway.answers((_, _) -> {
      gate.pass();
      return new Turn.Answered("At last.");
    });
    var server = server().start();
    commands(server, discord.promise(1, "take your time"));
    gate.awaitReached();

    clock.advance(Duration.ofMinutes(16));
    gate.open.countDown();

    await()
        .untilAsserted(() -> assertThat(discord.read(discord.chat(1))).containsExactly("At last."));
    assertThat(discord.calls()).last().asString().matches("POST /channels/[0-9]+/messages");
  }

  @Test
  void why_there_is_no_answer_is_said_before_a_promise_ends() throws Exception {
    gateway.answers((_, _) -> new Turn.Unreachable("It is not there."));
    var server = server().start();
    commands(server, discord.promise(1, "are you there?"));
    await().until(() -> !gateway.asked().isEmpty());

    clock.advance(Duration.ofMinutes(14));

    await()
        .untilAsserted(() ->
            assertThat(discord.read(discord.chat(1)))
                .containsExactly("I got no answer. Please write again later."));
    assertThat(discord.promised()).isZero();
    awaitInbox(X, State.REJECTED);
  }

  @Test
  void a_server_that_is_killed_keeps_its_promise_when_it_comes_again() throws Exception {
    var gate = new Gate();
    gateway.answers((_, _) -> {
      gate.pass();
      return BROKEN;
    });
    var killed = server().start();
    commands(killed, discord.promise(1, "tell me"));
    gate.awaitReached();
    gateway.answers((_, _) -> new Turn.Answered("Here it is."));
    killed.close();

    server().start();

    await()
        .untilAsserted(
            () -> assertThat(discord.read(discord.chat(1))).containsExactly("Here it is."));
    assertThat(discord.promised()).isZero();
  }

  @Test
  void what_is_pressed_is_rejected_with_the_reason() throws Exception {
    var press =
        "{\"id\":\"5\",\"application_id\":\"1\",\"token\":\"tok\",\"type\":3,\"channel_id\":\"7\",\"data\":{\"custom_id\":\"yes\"}}";
    var server = server().start();

    commands(server, discord.sends(press.getBytes(StandardCharsets.UTF_8)));

    awaitInbox(X, State.REJECTED);
    assertThat(inInbox(X).getFirst().lastError()).contains("by its own socket");
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void a_slow_assistant_does_not_keep_others_waiting() throws Exception {
    var gate = new Gate();
    gateway.answers((message, _) -> {
      if (message.text().equals("slow")) {
        gate.pass();
      }
      return new Turn.Answered("re " + message.text());
    });
    var server = server().start();
    take(server, says(BEN, "bind " + code(BOB, Y)));
    take(server, says(ANN, "slow"));
    gate.awaitReached();

    take(server, says(BEN, "quick"));

    awaitRead(BEN, "re quick");
    assertThat(answers()).isEmpty();
    gate.open.countDown();
    awaitRead(ANN, "re slow");
  }

  private Bot telegramBot() {
    return requireNonNull(bots.get("tg"));
  }

  /** Frozen, with nobody here who thaws it. */
  private void asleep() {
    instances.change(
        SERVER, X, it -> it.resting(it.rest().down(Level.STOPPED, Rest.ASKED, "", NOON)));
    status(X, new Status(Phase.STOPPED, NOON, 0, 1, null, List.of(), null, null, Trial.of(1)));
  }
}
