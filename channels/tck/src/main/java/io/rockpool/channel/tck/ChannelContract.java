package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every chat platform promises. */
public abstract class ChannelContract {
  /** The time at the platform, and here. */
  protected static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  private static final Duration HOUR = Duration.ofHours(1);
  private static final int MUTATIONS = 10_000;
  private static final long SEED = 6;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  protected abstract Channel channel();

  /** The same for a whole test. Its clock stands at {@link #NOW}. */
  protected abstract People people();

  /** What kind of message {@link People#writes} makes. */
  protected Inbound.Kind kind() {
    return Inbound.Kind.MESSAGE;
  }

  /** What the platform is answered when it was taken. */
  protected Reply taken() {
    return Reply.empty(200);
  }

  /** How many bodies are mutated: fewer where it takes long to prove one. */
  protected int mutations() {
    return MUTATIONS;
  }

  /** Whether the platform sends again what could not be taken. */
  protected boolean comesAgain() {
    return true;
  }

  /** Whether what was said can be given other words. */
  protected boolean canEdit() {
    return true;
  }

  /** Whether an instance knows a kept body as genuine, by headers of ours. */
  protected boolean isPassedOn() {
    return true;
  }

  @AfterEach
  final void hangUp() {
    http.shutdownNow();
    people().close();
  }

  /** Our end, with the right token. */
  protected final Bot bot() {
    return bot(people().root(), people().token());
  }

  private Bot bot(URI root, Secret token) {
    return channel().bot(new Access(root, token, http));
  }

  protected final Receipt receive(Webhook request) {
    return channel().receiver(people().keys()).receive(request, NOW);
  }

  protected static Inbound only(Receipt receipt) {
    assertThat(receipt).isInstanceOf(Receipt.Messages.class);
    var messages = ((Receipt.Messages) receipt).messages();
    assertThat(messages).hasSize(1);
    return messages.getFirst();
  }

  protected static <T> T done(Outcome<T> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<T>) outcome).value();
  }

  private static Webhook with(Webhook request, Map<String, List<String>> headers) {
    return new Webhook(request.method(), headers, request.query(), request.body());
  }

  // Who sent it

  @Test
  void a_connection_without_a_secret_is_refused() {
    for (var nothing : new String[] {"", " "}) {
      assertThatThrownBy(() -> channel().receiver(new Keys(Secret.of(nothing), "")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("secret");
    }
  }

  @Test
  void what_another_secret_proves_is_forged() {
    var request = people().forged(people().writes(1, people().chat(1), "hello"));

    assertThat(receive(request)).isEqualTo(receive(with(request, Map.of())));
    assertThat(receive(request)).isInstanceOf(Receipt.Forged.class);
    assertThat(receive(request).reply().status()).isIn(400, 401, 403);
    assertThat(receive(request).reply().body()).isEmpty();
  }

  @Test
  void a_header_that_is_missing_changed_or_sent_twice_proves_nothing() {
    var request = people().writes(1, people().chat(1), "hello");

    for (var name : request.headers().keySet()) {
      if (name.equals("content-type")) {
        continue;
      }
      var value = request.only(name).orElseThrow();
      for (var wrong :
          List.of(
              List.<String>of(),
              List.of(""),
              List.of(value, value),
              List.of(value + " "),
              List.of(value.substring(1)),
              List.of(value + "," + value))) {
        var headers = new HashMap<>(request.headers());
        headers.put(name, wrong);
        assertThat(receive(with(request, headers)))
            .as("%s: %s", name, wrong)
            .isInstanceOf(Receipt.Forged.class);
      }
    }
  }

  @Test
  void nothing_but_a_post_brings_a_message() {
    var request = people().writes(1, people().chat(1), "hello");

    assertThat(receive(new Webhook("GET", request.headers(), "", request.body())))
        .isInstanceOf(Receipt.Forged.class);
  }

  @Test
  void headers_are_known_in_any_case() {
    var request = people().writes(1, people().chat(1), "hello");
    var shouted = new HashMap<String, List<String>>();
    request.headers().forEach((name, values) -> shouted.put(name.toUpperCase(Locale.ROOT), values));

    assertThat(receive(with(request, shouted))).isEqualTo(receive(request));
  }

  // What it says

  @Test
  void a_message_says_who_where_and_what() {
    var chat = people().chat(1);

    var message = only(receive(people().writes(1, chat, "héllo 🦀")));

    assertThat(message.text()).isEqualTo("héllo 🦀");
    assertThat(message.place()).isEqualTo(new Place(chat, ""));
    assertThat(message.kind()).isEqualTo(kind());
    assertThat(message.sender()).isNotEmpty();
    assertThat(message.direct()).isTrue();
  }

  @Test
  void what_was_written_is_in_no_log() {
    var receipt = receive(people().writes(1, people().chat(1), "between us"));

    assertThat(receipt.toString()).doesNotContain("between us");
  }

  @Test
  void a_repetition_has_the_same_id_and_the_next_message_another() {
    var chat = people().chat(1);
    var first = only(receive(people().writes(1, chat, "hello")));

    assertThat(only(receive(people().writes(1, chat, "hello")))).isEqualTo(first);
    assertThat(only(receive(people().writes(2, chat, "hello"))).id()).isNotEqualTo(first.id());
  }

  @Test
  void each_chat_is_a_lane() {
    var one = only(receive(people().writes(1, people().chat(1), "a"))).lane();

    assertThat(only(receive(people().writes(2, people().chat(1), "b"))).lane()).isEqualTo(one);
    assertThat(only(receive(people().writes(3, people().chat(2), "c"))).lane()).isNotEqualTo(one);
  }

  @Test
  void what_bots_write_is_for_nobody() {
    var receipt = receive(people().botWrites(1, people().chat(1), "hello"));

    assertThat(receipt).isInstanceOf(Receipt.Ignored.class);
    assertThat(receipt.reply().status()).isEqualTo(200);
  }

  @Test
  void what_is_genuine_and_not_understood_is_acknowledged_and_has_a_name() {
    var deep = "{\"a\":".repeat(200) + "1" + "}".repeat(200);
    var bodies =
        List.of(
            "",
            "no JSON",
            "[]",
            "null",
            "{}",
            "{\"a\":1}{\"a\":1}",
            "{\"update_id\":1,\"update_id\":2,\"message\":{\"chat\":{\"id\":1}}}",
            "{\"update_id\":1,\"message\":" + deep + "}",
            "{\"type\":\"event_callback\",\"type\":\"event_callback\"}",
            deep);

    var names = new HashSet<String>();
    for (var body : bodies) {
      var receipt = receive(people().sends(body.getBytes(UTF_8)));
      assertThat(receipt).as(body).isInstanceOf(Receipt.Unreadable.class);
      assertThat(receipt).isEqualTo(receive(people().sends(body.getBytes(UTF_8))));
      assertThat(receipt.reply().status()).isEqualTo(200);
      names.add(((Receipt.Unreadable) receipt).id());
    }

    assertThat(names).hasSameSizeAs(bodies).allMatch(Inbound::isId);
  }

  @Test
  void ids_that_no_store_could_keep_are_not_taken() {
    var original = new String(people().writes(1, people().chat(1), "x").body(), UTF_8);

    for (var bad : List.of("\\u0000", "a".repeat(300), "\\ud800", " ")) {
      var body =
          original.replaceAll(
              "(\"(?:event_id|channel|webhookEventId|id)\":\")", "$1" + bad.replace("\\", "\\\\"));
      if (!body.equals(original)) {
        assertThat(receive(people().sends(body.getBytes(UTF_8))))
            .as(bad)
            .isInstanceOf(Receipt.Unreadable.class);
      }
    }
  }

  @Test
  void mutated_bodies_are_refused_or_read_and_nothing_is_thrown() {
    var mutations = new Mutations(SEED);
    var original = people().writes(1, people().chat(1), "hello").body();
    var seen = new HashMap<Class<?>, Integer>();

    for (var i = 0; i < mutations(); i++) {
      var body = mutations.of(original);
      var receipt = receive(people().sends(body));
      seen.merge(receipt.getClass(), 1, Integer::sum);
      assertThat(receipt.reply().status()).isEqualTo(200);
      assertThat(receive(people().forged(people().sends(body)))).isInstanceOf(Receipt.Forged.class);
    }

    assertThat(seen).containsKeys(Receipt.Messages.class, Receipt.Unreadable.class);
  }

  @Test
  void ten_thousand_mutated_proofs_are_forged() {
    var mutations = new Mutations(SEED);
    var request = people().writes(1, people().chat(1), "hello");
    var names =
        request.headers().keySet().stream().filter(it -> !it.equals("content-type")).toList();

    for (var i = 0; i < MUTATIONS; i++) {
      var name = names.get(i % names.size());
      var value = request.only(name).orElseThrow();
      var mutated = new String(mutations.of(value.getBytes(UTF_8)), UTF_8);
      var headers = new HashMap<>(request.headers());
      headers.put(name, List.of(mutated));
      if (!mutated.equals(value)) {
        assertThat(receive(with(request, headers)))
            .as("%s: %s", name, mutated)
            .isInstanceOf(Receipt.Forged.class);
      }
    }
  }

  // What is answered

  @Test
  void what_was_taken_is_answered_with_nothing_of_it() {
    var reply = receive(people().writes(1, people().chat(1), "{\"method\":\"x\"}")).reply();

    assertThat(reply).isEqualTo(taken());
  }

  @Test
  void an_unknown_address_is_never_said_to_be_gone() {
    var known = channel().unknown(people().writes(1, people().chat(1), "hello"));

    assertThat(known.status()).isEqualTo(404);
    assertThat(known.body()).isEmpty();
    assertThat(channel().unknown(new Webhook("GET", Map.of(), "", new byte[0]))).isEqualTo(known);
  }

  @Test
  void who_comes_too_early_is_told_when_to_come_again() {
    var reply = channel().busy(people().writes(1, people().chat(1), "hello"), HOUR.plus(HOUR));

    if (!comesAgain()) {
      assertThat(reply.status()).as("who wrote reads that it was lost").isEqualTo(200);
      assertThat(reply.body()).contains("try again");
      return;
    }
    assertThat(reply.status()).isEqualTo(503);
    assertThat(Integer.parseInt(reply.headers().get("Retry-After"))).isBetween(1, 7_200);
    assertThat(reply.headers()).doesNotContainKey("X-Slack-No-Retry");
  }

  // Passing it on

  @Test
  void what_is_passed_on_later_is_genuine_to_who_knows_the_secret() {
    var request = people().writes(1, people().chat(1), "hello");
    var receiver = channel().receiver(people().keys());
    var taken = (Receipt.Messages) receiver.receive(request, NOW);
    var later = NOW.plus(HOUR);
    if (!isPassedOn()) {
      assertThat(receiver.sign(request.body(), later)).isEmpty();
      return;
    }

    var headers = new HashMap<String, List<String>>();
    receiver
        .sign(request.body(), later)
        .forEach((name, value) -> headers.put(name, List.of(value)));
    headers.put("Content-Type", List.of(taken.contentType()));

    assertThat(receiver.receive(with(request, headers), later)).isEqualTo(taken);
  }

  // Speaking

  @Test
  void a_token_says_who_we_are() {
    Identity identity = done(bot().check());

    assertThat(identity.id()).isNotEmpty();
    assertThat(identity.name()).isNotEmpty();
  }

  @Test
  void a_token_that_is_not_the_platforms_is_refused_in_words_without_it() {
    var real = people().token().reveal();

    for (var wrong :
        List.of(real + "x", "1:wrong", "nonsense", "", "a b", "../../x", "1:a\r\nX: y")) {
      var outcome = bot(people().root(), Secret.of(wrong)).check();

      assertThat(outcome).isInstanceOf(Outcome.Refused.class);
      var refused = (Outcome.Refused<Identity>) outcome;
      assertThat(refused.cause()).isEqualTo(Outcome.Cause.TOKEN);
      assertThat(refused.advice()).contains("token").doesNotContain(real);
    }
  }

  @Test
  void what_is_said_is_read_as_it_was_written() {
    var chat = people().chat(1);
    var text = "a < b & c > d _x_ *y* . ! 🦀";

    var posted = done(bot().send(new Place(chat, ""), text));

    assertThat(people().read(chat)).containsExactly(text);
    if (!canEdit()) {
      assertThat(bot().edit(posted, "done")).isInstanceOf(Outcome.Refused.class);
      assertThat(people().read(chat)).containsExactly(text);
      return;
    }
    assertThat(done(bot().edit(posted, "done"))).isEqualTo(posted);
    assertThat(people().read(chat)).containsExactly("done");
    assertThat(bot().edit(posted, "done")).as("again").isEqualTo(new Outcome.Done<>(posted));
  }

  @Test
  void a_long_text_arrives_in_parts() {
    var chat = people().chat(1);
    var text = "🦀 a word\n".repeat(channel().limits().text() / 8);

    for (var part : channel().limits().parts(text)) {
      done(bot().send(new Place(chat, ""), part));
    }

    assertThat(String.join("", people().read(chat))).isEqualTo(text);
    assertThat(people().read(chat)).hasSizeGreaterThan(1);
    assertThat(bot().send(new Place(chat, ""), text)).isInstanceOf(Outcome.Refused.class);
    assertThat(bot().send(new Place(chat, ""), "")).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void who_speaks_too_fast_is_told_how_long_to_wait() {
    var outcomes = new ArrayList<Outcome<?>>();
    for (var i = 0; i < 20; i++) {
      outcomes.add(bot().send(new Place(people().chat(1), ""), "n " + i));
    }

    assertThat(outcomes.getFirst()).isInstanceOf(Outcome.Done.class);
    assertThat(outcomes.getLast()).isInstanceOf(Outcome.Later.class);
    assertThat(((Outcome.Later<?>) outcomes.getLast()).pause()).isPositive();
    assertThat(done(bot().send(new Place(people().chat(2), ""), "elsewhere"))).isNotNull();
  }

  @Test
  void a_chat_that_is_closed_to_us_is_told_from_a_wrong_token() {
    var chat = people().chat(1);
    people().closes(chat);

    for (var place : List.of(chat, people().chat(1) + "0", "nowhere", "9".repeat(19), "")) {
      var outcome = bot().send(new Place(place, ""), "hello");
      assertThat(outcome).as(place).isInstanceOf(Outcome.Refused.class);
      assertThat(((Outcome.Refused<?>) outcome).cause()).isEqualTo(Outcome.Cause.PLACE);
    }
  }

  @Test
  void a_platform_in_trouble_may_have_done_it() {
    people().down(true);

    assertThat(bot().send(new Place(people().chat(1), ""), "hello"))
        .isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void who_is_not_there_has_done_nothing() {
    var nobody = bot(URI.create("http://127.0.0.1:1"), people().token());

    var outcome = nobody.send(new Place(people().chat(1), ""), "hello");

    assertThat(outcome).isInstanceOf(Outcome.Later.class);
    assertThat(outcome.toString()).doesNotContain(people().token().reveal());
    assertThat(nobody.toString()).doesNotContain(people().token().reveal());
  }

  @Test
  void a_client_that_would_follow_redirects_is_not_used() {
    try (var following =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()) {
      assertThatThrownBy(() -> new Access(people().root(), people().token(), following))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
