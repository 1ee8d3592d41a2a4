package io.rockpool.edge.webhook;

import static io.rockpool.edge.webhook.WebhookGround.BOBS;
import static io.rockpool.edge.webhook.WebhookGround.DISCORD;
import static io.rockpool.edge.webhook.WebhookGround.FEISHU;
import static io.rockpool.edge.webhook.WebhookGround.LINE;
import static io.rockpool.edge.webhook.WebhookGround.SLACK;
import static io.rockpool.edge.webhook.WebhookGround.TELEGRAM;
import static io.rockpool.edge.webhook.WebhookGround.X;
import static io.rockpool.edge.webhook.WebhookGround.Y;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Pair;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.FeishuDouble;
import io.rockpool.channel.tck.LineDouble;
import io.rockpool.channel.tck.Mutations;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.control.channel.Intake.Outcome;
import io.rockpool.control.channel.Intake.Rates;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.State;
import io.rockpool.control.net.Network;
import io.rockpool.edge.webhook.WebhookGround.Told;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What platforms, and others, hear from webhooks. */
@Timeout(180)
class WebhooksTest {
  private static final int MUTATIONS = 10_000;
  private static final String SECRET = "x-telegram-bot-api-secret-token";
  private static final InstantSource CLOCK = InstantSource.fixed(WebhookGround.NOW);

  private final TelegramDouble telegram =
      new TelegramDouble(
          new TelegramDouble.Setting(Secret.of("123456:AA-token"), "rockpool_bot", true, 0), CLOCK);
  private final SlackDouble slack =
      new SlackDouble(
          new SlackDouble.Setting(Secret.of("xoxb-token"), Secret.of("signing-secret"), 0), CLOCK);
  private final FeishuDouble feishu =
      new FeishuDouble(
          new FeishuDouble.Setting(
              new Pair(Secret.of("cli_a1"), Secret.of("app-secret")),
              Secret.of("verification"),
              Secret.of("encrypt-key")),
          CLOCK);
  private final LineDouble line =
      new LineDouble(
          new LineDouble.Setting(Secret.of("line-token"), Secret.of("line-secret"), true), CLOCK);
  private final DiscordDouble discord =
      new DiscordDouble(new DiscordDouble.Setting(Secret.of("MTE.x.y"), 0), CLOCK);
  private @TempDir Path folder;
  private WebhookGround ground;

  @BeforeEach
  void open() throws IOException {
    ground = new WebhookGround(folder, keys());
  }

  private Map<String, Keys> keys() {
    return Map.of(
        "telegram", telegram.keys(),
        "slack", slack.keys(),
        "discord", discord.keys(),
        "feishu", feishu.keys(),
        "line", line.keys());
  }

  @AfterEach
  void close() {
    ground.close();
    telegram.close();
    slack.close();
    feishu.close();
    line.close();
    discord.close();
  }

  private void reopen(Rates rates, Webhooks.Bounds bounds, String... proxies) throws IOException {
    ground.close();
    ground =
        new WebhookGround(
            Files.createTempDirectory(folder, "again"),
            keys(),
            rates,
            bounds,
            Arrays.stream(proxies).map(Network::parse).toList());
  }

  private Webhook update(int number) {
    return telegram.writes(number, telegram.chat(1), "hello " + number);
  }

  private Webhook event(int number) {
    return slack.writes(number, slack.chat(1), "hello " + number);
  }

  private Webhook interaction(int number) {
    return discord.writes(number, discord.chat(1), "hello " + number);
  }

  private static void isEmpty(int status, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void a_message_is_on_the_disk_when_its_platform_hears_of_it() {
    isEmpty(200, ground.post(TELEGRAM, update(1)));
    isEmpty(200, ground.post(SLACK, event(1)));

    assertThat(ground.stored(X))
        .extracting(InboxMessage::platform)
        .containsOnly("telegram", "slack");
    isEmpty(200, ground.post(TELEGRAM, update(1)));
    isEmpty(200, ground.post(SLACK, event(1)));
    assertThat(ground.stored(X)).as("a repetition").hasSize(2);
    assertThat(ground.told)
        .containsExactly(
            new Told("telegram", Outcome.ACCEPTED),
            new Told("slack", Outcome.ACCEPTED),
            new Told("telegram", Outcome.DUPLICATE),
            new Told("slack", Outcome.DUPLICATE));
  }

  @Test
  void mistake_1_the_secret_of_one_connection_opens_no_other() {
    isEmpty(401, ground.post(BOBS, update(1)));

    assertThat(ground.stored(Y)).isEmpty();
  }

  @Test
  void mistake_2_who_shows_no_secret_is_not_let_in() {
    var request = update(1);

    isEmpty(401, ground.post(TELEGRAM, without(request, SECRET)));
    isEmpty(401, ground.post(SLACK, without(event(1), "x-slack-signature")));
    assertThat(ground.stored(X)).isEmpty();
  }

  @Test
  void mistake_3_a_secret_that_is_shown_twice_is_none() throws IOException {
    var request = update(1);
    var twice = new HashMap<>(request.headers());
    twice.put(
        SECRET, List.of(request.only(SECRET).orElseThrow(), request.only(SECRET).orElseThrow()));

    isEmpty(401, ground.post(TELEGRAM, new Webhook("POST", twice, "", request.body())));
    assertThat(
            raw(
                "POST %s HTTP/1.1\nHost: a\n%s: %s\n%s: wrong\nContent-Length: 2\nConnection: close\n\n{}"
                    .formatted(TELEGRAM, SECRET, request.only(SECRET).orElseThrow(), SECRET)))
        .startsWith("HTTP/1.1 401 ");
    assertThat(ground.stored(X)).isEmpty();
  }

  @Test
  void a_signature_of_a_platform_covers_the_bytes_as_they_came() {
    var request = event(1);
    var body = Arrays.copyOf(request.body(), request.body().length + 1);
    body[body.length - 1] = ' ';

    isEmpty(401, ground.post(SLACK, new Webhook("POST", request.headers(), "", body)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/webhook/telegram/guess",
        "/webhook/telegram/",
        "/webhook/telegram",
        "/webhook/telegram/key-of-ada/more",
        "/webhook/telegram/KEY-OF-ADA",
        "/webhook/telegram/%6bey-of-ada%00"
      })
  void mistake_12_who_guesses_gets_one_empty_answer(String path) throws IOException {
    var answer =
        raw("POST %s HTTP/1.1\nHost: a\nContent-Length: 0\nConnection: close\n\n".formatted(path));

    if (path.endsWith("%00")) {
      assertThat(answer).startsWith("HTTP/1.1 400 "); // no path at all, says Jetty
    } else {
      assertThat(answer).startsWith("HTTP/1.1 404 ").endsWith("\r\n\r\n");
      assertThat(ground.told).containsExactly(new Told("telegram", Outcome.UNKNOWN));
    }
  }

  @Test
  void mistake_12_a_guess_is_answered_without_its_body_and_without_the_database()
      throws IOException {
    ground.loseDatabase();

    try (var socket = ground.open()) {
      write(socket, "POST /webhook/telegram/guess HTTP/1.1\nHost: a\nContent-Length: 1000000\n\n");

      assertThat(line(socket)).isEqualTo("HTTP/1.1 404 Not Found");
    }
    isEmpty(401, ground.post(BOBS, update(1)));
    assertThat(
            ground.post("/webhook/slack/guess", event(1)).headers().firstValue("X-Slack-No-Retry"))
        .contains("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"})
  void a_known_webhook_takes_nothing_but_posts_and_says_so(String method) {
    var request = update(1);
    var known =
        ground.send(ground.request(TELEGRAM, request).method(method, BodyPublishers.noBody()));
    var unknown =
        ground.send(
            HttpRequest.newBuilder(ground.at("/webhook/telegram/guess"))
                .method(method, BodyPublishers.noBody()));

    isEmpty(405, known);
    assertThat(known.headers().firstValue("Allow")).contains("POST");
    isEmpty(404, unknown);
    assertThat(unknown.headers().firstValue("Allow")).isEmpty();
  }

  @Test
  void what_payment_providers_send_is_left_to_others() {
    assertThat(ground.post("/webhook/payments/stripe", update(1)).statusCode()).isEqualTo(299);
    assertThat(ground.post("/webhooks", update(1)).statusCode()).isEqualTo(299);
  }

  @Test
  void mistake_13_fifty_megabytes_are_refused_before_they_come() throws IOException {
    try (var socket = ground.open()) {
      write(
          socket,
          "POST %s HTTP/1.1\nHost: a\nContent-Length: 50000000\nExpect: 100-continue\n\n"
              .formatted(TELEGRAM));

      assertThat(line(socket)).isEqualTo("HTTP/1.1 413 Payload Too Large");
    }
    assertThat(ground.told).containsExactly(new Told("telegram", Outcome.UNREAD));
  }

  @Test
  void a_body_that_does_not_say_how_long_it_is_is_counted() throws IOException {
    try (var socket = ground.open()) {
      write(
          socket, "POST %s HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n".formatted(TELEGRAM));
      var part = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
      for (int i = 0; i < 17; i++) {
        socket.getOutputStream().write(part.getBytes(ISO_8859_1));
      }

      assertThat(line(socket)).isEqualTo("HTTP/1.1 413 Payload Too Large");
    }
  }

  @Test
  void a_body_in_chunks_is_a_body() throws IOException {
    var request = update(1);
    try (var socket = ground.open()) {
      write(
          socket,
          "POST %s HTTP/1.1\nHost: a\n%s: %s\nTransfer-Encoding: chunked\n\n"
              .formatted(TELEGRAM, SECRET, request.only(SECRET).orElseThrow()));
      for (byte one : request.body()) {
        socket.getOutputStream().write(new byte[] {'1', '\r', '\n', one, '\r', '\n'});
      }
      write(socket, "0\n\n");

      assertThat(line(socket)).isEqualTo("HTTP/1.1 200 OK");
    }
    assertThat(ground.stored(X)).hasSize(1);
  }

  @Test
  void the_largest_body_is_taken() {
    var body = ("{\"update_id\":1,\"message\":{\"text\":\"" + "x".repeat(1 << 20)).getBytes(UTF_8);
    var largest = Arrays.copyOf(body, 1 << 20);

    isEmpty(200, ground.post(TELEGRAM, telegram.sends(largest)));
    isEmpty(413, ground.post(TELEGRAM, telegram.sends(Arrays.copyOf(largest, (1 << 20) + 1))));
    assertThat(ground.stored(X)).extracting(InboxMessage::state).containsExactly(State.DEAD);
  }

  @ParameterizedTest
  @CsvSource({"gzip, 415", "br, 415", "'identity, gzip', 415", "identity, 200", "IDENTITY, 200"})
  void what_is_packed_is_not_unpacked(String encoding, int status) {
    isEmpty(
        status,
        ground.send(ground.request(TELEGRAM, update(1)).header("Content-Encoding", encoding)));
  }

  @Test
  void a_body_that_comes_too_slowly_is_left_in_time() throws IOException {
    reopen(Rates.DEFAULT, new Webhooks.Bounds(Duration.ofMillis(300), 32L << 20, 8L << 20));
    try (var socket = ground.open()) {
      write(socket, "POST %s HTTP/1.1\nHost: a\nContent-Length: 100\n\n{".formatted(TELEGRAM));

      assertThat(line(socket)).isEqualTo("HTTP/1.1 408 Request Timeout");
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .as("and the connection is closed")
          .endsWith("\r\n\r\n");
    }
    assertThat(ground.told).containsExactly(new Told("telegram", Outcome.UNREAD));
    isEmpty(200, ground.post(TELEGRAM, update(1)));
  }

  @Test
  void who_hangs_up_half_way_harms_nobody() throws IOException {
    for (int i = 0; i < 50; i++) {
      try (var socket = ground.open()) {
        write(
            socket, "POST %s HTTP/1.1\nHost: a\nContent-Length: 1000000\n\n{".formatted(TELEGRAM));
      }
    }

    isEmpty(200, ground.post(TELEGRAM, update(1)));
  }

  @Test
  void strangers_who_fill_the_room_of_one_connection_leave_it_to_the_others() throws IOException {
    reopen(Rates.DEFAULT, new Webhooks.Bounds(Duration.ofSeconds(30), 3 << 20, 1 << 20));
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 2; i++) {
        var socket = ground.open();
        sockets.add(socket);
        write(socket, "POST %s HTTP/1.1\nHost: a\nContent-Length: 900000\n\n".formatted(BOBS));
        socket.getOutputStream().write(new byte[800_000]);
      }

      await().until(() -> sockets.stream().anyMatch(WebhooksTest::isAnswered));
      var full = sockets.stream().filter(WebhooksTest::isAnswered).findFirst().orElseThrow();
      assertThat(line(full)).isEqualTo("HTTP/1.1 503 Service Unavailable");
      isEmpty(200, ground.post(TELEGRAM, update(1)));
    } finally {
      for (var socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void a_store_that_is_down_is_overload_as_the_platform_understands_it() {
    isEmpty(200, ground.post(TELEGRAM, update(1))); // the key of the account is known then
    isEmpty(200, ground.post(SLACK, event(1)));
    ground.inbox.close();

    var telegrams = ground.post(TELEGRAM, update(2));
    isEmpty(503, telegrams);
    assertThat(telegrams.headers().firstValue("Retry-After")).contains("5");
    var slacks = ground.post(SLACK, event(2));
    isEmpty(503, slacks);
    assertThat(slacks.headers().firstValue("X-Slack-No-Retry")).isEmpty();
    var command = ground.post(SLACK, slack.form(COMMAND.getBytes(UTF_8)));
    assertThat(command.statusCode()).as("it would never come again").isEqualTo(200);
    assertThat(command.body()).contains("ephemeral");
  }

  @Test
  void an_answer_is_promised_once_the_question_is_on_the_disk() {
    var ping = "{\"application_id\":\"1\",\"id\":\"2\",\"token\":\"t\",\"type\":1}".getBytes(UTF_8);
    assertThat(ground.post(DISCORD, discord.sends(ping)).body()).isEqualTo("{\"type\":1}");

    for (int time = 1; time <= 2; time++) {
      var promised = ground.post(DISCORD, interaction(1));
      assertThat(promised.statusCode()).isEqualTo(200);
      assertThat(promised.body()).isEqualTo("{\"type\":5}");
      assertThat(promised.headers().firstValue("Content-Type"))
          .contains("application/json; charset=utf-8");
    }

    assertThat(ground.stored(X)).hasSize(1);
    isEmpty(401, ground.post(DISCORD, discord.forged(interaction(2))));
    isEmpty(401, ground.post(DISCORD, without(interaction(2), "x-signature-timestamp")));
    isEmpty(404, ground.post("/webhook/discord/guess", interaction(2)));
    ground.inbox.close();
    var busy = ground.post(DISCORD, interaction(3));
    assertThat(busy.statusCode()).as("it would never come again").isEqualTo(200);
    assertThat(busy.body()).contains("\"type\":4", "\"flags\":64", "try again");
  }

  private static final String COMMAND =
      "command=%2Fask&text=hi&trigger_id=1.2&user_id=U1&team_id=T1&channel_id=C1&api_app_id=A1";

  @Test
  void a_question_to_the_webhook_is_answered_and_wakes_nobody() {
    var answer =
        ground.post(
            SLACK,
            slack.sends(
                "{\"type\":\"url_verification\",\"token\":\"t\",\"challenge\":\"c h\"}"
                    .getBytes(UTF_8)));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("c h");
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(ground.stored(X)).isEmpty();
  }

  @Test
  void a_poisonous_body_is_kept_as_dead_and_blocks_no_chat() {
    isEmpty(200, ground.post(TELEGRAM, telegram.sends("{\"update_id\":".getBytes(UTF_8))));

    assertThat(ground.stored(X)).extracting(InboxMessage::state).containsExactly(State.DEAD);
  }

  @Test
  void who_guesses_on_is_answered_shortly_by_his_address_behind_a_proxy_of_ours()
      throws IOException {
    reopen(new Rates(100, 2), Webhooks.Bounds.DEFAULT, "127.0.0.1", "10.0.0.0/8");

    for (var expected : List.of(404, 404, 429, 429)) {
      isEmpty(expected, guess("203.0.113.9, 198.51.100.7, 10.1.2.3"));
    }
    isEmpty(404, guess("198.51.100.8"));
    isEmpty(429, guess("198.51.100.7"));
    isEmpty(404, guess("2001:db8:1:2:3:4:5:6"));
    isEmpty(404, guess("2001:db8:1:2:ffff::1"));
    isEmpty(429, guess("2001:db8:1:2::7")); // all of these are one customer's
    isEmpty(404, guess("2001:db8:1:3::7"));
    isEmpty(200, ground.post(TELEGRAM, update(1)));
  }

  @Test
  void who_is_no_proxy_of_ours_is_not_believed_whom_he_speaks_for() throws IOException {
    reopen(new Rates(100, 2), Webhooks.Bounds.DEFAULT);

    isEmpty(404, guess("198.51.100.7"));
    isEmpty(404, guess("198.51.100.8"));
    isEmpty(429, guess("198.51.100.9"));
  }

  private HttpResponse<String> guess(String forwardedFor) {
    return ground.send(
        ground
            .request("/webhook/telegram/guess", update(1))
            .header("X-Forwarded-For", forwardedFor));
  }

  @Test
  void ten_thousand_mutated_updates_get_clean_answers() throws Exception {
    storm(TELEGRAM, mutated(update(1), telegram::sends));
  }

  @Test
  void ten_thousand_mutated_events_get_clean_answers() throws Exception {
    var commands = mutated(slack.form(COMMAND.getBytes(UTF_8)), slack::form);
    var events = mutated(event(1), slack::sends);
    storm(SLACK, i -> i % 2 == 0 ? events.apply(i) : commands.apply(i));
  }

  /** Fewer, as each takes milliseconds to sign and to look at. */
  @Test
  void a_thousand_mutated_interactions_get_clean_answers() throws Exception {
    var interactions = mutated(interaction(1), discord::sends);
    storm(1_000, i -> new Call(DISCORD, interactions.apply(i)));
  }

  @Test
  void ten_thousand_mutated_secrets_and_signatures_get_clean_refusals() throws Exception {
    var proofs =
        List.of(
            new Proof(TELEGRAM, forgeries(update(1))),
            new Proof(SLACK, forgeries(event(1))),
            new Proof(DISCORD, forgeries(interaction(1))),
            new Proof(FEISHU, forgeries(feishu.writes(1, feishu.chat(1), "hello"))),
            new Proof(LINE, forgeries(line.writes(1, line.chat(1), "hello"))));

    storm(MUTATIONS, i -> proofs.get(i % proofs.size()).call(i / proofs.size()));

    assertThat(ground.stored(X)).hasSizeLessThanOrEqualTo(5); // a mutation may leave all as it was
  }

  private record Proof(String path, Function<Integer, Webhook> forgeries) {
    Call call(int number) {
      return new Call(path, forgeries.apply(number));
    }
  }

  @Test
  void ten_thousand_mutated_bodies_of_others_get_clean_answers() throws Exception {
    var events = mutated(feishu.writes(1, feishu.chat(1), "hello"), feishu::sends);
    var batches = mutated(line.writes(1, line.chat(1), "hello"), line::sends);
    storm(
        MUTATIONS,
        i -> i % 2 == 0 ? new Call(FEISHU, events.apply(i)) : new Call(LINE, batches.apply(i)));
  }

  @Test
  void a_challenge_is_answered_and_kept_nowhere() {
    var asked = FeishuDouble.unsigned(feishu.encrypted(feishu.challenge("abc")));

    var answer = ground.post(FEISHU, asked);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"challenge\":\"abc\"}");
    isEmpty(200, ground.post(LINE, line.writes(List.of())));
    assertThat(ground.stored(X)).isEmpty();
    assertThat(ground.told)
        .containsExactly(new Told("feishu", Outcome.PROBE), new Told("line", Outcome.PROBE));
  }

  @Test
  void several_events_of_one_body_are_one_message_whatever_lanes_they_have() {
    var both =
        line.writes(
            List.of(line.event(1, line.chat(1), "one"), line.event(2, line.chat(2), "two")));

    isEmpty(200, ground.post(LINE, both));
    isEmpty(200, ground.post(LINE, both));

    assertThat(ground.stored(X))
        .extracting(InboxMessage::lane, InboxMessage::platform)
        .containsExactly(tuple(line.chat(1), "line"));
  }

  /** The same proof of another body, as whoever knows the secret would make it. */
  private static Function<Integer, Webhook> mutated(
      Webhook original, Function<byte[], Webhook> signed) {
    var mutations = new Mutations(6);
    var bodies =
        IntStream.range(0, MUTATIONS).mapToObj(_ -> mutations.of(original.body())).toList();
    return i -> signed.apply(bodies.get(i));
  }

  private static Function<Integer, Webhook> forgeries(Webhook original) {
    var mutations = new Mutations(17);
    var names =
        original.headers().keySet().stream()
            .filter(it -> !it.equals("content-type"))
            .sorted()
            .toList();
    var values =
        IntStream.range(0, MUTATIONS)
            .mapToObj(i ->
                mutations.of(
                    original.only(names.get(i % names.size())).orElseThrow().getBytes(UTF_8)))
            .map(WebhooksTest::printable)
            .toList();
    return i -> {
      var headers = new HashMap<>(original.headers());
      headers.put(names.get(i % names.size()), List.of(values.get(i)));
      return new Webhook("POST", headers, "", original.body());
    };
  }

  /** What can stand in a header at all. */
  private static String printable(byte[] bytes) {
    var text = new StringBuilder();
    for (byte one : bytes) {
      text.append(one > ' ' && one < 0x7f ? (char) one : '~');
    }
    return text.toString();
  }

  private record Call(String path, Webhook request) {}

  private void storm(String path, Function<Integer, Webhook> requests) throws Exception {
    storm(MUTATIONS, i -> new Call(path, requests.apply(i)));
  }

  private void storm(int count, IntFunction<Call> calls) throws Exception {
    reopen(new Rates(0, 1_000_000), Webhooks.Bounds.DEFAULT);
    var statuses = new TreeSet<Integer>();
    var places = new Semaphore(64);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Callable<Integer>>();
      for (int i = 0; i < count; i++) {
        int number = i;
        all.add(() -> {
          places.acquire();
          try {
            var call = calls.apply(number);
            var answer = ground.post(call.path(), call.request());
            if (call.path().equals(TELEGRAM)) {
              assertThat(answer.body()).as("Telegram would execute it").isEmpty();
            }
            return answer.statusCode();
          } finally {
            places.release();
          }
        });
      }
      for (Future<Integer> call : threads.invokeAll(all)) {
        statuses.add(call.get());
      }
    }
    assertThat(statuses).isSubsetOf(200, 401);
    assertThat(ground.told).hasSize(count);
  }

  private static Webhook without(Webhook request, String header) {
    var headers = new HashMap<>(request.headers());
    headers.remove(header);
    return new Webhook("POST", headers, "", request.body());
  }

  /** Sends a request, and reads until the server closes. */
  private String raw(String request) throws IOException {
    try (var socket = ground.open()) {
      write(socket, request);
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static boolean isAnswered(Socket socket) {
    try {
      return socket.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first line of an answer. */
  private static String line(Socket socket) {
    try {
      var line = new StringBuilder();
      for (int next = socket.getInputStream().read();
          next >= 0 && next != '\r';
          next = socket.getInputStream().read()) {
        line.append((char) next);
      }
      return line.toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
