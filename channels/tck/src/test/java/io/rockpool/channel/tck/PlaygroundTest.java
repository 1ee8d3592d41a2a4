package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.rockpool.channel.StrictJson;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlaygroundTest {
  private final Playground playground = new Playground(0);
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void leaveNothing() {
    playground.close();
    http.close();
  }

  @Test
  void what_a_person_writes_reaches_the_webhook_and_what_the_bot_says_is_read() throws Exception {
    var bodies = new CopyOnWriteArrayList<String>();
    var webhook = webhook(bodies, "");
    try {
      telegram("setWebhook", "{\"url\":\"%s\"}".formatted(address(webhook)));

      assertThat(post("/telegram", "hello").statusCode()).isEqualTo(204);

      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(bodies).singleElement().asString().contains("hello"));
      telegram("sendMessage", "{\"chat_id\":7,\"text\":\"good day\"}");
      assertThat(get("/telegram").body())
          .isEqualTo(
              """
              [{"by":"you","text":"hello","edits":0},{"by":"bot","text":"good day","edits":0}]\
              """);
    } finally {
      webhook.stop(0);
    }
  }

  @Test
  void an_address_for_slack_is_saved_once_it_answers_the_challenge() throws Exception {
    var bodies = new CopyOnWriteArrayList<String>();
    var deaf = webhook(bodies, "something else");
    try {
      assertThat(post("/slack/address", address(deaf)).statusCode()).isEqualTo(422);
      assertThat(post("/slack/address", "no address").statusCode()).isEqualTo(422);
      assertThat(post("/slack/address", "http:x").statusCode()).isEqualTo(422);
    } finally {
      deaf.stop(0);
    }
    var webhook = webhook(bodies, "challenge");
    try {
      assertThat(post("/slack/address", address(webhook)).statusCode()).isEqualTo(204);
    } finally {
      webhook.stop(0);
    }
  }

  @Test
  void nothing_is_not_said() throws Exception {
    assertThat(post("/telegram", "  ").statusCode()).isEqualTo(422);
    assertThat(post("/slack", "x".repeat(5_000)).statusCode()).isEqualTo(422);
    assertThat(get("/telegram").body()).isEqualTo("[]");
  }

  @Test
  void the_page_is_there_and_nothing_else() throws Exception {
    assertThat(get("/").body()).contains("<title>");
    assertThat(get("/etc/passwd").statusCode()).isEqualTo(404);
  }

  /**
   * @param answer to each; {@code challenge} for the one that Slack asks
   */
  private static HttpServer webhook(List<String> bodies, String answer) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var body = exchange.getRequestBody().readAllBytes();
          bodies.add(new String(body, UTF_8));
          var said =
              answer.equals("challenge")
                  ? StrictJson.object(body).orElseThrow().path("challenge").asString("")
                  : answer;
          exchange.sendResponseHeaders(200, said.isEmpty() ? -1 : said.length());
          exchange.getResponseBody().write(said.getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String address(HttpServer server) {
    return "http://127.0.0.1:%d/webhook".formatted(server.getAddress().getPort());
  }

  private void telegram(String method, String body) throws Exception {
    var to =
        URI.create(
            "%s/bot%s/%s"
                .formatted(playground.telegram(), Playground.TELEGRAM_TOKEN.reveal(), method));
    var answer =
        http.send(
            HttpRequest.newBuilder(to)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private HttpResponse<String> post(String path, String text) throws Exception {
    return http.send(
        HttpRequest.newBuilder(playground.address().resolve(path))
            .POST(BodyPublishers.ofString(text))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(playground.address().resolve(path)).build(),
        BodyHandlers.ofString());
  }
}
