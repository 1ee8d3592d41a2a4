package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.discord.DiscordChannel;
import io.rockpool.channel.tck.ListenerDouble;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Deliveries.Patience;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.inbox.State;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Placement;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bringing messages to an instance whose listener is a stand-in. */
@Timeout(60)
class DeliveriesTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final InstanceId X = new InstanceId("x");
  private static final Actor TEST = new Actor.Rockpool("test");
  private static final String SECRET = "X-Telegram-Bot-Api-Secret-Token";
  private static final byte[] BODY =
      "{ \"update_id\" :1,\n\t\"text\":\"h\\u00e9 — 你好\"}".getBytes(UTF_8);
  private static final Content CONTENT =
      new Content(Map.of("Content-Type", "application/json"), BODY);

  private static final Patience PATIENCE =
      new Patience(
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30));

  /** What is at hand at once, or not at all. */
  private static final Patience NONE =
      new Patience(
          Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(5), Duration.ofMillis(200));

  private static final Channel NO_CHANNEL =
      (Channel)
          Proxy.newProxyInstance(
              DeliveriesTest.class.getClassLoader(),
              new Class<?>[] {Channel.class},
              (_, method, _) -> {
                throw new AssertionError("nobody asks: " + method);
              });

  private static final class OneDoor implements Directory {
    private Optional<Door> door = Optional.of(door(X));
    private boolean locked;

    @Override
    public Optional<Channel> channel(String platform) {
      throw new AssertionError("nobody asks");
    }

    @Override
    public Optional<Door> byKey(String platform, String key) {
      throw new AssertionError("nobody asks");
    }

    @Override
    public Optional<Door> byId(String connection) {
      if (locked) {
        throw new VaultException("the KMS does not answer");
      }
      return connection.equals("c1") ? door : Optional.empty();
    }
  }

  private final OneDoor directory = new OneDoor();
  private final ListenerDouble listener = new ListenerDouble(Telegram.PORT);
  private final List<String> watched = new ArrayList<>();
  private final InstantSource clock = InstantSource.system();
  private @TempDir Path home;
  private TestDatabase database;
  private SqlInstanceStore store;
  private Activity activity;
  private boolean isItself = true;

  @BeforeEach
  void open() {
    database = TestDatabase.sqlite(home);
    var sql = database.open();
    TestDatabase.reset(sql, "ada");
    store = new SqlInstanceStore(sql);
    store.insert(
        Instance.fresh(
            X,
            "ada",
            "an instance",
            new Wanted(Goal.RUNNING, "free", "fake", List.of(), "{}", 1, 1),
            NOON),
        null);
    activity = new Activity(store, clock);
    see(Phase.RUNNING);
  }

  @AfterEach
  void close() {
    activity.close();
    listener.close();
    database.close();
  }

  private static Door door(@Nullable InstanceId instance) {
    return new Door(
        new Connection(
            "c1",
            "telegram",
            "ada",
            instance,
            new Identity("1", "bot", ""),
            DirectMessages.OPEN,
            List.of(),
            Connection.State.CONNECTED,
            "",
            NOON,
            null),
        NO_CHANNEL,
        new Receiver() {
          @Override
          public Receipt receive(Webhook request, Instant now) {
            throw new AssertionError("nobody receives here");
          }

          @Override
          public Map<String, String> sign(byte[] body, Instant now) {
            assertThat(body).isEqualTo(BODY);
            return Map.of(SECRET, "s3cret");
          }
        });
  }

  private static InboxMessage message(InstanceId instance, String connection, String platform) {
    return new InboxMessage(
        "k1",
        1,
        instance,
        "ada",
        connection,
        "1",
        platform,
        "chat",
        State.DELIVERING,
        1,
        false,
        NOON,
        NOON.plusSeconds(3_600),
        NOON,
        NOON,
        null,
        null);
  }

  private static final InboxMessage MESSAGE = message(X, "c1", "telegram");

  private final class Here implements Hosts {
    @Override
    public Optional<Running> running(Instance instance) {
      return Optional.of(
          new Running(
              1,
              URI.create("http://%s:%d".formatted(listener.host(), Telegram.PORT)),
              listener.host(),
              new Placement("fake", Map.of()),
              List.of()));
    }

    @Override
    public boolean isListening(Instance instance, String host, int port) {
      assertThat(host).isEqualTo(listener.host());
      assertThat(port).isEqualTo(8787);
      return isItself;
    }
  }

  private static final Destination SHARED =
      new Destination() {
        @Override
        public Outcome deliver(InboxMessage message, Content content) {
          return new Outcome.Rejected("shared");
        }

        @Override
        public boolean mayRepeat(InboxMessage message) {
          return false;
        }
      };

  private Deliveries deliveries(Patience patience) {
    var waker =
        new Waker(store, () -> {}, activity, _ -> Optional.empty(), Waker.Bounds.DEFAULT, clock);
    return new Deliveries(
        directory,
        SHARED,
        waker,
        activity,
        new Here(),
        patience,
        (message, outcome, waited) ->
            watched.add(message.key() + " " + outcome.getClass().getSimpleName()),
        clock);
  }

  private Outcome deliver() {
    return deliveries(PATIENCE).deliver(MESSAGE, CONTENT);
  }

  /** As a reconciler does. */
  private void see(Phase phase) {
    long generation = store.find(TEST, X).orElseThrow().wanted().generation();
    store.take("server", X, clock.instant(), Duration.ofHours(1));
    var status =
        new Status(
            phase,
            NOON,
            100,
            generation,
            null,
            List.of(),
            null,
            URI.create("http://127.0.0.1:1"),
            Trial.of(generation));
    assertThat(store.saveStatus("server", X, generation, status)).isTrue();
  }

  private Rest rest() {
    return store.find(TEST, X).orElseThrow().rest();
  }

  @Test
  void mistakes_7_8_and_15_it_arrives_byte_for_byte_with_the_secret_and_nothing_of_strangers() {
    listener.open();

    assertThat(deliver()).isEqualTo(new Outcome.Delivered());

    assertThat(listener.heard()).hasSize(1);
    var heard = listener.heard().getFirst();
    assertThat(heard.target()).isEqualTo("POST /telegram-webhook");
    assertThat(heard.body()).isEqualTo(new String(BODY, ISO_8859_1));
    assertThat(heard.headers())
        .containsOnlyKeys(
            "host", "content-length", "content-type", "x-telegram-bot-api-secret-token")
        .containsEntry("x-telegram-bot-api-secret-token", List.of("s3cret"))
        .containsEntry("content-type", List.of("application/json"));
    assertThat(watched).containsExactly("k1 Delivered");
  }

  @Test
  void what_an_assistant_takes_at_its_gateway_goes_there() {
    listener.once(ListenerDouble.status(200)).open();

    assertThat(deliveries(PATIENCE).deliver(message(X, "c1", "slack"), CONTENT))
        .isEqualTo(new Outcome.Delivered());

    assertThat(listener.heard().getFirst().target()).isEqualTo("POST /slack/events");
  }

  @Test
  void a_plain_success_is_nothing_without_the_word_that_it_is_kept() {
    listener.once(ListenerDouble.status(200)).open();

    assertThat(deliver()).isInstanceOf(Outcome.Again.class);
    assertThat(deliver()).isEqualTo(new Outcome.Delivered());
  }

  @Test
  void an_instance_that_was_just_connected_does_not_know_the_secret_yet() {
    listener.once(ListenerDouble.status(401)).open();

    assertThat(deliver()).isInstanceOf(Outcome.Again.class);
    assertThat(deliver()).isEqualTo(new Outcome.Delivered());
  }

  @ParameterizedTest
  @ValueSource(ints = {410, 400})
  void mistake_6_what_an_instance_refuses_is_settled_here_and_its_words_are_left(int status) {
    listener
        .once(exchange -> {
          var words = "{\"method\":\"deleteMessage\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(status, words.length);
          exchange.getResponseBody().write(words);
        })
        .open();

    assertThat(deliver())
        .isEqualTo(new Outcome.Rejected("The assistant refused it (%d).".formatted(status)));
  }

  @Test
  void a_channel_that_opens_a_moment_after_its_gateway_is_waited_for() {
    var delivered = CompletableFuture.supplyAsync(this::deliver);
    await().pollDelay(Duration.ofMillis(200)).until(() -> !delivered.isDone());

    listener.once(ListenerDouble.status(404)).open();

    assertThat(delivered.join()).isEqualTo(new Outcome.Delivered());
    assertThat(listener.heard()).hasSize(2);
    assertThat(watched).as("it is one attempt").containsExactly("k1 Delivered");
  }

  @Test
  void one_that_does_not_open_is_tried_again_later() {
    assertThat(deliveries(NONE).deliver(MESSAGE, CONTENT))
        .isEqualTo(new Outcome.Again("The assistant's channel is not open: nobody listens there."));
  }

  @Test
  void who_dies_half_way_may_have_it_and_knows_a_second_copy() {
    listener.once(exchange -> exchange.close()).open();

    assertThat(deliver()).isEqualTo(new Outcome.Unknown("the connection broke"));
    assertThat(deliveries(PATIENCE).mayRepeat(MESSAGE)).isTrue();
    assertThat(deliver()).isEqualTo(new Outcome.Delivered());
    assertThat(listener.heard())
        .extracting(it -> it.body())
        .containsOnly(new String(BODY, ISO_8859_1));
  }

  @Test
  void who_hangs_is_left_in_time() {
    var over = new CountDownLatch(1);
    listener
        .once(exchange -> {
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        })
        .open();

    assertThat(deliveries(NONE).deliver(MESSAGE, CONTENT))
        .isEqualTo(new Outcome.Unknown("no answer came in time"));
    over.countDown();
  }

  @Test
  void whoever_took_the_address_of_an_instance_hears_nothing() {
    listener.open();
    isItself = false;

    assertThat(deliveries(NONE).deliver(MESSAGE, CONTENT))
        .isEqualTo(
            new Outcome.Again("The assistant's channel is not open: somebody else listens there."));
    assertThat(listener.heard()).isEmpty();
  }

  @Test
  void mistake_4_a_sleeping_instance_is_woken_and_gets_its_message() {
    listener.open();
    store.change(TEST, X, it -> it.resting(it.rest().down(Level.STOPPED, "Idle", "", NOON)));
    see(Phase.STOPPED);

    var delivered = CompletableFuture.supplyAsync(this::deliver);
    await().until(() -> rest().level() == Level.AWAKE);
    assertThat(rest().reason()).isEqualTo("Message");
    assertThat(listener.heard()).isEmpty();
    see(Phase.RUNNING);

    assertThat(delivered.join()).isEqualTo(new Outcome.Delivered());
  }

  @Test
  void one_that_takes_too_long_to_wake_is_tried_again() {
    store.change(TEST, X, it -> it.resting(it.rest().down(Level.STOPPED, "Idle", "", NOON)));
    see(Phase.STOPPED);

    assertThat(deliveries(NONE).deliver(MESSAGE, CONTENT))
        .isEqualTo(new Outcome.Again("The instance is still on its way."));
  }

  @Test
  void what_comes_for_one_that_its_owner_stopped_waits_until_it_is_started() {
    listener.open();
    store.change(
        TEST,
        X,
        it ->
            new Instance(
                it.id(),
                it.accountId(),
                it.name(),
                it.createdAt(),
                it.updatedAt(),
                new Wanted(Goal.STOPPED, "free", "fake", List.of(), "{}", 2, 1),
                it.status(),
                it.rest(),
                it.revision()));
    see(Phase.STOPPED);

    assertThat(deliver())
        .isEqualTo(
            new Outcome.Held(
                Duration.ofSeconds(30), "The instance was stopped by its owner: start it."));
    assertThat(rest().level()).isEqualTo(Level.AWAKE);
  }

  @Test
  void what_comes_for_one_that_was_given_up_waits_for_somebody_who_looks_after_it() {
    see(Phase.FAILED);

    assertThat(deliver())
        .isEqualTo(
            new Outcome.Held(
                Duration.ofSeconds(30),
                "The instance was given up: look at its conditions, and start it."));
  }

  @Test
  void one_that_fell_asleep_with_the_message_in_its_queue_is_wanted_awake() {
    listener
        .once(exchange -> {
          store.change(TEST, X, it -> it.resting(it.rest().down(Level.DOZING, "Idle", "", NOON)));
          see(Phase.DOZING);
          ListenerDouble.DURABLE.answer(exchange);
        })
        .open();

    assertThat(deliver()).isEqualTo(new Outcome.Delivered());

    await().until(() -> rest().level() == Level.AWAKE);
  }

  @Test
  void who_is_brought_a_message_was_needed_just_now() {
    listener.open();
    activity.start();

    deliver();

    await().until(() -> rest().activeAt().isAfter(NOON));
  }

  @Test
  void what_came_for_a_channel_that_is_gone_is_wanted_by_nobody() {
    listener.open();
    directory.door = Optional.empty();

    assertThat(deliver()).isEqualTo(new Outcome.Rejected("The channel was disconnected."));
    assertThat(listener.heard()).isEmpty();
  }

  @Test
  void what_came_for_an_instance_that_is_gone_is_wanted_by_nobody() {
    assertThat(
            deliveries(PATIENCE)
                .deliver(message(new InstanceId("gone"), "c1", "telegram"), CONTENT))
        .isEqualTo(new Outcome.Rejected("The instance is gone."));
  }

  @Test
  void a_platform_that_instances_take_nothing_from_is_told_apart() {
    assertThat(deliveries(PATIENCE).deliver(message(X, "c1", "pigeon"), CONTENT))
        .isEqualTo(new Outcome.Rejected("Assistants take nothing from this platform."));
  }

  @Test
  void what_came_to_a_bot_that_many_share_goes_another_way() {
    directory.door = Optional.of(door(null));

    assertThat(deliver()).isEqualTo(new Outcome.Rejected("shared"));
    assertThat(deliveries(PATIENCE).mayRepeat(MESSAGE)).isFalse();
  }

  @Test
  void a_command_that_instances_do_not_hear_of_goes_that_way_too() {
    var door = door(X);
    directory.door =
        Optional.of(new Door(door.connection(), new DiscordChannel(), door.receiver()));

    assertThat(deliver()).isEqualTo(new Outcome.Rejected("shared"));
  }

  @Test
  void without_the_secret_of_its_connection_nothing_is_delivered_yet() {
    listener.open();
    directory.locked = true;

    assertThat(deliver())
        .isEqualTo(new Outcome.Again("The secret of its connection cannot be read now."));
    assertThat(deliveries(PATIENCE).mayRepeat(MESSAGE)).isTrue();
    assertThat(listener.heard()).isEmpty();
  }

  @Test
  void whoever_ends_the_server_ends_the_attempt() {
    store.change(TEST, X, it -> it.resting(it.rest().down(Level.STOPPED, "Idle", "", NOON)));
    see(Phase.STOPPED);
    var ended = new CompletableFuture<Outcome>();
    var lane = Thread.ofVirtual().start(() -> ended.complete(deliver()));
    await().until(() -> rest().level() == Level.AWAKE);

    lane.interrupt();

    assertThat(ended.join()).isInstanceOf(Outcome.Again.class);
  }
}
