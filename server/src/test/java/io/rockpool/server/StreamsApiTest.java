package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.runtime.tck.Verb;
import io.rockpool.server.http.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events, logs and messages: whole and live. */
@Timeout(40)
class StreamsApiTest {
  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;
  private String one;
  private String id;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground);
    id = server.running("{}");
    one = "/api/v1/instances/" + id;
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void the_events_of_a_start_are_there_in_order_with_growing_progress() {
    var items = json(server.get(one + "/events")).path("items");

    assertThat(items.findValuesAsString("kind"))
        .containsExactly("Created", "Starting", "Placed", "Running");
    var progress = items.findValues("progress").stream().map(it -> it.asInt()).toList();
    assertThat(progress).isSorted().startsWith(0).endsWith(100);
    assertThat(items.findValues("id").stream().map(it -> it.asLong()).toList())
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void events_come_in_pages() {
    var whole = json(server.get(one + "/events")).path("items").findValuesAsString("message");

    var paged = new ArrayList<String>();
    var page = json(server.get(one + "/events?limit=1"));
    paged.addAll(page.path("items").findValuesAsString("message"));
    while (page.has("next")) {
      page = json(server.get(one + "/events?limit=1&cursor=" + page.path("next").asString("")));
      paged.addAll(page.path("items").findValuesAsString("message"));
    }

    assertThat(paged).isEqualTo(whole);
  }

  @Test
  void live_events_go_on_where_a_reader_left_off() {
    var before = server.stream(server.request(one + "/events"), it -> kind(it).equals("Running"));
    var last = before.getLast().id();
    server.post(one + "/stop", "{}");

    var after =
        server.stream(
            server.request(one + "/events").header("Last-Event-ID", last),
            it -> kind(it).equals("Stopped"));

    assertThat(kind(before.getFirst())).isEqualTo("Created");
    assertThat(after)
        .allSatisfy(it -> assertThat(Long.parseLong(it.id())).isGreaterThan(Long.parseLong(last)));
    assertThat(after.stream().map(StreamsApiTest::kind)).containsExactly("Stopping", "Stopped");
  }

  @Test
  void live_events_end_with_the_instance() {
    var held = ground.holdNext(Verb.DESTROY);
    var events =
        CompletableFuture.supplyAsync(
            () -> server.stream(server.request(one + "/events"), _ -> false));
    server.delete(one);
    server.stream(server.request(one + "/events"), it -> kind(it).equals("Destroying"));

    held.release();

    assertThat(events.join().stream().map(StreamsApiTest::kind)).contains("Created", "Destroying");
  }

  @Test
  void logs_come_in_pages_from_the_newest_on() {
    for (int i = 0; i < 5; i++) {
      ground.print(id(id), "line " + i);
    }

    var page = json(server.get(one + "/logs?limit=2"));
    assertThat(page.path("items").findValuesAsString("line")).containsExactly("line 3", "line 4");
    ground.print(id(id), "line 5");
    var next = json(server.get(one + "/logs?cursor=" + page.path("next").asString("")));

    assertThat(next.path("items").findValuesAsString("line")).containsExactly("line 5");
    assertThat(
            json(server.get(one + "/logs?cursor=" + next.path("next").asString(""))).path("items"))
        .isEmpty();
  }

  @Test
  void a_reader_of_live_logs_who_comes_back_misses_no_line() {
    for (int i = 0; i < 5; i++) {
      ground.print(id(id), "line " + i);
    }

    var first = server.stream(server.request(one + "/logs"), it -> line(it).equals("line 1"));
    var rest =
        server.stream(
            server.request(one + "/logs").header("Last-Event-ID", first.getLast().id()),
            it -> line(it).equals("line 4"));

    var lines =
        Stream.concat(first.stream(), rest.stream()).map(StreamsApiTest::line).distinct().toList();
    assertThat(lines).containsExactly("line 0", "line 1", "line 2", "line 3", "line 4");
  }

  @Test
  void what_is_said_is_answered() {
    var answer = server.post(one + "/messages", "{\"text\": \"Hello! 你好\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).path("reply").asString()).isEqualTo("You said: Hello! 你好");
    assertThat(json(answer).path("conversation").asString()).isEqualTo("main");
    assertThat(json(answer).at("/usage/inputTokens").asLong()).isEqualTo(7);
    assertThat(json(answer).at("/usage/outputTokens").asLong()).isEqualTo(5);
  }

  @Test
  void a_conversation_is_a_session_of_the_leading_agent() {
    var team = server.running("{\"agents\": [\"coder\", \"ops\"]}");

    server.post(
        "/api/v1/instances/" + team + "/messages",
        "{\"text\": \"x\", \"conversation\": \"plan-B.1\"}");

    assertThat(gateway.seen)
        .anySatisfy(it -> assertThat(it.session()).isEqualTo("agent:coder:rp:plan-B.1"));
  }

  @Test
  void an_answer_is_streamed_piece_by_piece() {
    var events =
        server.stream(
            withBody(server.request(one + "/messages"), "POST", "{\"text\": \"Hello\"}"),
            _ -> false);

    assertThat(events.stream().map(TestServer.Sent::name))
        .containsExactly("delta", "delta", "reply");
    assertThat(
            events.stream()
                .filter(it -> it.name().equals("delta"))
                .map(it -> it.data().path("text").asString(""))
                .collect(Collectors.joining()))
        .isEqualTo("You said: Hello");
    assertThat(events.getLast().data().path("reply").asString()).isEqualTo("You said: Hello");
  }

  @Test
  void a_stream_that_fails_ends_with_the_problem() {
    var events =
        server.stream(
            withBody(server.request(one + "/messages"), "POST", "{\"text\": \"fail\"}"),
            _ -> false);

    assertThat(events)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.name()).isEqualTo("problem");
          assertThat(it.data().path("type").asString())
              .isEqualTo("urn:rockpool:problem:gateway-refused");
          assertThat(it.data().path("status").asInt()).isEqualTo(502);
        });
  }

  @Test
  void a_gateway_that_refuses_is_no_success() {
    var answer = server.post(one + "/messages", "{\"text\": \"fail\"}");

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(problem(answer)).isEqualTo("gateway-refused");
  }

  @Test
  void a_stopped_instance_takes_no_message_and_says_how_to_start_it() {
    server.post(one + "/stop", "{}");
    server.awaitStatus(id, "stopped");

    var answer = server.post(one + "/messages", "{\"text\": \"x\"}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(problem(answer)).isEqualTo("instance-stopped");
    assertThat(json(answer).path("detail").asString()).contains(one + "/start");
  }

  @Test
  void a_message_to_an_instance_that_starts_waits_for_it() {
    gateway.ready(false);
    var starting = server.create("{}");
    var path = "/api/v1/instances/" + starting + "/messages";
    var asked = CompletableFuture.supplyAsync(() -> server.post(path, "{\"text\": \"x\"}"));
    TestServer.eventually(() ->
        assertThat(gateway.seen).anySatisfy(it -> assertThat(it.target()).endsWith("/readyz")));

    gateway.ready(true);

    assertThat(asked.join().statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a:b", "a/b", "ä", "../x"})
  void a_conversation_has_a_plain_name(String name) {
    var said = gateway.seen.size();

    var answer =
        server.post(
            one + "/messages",
            Json.MAPPER.createObjectNode().put("text", "x").put("conversation", name).toString());

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(problem(answer)).isEqualTo("invalid-request");
    assertThat(json(answer).path("errors").findValuesAsString("message"))
        .allSatisfy(it -> assertThat(it).contains("1 to 64 letters"));
    assertThat(gateway.seen.stream().skip(said).map(GatewayDouble.Seen::target).toList())
        .noneMatch(it -> it.contains("completions"));
  }

  @Test
  void a_message_has_one_to_100_000_characters() {
    var path = one + "/messages";

    for (var text : List.of("", " ", "x".repeat(100_001))) {
      var answer = server.post(path, "{\"text\": \"%s\"}".formatted(text));
      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(answer.body()).contains("100,000");
    }
    assertThat(server.post(path, "{\"text\": \"%s\"}".formatted("x".repeat(100_000))).statusCode())
        .isEqualTo(200);
  }

  private static String kind(TestServer.Sent event) {
    return event.data().path("kind").asString("");
  }

  private static String line(TestServer.Sent event) {
    return event.data().path("line").asString("");
  }
}
