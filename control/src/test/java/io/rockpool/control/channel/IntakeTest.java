package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.channel.Intake.Addressee;
import io.rockpool.control.channel.Intake.Outcome;
import io.rockpool.control.channel.Intake.Rates;
import io.rockpool.control.channel.Intake.Taken;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.DeadLetters;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.InboxRules;
import io.rockpool.control.inbox.State;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What becomes of requests: the platform is scripted, the inbox is real. */
class IntakeTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final InstanceId X = new InstanceId("x");
  private static final Actor ADA = new Actor.User("ada");
  private static final String SOURCE = "198.51.100.7";
  private static final Reply TAKEN = new Reply(200, Map.of("X-Taken", "1"), "taken");
  private static final Reply FORGED = Reply.empty(401);
  private static final Reply UNKNOWN = Reply.empty(404).with("X-Unknown", "1");

  /** A platform whose answers are told apart. */
  private static final class Scripted implements Channel {
    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public Limits limits() {
      return new Limits(
          1 << 20, 4_096, Limits.Unit.UTF_16, Duration.ofSeconds(3), Duration.ofSeconds(1));
    }

    @Override
    public URI root() {
      return URI.create("https://api.example");
    }

    @Override
    public Receiver receiver(Keys keys) {
      throw new AssertionError("the test has its own");
    }

    @Override
    public Bot bot(Access access) {
      throw new AssertionError("nobody is told anything");
    }

    @Override
    public Reply unknown(Webhook request) {
      return UNKNOWN;
    }

    @Override
    public Reply busy(Webhook request, Duration wait) {
      return Reply.empty(503).with("Retry-After", Long.toString(wait.toSeconds()));
    }
  }

  private static final Channel CHANNEL = new Scripted();

  /** One connection at one key. */
  private final class OneDoor implements Directory {
    @Override
    public Optional<Channel> channel(String platform) {
      return platform.equals("scripted") ? Optional.of(CHANNEL) : Optional.empty();
    }

    @Override
    public Optional<Door> byKey(String platform, String key) {
      if (locked) {
        throw new VaultException("the KMS does not answer");
      }
      return platform.equals("scripted") && key.equals("key")
          ? Optional.of(door)
          : Optional.empty();
    }

    @Override
    public Optional<Door> byId(String connection) {
      return Optional.of(door);
    }
  }

  /** What {@code receive} answers next; without a script it never answers. */
  private final Queue<Receipt> script = new ArrayDeque<>();

  private final List<String> heard = new ArrayList<>();
  private final Queue<Accepted> sharedAnswers = new ArrayDeque<>();
  private final ManualClock clock = new ManualClock(NOON);
  private @TempDir Path home;
  private TestDatabase database;
  private Sql sql;
  private Inbox inbox;
  private Door door = door(X);
  private boolean locked;
  private Intake intake;

  @BeforeEach
  void open() throws IOException {
    database = TestDatabase.sqlite(home);
    sql = database.open();
    TestDatabase.reset(sql, "ada");
    insert(X);
    var vault =
        new Vault(
            sql,
            new MasterKeys(List.of(MasterKey.fresh()), new KeyFile(Path.of("/nowhere")), true),
            clock);
    inbox = new Inbox(sql, vault, InboxRules.DEFAULT, DeadLetters.UNHEARD, clock);
    intake = intake(Rates.DEFAULT);
  }

  @AfterEach
  void close() {
    inbox.close();
    database.close();
  }

  private void insert(InstanceId id) {
    new SqlInstanceStore(sql)
        .insert(
            Instance.fresh(
                id,
                "ada",
                "an instance",
                new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
                NOON),
            null);
  }

  private Intake intake(Rates rates) {
    return new Intake(
        new OneDoor(), inbox, this::shared, it -> heard.add("revoked " + it.id()), rates);
  }

  private Accepted shared(Door door, Inbound message, Content content) {
    heard.add(message.id() + " " + content);
    return sharedAnswers.isEmpty() ? Accepted.ACCEPTED : sharedAnswers.remove();
  }

  private Door door(@Nullable InstanceId instance) {
    return new Door(
        new Connection(
            "c1",
            "scripted",
            "ada",
            instance,
            new Identity("1", "bot", ""),
            DirectMessages.OPEN,
            List.of(),
            Connection.State.CONNECTED,
            "",
            NOON,
            null),
        CHANNEL,
        new Receiver() {
          @Override
          public Receipt receive(Webhook request, Instant now) {
            return script.remove();
          }

          @Override
          public Map<String, String> sign(byte[] body, Instant now) {
            return Map.of();
          }
        });
  }

  private static Inbound message(String id, String lane) {
    return new Inbound(id, "", lane, Inbound.Kind.MESSAGE, "7", new Place("7", ""), true, "hello");
  }

  private static Receipt messages(String... ids) {
    return new Receipt.Messages(
        List.of(ids).stream().map(it -> message(it, "chat")).toList(), "application/json", TAKEN);
  }

  private static Receipt unreadable(String id) {
    return new Receipt.Unreadable(id, "no id", TAKEN);
  }

  private static Webhook request(String body) {
    return new Webhook(
        "POST",
        Map.of("Content-Type", List.of("application/json; charset=utf-8")),
        "",
        body.getBytes(UTF_8));
  }

  private Taken take(Receipt receipt) {
    script.add(receipt);
    return intake.take(door, request("{ \"a\" :1}"), SOURCE, clock.instant());
  }

  private List<InboxMessage> stored() {
    return inbox.list(ADA, X, null, null, 1_000);
  }

  record Row(String name, Receipt receipt, Taken expected, List<State> stored) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "a message is kept, and then acknowledged",
              messages("1"),
              new Taken(Outcome.ACCEPTED, TAKEN),
              List.of(State.RECEIVED)),
          new Row(
              "a request with several messages is kept as one",
              messages("1", "2"),
              new Taken(Outcome.ACCEPTED, TAKEN),
              List.of(State.RECEIVED)),
          new Row(
              "what nobody sent leaves nothing",
              new Receipt.Forged(FORGED),
              new Taken(Outcome.FORGED, FORGED),
              List.of()),
          new Row(
              "a question to the webhook is answered",
              new Receipt.Probe(TAKEN),
              new Taken(Outcome.PROBE, TAKEN),
              List.of()),
          new Row(
              "what is for nobody is acknowledged",
              new Receipt.Ignored("written by a bot", TAKEN),
              new Taken(Outcome.IGNORED, TAKEN),
              List.of()),
          new Row(
              "a poisonous body is kept as dead and acknowledged, so that it blocks no chat",
              unreadable("sha256:1"),
              new Taken(Outcome.UNREADABLE, TAKEN),
              List.of(State.DEAD)));

  @ParameterizedTest
  @FieldSource("rows")
  void takes(Row row) {
    assertThat(take(row.receipt())).isEqualTo(row.expected());
    assertThat(stored()).extracting(InboxMessage::state).isEqualTo(row.stored());
  }

  @Test
  void what_is_kept_says_whose_it_is_and_where_it_belongs() {
    take(messages("1"));

    var kept = stored().getFirst();
    assertThat(kept.connection()).isEqualTo("c1");
    assertThat(kept.messageId()).isEqualTo("1");
    assertThat(kept.platform()).isEqualTo("scripted");
    assertThat(kept.lane()).isEqualTo("chat");
    assertThat(kept.accountId()).isEqualTo("ada");
  }

  @Test
  void what_comes_again_gets_the_same_answer_and_is_kept_once() {
    take(messages("1"));
    take(messages("1", "2"));
    take(unreadable("sha256:1"));

    assertThat(take(messages("1"))).isEqualTo(new Taken(Outcome.DUPLICATE, TAKEN));
    assertThat(take(messages("1", "2"))).isEqualTo(new Taken(Outcome.DUPLICATE, TAKEN));
    assertThat(take(unreadable("sha256:1"))).isEqualTo(new Taken(Outcome.UNREADABLE, TAKEN));
    assertThat(stored()).hasSize(3);
  }

  @Test
  void why_a_body_was_not_understood_stands_with_it() {
    take(unreadable("sha256:1"));

    assertThat(stored().getFirst().lastError()).isEqualTo("It could not be understood: no id.");
  }

  @Test
  void mistake_9_a_burst_of_three_hundred_is_all_stored() {
    IntStream.range(0, 300)
        .forEach(i ->
            assertThat(take(messages("m" + i)).outcome()).as("%d", i).isEqualTo(Outcome.ACCEPTED));

    assertThat(stored()).hasSize(300);
  }

  @Test
  void who_sends_too_fast_and_has_too_much_waiting_is_told_when_to_come_again() {
    IntStream.range(0, 500).forEach(i -> take(messages("m" + i)));

    var refused = take(messages("one-more"));

    assertThat(refused.outcome()).isEqualTo(Outcome.FULL);
    assertThat(refused.reply()).isEqualTo(CHANNEL.busy(request(""), Duration.ofMillis(600)));
    assertThat(stored()).hasSize(500);
    clock.advance(Duration.ofSeconds(1));
    assertThat(take(messages("one-more")).outcome())
        .as("within its rate")
        .isEqualTo(Outcome.ACCEPTED);
    assertThat(take(messages("and-another")).outcome()).isEqualTo(Outcome.FULL);
  }

  @Test
  void who_sends_too_fast_is_not_refused_once_what_waited_is_delivered() {
    IntStream.range(0, 500).forEach(i -> take(messages("m" + i)));
    sql.update("UPDATE inbox_message SET state = 'delivered', settled_at = 1");
    clock.advance(Duration.ofMillis(1_100)); // so long a count is remembered
    take(messages("within-its-rate"));

    assertThat(take(messages("over-it")).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void without_a_rate_only_the_bound_of_the_inbox_counts() {
    intake = intake(new Rates(0, 60));
    IntStream.range(0, 1_000)
        .forEach(i -> assertThat(take(messages("m" + i)).outcome()).isEqualTo(Outcome.ACCEPTED));

    var refused = take(messages("one-more"));

    assertThat(refused.outcome()).isEqualTo(Outcome.FULL);
    assertThat(refused.reply()).isEqualTo(CHANNEL.busy(request(""), Duration.ofSeconds(30)));
  }

  @Test
  void a_flood_of_poison_is_told_to_come_later() {
    IntStream.range(0, 100).forEach(i -> take(unreadable("sha256:" + i)));

    assertThat(take(unreadable("sha256:more")).outcome()).isEqualTo(Outcome.FULL);
    assertThat(stored()).hasSize(100);
  }

  @Test
  void where_the_instance_is_gone_nobody_is() {
    sql.update("DELETE FROM instance");

    assertThat(take(messages("1"))).isEqualTo(new Taken(Outcome.UNKNOWN, UNKNOWN));
    assertThat(take(unreadable("sha256:1"))).isEqualTo(new Taken(Outcome.UNKNOWN, UNKNOWN));
  }

  @Test
  void mistake_10_what_cannot_be_kept_is_not_acknowledged() {
    sql.update("DROP TABLE inbox_message");

    for (var receipt : List.of(messages("1"), unreadable("sha256:1"))) {
      var taken = take(receipt);
      assertThat(taken.outcome()).isEqualTo(Outcome.FAILED);
      assertThat(taken.reply()).isEqualTo(CHANNEL.busy(request(""), Duration.ofSeconds(5)));
      assertThat(taken.failure()).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void a_server_that_stops_acknowledges_nothing_more() {
    inbox.close();

    var taken = take(messages("1"));

    assertThat(taken.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(taken.failure()).isInstanceOf(RejectedExecutionException.class);
    assertThat(taken.reply().status()).isEqualTo(503);
  }

  @Test
  void mistake_12_a_guess_and_a_forgery_cost_no_look_into_the_database() {
    database.close();
    inbox.close();

    assertThat(intake.addressee("scripted", "guess", request("")))
        .isEqualTo(new Addressee.Nobody());
    assertThat(intake.unknown("scripted", request(""), SOURCE, NOON))
        .isEqualTo(new Taken(Outcome.UNKNOWN, UNKNOWN));
    assertThat(take(new Receipt.Forged(FORGED)).reply()).isEqualTo(FORGED);
    database = TestDatabase.sqlite(home);
  }

  @Test
  void who_has_a_key_is_somebody() {
    assertThat(intake.addressee("scripted", "key", request("")))
        .isEqualTo(new Addressee.Somebody(door));
  }

  @Test
  void a_connection_whose_secret_cannot_be_read_now_is_busy() {
    locked = true;

    assertThat(intake.addressee("scripted", "key", request("")))
        .isInstanceOfSatisfying(
            Addressee.Unready.class,
            it -> {
              assertThat(it.answer().outcome()).isEqualTo(Outcome.FAILED);
              assertThat(it.answer().reply())
                  .isEqualTo(CHANNEL.busy(request(""), Duration.ofSeconds(5)));
            });
  }

  @Test
  void a_platform_that_this_build_does_not_have_is_nowhere() {
    assertThat(intake.unknown("pigeon", request(""), SOURCE, NOON))
        .isEqualTo(new Taken(Outcome.UNKNOWN, Reply.empty(404)));
  }

  @Test
  void who_guesses_on_and_on_gets_the_shortest_answer_and_stops_nobody_else() {
    for (int i = 0; i < 30; i++) {
      assertThat(take(new Receipt.Forged(FORGED)).reply()).isEqualTo(FORGED);
      assertThat(intake.unknown("scripted", request(""), SOURCE, NOON).reply()).isEqualTo(UNKNOWN);
    }

    var shortest = Reply.empty(429).with("Connection", "close");
    assertThat(take(new Receipt.Forged(FORGED))).isEqualTo(new Taken(Outcome.FORGED, shortest));
    assertThat(intake.unknown("scripted", request(""), SOURCE, NOON).reply()).isEqualTo(shortest);
    assertThat(intake.unknown("scripted", request(""), "203.0.113.9", NOON).reply())
        .isEqualTo(UNKNOWN);
    assertThat(take(messages("1")).outcome())
        .as("the platform's own, from the same address")
        .isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void what_says_that_a_connection_is_over_is_told_and_wakes_nobody() {
    var over = new Inbound("1", "", "team", Inbound.Kind.REVOKED, "", new Place("", ""), false, "");

    assertThat(take(new Receipt.Messages(List.of(over), "application/json", TAKEN)))
        .isEqualTo(new Taken(Outcome.IGNORED, TAKEN));

    assertThat(heard).containsExactly("revoked c1");
    assertThat(stored()).isEmpty();
  }

  @Test
  void messages_to_a_bot_that_many_share_go_elsewhere_one_by_one() {
    door = door(null);

    assertThat(take(messages("1", "2"))).isEqualTo(new Taken(Outcome.ACCEPTED, TAKEN));

    assertThat(heard).containsExactly("1 9 bytes", "2 9 bytes");
    assertThat(stored()).isEmpty();
  }

  @Test
  void one_of_several_that_finds_no_room_makes_the_platform_send_all_again() {
    door = door(null);
    sharedAnswers.addAll(List.of(Accepted.ACCEPTED, Accepted.FULL));

    assertThat(take(messages("1", "2", "3")).outcome()).isEqualTo(Outcome.FULL);
    assertThat(heard).hasSize(2);
    sharedAnswers.addAll(List.of(Accepted.DUPLICATE, Accepted.ACCEPTED, Accepted.ACCEPTED));
    assertThat(take(messages("1", "2", "3")).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void a_bot_that_many_share_has_no_rate_of_its_own() {
    door = door(null);

    IntStream.range(0, 1_000)
        .forEach(i -> assertThat(take(messages("m" + i)).outcome()).isEqualTo(Outcome.ACCEPTED));
    assertThat(take(unreadable("sha256:1"))).isEqualTo(new Taken(Outcome.UNREADABLE, TAKEN));
  }
}
