package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Slack;
import io.rockpool.runtime.Secret;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One turn for one message, whatever happens to the gateway and to who asks. */
@Tag("openclaw")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealTurnTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  private static final SlackDouble.Setting SLACK =
      new SlackDouble.Setting(
          Secret.of("xoxb-example-token-of-a-bot"),
          Secret.of("8f742231b10e8888abcd99yyyzzz85a5"),
          0);

  private final SlackDouble slack = new SlackDouble(SLACK, InstantSource.system());
  private final Gateway client = Gateway.overHttp();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private Optional<EchoModel> openModel = Optional.empty();
  private Optional<RealGateway> openGateway = Optional.empty();

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    openGateway = Optional.of(new RealGateway(folder, Map.of("slack", slack.root())));
    openModel = Optional.of(new EchoModel());
    gateway().write(Given.rendered(model()));
    gateway().start(client);
  }

  @AfterEach
  void release() {
    heard.clear();
    openModel.ifPresent(it -> {
      it.release();
      it.fail(200);
    });
  }

  @AfterAll
  void stop() throws Exception {
    if (openGateway.isPresent()) {
      openGateway.get().stop();
    }
    if (openModel.isPresent()) {
      openModel.get().close();
    }
    client.close();
    slack.close();
  }

  @Test
  void a_turn_is_heard_as_it_is_written_and_is_the_same_whenever_it_is_asked_for()
      throws Exception {
    var message = new Message("main", "telegram-heard", "remember word-moon");
    var before = calls();
    model().pause();
    var turn = begun(message, "heard-1");
    await().atMost(LONG).until(() -> heard.contains("I heard:") || heard.contains("I heard: "));
    model().release();

    assertThat(turn.get()).isEqualTo(new Turn.Answered("I heard: word-moon"));
    assertThat(heard.getLast()).isEqualTo("I heard: word-moon");
    assertThat(turn(message, "heard-1")).isEqualTo(new Turn.Answered("I heard: word-moon"));
    assertThat(calls() - before).isOne();
    assertThat(turn(new Message("main", "telegram-heard", "and word-sun"), "heard-2"))
        .isEqualTo(new Turn.Answered("I heard: word-moon word-sun"));
    assertThat(calls() - before).isEqualTo(2);
  }

  @Test
  void two_who_ask_for_it_at_once_get_the_one_answer() throws Exception {
    var message = new Message("main", "telegram-twice", "word-twice");
    var before = calls();
    model().hold();
    var first = begun(message, "twice-1");
    await().atMost(LONG).until(() -> calls() > before);
    var second = begun(message, "twice-1");
    var third = begun(message, "twice-1");
    model().release();

    for (var turn : List.of(first, second, third)) {
      assertThat(turn.get()).isEqualTo(new Turn.Answered("I heard: word-twice"));
    }
    assertThat(calls() - before).isOne();
  }

  @Test
  void what_is_asked_during_another_turn_gets_an_answer_of_its_own() throws Exception {
    var before = calls();
    model().hold();
    var first = begun(new Message("main", "telegram-queue", "word-one"), "queue-1");
    await().atMost(LONG).until(() -> calls() > before);
    var second = begun(new Message("main", "telegram-queue", "word-two"), "queue-2");
    await().atMost(LONG).until(() -> rows("telegram-queue", "pendingInputs").contains("word-two"));
    model().release();

    assertThat(first.get()).isEqualTo(new Turn.Answered("I heard: word-one"));
    assertThat(second.get()).isEqualTo(new Turn.Answered("I heard: word-one word-two"));
    assertThat(calls() - before).isEqualTo(2);
  }

  @Test
  void a_command_of_openclaw_is_answered_by_it() throws Exception {
    var before = calls();

    assertThat(turn(new Message("main", "telegram-command", "/status"), "command-1"))
        .isInstanceOfSatisfying(
            Turn.Answered.class, it -> assertThat(it.text()).contains("OpenClaw"));
    assertThat(calls()).isEqualTo(before);
  }

  @Test
  void why_a_model_gave_no_answer_is_said_and_not_tried_again() throws Exception {
    var message = new Message("main", "telegram-failed", "word-failed");
    var before = calls();
    model().fail(400);

    assertThat(turn(message, "failed-1"))
        .isEqualTo(
            new Turn.Failed(
                "LLM request failed: provider rejected the request schema or tool payload."));
    assertThat(turn(message, "failed-1")).isInstanceOf(Turn.Failed.class);
    assertThat(calls() - before).isOne();
  }

  @Test
  void an_answer_that_its_owner_stopped_is_what_was_written() throws Exception {
    model().pause();
    var turn = begun(new Message("main", "telegram-stop", "word-stop"), "stop-1");
    await().atMost(LONG).until(() -> heard.stream().anyMatch(it -> it.startsWith("I heard:")));
    ask("chat.abort", "{sessionKey:'agent:main:rp:telegram-stop'}");

    assertThat(turn.get())
        .isInstanceOfSatisfying(
            Turn.Answered.class, it -> assertThat(it.text()).startsWith("I heard:"));
    assertThat(turn(new Message("main", "telegram-stop", "word-stop"), "stop-1"))
        .isEqualTo(turn.get());
  }

  @Test
  void nobody_is_told_of_turns_in_other_conversations() throws Exception {
    model().pause();
    var other = begun(new Message("main", "telegram-other", "word-other"), "other-1");
    await().atMost(LONG).until(() -> !heard.isEmpty());
    var mine = new CopyOnWriteArrayList<String>();
    var message = new Message("main", "telegram-mine", "word-mine");
    var turn =
        new FutureTask<>(() ->
            client.turn(
                gateway().uri(), Given.KEYS.password(), message, "mine-1", mine::add, LONG));
    Thread.ofVirtual().start(turn);
    await().atMost(LONG).until(() -> !mine.isEmpty());
    model().release();

    assertThat(turn.get()).isEqualTo(new Turn.Answered("I heard: word-mine"));
    assertThat(other.get()).isEqualTo(new Turn.Answered("I heard: word-other"));
    assertThat(String.join("|", mine)).doesNotContain("word-other");
  }

  @Test
  void who_is_not_let_in_is_told_so() throws Exception {
    assertThat(
            client.turn(
                gateway().uri(),
                Secret.of("not-the-password"),
                new Message("main", "c", "hello"),
                "wrong-1",
                _ -> {},
                LONG))
        .isInstanceOf(Turn.Unreachable.class);
    assertThat(turn(new Message("nope", "c", "hello"), "nope-1"))
        .isInstanceOfSatisfying(Turn.Refused.class, it -> assertThat(it.advice()).contains("nope"));
  }

  @Test
  void a_suspended_gateway_takes_it_later() throws Exception {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            client.suspend(gateway().uri(), Given.KEYS.password(), LONG)
                instanceof Suspension.Ready);
    var message = new Message("main", "telegram-later", "word-later");

    assertThat(turn(message, "later-1"))
        .isInstanceOfSatisfying(
            Turn.Busy.class,
            it -> assertThat(it.after()).isBetween(Duration.ofMillis(100), Duration.ofSeconds(30)));

    assertThat(client.resume(gateway().uri(), Given.KEYS.password(), null, LONG))
        .isEqualTo(new Resumption.Running());
    assertThat(turn(message, "later-1")).isEqualTo(new Turn.Answered("I heard: word-later"));
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void a_gateway_that_is_killed_during_turns_answers_each_of_them_once() throws Exception {
    turn(new Message("main", "telegram-old", "word-old"), "old-1");
    var old = new Message("main", "telegram-old", "word-new");
    var fresh = new Message("main", "telegram-fresh", "word-fresh");
    var early = new Message("main", "telegram-early", "word-early");
    var before = calls();
    model().hold();
    var ofOld = begun(old, "old-2");
    var ofFresh = begun(fresh, "fresh-1");
    await().atMost(LONG).until(() -> calls() - before >= 2);
    ask(
        "chat.send",
        "{sessionKey:'agent:main:rp:telegram-early',message:'word-early',"
            + "idempotencyKey:'early-1',queueMode:'followup'}");
    gateway().kill();

    assertThat(ofOld.get()).isInstanceOf(Turn.Broken.class);
    assertThat(ofFresh.get()).isInstanceOf(Turn.Broken.class);
    assertThat(turn(old, "old-2")).isInstanceOf(Turn.Unreachable.class);

    model().release();
    gateway().start(client);

    // At once, and at the same time: what the gateway takes up again is not asked for again.
    var again = List.of(begun(old, "old-2"), begun(fresh, "fresh-1"), begun(early, "early-1"));
    assertThat(again.get(0).get()).isEqualTo(new Turn.Answered("I heard: word-old word-new"));
    assertThat(again.get(1).get()).isEqualTo(new Turn.Answered("I heard: word-fresh"));
    assertThat(again.get(2).get()).isEqualTo(new Turn.Answered("I heard: word-early"));
    assertThat(turn(old, "old-2")).isEqualTo(again.get(0).get());
    assertThat(turn(fresh, "fresh-1")).isEqualTo(again.get(1).get());
    assertThat(turn(early, "early-1")).isEqualTo(again.get(2).get());
    for (var conversation : List.of("telegram-old", "telegram-fresh", "telegram-early")) {
      var newest = conversation.substring("telegram-".length()).replace("old", "new");
      assertThat(answers(conversation))
          .as(conversation)
          .filteredOn(it -> it.contains("word-" + newest))
          .hasSize(1);
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void a_turn_that_ends_as_plugins_are_replaced_has_not_begun_and_is_answered_by_another_key()
      throws Exception {
    var account = new Slack(SLACK.token(), SLACK.signing(), DirectMessages.OPEN, List.of());
    Message message;
    long before;
    Turn first;
    int start = 0;
    do { // a first turn takes seconds to begin, and in these the gateway has to take the change
      start++;
      gateway().kill();
      gateway().start(client);
      message = new Message("main", "telegram-plugins-" + start, "word-plugins");
      before = calls();
      gateway().write(start % 2 == 0 ? Given.rendered(model()) : Given.rendered(model(), account));
      first = turn(message, start + "-plugins-1");
    } while (first instanceof Turn.Answered && start < 3);

    assertThat(first).isInstanceOf(Turn.Unbegun.class);
    assertThat(turn(message, start + "-plugins-1")).isInstanceOf(Turn.Unbegun.class);
    assertThat(calls()).isEqualTo(before);
    var answered = new Turn.Answered("I heard: word-plugins");
    assertThat(turn(message, start + "-plugins-2")).isEqualTo(answered);
    assertThat(turn(message, start + "-plugins-1")).isInstanceOf(Turn.Unbegun.class);
    assertThat(turn(message, start + "-plugins-2")).isEqualTo(answered);
    assertThat(calls() - before).isOne();
  }

  private FutureTask<Turn> begun(Message message, String key) {
    var turn = new FutureTask<>(() -> turn(message, key));
    Thread.ofVirtual().start(turn);
    return turn;
  }

  private Turn turn(Message message, String key) throws InterruptedException {
    return client.turn(gateway().uri(), Given.KEYS.password(), message, key, heard::add, LONG);
  }

  private int calls() {
    return model().requests().size();
  }

  private JsonNode ask(String method, String params) throws InterruptedException {
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var socket = new OperatorSocket(http, gateway().uri(), Given.KEYS.password())) {
      return socket.ask(method, Json.object(params)).path("payload");
    }
  }

  private String rows(String conversation, String field) throws InterruptedException {
    return ask("chat.history", "{sessionKey:'agent:main:rp:%s'}".formatted(conversation))
        .path(field)
        .toString();
  }

  private List<String> answers(String conversation) throws InterruptedException {
    return ask("chat.history", "{sessionKey:'agent:main:rp:%s'}".formatted(conversation))
        .path("messages")
        .valueStream()
        .filter(it -> it.path("role").asString("").equals("assistant"))
        .map(Transcript::text)
        .toList();
  }

  private RealGateway gateway() {
    return openGateway.orElseThrow();
  }

  private EchoModel model() {
    return openModel.orElseThrow();
  }
}
