package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.server.ReceiverDouble;
import io.rockpool.server.e2e.Ground.Up;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code ./rockpool up}, from the first start to the last instance's end. A gateway takes more than
 * ten seconds to start, so the tests are the stations of one life, in order.
 */
@Tag("openclaw")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(240)
class UpTest {
  private static final String HELLO = "/api/v1/instances/hello";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  private static Path folder;

  private final ReceiverDouble receiver = new ReceiverDouble();
  private @Nullable Ground ground;
  private @Nullable Up up;

  @BeforeAll
  void start() throws IOException {
    Host.has("npm", "bwrap");
    ground = new Ground(folder);
    up = ground.up();
  }

  @AfterAll
  void end() {
    receiver.close();
    if (ground != null) {
      ground.close();
    }
  }

  @Test
  @Order(1)
  void the_first_start_says_where_it_is_and_lets_hello_speak() {
    var greeting = up().greeting();

    assertThat(up().out()).startsWith("rockpool ready: http://127.0.0.1:" + ground().port() + "\n");
    assertThat(greeting)
        .startsWith("hello> ")
        .contains("You said: \"Hello! Who are you?\" (message 1 of this conversation)");
    assertThat(up().err()).contains("[100%]", "./rockpool chat hello");
  }

  @Test
  @Order(2)
  void nobody_else_reads_the_home() throws IOException {
    var open = new TreeMap<String, String>();
    try (var files = Files.list(ground().home())) {
      for (var file : files.toList()) {
        open.put(file.getFileName().toString(), mode(file));
      }
    }

    assertThat(mode(ground().home())).isEqualTo("rwx------");
    assertThat(open)
        .containsEntry("admin.token", "rw-------")
        .containsEntry("home.key", "rw-------")
        .containsEntry("rockpool.db", "rw-------");
    assertThat(open.values()).containsOnly("rw-------", "rwx------");
  }

  @Test
  @Order(3)
  void the_api_knows_the_administrator_and_where_hello_runs() throws IOException {
    var hello = api().instance("hello");

    assertThat(hello.path("status").asString("")).isEqualTo("running");
    assertThat(hello.at("/placement/driver").asString("")).isEqualTo("process");
    assertThat(Host.isAlive(hello.at("/placement/pid").asLong(0))).isTrue();
    assertThat(ground().api("rp_nobodys-token-at-all-0123456789").get(HELLO).statusCode())
        .isEqualTo(401);
    assertThat(ground().api("").get(HELLO).statusCode()).isEqualTo(401);
  }

  @Test
  @Order(4)
  void conversations_keep_their_history_and_never_mix() throws IOException {
    assertThat(api().say("hello", "eva", "I am Eva"))
        .contains("\"I am Eva\" (message 1 of this conversation)");
    assertThat(api().say("hello", "tom", "I am Tom"))
        .contains("\"I am Tom\" (message 1 of this conversation)")
        .doesNotContain("Eva");
    assertThat(api().say("hello", "eva", "still me"))
        .contains("\"still me\" (message 2 of this conversation)");
  }

  @Test
  @Order(5)
  void an_answer_can_be_read_while_it_is_written() throws IOException {
    var answer =
        api()
            .send(
                api()
                    .json(
                        "POST",
                        HELLO + "/messages",
                        Map.of("text", "piece by piece", "conversation", "stream"))
                    .header("Accept", "text/event-stream"));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var pieces = data(answer.body(), "delta");
    var whole = data(answer.body(), "reply");
    assertThat(pieces).hasSizeGreaterThan(3);
    assertThat(whole).hasSize(1);
    assertThat(String.join("", pieces.stream().map(it -> it.path("text").asString("")).toList()))
        .isEqualTo(whole.getFirst().path("reply").asString(""))
        .contains("\"piece by piece\" (message 1 of this conversation)");
  }

  @Test
  @Order(6)
  void a_running_gateway_takes_a_setting_without_a_restart() throws IOException {
    var before = api().instance("hello");

    var changed =
        body(
            200,
            api()
                .patch(
                    HELLO + "/config",
                    Map.of(
                        "config",
                        Map.of(
                            "agents", Map.of("entries", Map.of("main", Map.of("name", "Ada")))))));

    assertThat(changed.path("requiresRestart").asBoolean(true)).isFalse();
    Waiting.until(
        30,
        "the gateway calls its agent Ada",
        () -> api().events("hello"),
        () -> agents().at("/payload/agents/0/name").asString("").equals("Ada"));
    assertThat(api().running("hello").at("/placement/pid")).isEqualTo(before.at("/placement/pid"));
  }

  @Test
  @Order(7)
  void a_setting_that_openclaw_would_refuse_is_refused_and_changes_nothing() throws IOException {
    var before = api().instance("hello");
    var file = config("hello");

    var refused =
        api()
            .patch(
                HELLO + "/config",
                Map.of("config", Map.of("tools", Map.of("profile", "everything"))));

    assertThat(body(422, refused).path("type").asString("")).endsWith(":invalid-config");
    assertThat(refused.body()).contains("/config/tools/profile");
    var after = api().instance("hello");
    assertThat(after.path("generation")).isEqualTo(before.path("generation"));
    assertThat(after.path("config")).isEqualTo(before.path("config"));
    assertThat(config("hello")).isEqualTo(file);
  }

  @Test
  @Order(8)
  void an_instance_that_was_killed_comes_back_with_its_conversations() throws IOException {
    var pid = api().pid("hello");
    hearOfWhatHappens();

    Host.kill(pid);

    awaitOtherPid(pid);
    assertThat(api().say("hello", "eva", "are you back?"))
        .contains("\"are you back?\" (message 3 of this conversation)");
    awaitHeard("instance.ready");
  }

  private void hearOfWhatHappens() throws IOException {
    var made =
        body(201, api().post("/api/v1/webhooks", Map.of("url", receiver.url(), "inside", true)));
    receiver.receiver.trust(made.path("secret").asString(""));
  }

  private void awaitHeard(String type) throws IOException {
    Waiting.until(
        30,
        "a program hears of " + type,
        receiver.types()::toString,
        () -> receiver.types().contains(type));
    assertThat(receiver.receiver.refusals()).isEmpty();
  }

  @Test
  @Order(9)
  void the_next_server_adopts_what_a_killed_one_left_running() throws Exception {
    var pid = api().pid("hello");

    up().kill();
    up = ground().up("--keep-instances");

    assertThat(up().greeting())
        .contains("\"Hello! Who are you?\" (message 2 of this conversation)");
    assertThat(api().running("hello").at("/placement/pid").asLong(0)).isEqualTo(pid);
    assertThat(api().say("hello", "eva", "who noticed?"))
        .contains("\"who noticed?\" (message 4 of this conversation)");
  }

  @Test
  @Order(10)
  void instances_that_are_to_be_kept_outlive_their_server() throws Exception {
    var pid = api().pid("hello");

    assertThat(up().terminate(20)).isTrue();
    assertThat(up().err()).contains("instances run on");
    assertThat(Host.isAlive(pid)).isTrue();
    up = ground().up();

    assertThat(up().greeting())
        .contains("\"Hello! Who are you?\" (message 3 of this conversation)");
    assertThat(api().running("hello").at("/placement/pid").asLong(0)).isEqualTo(pid);
  }

  @Test
  @Order(11)
  void an_adopted_instance_finds_its_model_at_a_server_with_another_port() throws Exception {
    var pid = api().pid("hello");
    up().kill();
    ground().move();

    up = ground().up("--no-instance");

    // Only its own output tells when a gateway has taken a change: one that is asked a moment
    // earlier tries the old address for more than a minute.
    Waiting.until(
        60,
        "hello takes the new address of its model",
        () -> api().events("hello"),
        () ->
            api()
                .get(HELLO + "/logs?limit=100")
                .body()
                .contains("config hot reload applied (models.providers.rockpool.baseUrl)"));
    assertThat(config("hello")).contains(":%d/llm/".formatted(ground().port()));
    assertThat(api().say("hello", "moved", "found it?")).contains("\"found it?\" (message 1");
    assertThat(api().running("hello").at("/placement/pid").asLong(0)).isEqualTo(pid);
  }

  @Test
  @Order(12)
  void a_server_that_is_told_to_stop_stops_its_instances_and_starts_them_again() throws Exception {
    var pid = api().pid("hello");
    var tree = Host.tree(pid);

    assertThat(up().terminate(20)).isTrue();
    assertThat(tree).hasSizeGreaterThan(1).noneMatch(Host::isAlive);
    up = ground().up();

    assertThat(up().greeting())
        .contains("\"Hello! Who are you?\" (message 4 of this conversation)");
    assertThat(api().running("hello").at("/placement/pid").asLong(0)).isNotEqualTo(pid);
  }

  @Test
  @Order(13)
  void a_destroyed_instance_leaves_nothing() throws IOException {
    var hello = api().instance("hello");
    var tree = Host.tree(hello.at("/placement/pid").asLong(0));

    var _ = body(202, api().delete(HELLO));

    Waiting.until(
        60,
        "hello is gone",
        () -> api().events("hello"),
        () -> api().get(HELLO).statusCode() == 404);
    assertThat(tree).noneMatch(Host::isAlive);
    assertThat(ground().instance("hello")).doesNotExist();
    assertThat(Host.isFree(hello.at("/placement/port").asInt(0))).isTrue();
    assertThat(api().get("/i/hello/v1/models").statusCode()).isEqualTo(404);
    awaitHeard("instance.destroyed");
  }

  @Test
  @Order(14)
  void a_team_answers_each_agent_for_itself() throws IOException {
    var team = api().created("Team", List.of("lingxi", "coder", "ops"));

    assertThat(api().say(team, "main", "who leads?"))
        .contains("\"who leads?\" (message 1 of this conversation)");
    var coder =
        body(
            200,
            api()
                .post(
                    "/i/" + team + "/v1/chat/completions",
                    Map.of(
                        "model",
                        "openclaw/coder",
                        "user",
                        "eva",
                        "messages",
                        List.of(Map.of("role", "user", "content", "who codes?")))));
    assertThat(coder.at("/choices/0/message/content").asString(""))
        .contains("\"who codes?\" (message 1 of this conversation)");
    assertThat(ground().instance(team).resolve("home/.openclaw/agents/coder")).isDirectory();
  }

  @Test
  @Order(15)
  void a_start_that_is_only_recorded_leaves_no_process() throws Exception {
    var log = folder.resolve("warm-up.log");
    var program =
        ground().program("warm-up").redirectErrorStream(true).redirectOutput(log.toFile()).start();

    assertThat(program.waitFor(60, SECONDS)).as("it ended").isTrue();
    assertThat(program.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Host.running(folder.resolve("rockpool-"))).isEmpty();
  }

  private void awaitOtherPid(long pid) throws IOException {
    Waiting.until(
        180,
        "hello runs with another pid",
        () -> api().events("hello"),
        () -> {
          var hello = api().instance("hello");
          return hello.path("status").asString("").equals("running")
              && hello.at("/placement/pid").asLong(pid) != pid;
        });
  }

  /** The gateway's own list of its agents. */
  private JsonNode agents() throws IOException {
    var secrets =
        Api.JSON.readTree(
            Files.readString(ground().instance("hello").resolve("config/secrets.json")));
    var gateway =
        new Api(
            api().instance("hello").at("/placement/port").asInt(0),
            secrets.at("/gateway/password").asString(""));
    return body(
        200,
        gateway.post("/api/v1/admin/rpc", Map.of("method", "agents.list", "params", Map.of())));
  }

  private String config(String id) throws IOException {
    return Files.readString(ground().instance(id).resolve("config/openclaw.json"));
  }

  private static List<JsonNode> data(String stream, String event) {
    return List.of(stream.split("\n\n", -1)).stream()
        .filter(it -> it.lines().anyMatch(("event: " + event)::equals))
        .flatMap(it -> it.lines().filter(line -> line.startsWith("data: ")))
        .map(line -> Api.JSON.readTree(line.substring(6)))
        .toList();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private Api api() {
    try {
      return ground().api();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Ground ground() {
    return requireNonNull(ground);
  }

  private Up up() {
    return requireNonNull(up);
  }
}
