package io.rockpool.channel.discord;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Deferring;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.PublicKey;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.ChannelContract;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.Mutations;
import io.rockpool.channel.tck.People;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class DiscordChannelTest extends ChannelContract {
  private static final String DEFERRED = "{\"type\":5}";

  private final ManualClock clock = new ManualClock(NOW);
  private final DiscordDouble discord =
      new DiscordDouble(new DiscordDouble.Setting(Secret.of("MTE.token_of-a.bot"), 0), clock);

  @Override
  protected Channel channel() {
    return new DiscordChannel();
  }

  @Override
  protected People people() {
    return discord;
  }

  @Override
  protected Inbound.Kind kind() {
    return Inbound.Kind.COMMAND;
  }

  @Override
  protected Reply taken() {
    return Reply.json(DEFERRED);
  }

  /** A signature takes a millisecond or two, and so does looking at it. */
  @Override
  protected int mutations() {
    return 500;
  }

  @Override
  protected boolean comesAgain() {
    return false;
  }

  @Override
  protected boolean isPassedOn() {
    return false;
  }

  private static JsonNode vector(String name) throws IOException {
    try (var file = DiscordChannelTest.class.getResourceAsStream("vectors.json")) {
      return StrictJson.object(file.readAllBytes()).orElseThrow().path(name);
    }
  }

  private static Webhook request(String timestamp, String signature, byte[] body) {
    return new Webhook(
        "POST",
        Map.of(
            "X-Signature-Timestamp", List.of(timestamp), "X-Signature-Ed25519", List.of(signature)),
        "",
        body);
  }

  private Receipt receive(JsonNode vector, Instant now) {
    var key = Secret.of(vector.path("public_key").stringValue());
    return channel()
        .receiver(new Keys(key, ""))
        .receive(
            request(
                vector.path("timestamp").stringValue(),
                vector.path("signature").stringValue(),
                vector.path("body").stringValue().getBytes(UTF_8)),
            now);
  }

  private static Instant at(JsonNode vector) {
    return Instant.ofEpochSecond(Long.parseLong(vector.path("timestamp").stringValue()));
  }

  private Receipt interaction(String json) {
    return receive(discord.sends(json.getBytes(UTF_8)));
  }

  private Receipt command(String data) {
    return interaction(
        "{\"id\":\"4\",\"application_id\":\"1\",\"token\":\"tok\",\"type\":2,\"channel_id\":\"7\",\"data\":%s}"
            .formatted(data));
  }

  @Test
  void it_is_found_by_its_name_and_holds_a_socket() {
    assertThat(ServiceLoader.load(Channel.class))
        .anySatisfy(it -> {
          assertThat(it.name()).isEqualTo("discord");
          assertThat(it.transport()).isEqualTo(Channel.Transport.SOCKET);
        });
  }

  // The vectors

  @Test
  void a_ping_is_answered() throws IOException {
    var vector = vector("discord_ping");

    assertThat(receive(vector, at(vector)))
        .isEqualTo(new Receipt.Probe(Reply.json(vector.path("response").toString())));
  }

  @Test
  void a_command_is_read_and_its_answer_promised() throws IOException {
    var vector = vector("discord_command");

    var receipt = receive(vector, at(vector));

    assertThat(only(receipt))
        .isEqualTo(
            new Inbound(
                "4",
                "",
                "application:1",
                Inbound.Kind.COMMAND,
                "",
                new Place("", ""),
                true,
                "¿qué?"));
    assertThat(receipt.reply()).isEqualTo(Reply.json(vector.path("response").toString()));
  }

  @Test
  void the_second_test_of_rfc_8032_is_right() throws IOException {
    var vector = vector("ed25519_rfc8032_test2");
    var signature = new Signature(Secret.of(vector.path("public").stringValue()));
    var message = HexFormat.of().parseHex(vector.path("msg_hex").stringValue());
    var shown = vector.path("sig").stringValue();
    // Its message is one digit: a timestamp, and no body.
    var right = request(new String(message, StandardCharsets.US_ASCII), shown, new byte[0]);

    assertThat(message).containsExactly('r');
    assertThat(signature.isSigned("", message, HexFormat.of().parseHex(shown))).isTrue();
    assertThat(signature.isSigned("r", new byte[0], HexFormat.of().parseHex(shown))).isTrue();
    assertThat(signature.isSigned("", new byte[] {'s'}, HexFormat.of().parseHex(shown))).isFalse();
    assertThat(signature.isRight(right, NOW)).as("no timestamp").isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {-300, 300})
  void five_minutes_is_not_too_old(int seconds) throws IOException {
    var vector = vector("discord_command");

    assertThat(receive(vector, at(vector).plusSeconds(seconds)))
        .isInstanceOf(Receipt.Messages.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-301, 301, 86_400})
  void more_is(int seconds) throws IOException {
    var vector = vector("discord_command");

    assertThat(receive(vector, at(vector).plusSeconds(seconds)))
        .isEqualTo(new Receipt.Forged(Reply.empty(401)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751",
        "zz5a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "0200000000000000000000000000000000000000000000000000000000000000"
      })
  void what_is_no_public_key_is_refused(String key) {
    assertThatThrownBy(() -> channel().receiver(new Keys(Secret.of(key), "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("public key");
  }

  // What people type and press

  @Test
  void a_person_in_a_server_is_a_member_of_it() {
    var message =
        only(
            interaction(
                "{\"id\":\"4\",\"application_id\":\"1\",\"token\":\"tok\",\"type\":2,\"guild_id\":\"5\",\"context\":0,"
                    + "\"channel_id\":\"7\",\"member\":{\"user\":{\"id\":\"3\"}},\"data\":{\"name\":\"ask\","
                    + "\"options\":[{\"name\":\"text\",\"type\":3,\"value\":\"hi\"}]}}"));

    assertThat(message)
        .isEqualTo(
            new Inbound("4", "", "7", Inbound.Kind.COMMAND, "3", new Place("7", ""), false, "hi"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'name':'ask'} | /ask",
        "{'name':'ask','options':[{'name':'n','type':4,'value':3},{'name':'b','type':5,'value':true}]} | 3 true",
        "{'name':'model','options':[{'name':'m','type':3,'value':'gpt'}]} | /model gpt",
        "{'name':'cron','options':[{'name':'add','type':1,'options':[{'name':'t','type':3,'value':'9:00'}]}]} | /cron add 9:00",
        "{'name':'Sum up','type':3,'target_id':'8','resolved':{'messages':{'8':{'content':'long'}}}} | /Sum up long",
        "{'name':'ask','type':2,'target_id':'8'} | 8"
      })
  void a_command_is_what_somebody_would_have_written(String data, String text) {
    assertThat(only(command(data.replace('\'', '"'))).text()).isEqualTo(text);
  }

  @Test
  void ten_thousand_mutated_interactions_are_read_and_nothing_is_thrown() {
    var mutations = new Mutations(11);
    var originals =
        List.of(
            discord.writes(1, discord.chat(1), "hello").body(),
            ("{\"id\":\"5\",\"application_id\":\"1\",\"token\":\"tok\",\"type\":3,\"channel_id\":\"7\","
                    + "\"user\":{\"id\":\"3\"},\"message\":{\"id\":\"8\"},\"data\":{\"custom_id\":\"yes\"}}")
                .getBytes(UTF_8));
    int promised = 0;

    for (int i = 0; i < 10_000; i++) {
      var body = mutations.of(originals.get(i % 2));
      var read = StrictJson.object(body).map(Interaction::read);
      boolean isPromise =
          read.filter(it ->
                  it instanceof Interaction.Kept(_, var reply)
                      && reply.body().equals("{\"type\":5}"))
              .isPresent();
      assertThat(new DiscordChannel().deferred(body).isPresent())
          .as("a promise that nobody could keep")
          .isEqualTo(isPromise);
      promised += isPromise ? 1 : 0;
    }

    assertThat(promised).isPositive();
  }

  @Test
  void what_could_not_be_answered_is_not_promised() {
    for (var body :
        List.of(
            "{\"id\":\"4\",\"application_id\":\"1\",\"type\":2,\"data\":{\"name\":\"ask\"}}",
            "{\"id\":\"4\",\"application_id\":\"1\",\"token\":\"../x\",\"type\":2,\"data\":{\"name\":\"ask\"}}",
            "{\"id\":\"4\",\"application_id\":\"x\",\"token\":\"t\",\"type\":2,\"data\":{\"name\":\"ask\"}}",
            "{\"application_id\":\"1\",\"token\":\"t\",\"type\":2,\"data\":{\"name\":\"ask\"}}",
            "{\"id\":\"4\",\"application_id\":\"1\",\"token\":\"t\",\"type\":2,\"data\":{}}",
            "{\"id\":\"4\",\"type\":9}")) {
      var receipt = interaction(body);

      assertThat(receipt).as(body).isInstanceOf(Receipt.Unreadable.class);
      assertThat(receipt.reply().body()).contains("\"type\":4", "\"flags\":64");
    }
  }

  @Test
  void a_press_changes_nothing_and_tells_what_was_pressed() {
    var receipt =
        interaction(
            "{\"id\":\"5\",\"application_id\":\"1\",\"token\":\"tok\",\"type\":3,\"channel_id\":\"7\","
                + "\"user\":{\"id\":\"3\"},\"message\":{\"id\":\"8\"},\"data\":{\"custom_id\":\"yes\"}}");

    assertThat(only(receipt))
        .isEqualTo(
            new Inbound(
                "5", "7:8", "7", Inbound.Kind.ACTION, "3", new Place("7", ""), true, "yes"));
    assertThat(receipt.reply()).isEqualTo(Reply.json("{\"type\":6}"));
  }

  @Test
  void who_types_gets_no_choices_and_a_form_is_told_so() {
    assertThat(interaction("{\"id\":\"5\",\"type\":4}"))
        .isEqualTo(new Receipt.Probe(Reply.json("{\"type\":8,\"data\":{\"choices\":[]}}")));
    var form = interaction("{\"id\":\"5\",\"type\":5}");
    assertThat(form).isInstanceOf(Receipt.Ignored.class);
    assertThat(form.reply().body()).contains("\"type\":4");
  }

  @Test
  void who_comes_in_vain_alone_reads_so() {
    var reply = channel().busy(discord.writes(1, discord.chat(1), "hello"), Duration.ofSeconds(5));

    assertThat(reply.headers().get("Content-Type")).startsWith("application/json");
    assertThat(reply.body())
        .isEqualTo(
            "{\"type\":4,\"data\":{\"content\":\"I am busy right now. Please try again in a moment.\",\"flags\":64}}");
  }

  // Promises

  private static Deferring.Deferred deferred(Webhook request) {
    return new DiscordChannel().deferred(request.body()).orElseThrow();
  }

  @Test
  void a_kept_body_tells_what_was_asked_and_where_it_is_answered() {
    var request = discord.writes(1, discord.chat(1), "hello");

    var deferred = deferred(request);

    assertThat(deferred.asked()).isEqualTo(only(receive(request)));
    assertThat(deferred.promised().id()).isEqualTo("@original");
    assertThat(deferred.promised().place().chat()).isEqualTo(discord.chat(1));
    assertThat(new DiscordChannel().deferred("{}".getBytes(UTF_8))).isEmpty();
    assertThat(new DiscordChannel().deferred("{".getBytes(UTF_8))).isEmpty();
  }

  /** Where a command of somebody's is to be answered. */
  private Posted promised() {
    return deferred(discord.promise(1, "hello")).promised();
  }

  @Test
  void a_promise_is_kept_in_its_place_and_more_follows() {
    var promised = promised();

    assertThat(discord.promised()).isEqualTo(1);
    assertThat(done(bot().edit(promised, "so far"))).isEqualTo(promised);
    assertThat(done(bot().edit(promised, "an answer"))).isEqualTo(promised);
    var more = done(bot().send(promised.place(), "and more"));
    assertThat(done(bot().edit(more, "and much more"))).isEqualTo(more);

    assertThat(discord.read(discord.chat(1))).containsExactly("an answer", "and much more");
    assertThat(discord.promised()).isZero();
  }

  @Test
  void an_answer_that_is_quicker_than_its_promise_is_put_there_all_the_same() {
    var promised = promised();
    discord.lags();

    done(bot().edit(promised, "an answer"));

    assertThat(discord.read(discord.chat(1))).containsExactly("an answer");
  }

  @Test
  void a_promise_that_is_too_old_is_kept_by_a_message() {
    var promised = promised();
    var before = done(bot().send(promised.place(), "begun"));
    clock.advance(Duration.ofMinutes(16));

    var late = bot().edit(promised, "an answer");
    assertThat(late).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused<?>) late).cause()).isEqualTo(Outcome.Cause.REQUEST);
    assertThat(done(bot().send(promised.place(), "an answer")).place()).isEqualTo(promised.place());
    done(bot().edit(before, "ended"));

    assertThat(discord.read(discord.chat(1))).containsExactly("ended", "an answer");
  }

  // Our end

  @Test
  void a_token_tells_the_bot_and_the_key_of_its_application() {
    assertThat(done(bot().check())).isEqualTo(new Identity("1100000000000000002", "rockpool", ""));
    assertThat(done(((PublicKey) bot()).publicKey()).reveal()).isEqualTo(discord.publicKey());
  }

  @Test
  void after_the_first_refusal_of_a_token_nothing_more_is_asked() {
    discord.refuses(true);
    var bot = bot();

    for (var outcome :
        List.of(bot.check(), bot.send(new Place(discord.chat(1), ""), "hello"), bot.check())) {
      assertThat(outcome).isInstanceOf(Outcome.Refused.class);
      assertThat(((Outcome.Refused<?>) outcome).cause()).isEqualTo(Outcome.Cause.TOKEN);
    }

    assertThat(discord.calls()).containsExactly("GET /users/@me");
  }

  @Test
  void a_mention_in_an_answer_notifies_nobody() {
    done(bot().send(new Place(discord.chat(1), ""), "@everyone hello <@3>"));

    assertThat(discord.notified()).isEmpty();
  }
}
