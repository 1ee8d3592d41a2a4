package io.rockpool.control.outbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.tck.TelegramDouble.Said;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.control.account.Actor;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said may rely on, on every database. */
abstract class OutboxContract extends OutboxFixture {
  /** A bot that does something else in place of a call, or before it, or after it. */
  private static final class Wrapped implements Bot {
    private final Bot bot;
    private final Runnable before;
    private final Runnable after;

    Wrapped(Bot bot, Runnable before, Runnable after) {
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
      return around(() -> bot.send(place, text));
    }

    @Override
    public Outcome<Posted> edit(Posted posted, String text) {
      return around(() -> bot.edit(posted, text));
    }

    private Outcome<Posted> around(Supplier<Outcome<Posted>> call) {
      before.run();
      var outcome = call.get();
      after.run();
      return outcome;
    }
  }

  /** Where calls stop until the test lets them go on, or their server is killed. */
  private static final class Gate implements Runnable {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void run() {
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

  private static void nothing() {}

  private void pass(Duration time) {
    clock.advance(time);
    outbox.ring();
  }

  @Test
  void what_is_said_is_read_and_its_words_are_dropped_then() {
    var to = to(chat(1), "hello");
    sender(outbox);

    assertThat(outbox.say(to, "Hello, Ada — 你好 🎈", LIMITS)).isTrue();
    awaitState(to, 0, State.SENT);

    assertThat(telegram.said(chat(1))).extracting(Said::text).containsExactly("Hello, Ada — 你好 🎈");
    assertThat(sql.query("SELECT sealed FROM outbox_message", row -> row.getBytes(1) == null))
        .containsExactly(true);
    var sent = stored(to, 0);
    assertThat(sent.attempts()).isOne();
    assertThat(sent.triedAt()).isEqualTo(NOON);
    assertThat(sent.settledAt()).isEqualTo(NOON);
    assertThat(sent.posted()).isEqualTo(Long.toString(telegram.said(chat(1)).getFirst().id()));
    await().until(() -> lanes() == 0);
  }

  @Test
  void nothing_of_what_is_said_can_be_read_in_the_database() {
    outbox.say(to(chat(1), "secret"), "the launch code is 0000", LIMITS);

    var rows =
        sql.query(
            "SELECT sealed FROM outbox_message", row -> new String(row.getBytes(1), ISO_8859_1));
    assertThat(rows).hasSize(1).allSatisfy(it -> assertThat(it).doesNotContain("launch"));
  }

  @Test
  void a_long_answer_comes_in_parts_in_their_order() {
    var to = to(chat(1), "long");
    var text = "word ".repeat(2_500);
    sender(outbox);

    outbox.say(to, text, LIMITS);
    awaitState(to, 3, State.SENT);

    assertThat(telegram.said(chat(1))).hasSize(4);
    assertThat(String.join("", telegram.read(Long.toString(chat(1))))).isEqualTo(text);
  }

  @Test
  void what_is_said_again_under_its_key_is_said_once() {
    var to = to(chat(1), "once");
    outbox.say(to, "first", LIMITS);

    assertThat(outbox.say(to, "second", LIMITS)).isFalse();
    sender(outbox);
    awaitState(to, 0, State.SENT);
    assertThat(outbox.say(to, "third", LIMITS)).isFalse();

    var last = to(chat(1), "last");
    outbox.say(last, "last", LIMITS);
    awaitState(last, 0, State.SENT);
    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("first", "last");
    assertThat(outbox.isSaid(to.key())).isTrue();
    assertThat(outbox.isSaid(key("never"))).isFalse();
  }

  @Test
  void blank_parts_are_left_out_and_an_empty_text_says_nothing() {
    var to = to(chat(1), "empty");

    assertThat(outbox.say(to, " \n ", LIMITS)).isTrue();
    sender(outbox);

    await().until(() -> lanes() == 0);
    assertThat(telegram.said(chat(1))).isEmpty();
  }

  @Test
  void a_chat_that_wants_a_pause_gets_one_and_the_others_do_not_wait() {
    var busy = IntStream.range(0, 7).mapToObj(it -> to(chat(1), "busy" + it)).toList();
    var other = to(chat(2), "other");
    busy.forEach(it -> outbox.say(it, "n " + it.key().charAt(0), LIMITS));
    sender(outbox);

    await().until(() -> outbox.isHeld(busy.getLast()));
    outbox.say(other, "I do not wait", LIMITS);
    awaitState(other, 0, State.SENT);

    assertThat(telegram.said(chat(1))).as("a burst is fine").hasSize(5);
    assertThat(stored(busy.get(5), 0).state()).isEqualTo(State.PENDING);
    assertThat(stored(busy.get(5), 0).attempts()).as("a pause is no attempt").isZero();
    assertThat(stored(busy.get(5), 0).lastError()).contains("pause");
    pass(Duration.ofSeconds(1));
    awaitState(busy.get(5), 0, State.SENT);
    pass(Duration.ofSeconds(2));
    awaitState(busy.get(6), 0, State.SENT);
    assertThat(telegram.read(Long.toString(chat(1))))
        .containsExactlyElementsOf(busy.stream().map(it -> "n " + it.key().charAt(0)).toList());
  }

  @Test
  void when_a_second_chat_wants_a_pause_the_bot_pauses() {
    var third = to(chat(3), "third");
    for (int i = 0; i < 6; i++) {
      outbox.say(to(chat(1), "one" + i), "one", LIMITS);
      outbox.say(to(chat(2), "two" + i), "two", LIMITS);
    }
    sender(outbox);

    await().until(() -> outbox.isHeld(third));
    outbox.say(third, "three", LIMITS);
    outbox.ring();

    assertThat(stored(third, 0).state()).isEqualTo(State.PENDING);
    assertThat(telegram.said(chat(3))).isEmpty();
    pass(Duration.ofSeconds(1));
    awaitState(third, 0, State.SENT);
  }

  @Test
  void what_nobody_knows_is_not_said_again_and_what_follows_is_said() {
    var lost = to(chat(1), "lost");
    var next = to(chat(1), "next");
    telegram.down(true);
    outbox.say(lost, "lost", LIMITS);
    sender(outbox);
    awaitState(lost, 0, State.UNKNOWN);
    telegram.down(false);

    outbox.say(next, "next", LIMITS);
    awaitState(next, 0, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("next");
    assertThat(stored(lost, 0).lastError()).contains("not known whether");
    assertThat(stored(lost, 0).attempts()).isOne();
  }

  @Test
  void a_draft_gets_its_last_words_by_an_edit_and_more_come_behind_it() {
    var to = to(chat(1), "draft");
    assertThat(outbox.beginDraft(to, 0)).isTrue();
    var posted = posted(to, "thinking");
    outbox.drafted(to, 0, posted.id());
    assertThat(outbox.drafts(to.key())).containsExactly(Map.entry(0, posted.id()));
    assertThat(outbox.beginDraft(to, 0)).as("again, by another attempt").isFalse();
    assertThat(outbox.isSaid(to.key())).isFalse();
    assertThat(outbox.isClear(to)).as("a draft holds nobody up").isTrue();

    outbox.say(to, "word ".repeat(1_000), LIMITS);
    assertThat(outbox.isClear(to)).isFalse();
    assertThat(outbox.beginDraft(to, 1)).as("its words are known").isFalse();
    sender(outbox);
    awaitState(to, 1, State.SENT);

    assertThat(telegram.said(chat(1))).hasSize(2);
    assertThat(telegram.said(chat(1)).getFirst().id()).isEqualTo(Long.parseLong(posted.id()));
    assertThat(telegram.said(chat(1)).getFirst().edits()).isOne();
    assertThat(String.join("", telegram.read(Long.toString(chat(1)))))
        .isEqualTo("word ".repeat(1_000));
  }

  @Test
  void a_draft_too_many_does_not_keep_words_that_are_none() {
    var to = to(chat(1), "shorter");
    for (int part = 0; part < 2; part++) {
      outbox.beginDraft(to, part);
      outbox.drafted(to, part, posted(to, "draft " + part).id());
    }

    outbox.say(to, "That is all.", LIMITS);
    sender(outbox);
    awaitState(to, 1, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("That is all.", "…");
  }

  @Test
  void words_of_a_draft_of_which_nobody_knows_are_said_anew() {
    var to = to(chat(1), "maybe");
    outbox.beginDraft(to, 0); // and its server died

    outbox.say(to, "All of it.", LIMITS);
    sender(outbox);
    awaitState(to, 0, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("All of it.");
  }

  @Test
  void a_draft_that_was_surely_not_posted_may_be_begun_again() {
    var to = to(chat(1), "refused");
    outbox.beginDraft(to, 0);
    outbox.dropDraft(to, 0);

    assertThat(outbox.drafts(to.key())).isEmpty();
    assertThat(outbox.beginDraft(to, 0)).isTrue();
  }

  @Test
  void what_was_to_be_edited_and_is_gone_is_said_anew() {
    var to = to(chat(1), "gone");
    outbox.beginDraft(to, 0);
    outbox.drafted(to, 0, "999999");

    outbox.say(to, "Here it is.", LIMITS);
    sender(outbox);
    awaitState(to, 0, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("Here it is.");
  }

  @Test
  void an_edit_of_which_nobody_knows_is_repeated() {
    var to = to(chat(1), "edit");
    outbox.beginDraft(to, 0);
    outbox.drafted(to, 0, posted(to, "draft").id());
    telegram.down(true);
    outbox.say(to, "done", LIMITS);
    var tries = new AtomicInteger();
    var bot = new Wrapped(bot(), tries::incrementAndGet, OutboxContract::nothing);
    sender(outbox, _ -> Optional.of(bot));
    await().until(() -> tries.get() > 1);
    telegram.down(false);
    await()
        .until(() -> {
          pass(Duration.ofMillis(10));
          return stored(to, 0).state() == State.SENT;
        });

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("done");
  }

  @Test
  void who_blocked_the_bot_gets_nothing_and_it_is_told_why() {
    var to = to(chat(1), "blocked");
    telegram.closes(Long.toString(chat(1)));

    outbox.say(to, "hello?", LIMITS);
    sender(outbox);
    awaitState(to, 0, State.DEAD);

    assertThat(stored(to, 0).lastError()).contains("blocked");
    await().until(() -> lanes() == 0);
  }

  @Test
  void a_token_that_is_refused_holds_the_bot_until_it_is_replaced() {
    var to = to(chat(1), "token");
    var token = new AtomicInteger();
    var wrong =
        new TelegramChannel()
            .bot(new Access(telegram.root(), Secret.of("123456789:wrong"), http()));
    var right = bot();
    outbox.say(to, "hello", LIMITS);
    sender(outbox, _ -> Optional.of(token.get() == 0 ? wrong : right));
    await().until(() -> outbox.isHeld(to(chat(2), "any")));

    token.set(1);
    pass(Duration.ofMinutes(1));
    awaitState(to, 0, State.SENT);

    assertThat(stored(to, 0).attempts()).isOne();
  }

  @Test
  void a_bot_that_is_gone_says_nothing() {
    var to = to(chat(1), "disconnected");
    outbox.say(to, "hello", LIMITS);

    sender(outbox, _ -> Optional.empty());
    awaitState(to, 0, State.DEAD);

    assertThat(stored(to, 0).lastError()).contains("disconnected");
  }

  @Test
  void a_server_that_is_killed_before_it_speaks_or_after_it_spoke_leaves_it_unknown()
      throws Exception {
    for (var isAfter : new boolean[] {false, true}) {
      var name = isAfter ? "after" : "before";
      var to = to(chat(isAfter ? 1 : 2), name);
      var next = to(chat(isAfter ? 1 : 2), name + " next");
      var gate = new Gate();
      var bot =
          new Wrapped(
              bot(),
              isAfter ? OutboxContract::nothing : gate,
              isAfter ? gate : OutboxContract::nothing);
      outbox.say(to, name, LIMITS);
      outbox.say(next, "next", LIMITS);
      var killed = sender(outbox, _ -> Optional.of(bot));
      gate.awaitReached();
      killed.close();

      var heir = replica(clock, RULES);
      sender(heir);
      heir.ring();
      assertThat(stored(to, 0).state()).as("it is leased").isEqualTo(State.SENDING);
      clock.advance(RULES.lease());
      heir.ring();
      awaitState(next, 0, State.SENT);

      assertThat(stored(to, 0).state()).isEqualTo(State.UNKNOWN);
      assertThat(stored(to, 0).lastError()).contains("killed");
      assertThat(telegram.read(Long.toString(chat(isAfter ? 1 : 2))))
          .containsExactlyElementsOf(isAfter ? List.of(name, "next") : List.of("next"));
    }
  }

  @Test
  void an_edit_during_which_a_server_was_killed_is_made_by_the_next() throws Exception {
    var to = to(chat(1), "edited");
    outbox.beginDraft(to, 0);
    outbox.drafted(to, 0, posted(to, "draft").id());
    outbox.say(to, "done", LIMITS);
    var gate = new Gate();
    var killed =
        sender(outbox, _ -> Optional.of(new Wrapped(bot(), gate, OutboxContract::nothing)));
    gate.awaitReached();
    killed.close();

    sender(replica(clock, RULES), _ -> Optional.of(bot()), true); // alone: it need not wait
    awaitState(to, 0, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("done");
  }

  @Test
  void who_lost_the_chat_writes_nothing_any_more() throws Exception {
    var to = to(chat(1), "slow");
    var gate = new Gate();
    outbox.say(to, "slow", LIMITS);
    sender(outbox, _ -> Optional.of(new Wrapped(bot(), OutboxContract::nothing, gate)));
    gate.awaitReached();
    sql.update("UPDATE outbox_lane SET holder = 'other', lease_until = ?", Long.MAX_VALUE);

    gate.open.countDown();

    await().during(Duration.ofMillis(300)).until(() -> stored(to, 0).state() == State.SENDING);
  }

  @Test
  void three_servers_say_all_of_it_once_and_each_chat_in_order() throws Exception {
    var system = InstantSource.system();
    var servers = List.of(outbox(system, RULES), replica(system, RULES), replica(system, RULES));
    var heard = new LinkedHashMap<String, List<String>>();
    Bot quick =
        new Bot() {
          @Override
          public Outcome<Identity> check() {
            throw new UnsupportedOperationException();
          }

          @Override
          public Outcome<Posted> send(Place place, String text) {
            synchronized (heard) {
              heard.computeIfAbsent(place.chat(), _ -> new ArrayList<>()).add(text);
            }
            return new Outcome.Done<>(new Posted(place, text));
          }

          @Override
          public Outcome<Posted> edit(Posted posted, String text) {
            throw new UnsupportedOperationException();
          }
        };
    servers.forEach(it -> sender(it, _ -> Optional.of(quick)));

    for (int number = 0; number < 20; number++) {
      for (int chat = 0; chat < 10; chat++) {
        var to = to(chat, chat + "/" + number);
        assertThat(servers.get((number + chat) % 3).say(to, "n" + number, LIMITS)).isTrue();
      }
    }

    await().atMost(Duration.ofSeconds(60)).until(() -> outbox.counts().pending() == 0);
    await().until(() -> outbox.counts().sending() == 0);
    var inOrder = IntStream.range(0, 20).mapToObj(it -> "n" + it).toList();
    synchronized (heard) {
      assertThat(heard).hasSize(10);
      assertThat(heard.values()).allSatisfy(it -> assertThat(it).isEqualTo(inOrder));
    }
  }

  @Test
  void what_waits_for_a_chat_follows_it_to_its_new_id() {
    var to = to(chat(1), "moving");
    var moved = to(chat(2), "moved");
    outbox.say(to, "for the group", LIMITS);

    outbox.commit(
        "",
        it -> {
          outbox.move(it, BOT, Long.toString(chat(1)), Long.toString(chat(2)));
          return true;
        });
    outbox.say(moved, "behind it", LIMITS);
    sender(outbox);
    awaitState(moved, 0, State.SENT);

    assertThat(telegram.said(chat(1))).isEmpty();
    assertThat(telegram.read(Long.toString(chat(2)))).containsExactly("for the group", "behind it");
    await().until(() -> lanes() == 0);
  }

  @Test
  void what_is_too_old_is_given_up() {
    var to = to(chat(1), "old");
    outbox.say(to, "old", LIMITS);
    clock.advance(RULES.timeToLive());

    sender(outbox);
    awaitState(to, 0, State.DEAD);

    assertThat(telegram.said(chat(1))).isEmpty();
  }

  @Test
  void shredding_an_account_ends_its_messages_and_no_others() {
    var ofAda = to(chat(1), "ada");
    var ofBob =
        new Address(key("bob"), BOT, "telegram", Y, "bob", new Place(Long.toString(chat(1)), ""));
    outbox.say(ofAda, "from ada", LIMITS);
    outbox.say(ofBob, "from bob", LIMITS);

    vault.shred("ada");
    sender(outbox);
    awaitState(ofBob, 0, State.SENT);

    assertThat(stored(ofAda, 0).state()).isEqualTo(State.DEAD);
    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("from bob");
  }

  @Test
  void an_instance_takes_its_answers_along_when_it_goes() {
    outbox.say(to(chat(1), "gone"), "gone", LIMITS);

    sql.update("DELETE FROM instance WHERE id = ?", X.value());
    sender(outbox);

    await().until(() -> lanes() == 0);
    assertThat(telegram.said(chat(1))).isEmpty();
  }

  @Test
  void a_data_key_may_be_replaced_while_something_waits() {
    var to = to(chat(1), "rotated");
    outbox.say(to, "sealed before", LIMITS);

    vault.renewDataKey("ada");
    sender(outbox);
    awaitState(to, 0, State.SENT);

    assertThat(telegram.read(Long.toString(chat(1)))).containsExactly("sealed before");
  }

  @Test
  void owners_see_what_their_instances_said_and_nothing_else() {
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofSeconds(1));
      outbox.say(to(chat(1), "listed" + i), "text", LIMITS);
    }

    var all = outbox.list(ADA, X, null, null, 10);
    assertThat(all)
        .extracting(OutboxMessage::key)
        .containsExactly(key("listed2"), key("listed1"), key("listed0"));
    assertThat(outbox.list(ADA, X, State.SENT, null, 10)).isEmpty();
    assertThat(outbox.list(ADA, X, null, Outbox.Position.of(all.get(1)), 10))
        .extracting(OutboxMessage::key)
        .containsExactly(key("listed0"));
    assertThat(outbox.list(BOB, X, null, null, 10)).isEmpty();
    assertThat(outbox.list(new Actor.Operator("admin"), X, null, null, 2)).hasSize(2);
    assertThat(outbox.counts().pending()).isEqualTo(3);
    assertThat(outbox.counts().oldest()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void what_was_said_is_remembered_for_two_days() {
    var to = to(chat(1), "remembered");
    var draft = to(chat(1), "left behind");
    outbox.say(to, "hello", LIMITS);
    outbox.beginDraft(draft, 0);
    sender(outbox);
    awaitState(to, 0, State.SENT);

    clock.advance(RULES.remembered().minusSeconds(1));
    outbox.sweep();
    assertThat(outbox.isSaid(to.key())).isTrue();
    clock.advance(Duration.ofSeconds(2));
    outbox.sweep();

    assertThat(outbox.isSaid(to.key())).isFalse();
    assertThat(outbox.drafts(draft.key())).isEmpty();
  }

  private Posted posted(Address to, String text) {
    return ((Outcome.Done<Posted>) bot().send(to.place(), text)).value();
  }
}
