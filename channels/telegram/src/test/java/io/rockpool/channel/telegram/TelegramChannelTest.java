package io.rockpool.channel.telegram;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.rockpool.channel.Access;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Registration;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Typing;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.ChannelContract;
import io.rockpool.channel.tck.People;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TelegramChannelTest extends ChannelContract {
  private final TelegramDouble telegram =
      new TelegramDouble(
          new TelegramDouble.Setting(Secret.of("7000:double-token"), "rock_bot", false, 0),
          new ManualClock(NOW));

  @Override
  protected Channel channel() {
    return new TelegramChannel();
  }

  @Override
  protected People people() {
    return telegram;
  }

  private static JsonNode vector(String name) throws IOException {
    try (var file = TelegramChannelTest.class.getResourceAsStream("vectors.json")) {
      return StrictJson.object(file.readAllBytes()).orElseThrow().path(name);
    }
  }

  private Inbound read(String update) {
    return only(receive(telegram.sends(update.getBytes(UTF_8))));
  }

  @Test
  void it_is_found_by_its_name() {
    assertThat(ServiceLoader.load(Channel.class))
        .anySatisfy(it -> assertThat(it.name()).isEqualTo("telegram"));
  }

  @Test
  void the_secret_is_equal_or_it_is_wrong() throws IOException {
    var vector = vector("telegram_secret_token");
    var receiver = channel().receiver(new Keys(Secret.of(vector.path("secret").stringValue()), ""));
    var body = telegram.writes(1, telegram.chat(1), "hello").body();

    for (var right : vector.path("accept")) {
      var headers = Map.of(vector.path("header").stringValue(), List.of(right.stringValue()));
      assertThat(receiver.receive(new Webhook("POST", headers, "", body), NOW))
          .isInstanceOf(Receipt.Messages.class);
    }
    for (var wrong : vector.path("reject")) {
      Map<String, List<String>> headers =
          wrong.isNull()
              ? Map.of()
              : Map.of(vector.path("header").stringValue(), List.of(wrong.stringValue()));
      assertThat(receiver.receive(new Webhook("POST", headers, "", body), NOW))
          .isInstanceOf(Receipt.Forged.class);
    }
    assertThat(vector.path("reject")).hasSize(5);
  }

  @Test
  void a_secret_that_telegram_would_not_take_is_refused() {
    for (var wrong : List.of("a b", "ä", "x".repeat(257), "a.b")) {
      assertThatThrownBy(() -> channel().receiver(new Keys(Secret.of(wrong), "")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_topic_of_a_group_is_a_lane_of_its_own() throws IOException {
    var vector = vector("telegram_dedupe");

    var message = read(vector.path("update").stringValue());

    assertThat(message.id()).isEqualTo(vector.path("dedupe_key").stringValue());
    assertThat(message.lane()).isEqualTo(vector.path("lane").stringValue());
    assertThat(message.place()).isEqualTo(new Place("-1001234567890123", "7"));
    assertThat(message.message()).isEqualTo("-1001234567890123:789");
    assertThat(message.sender()).isEqualTo("987654321");
    assertThat(message.direct()).isFalse();
  }

  record Row(String update, Inbound.Kind kind, String lane, String text) {}

  @Test
  void every_kind_of_update_has_a_lane() {
    var from = "\"from\":{\"id\":7,\"is_bot\":false}";
    var chat = "\"chat\":{\"id\":9007199254740993,\"type\":\"private\"}";
    var rows =
        List.of(
            new Row(
                "\"edited_message\":{\"message_id\":3,%s,%s,\"text\":\"b\"}".formatted(from, chat),
                Inbound.Kind.EDIT,
                "9007199254740993",
                "b"),
            new Row(
                "\"callback_query\":{%s,\"data\":\"yes\",\"message\":{\"message_id\":4,%s}}"
                    .formatted(from, chat),
                Inbound.Kind.ACTION,
                "9007199254740993",
                "yes"),
            new Row(
                "\"callback_query\":{%s,\"data\":\"yes\",\"inline_message_id\":\"z\"}"
                    .formatted(from),
                Inbound.Kind.ACTION,
                "user:7",
                "yes"),
            new Row(
                "\"inline_query\":{%s,\"query\":\"cats\"}".formatted(from),
                Inbound.Kind.OTHER,
                "user:7",
                "cats"),
            new Row("\"poll\":{\"id\":\"1\"}", Inbound.Kind.OTHER, "kind:poll", ""),
            new Row(
                "\"poll_answer\":{\"poll_id\":\"1\",\"user\":{\"id\":7}}",
                Inbound.Kind.OTHER,
                "user:7",
                ""),
            new Row(
                "\"message\":{%s,\"chat\":{\"id\":-5,\"type\":\"group\"},\"migrate_to_chat_id\":-100777}"
                    .formatted(from),
                Inbound.Kind.MOVED,
                "-5",
                "-100777"),
            new Row(
                "\"message\":{%s,%s,\"caption\":\"look\",\"photo\":[]}".formatted(from, chat),
                Inbound.Kind.MESSAGE,
                "9007199254740993",
                "look"),
            new Row(
                "\"something_new\":{%s,%s}".formatted(from, chat),
                Inbound.Kind.OTHER,
                "9007199254740993",
                ""));

    for (var row : rows) {
      var message = read("{\"update_id\":5,%s}".formatted(row.update()));
      assertThat(new Row(row.update(), message.kind(), message.lane(), message.text()))
          .isEqualTo(row);
      assertThat(message.id()).isEqualTo("5");
    }
  }

  @Test
  void an_anonymous_admin_is_a_person_and_a_bot_is_not() {
    var update =
        "{\"update_id\":5,\"message\":{\"from\":{\"id\":1087968824,\"is_bot\":true}%s,"
            + "\"chat\":{\"id\":-5,\"type\":\"supergroup\"},\"text\":\"x\"}}";

    assertThat(receive(telegram.sends(update.formatted("").getBytes(UTF_8))))
        .isInstanceOf(Receipt.Ignored.class);
    assertThat(read(update.formatted(",\"sender_chat\":{\"id\":-5}")).text()).isEqualTo("x");
    assertThat(read(update.replace("true", "false").formatted(",\"via_bot\":{\"is_bot\":true}")))
        .isNotNull();
  }

  @Test
  void an_hour_is_the_longest_that_telegram_waits() {
    var reply = channel().busy(telegram.writes(1, telegram.chat(1), "x"), Duration.ofDays(1));

    assertThat(reply.headers()).containsEntry("Retry-After", "3600");
  }

  @Test
  void the_webhook_is_registered_looked_at_and_taken_away() {
    var registrar = (Registrar) bot();
    var address = URI.create("https://rockpool.example/webhook/telegram/k");

    assertThat(done(registrar.register(address, telegram.keys().secret())))
        .isEqualTo(new Registration(address.toString(), 0, null, ""));
    assertThat(done(registrar.registered()).address()).isEqualTo(address.toString());
    assertThat(done(registrar.unregister()).address()).isEmpty();
    assertThat(done(registrar.unregister()).address()).as("again").isEmpty();
    assertThat(telegram.webhook()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://rockpool.example/x,true",
    "https://rockpool.example:8443/x,true",
    "https://rockpool.example:88/x,true",
    "https://rockpool.example:80/x,true",
    "https://rockpool.example:3000/x,false",
    "http://rockpool.example/x,false",
    "http://127.0.0.1:3000/x,false"
  })
  void what_telegram_would_say_of_an_address_is_known_before_it_is_asked(
      URI address, boolean good) {
    var registrar = (Registrar) bot();

    assertThat(registrar.objection(address).isEmpty()).isEqualTo(good);
    assertThat(registrar.register(address, telegram.keys().secret()) instanceof Outcome.Done)
        .as("the double agrees")
        .isEqualTo(good);
  }

  @Test
  void an_address_that_telegram_does_not_take_is_refused_in_its_words() {
    var registrar = (Registrar) bot();
    var secret = telegram.keys().secret();

    assertThat(registrar.register(URI.create("http://rockpool.example/x"), secret))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, it -> assertThat(it.advice()).contains("HTTPS URL"));
    assertThat(registrar.register(URI.create("https://rockpool.example:3000/x"), secret))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, it -> assertThat(it.advice()).contains("443"));
  }

  @Test
  void what_stands_in_for_telegram_cannot_make_us_show_the_token() throws IOException {
    var proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var words = "no route for %s\\r\\n".formatted(exchange.getRequestURI());
            var body = "{\"ok\":false,\"description\":\"%s\"}".formatted(words).getBytes(UTF_8);
            exchange.sendResponseHeaders(400, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    proxy.start();
    try (var http = HttpClient.newHttpClient()) {
      var root = URI.create("http://127.0.0.1:" + proxy.getAddress().getPort());

      var outcome = channel().bot(new Access(root, telegram.token(), http)).check();

      assertThat(outcome)
          .isEqualTo(
              new Outcome.Refused<>(
                  Outcome.Cause.REQUEST, "Telegram refuses this: no route for /bot***/getMe  "));
    } finally {
      proxy.stop(0);
    }
  }

  @Test
  void typing_is_shown_where_it_can_be() {
    var bot = bot();
    ((Typing) bot).typing(new Place(telegram.chat(1), ""));
    ((Typing) bot).typing(new Place("nowhere", ""));

    assertThat(telegram.typed(Long.parseLong(telegram.chat(1)))).isEqualTo(1);
  }
}
