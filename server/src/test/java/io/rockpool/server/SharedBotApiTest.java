package io.rockpool.server;

import static io.rockpool.server.TestServer.eventually;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One bot of the operator's for many users, through the API and Telegram's webhooks. */
@Timeout(60)
class SharedBotApiTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final long ANN = 4_001;

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final TelegramDouble telegram =
      new TelegramDouble(
          new TelegramDouble.Setting(Secret.of(TOKEN), "rockpool_bot", true, 0),
          InstantSource.system());
  private TestServer server;
  private String bot = "";
  private String ada = "";

  @BeforeEach
  void open() {
    server =
        TestServer.on(
            folder, ground, Map.of(Setting.TELEGRAM_API_ROOT, telegram.root().toString()));
    telegram.start();
    bot =
        json(server.post(
                "/api/v1/channels",
                "{\"platform\":\"telegram\",\"token\":\"%s\",\"mode\":\"shared\"}"
                    .formatted(TOKEN)))
            .path("id")
            .asString();
    ada = ada.isEmpty() ? server.account("ada") : ada;
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
    telegram.close();
  }

  private String instance() {
    return json(server.send(
            withBody(
                server.request("/api/v1/instances", ada), "POST", "{\"name\":\"Ada's pond\"}")))
        .path("id")
        .asString();
  }

  private void reads(String text) {
    eventually(() -> assertThat(telegram.read(Long.toString(ANN))).contains(text));
  }

  @Test
  void a_user_is_bound_by_a_code_shown_to_the_owner_and_unbound_by_him() {
    var id = instance();
    var codes = "/api/v1/instances/%s/bind-codes".formatted(id);
    var bindings = "/api/v1/instances/%s/bindings".formatted(id);

    var made = server.send(withBody(server.request(codes, ada), "POST", "{}"));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(json(made).path("code").asString()).matches("[0-9A-Z]{5}-[0-9A-Z]{5}");
    assertThat(json(made).path("expiresAt").asString()).endsWith("Z");
    telegram.says(ANN, ANN, "/start " + json(made).path("code").asString());

    reads("You are connected to “Ada's pond” now. Just write.");
    var listed = json(server.send(server.request(bindings, ada))).path("items");
    assertThat(listed.size()).isOne();
    assertThat(listed.at("/0/sender").asString()).isEqualTo(Long.toString(ANN));
    assertThat(listed.at("/0/bot").asString()).isEqualTo("rockpool_bot");
    var one = bindings + "/" + listed.at("/0/id").asString();
    assertThat(server.send(server.request(one, ada).DELETE()).statusCode()).isEqualTo(204);
    var again = server.send(server.request(one, ada).DELETE());
    assertThat(again.statusCode()).isEqualTo(404);
    assertThat(problem(again)).isEqualTo("unknown-binding");
    telegram.says(ANN, ANN, "/status");

    reads("You are not connected to any assistant here.");
  }

  @Test
  void a_code_is_shown_once() {
    var codes = "/api/v1/instances/%s/bind-codes".formatted(instance());
    for (int time = 1; time <= 2; time++) {
      var request =
          withBody(server.request(codes, ada), "POST", "{}").header("Idempotency-Key", "the-same");
      var answer = server.send(request);

      assertThat(answer.statusCode()).isEqualTo(time == 1 ? 201 : 409);
    }
  }

  @Test
  void what_was_said_for_an_instance_is_listed_without_a_word_of_it() {
    var id = instance();
    server.send(withBody(server.request("/api/v1/instances/" + id + "/stop", ada), "POST", "{}"));
    eventually(() -> assertThat(server.status(id)).isEqualTo("stopped"));
    var made =
        server.send(
            withBody(
                server.request("/api/v1/instances/%s/bind-codes".formatted(id), ada),
                "POST",
                "{}"));
    telegram.says(ANN, ANN, "bind " + json(made).path("code").asString());
    reads("You are connected to “Ada's pond” now. Just write.");

    telegram.says(ANN, ANN, "are you there?");

    reads("Your assistant was stopped by its owner. Write again once it is started.");
    var outbox = "/api/v1/instances/%s/outbox".formatted(id);
    eventually(() -> {
      var said = json(server.send(server.request(outbox, ada))).path("items");
      assertThat(said.size()).isOne();
      assertThat(said.at("/0/state").asString()).isEqualTo("sent");
      assertThat(said.at("/0/chat").asString()).isEqualTo(Long.toString(ANN));
      assertThat(said.at("/0/attempts").asInt()).isOne();
    });
    assertThat(server.send(server.request(outbox, ada)).body()).doesNotContain("stopped by");
    assertThat(json(server.send(server.request(outbox + "?state=dead", ada))).path("items"))
        .isEmpty();
    var delivery =
        json(server.send(server.request("/api/v1/instances/%s/deliveries".formatted(id), ada)));
    assertThat(delivery.at("/items/0/state").asString()).isEqualTo("rejected");
    assertThat(delivery.at("/items/0/connection").asString()).isEqualTo(bot);
    assertThat(server.get("/metrics").body())
        .contains("rockpool_outbox_messages{state=\"pending\"}");
  }

  @Test
  void a_user_outlives_the_server_and_the_connection() {
    var id = instance();
    var made =
        server.send(
            withBody(
                server.request("/api/v1/instances/%s/bind-codes".formatted(id), ada),
                "POST",
                "{}"));
    telegram.says(ANN, ANN, "bind " + json(made).path("code").asString());
    reads("You are connected to “Ada's pond” now. Just write.");
    assertThat(server.delete("/api/v1/channels/" + bot).statusCode()).isEqualTo(204);
    server.close();

    open();
    telegram.says(ANN, ANN, "/help");

    reads(
        "You are connected to “Ada's pond”. Just write.\n/status tells how it is. unbind ends the connection.");
  }
}
