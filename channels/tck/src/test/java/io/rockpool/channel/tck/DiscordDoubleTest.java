package io.rockpool.channel.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** That the double does what Discord is documented to do. */
@Timeout(60)
class DiscordDoubleTest {
  private static final String AGENT = "DiscordBot (https://rockpool.example, 1)";
  private static final String IDENTIFY =
      "{\"op\":2,\"d\":{\"token\":\"MTE.x.y\",\"intents\":4096,\"properties\":{}}}";

  private final ManualClock clock = new ManualClock(Instant.parse("2026-11-22T08:00:00Z"));
  private final DiscordDouble discord =
      new DiscordDouble(new DiscordDouble.Setting(Secret.of("MTE.x.y"), 0), clock);
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    http.shutdownNow();
    discord.close();
  }

  /** What the gateway says, as text; at the end why it ended. */
  private static final class Heard implements WebSocket.Listener {
    final BlockingQueue<String> said = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        said.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      said.add("closed " + code);
      return null;
    }

    String next() throws InterruptedException {
      var next = said.poll(30, TimeUnit.SECONDS);
      assertThat(next).isNotNull();
      return String.valueOf(next);
    }

    ObjectNode event() throws InterruptedException {
      return StrictJson.object(next()).orElseThrow();
    }
  }

  private WebSocket open(Heard heard) {
    return open(heard, "/?v=10&encoding=json");
  }

  private WebSocket open(Heard heard, String target) {
    return http.newWebSocketBuilder()
        .buildAsync(
            URI.create("ws://127.0.0.1:%d%s".formatted(discord.root().getPort(), target)), heard)
        .join();
  }

  private HttpResponse<String> call(String method, String path, String token, String agent)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(discord.root() + path))
            .method(method, BodyPublishers.ofString("{\"content\":\"hello\"}"))
            .header("Authorization", token)
            .header("User-Agent", agent);
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void who_does_not_say_what_he_is_or_whose_is_refused() throws Exception {
    assertThat(call("GET", "/users/@me", "Bot MTE.x.y", AGENT).statusCode()).isEqualTo(200);
    assertThat(call("GET", "/users/@me", "Bot MTE.x.y", "Java").statusCode()).isEqualTo(403);
    assertThat(call("GET", "/users/@me", "Bot other", AGENT).statusCode()).isEqualTo(401);
    assertThat(call("GET", "/users/@me", "MTE.x.y", AGENT).statusCode()).isEqualTo(401);
    assertThat(call("GET", "/gateway/bot", "Bot MTE.x.y", "any").statusCode()).isEqualTo(200);
    assertThat(call("GET", "/nothing", "Bot MTE.x.y", AGENT).statusCode()).isEqualTo(404);
  }

  @Test
  void who_identifies_himself_hears_what_is_written_and_may_go_on_later() throws Exception {
    var heard = new Heard();
    var socket = open(heard);
    assertThat(heard.event().at("/d/heartbeat_interval").asInt()).isEqualTo(41_250);
    socket.sendText("{\"op\":1,\"d\":null}", true).join();
    assertThat(heard.event().path("op").asInt()).isEqualTo(11);
    socket.sendText(IDENTIFY, true).join();
    var ready = heard.event();
    assertThat(ready.path("t").asString()).isEqualTo("READY");
    discord.says(1, "hello");
    var message = heard.event();
    assertThat(message.path("t").asString()).isEqualTo("MESSAGE_CREATE");
    assertThat(message.at("/d/author/id").asString()).isEqualTo(DiscordDouble.userId(1));

    discord.drop();
    assertThat(heard.next()).isEqualTo("closed 1001");
    assertThat(discord.listening()).isZero();
    discord.says(1, "missed");

    var again = new Heard();
    var next = open(again);
    again.event();
    next.sendText(
            "{\"op\":6,\"d\":{\"token\":\"MTE.x.y\",\"session_id\":\"%s\",\"seq\":%d}}"
                .formatted(ready.at("/d/session_id").asString(), message.path("s").asInt()),
            true)
        .join();
    assertThat(again.event().at("/d/content").asString()).isEqualTo("missed");
    assertThat(again.event().path("t").asString()).isEqualTo("RESUMED");
    assertThat(discord.identified()).isOne();
    assertThat(discord.resumed()).isOne();
  }

  @Test
  void a_session_that_nobody_knows_is_said_to_be_invalid() throws Exception {
    var heard = new Heard();
    var socket = open(heard);
    heard.event();

    socket
        .sendText(
            "{\"op\":6,\"d\":{\"token\":\"MTE.x.y\",\"session_id\":\"none\",\"seq\":1}}", true)
        .join();

    var invalid = heard.event();
    assertThat(invalid.path("op").asInt()).isEqualTo(9);
    assertThat(invalid.path("d").asBoolean(true)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | 4002",
        "{\"op\":99} | 4001",
        "{\"op\":3,\"d\":{}} | 4003",
        "{\"op\":2,\"d\":{\"token\":\"other\",\"intents\":1,\"properties\":{}}} | 4004",
        "{\"op\":2,\"d\":{\"token\":\"MTE.x.y\",\"properties\":{}}} | 4013",
        "{\"op\":6,\"d\":{\"token\":\"other\",\"session_id\":\"session-1\",\"seq\":1}} | 4004"
      })
  void what_the_gateway_does_not_take_ends_the_connection(String sent, int code) throws Exception {
    var heard = new Heard();
    var socket = open(heard);
    heard.event();

    socket.sendText(sent, true).join();

    assertThat(heard.next()).isEqualTo("closed " + code);
  }

  @Test
  void nobody_identifies_himself_twice_or_by_another_version() throws Exception {
    var heard = new Heard();
    var socket = open(heard);
    heard.event();
    socket.sendText(IDENTIFY, true).join();
    heard.event();
    socket.sendText(IDENTIFY, true).join();
    assertThat(heard.next()).isEqualTo("closed 4005");

    var old = new Heard();
    open(old, "/?v=6&encoding=json");
    assertThat(old.next()).isEqualTo("closed 4012");
  }
}
