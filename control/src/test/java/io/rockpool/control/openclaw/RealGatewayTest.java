package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.awaitility.pollinterval.IterativePollInterval.iterative;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.rockpool.control.reconcile.FilesProbe;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** One gateway for all tests here: a start takes ten seconds and more. */
@Tag("openclaw")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealGatewayTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final List<String> TEAM = List.of("lingxi", "coder", "ops");
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern SKILL = Pattern.compile("<name>([a-z0-9-]+)</name>");

  private final Gateway client = Gateway.overHttp();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Optional<EchoModel> openModel = Optional.empty();
  private Optional<RealGateway> openGateway = Optional.empty();
  private String schema = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    openGateway = Optional.of(new RealGateway(folder));
    openModel = Optional.of(new EchoModel());
    gateway().write(rendered("{}"));
    schema = gateway().run("config", "schema");
    gateway().start(client);
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
    http.close();
  }

  @Test
  void openclaw_finds_nothing_to_say_about_the_configuration() throws Exception {
    var verdict = JSON.readTree(gateway().run("config", "validate", "--json"));

    assertThat(verdict.path("valid").asBoolean(false)).as("%s", verdict).isTrue();
    assertThat(verdict.path("warnings")).as("%s", verdict).isEmpty();
  }

  @Test
  void its_schema_takes_the_configuration_and_finds_what_is_wrong() {
    var source = new ConfigSchema(() -> Optional.of(schema));

    assertThat(source.problems(rendered("{}"))).isEmpty();
    assertThat(source.problems(Given.rendered(List.of(), "{}", "{ui:{prefs:{theme:7}}}")))
        .extracting(ConfigProblem::path)
        .containsExactly("ui.prefs.theme");
    assertThat(source.problems(Given.rendered(List.of(), "{gatway:{}}", "{}")))
        .containsExactly(ConfigProblem.invalid("gatway", "OpenClaw has no such setting."));
  }

  @Test
  void a_pruned_schema_judges_as_the_whole_one_does() {
    var whole =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
            .getSchema(withoutPatterns(JSON.readTree(schema)));

    for (var plan :
        List.of(
            "{}",
            "{channels:{telegram:{botToken:7,groups:{'*':{requireMention:'x'}}}}}",
            "{mcp:{servers:{x:{command:'a',nope:1}}},tools:{exec:{mode:'x'}}}",
            "{agents:{entries:{main:{heartbeat:{every:5}}}},session:{reset:{atHour:99}}}")) {
      var config = OpenClawConfig.parse(Given.rendered(List.of(), plan, "{}"));

      assertThat(ConfigSchema.problems(schema, config).isEmpty())
          .as(plan)
          .isEqualTo(whole.validate(config).isEmpty());
    }
  }

  @Test
  void every_section_of_its_configuration_has_been_thought_about() {
    assertThat(JSON.readTree(schema).path("properties").propertyNames())
        .allSatisfy(section ->
            assertThat(LockedKeys.RULES)
                .as("a rule for %s", section)
                .anyMatch(rule -> rule.pattern().keys().getFirst().equals(section)));
  }

  @Test
  void what_is_open_exists() {
    var properties = JSON.readTree(schema);

    assertThat(LockedKeys.RULES)
        .allSatisfy(rule -> {
          JsonNode at = properties;
          for (var key : rule.pattern().keys()) {
            at = key.equals("*") ? at.path("additionalProperties") : at.at("/properties/" + key);
          }
          assertThat(at.isMissingNode()).as("%s", rule.pattern()).isFalse();
        });
  }

  @Test
  void conversations_are_kept_apart_and_remembered() throws Exception {
    answer(new Message("lingxi", "moon", "remember word-moon"));
    answer(new Message("lingxi", "sun", "remember word-sun"));

    assertThat(answer(new Message("lingxi", "moon", "what did I say?")).text())
        .isEqualTo("I heard: word-moon");
    assertThat(answer(new Message("lingxi", "sun", "what did I say?")).text())
        .isEqualTo("I heard: word-sun");
  }

  @Test
  void every_agent_of_the_team_answers_with_its_own_soul() throws Exception {
    answer(new Message("lingxi", "team", "hello"));
    var lingxi = EchoModel.systemPrompt(model().requests().getLast());
    answer(new Message("coder", "team", "hello"));
    var coder = EchoModel.systemPrompt(model().requests().getLast());

    assertThat(lingxi).contains("心有灵犀").doesNotContain("You are a careful engineer");
    assertThat(coder).contains("You are a careful engineer").doesNotContain("心有灵犀");
    assertThat(model().newestAuthorization()).isEqualTo("Bearer rpk-model-key");
  }

  @Test
  void agents_have_their_own_skills_and_no_others() throws Exception {
    answer(new Message("ops", "skills", "hello"));

    var prompt = EchoModel.systemPrompt(model().requests().getLast());
    assertThat(SKILL.matcher(prompt).results().map(it -> it.group(1)))
        .containsExactlyInAnyOrder("incident-log", "log-triage", "backup-check");
  }

  @Test
  void agents_read_and_write_and_run_nothing() throws Exception {
    answer(new Message("lingxi", "tools", "hello"));

    assertThat(EchoModel.tools(model().requests().getLast()))
        .contains("read", "write")
        .doesNotContain("exec", "process", "bash", "code_execution", "gateway", "nodes", "browser");
  }

  @Test
  void an_answer_has_its_cost() throws Exception {
    assertThat(answer(new Message("lingxi", "cost", "hello")).usage())
        .isEqualTo(new Reply.Usage(11, 3));
  }

  @Test
  void an_unknown_agent_is_refused() throws Exception {
    var reply = say(new Message("nope", "c", "hello"));

    assertThat(reply)
        .isInstanceOfSatisfying(
            Reply.Refused.class, it -> assertThat(it.advice()).contains("nope"));
  }

  @Test
  void a_wrong_password_is_refused() throws Exception {
    var reply =
        client.say(
            gateway().uri(),
            Secret.of("not-the-password"),
            new Message("lingxi", "c", "hello"),
            _ -> {},
            LONG);

    assertThat(reply)
        .isInstanceOfSatisfying(Reply.Refused.class, it -> assertThat(it.status()).isEqualTo(401));
  }

  @Test
  void the_edge_is_let_in_by_its_proof_and_nobody_else() throws Exception {
    assertThat(asEdge(Given.KEYS.edgeProof().reveal())).isEqualTo(200);
    assertThat(asEdge("0123456789abcdef")).isEqualTo(401);
  }

  @Test
  void a_suspended_gateway_takes_nothing_until_it_is_resumed() throws Exception {
    try (var browser = new OperatorSocket(http, gateway().uri(), Given.KEYS.password())) {
      var suspension = suspended();

      assertThat(suspension.until()).isBetween(Instant.now(), Instant.now().plusSeconds(121));
      assertThat(client.ready(gateway().uri(), LONG)).isEqualTo(new Readiness.NotYet("draining"));
      assertThat(say(new Message("lingxi", "held", "hello")))
          .isInstanceOfSatisfying(
              Reply.Refused.class, it -> assertThat(it.status()).isEqualTo(503));
      assertThat(browser.ask("cron.status", Json.object("{}")).at("/error/details/reason"))
          .isEqualTo(StringNode.valueOf("gateway-suspending"));
      assertThat(nextWake()).isInstanceOf(NextWake.Unknown.class);
      assertThat(suspended().id()).as("asked again").isEqualTo(suspension.id());

      assertThat(resume(suspension.id())).isEqualTo(new Resumption.Running());

      assertThat(client.ready(gateway().uri(), LONG)).isEqualTo(new Readiness.Ready());
      assertThat(browser.ask("cron.status", Json.object("{}")).path("ok").asBoolean()).isTrue();
      answer(new Message("lingxi", "held", "hello"));
      assertThat(resume(suspension.id())).as("again").isEqualTo(new Resumption.Running());
    }
  }

  @Test
  void a_suspension_whose_id_was_lost_is_ended() throws Exception {
    suspended();

    assertThat(resume("another")).isEqualTo(new Resumption.Running());

    suspended();

    assertThat(resume(null)).isEqualTo(new Resumption.Running());
    assertThat(client.ready(gateway().uri(), LONG)).isEqualTo(new Readiness.Ready());
  }

  @Test
  void a_gateway_that_answers_somebody_is_busy() throws Exception {
    suspended(); // nothing of an earlier test is under way
    resume(null);
    var before = model().requests().size();
    model().hold();
    var turn = new FutureTask<>(() -> say(new Message("lingxi", "slow", "hello")));
    try {
      Thread.ofVirtual().start(turn);
      await().atMost(LONG).until(() -> model().requests().size() > before);

      assertThat(suspend())
          .isInstanceOfSatisfying(
              Suspension.Busy.class,
              it -> {
                assertThat(it.reason()).isEqualTo("active-work");
                assertThat(it.blockers()).isNotEmpty();
              });
      assertThat(client.ready(gateway().uri(), LONG)).isEqualTo(new Readiness.Ready());
    } finally {
      model().release();
    }
    assertThat(turn.get()).isInstanceOf(Reply.Answered.class);
  }

  @Test
  void a_frozen_gateway_works_again_once_it_is_thawed_and_resumed() throws Exception {
    try (var browser = new OperatorSocket(http, gateway().uri(), Given.KEYS.password())) {
      var suspension = suspended();
      gateway().freeze();

      assertThat(client.resume(gateway().uri(), Given.KEYS.password(), null, SHORT))
          .isInstanceOf(Resumption.Unavailable.class);
      gateway().thaw();

      assertThat(resume(suspension.id())).isEqualTo(new Resumption.Running());
      assertThat(answer(new Message("lingxi", "thawed", "word-thaw")).text())
          .isEqualTo("I heard: word-thaw");
      assertThat(browser.ask("cron.status", Json.object("{}")).path("ok").asBoolean()).isTrue();
    }
  }

  @Test
  void the_next_job_wakes_it() throws Exception {
    assertThat(nextWake()).isEqualTo(new NextWake.Never());
    var later = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(1, ChronoUnit.HOURS);
    var job =
        Json.object(
            "{name:'later',agentId:'lingxi',schedule:{kind:'at'},sessionTarget:'isolated',"
                + "wakeMode:'now',payload:{kind:'agentTurn',message:'hello'},"
                + "delivery:{mode:'none'}}");
    ((ObjectNode) job.path("schedule")).put("at", later.toString());
    try (var browser = new OperatorSocket(http, gateway().uri(), Given.KEYS.password())) {
      var added = browser.ask("cron.add", job);
      assertThat(added.path("ok").asBoolean()).as("%s", added).isTrue();

      assertThat(nextWake()).isEqualTo(new NextWake.At(later));

      var removal = JSON.createObjectNode().put("id", added.at("/payload/id").asString());
      assertThat(browser.ask("cron.remove", removal).path("ok").asBoolean()).isTrue();
      assertThat(nextWake()).isEqualTo(new NextWake.Never());
    }
  }

  /** Late: for a minute nobody can suspend it again. */
  @Test
  @Order(Integer.MAX_VALUE - 2)
  void a_gateway_that_is_asked_too_often_says_when_to_ask_again() throws Exception {
    var suspension = suspended();
    var answers = new ArrayList<Suspension>();
    for (int i = 0; i < 30; i++) {
      answers.add(suspend());
    }
    assertThat(resume(suspension.id())).isEqualTo(new Resumption.Running());

    assertThat(answers.getLast())
        .isInstanceOfSatisfying(
            Suspension.Busy.class,
            it -> {
              assertThat(it.reason()).isEqualTo("asked-too-often");
              assertThat(it.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(1));
            });
  }

  @Test
  @Order(Integer.MAX_VALUE - 1)
  void a_changed_setting_is_taken_while_it_runs() throws Exception {
    var before = uptime();

    var probe = new ConfigProbe(client, _ -> Given.KEYS.password());
    assertThat(probe.ask(gateway().uri(), spec(rendered("{}")))).isEqualTo(FilesProbe.Answer.TAKEN);
    var changed =
        rendered("{tools:{profile:'minimal'},agents:{entries:{ops:{name:'Night watch'}}}}");

    gateway().write(changed);

    assertThat(probe.ask(gateway().uri(), spec(changed))).isEqualTo(FilesProbe.Answer.NOT_YET);

    // The values that it shows are ahead of what it does; that it says so is not.
    awaitTaken(probe, changed);
    answer(new Message("lingxi", "reload", "hello"));
    assertThat(EchoModel.tools(model().requests().getLast())).doesNotContain("read", "write");
    assertThat(uptime()).isGreaterThan(before);
    assertThat(gateway().isAlive()).isTrue();
  }

  @Test
  @Order(Integer.MAX_VALUE - 2)
  void a_replaced_model_key_is_taken_while_it_runs() throws Exception {
    answer(new Message("lingxi", "before", "hello"));
    assertThat(model().newestAuthorization()).isEqualTo("Bearer rpk-model-key");
    var keys = Given.KEYS;
    var replaced =
        rendered(
            "{}",
            new GatewayKeys(keys.edgeProof(), keys.password(), Secret.of("rpk-replaced-key"), 1));
    var probe = new ConfigProbe(client, _ -> keys.password());

    gateway().write(replaced);

    awaitTaken(probe, replaced);
    answer(new Message("lingxi", "after", "hello"));
    assertThat(model().newestAuthorization()).isEqualTo("Bearer rpk-replaced-key");
    assertThat(gateway().writtenWith("rpk-replaced-key")).isEmpty();
    gateway().write(rendered("{}"));
    awaitTaken(probe, rendered("{}"));
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void no_key_is_in_what_it_wrote() throws Exception {
    var password = Given.KEYS.password().reveal();
    var modelKey = Given.KEYS.modelKey().reveal();

    assertThat(gateway().writtenWith("gateway ready")).as("it looks").isNotEmpty();
    assertThat(gateway().writtenWith(password)).isEmpty();
    assertThat(gateway().writtenWith(modelKey)).isEmpty();
    assertThat(model().requests().toString())
        .doesNotContain(Given.KEYS.edgeProof().reveal(), password, modelKey);
    assertThat(gateway().writtenWith(Given.KEYS.edgeProof().reveal())).isEmpty();
  }

  private void awaitTaken(FilesProbe probe, RenderedConfig config) {
    await()
        .atMost(30, TimeUnit.SECONDS)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> probe.ask(gateway().uri(), spec(config)) == FilesProbe.Answer.TAKEN);
  }

  private RealGateway gateway() {
    return openGateway.orElseThrow();
  }

  private EchoModel model() {
    return openModel.orElseThrow();
  }

  private RenderedConfig rendered(String override) {
    return rendered(override, Given.KEYS);
  }

  private RenderedConfig rendered(String override, GatewayKeys keys) {
    return Given.rendered(
        new ConfigInputs(
            Given.ADA,
            TEAM,
            Json.object("{}"),
            Json.object(override),
            Given.at(model().baseUrl()),
            List.of()),
        keys);
  }

  /**
   * Waits for what earlier tests left under way. Asks less and less: after thirty questions in a
   * minute it answers none for the rest of it.
   */
  private Suspension.Ready suspended() {
    return (Suspension.Ready)
        await()
            .atMost(LONG)
            .pollInterval(iterative(it -> it.multipliedBy(2), Duration.ofMillis(200)))
            .until(this::suspend, Suspension.Ready.class::isInstance);
  }

  private Suspension suspend() throws InterruptedException {
    return client.suspend(gateway().uri(), Given.KEYS.password(), LONG);
  }

  private Resumption resume(@Nullable String id) throws InterruptedException {
    return client.resume(gateway().uri(), Given.KEYS.password(), id, LONG);
  }

  private NextWake nextWake() throws InterruptedException {
    return client.nextWake(gateway().uri(), Given.KEYS.password(), LONG);
  }

  private Reply say(Message message) throws InterruptedException {
    return client.say(gateway().uri(), Given.KEYS.password(), message, _ -> {}, LONG);
  }

  private Reply.Answered answer(Message message) throws InterruptedException {
    var heard = new StringBuilder();
    var reply = client.say(gateway().uri(), Given.KEYS.password(), message, heard::append, LONG);
    if (reply instanceof Reply.Answered answered) {
      assertThat(heard).hasToString(answered.text());
      return answered;
    }
    throw new AssertionError(reply);
  }

  private int asEdge(String proof) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(gateway().uri().resolve("/i/ada/control-ui-config.json"))
            .header("x-forwarded-for", "203.0.113.9")
            .header("x-rockpool-edge", "1")
            .header("x-rockpool-user-" + proof, "owner")
            .build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  /** Some are JavaScript's alone. */
  private static JsonNode withoutPatterns(JsonNode schema) {
    for (var child : schema) {
      withoutPatterns(child);
    }
    if (schema instanceof ObjectNode object && object.path("pattern").isString()) {
      object.remove("pattern");
    }
    return schema;
  }

  private long uptime() throws IOException, InterruptedException {
    return get(gateway().uri().resolve("/startupz")).path("uptimeMs").asLong(0);
  }

  private static InstanceSpec spec(RenderedConfig config) {
    return OpenClawLaunch.spec(Given.ADA, 1, config, new Limits(1L << 30, 2_000, 256));
  }

  private JsonNode get(URI uri) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(uri).build();
    return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }
}
