package io.rockpool.edge.model;

import static io.rockpool.edge.model.ModelGround.CHAT;
import static io.rockpool.edge.model.ModelGround.CLIENT;
import static io.rockpool.edge.model.ModelGround.OWN;
import static io.rockpool.edge.model.ModelGround.REAL;
import static io.rockpool.edge.model.ModelGround.events;
import static io.rockpool.edge.model.ModelGround.json;
import static io.rockpool.edge.model.ModelGround.post;
import static io.rockpool.edge.model.ModelGround.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.money.Money;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.Period;
import io.rockpool.control.usage.Price;
import io.rockpool.edge.model.ModelUpstream.Payer;
import io.rockpool.edge.model.ModelUpstream.Reach;
import io.rockpool.runtime.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.io.Content;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** Who serves a model, under which name, on whose bill, and where that may be. */
@Timeout(60)
class SeveralProvidersTest {
  private static final String ASKED =
      "{\"model\":\"fast\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String STREAMED = ASKED.replace("{\"model\"", "{\"stream\":true,\"model\"");
  private static final String ANSWER =
      "{\"choices\":[{\"message\":{\"content\":\"ho\"}}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":90}}";

  @TempDir Path folder;
  private ModelGround ground;

  @BeforeEach
  void open() {
    ground = new ModelGround(folder);
  }

  @AfterEach
  void close() {
    ground.close();
  }

  @Test
  void a_provider_is_asked_for_the_model_by_its_own_name() throws Exception {
    int provider = provider(ANSWER);
    int gateway = ground.gateway(upstream(provider, Payer.OPERATOR, StreamedUsage.ASKED));

    var answer = ground.send(post(gateway, CHAT, OWN, ASKED));

    assertThat(answer.body()).isEqualTo(ANSWER);
    assertThat(ground.seen)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.body()).isEqualTo(ASKED.replace("fast", "vendor/fast-v2"));
          assertThat(it.headers().get("Authorization")).isEqualTo("Bearer " + REAL.reveal());
        });
    assertThat(ground.usage())
        .singleElement()
        .satisfies(it -> assertThat(it.model()).isEqualTo("fast"));
  }

  @Test
  void each_provider_is_sent_what_it_understands() throws Exception {
    int broken =
        ground.provider((_, response, callback) -> {
          response.setStatus(500);
          json(response, callback, "{}");
        });
    int other =
        ground.provider((_, response, callback) ->
            events(
                response,
                callback,
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ho\"}}]}\n\n",
                "data: [DONE]\n\n"));
    int gateway =
        ground.gateway(
            upstream(broken, Payer.OPERATOR, StreamedUsage.ASKED),
            upstream(other, Payer.OPERATOR, StreamedUsage.NEVER));

    var answer = ground.send(post(gateway, CHAT, CLIENT, STREAMED));

    assertThat(answer.body()).contains("ho").endsWith("data: [DONE]\n\n");
    assertThat(ground.seen).hasSize(2);
    assertThat(ground.seen.getFirst().body()).contains("\"include_usage\":true");
    assertThat(ground.seen.getLast().body()).doesNotContain("stream_options");
  }

  @Test
  void usage_that_a_provider_tells_by_itself_reaches_the_client() throws Exception {
    var stream =
        """
        data: {"choices":[{"index":0,"delta":{"content":"ho"}}]}

        data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}

        data: [DONE]

        """;
    int gateway =
        ground.gateway(
            upstream(
                ground.provider((_, response, callback) -> events(response, callback, stream)),
                Payer.OPERATOR,
                StreamedUsage.ALWAYS));

    assertThat(ground.send(post(gateway, CHAT, CLIENT, STREAMED)).body()).isEqualTo(stream);
    assertThat(ground.usage().getFirst().tokens().read()).isEqualTo(7);
  }

  @Test
  void what_an_account_pays_itself_is_counted_and_no_budget_bars_it() throws Exception {
    var usd = Money.currency("USD");
    ground.price("fast", new Price(usd, 1_000_000_000_000L, 1_000_000_000_000L, 0, 0, 0));
    ground.budget(new Budget(Money.parse(usd, "0.01"), Period.MONTH, true));
    int gateway = ground.gateway(upstream(provider(ANSWER), Payer.ACCOUNT, StreamedUsage.ASKED));

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);
    assertThat(ground.usage())
        .singleElement()
        .satisfies(it -> {
          assertThat(it.tokens().read()).isEqualTo(100);
          assertThat(it.cost()).isEqualTo(Optional.of(Money.zero(usd)));
        });
  }

  @Test
  void a_user_cannot_lead_the_gateway_into_inside_networks() throws Exception {
    int secret = provider(ANSWER);
    for (var host : List.of("127.0.0.1", "localhost", "[::1]")) {
      var inside =
          new ModelUpstream(
              "eve",
              URI.create("http://" + host + ":" + secret + "/v1"),
              Secret.of("k"),
              Optional.empty(),
              100,
              Optional.empty(),
              StreamedUsage.ASKED,
              Duration.ofSeconds(5),
              Payer.ACCOUNT,
              Reach.INTERNET);
      int gateway = ground.gateway(inside);

      assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).statusCode()).isEqualTo(503);
    }
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void one_model_is_told_by_rockpool_where_it_knows_them_by_name() throws Exception {
    int gateway =
        ground.gateway(
            ModelLimits.DEFAULT,
            new ModelUpstreams() {
              @Override
              public List<ModelUpstream> of(String accountId, Protocol protocol, String model) {
                return List.of();
              }

              @Override
              public List<String> models(String accountId, Protocol protocol) {
                return List.of("fast", "vendor/large");
              }
            });

    assertThat(get(gateway, "/llm/v1/models/fast"))
        .isEqualTo(
            "{\"id\":\"fast\",\"object\":\"model\",\"created\":0,\"owned_by\":\"rockpool\"}");
    assertThat(get(gateway, "/llm/anthropic/v1/models/vendor/large"))
        .contains("\"type\":\"model\",\"id\":\"vendor/large\"");
    assertThat(get(gateway, "/llm/v1/models/slow")).contains("There is no model 'slow' here.");
  }

  private String get(int gateway, String path) throws Exception {
    return ground.send(request(gateway, path).header("Authorization", "Bearer " + OWN)).body();
  }

  @ParameterizedTest
  @EnumSource(Payer.class)
  void whole_answers_share_a_bounded_room(Payer payer) throws Exception {
    var limits = held(4 << 20);
    var long1 = answer(400 << 10);
    var half = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    int slow =
        ground.provider((_, response, callback) -> {
          response.getHeaders().put("Content-Type", "application/json");
          var bytes = ByteBuffer.wrap(long1.getBytes(StandardCharsets.UTF_8));
          Content.Sink.write(response, false, bytes.slice(0, 390 << 10));
          half.countDown();
          go.await();
          response.write(true, bytes.position(390 << 10).slice(), callback);
        });
    var small = provider(answer(200 << 10));
    var all =
        new ModelUpstreams() {
          @Override
          public List<ModelUpstream> of(String accountId, Protocol protocol, String model) {
            return List.of(
                upstream(model.equals("slow") ? slow : small, payer, StreamedUsage.ASKED));
          }

          @Override
          public List<String> models(String accountId, Protocol protocol) {
            return List.of();
          }
        };
    int gateway = ground.gateway(limits, all);

    for (int i = 0; i < 9; i++) { // the room comes back
      assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(answer(200 << 10));
    }
    var first =
        ground.http.sendAsync(
            post(gateway, CHAT, OWN, ASKED.replace("fast", "slow")).build(),
            BodyHandlers.ofString());
    half.await();
    await()
        .untilAsserted(() -> {
          var refused = ground.send(post(gateway, CHAT, CLIENT, ASKED));
          assertThat(refused.statusCode()).isEqualTo(503);
          assertThat(refused.body()).contains("Too many long answers of models at once");
          assertThat(refused.headers().firstValue("retry-after")).contains("2");
        });
    go.countDown();

    assertThat(first.get().body()).isEqualTo(long1);
    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).statusCode()).isEqualTo(200);
  }

  @Test
  void a_client_that_does_not_read_its_answer_gives_the_room_back() throws Exception {
    ground.idle = Duration.ofMillis(300);
    int gateway =
        ground.gateway(
            held(68 << 20),
            upstream(provider(answer(8 << 20)), Payer.ACCOUNT, StreamedUsage.ASKED));

    try (var deaf = new Socket()) {
      deaf.setReceiveBufferSize(4 << 10);
      deaf.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway));
      deaf.getOutputStream()
          .write(
              "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(CHAT, CLIENT, ASKED.length(), ASKED)
                  .getBytes(StandardCharsets.UTF_8));
      await().until(() -> !ground.usage().isEmpty());

      await()
          .untilAsserted(() ->
              assertThat(ground.send(post(gateway, CHAT, CLIENT, ASKED)).statusCode())
                  .isEqualTo(200));
    }
  }

  @Test
  void an_event_of_a_users_own_provider_needs_room_too() throws Exception {
    var limits = aMebibyte();
    var event = "data: " + answer(600 << 10) + "\n\n";
    int provider = ground.provider((_, response, callback) -> events(response, callback, event));
    int own = ground.gateway(limits, upstream(provider, Payer.ACCOUNT, StreamedUsage.ALWAYS));
    int operators =
        ground.gateway(limits, upstream(provider, Payer.OPERATOR, StreamedUsage.ALWAYS));

    assertThat(ground.send(post(own, CHAT, CLIENT, STREAMED)).statusCode()).isEqualTo(503);
    assertThat(ground.send(post(operators, CHAT, CLIENT, STREAMED)).body()).isEqualTo(event);
  }

  @Test
  void a_provider_that_does_not_stop_is_not_passed() throws Exception {
    int endless =
        ground.provider((_, response, callback) -> {
          response.getHeaders().put("Content-Type", "application/json");
          var part = "[".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i < 9; i++) {
            Content.Sink.write(response, false, ByteBuffer.wrap(part));
          }
          callback.succeeded();
        });
    int gateway = ground.gateway(upstream(endless, Payer.ACCOUNT, StreamedUsage.ASKED));
    int operators =
        ground.gateway(held(32 << 20), upstream(endless, Payer.OPERATOR, StreamedUsage.ASKED));

    var answer = ground.send(post(gateway, CHAT, CLIENT, ASKED));
    var operatorsAnswer = ground.send(post(operators, CHAT, CLIENT, ASKED));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("Your own model provider answered with more than 8 MiB");
    assertThat(operatorsAnswer.statusCode()).isEqualTo(503);
    assertThat(operatorsAnswer.body()).contains("The model service answered with more than 4 MiB");
  }

  private static ModelLimits aMebibyte() {
    return held(1 << 20);
  }

  private static ModelLimits held(int bytes) {
    var usual = ModelLimits.DEFAULT;
    return new ModelLimits(
        1 << 20,
        bytes,
        usual.callsPerInstance(),
        usual.patience(),
        usual.drains(),
        usual.drain(),
        usual.drainBytes(),
        false);
  }

  private static String answer(int length) {
    return ANSWER.replace("\"ho\"", "\"" + "o".repeat(length - ANSWER.length() + 2) + "\"");
  }

  @Test
  void a_model_that_nobody_serves_is_said_to_be_unknown() throws Exception {
    int gateway = ground.gateway();

    var answer = ground.send(post(gateway, CHAT, CLIENT, ASKED));

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("model_not_found").contains("'fast'");
    assertThat(ground.usage()).isEmpty();
  }

  @Test
  void models_that_are_known_by_name_are_listed_in_both_protocols() throws Exception {
    int gateway =
        ground.gateway(
            ModelLimits.DEFAULT,
            new ModelUpstreams() {
              @Override
              public List<ModelUpstream> of(String account, Protocol protocol, String model) {
                return List.of();
              }

              @Override
              public List<String> models(String account, Protocol protocol) {
                return List.of(account + "-fast", protocol.name());
              }
            });

    for (var path : List.of("/llm/v1/models", "/llm/anthropic/v1/models")) {
      var answer =
          ground.send(request(gateway, path).header("Authorization", "Bearer " + CLIENT).GET());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(JsonMapper.shared().readTree(answer.body()).path("data"))
          .extracting(it -> it.path("id").asString())
          .containsExactly("bob-fast", path.contains("anthropic") ? "ANTHROPIC" : "OPENAI");
    }
  }

  private int provider(String answer) {
    return ground.provider((_, response, callback) -> json(response, callback, answer));
  }

  @Test
  void a_model_without_a_price_is_refused_where_the_operator_wants_that() throws Exception {
    ground.price("dear", Price.free(Money.currency("USD")));
    int provider = provider(ANSWER);
    var limits = ModelLimits.DEFAULT.refusingUnpriced(true);
    int operators = ground.gateway(limits, upstream(provider, Payer.OPERATOR, StreamedUsage.ASKED));
    int own = ground.gateway(limits, upstream(provider, Payer.ACCOUNT, StreamedUsage.ASKED));
    var dear = ASKED.replaceFirst("\"model\":\"[^\"]+\"", "\"model\":\"dear\"");
    var unheard = dear.replace("dear", "unheard-of");

    var words = ground.send(post(operators, CHAT, OWN, unheard));
    assertThat(words.body()).contains("'unheard-of' has no price here");
    assertThat(words.headers().firstValue("x-rockpool-refusal")).contains("price");
    var refused = ground.send(post(operators, CHAT, CLIENT, unheard));
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("\"code\":\"model_not_priced\"");
    assertThat(ground.seen).isEmpty();
    assertThat(ground.usage()).isEmpty();

    assertThat(ground.send(post(operators, CHAT, CLIENT, dear)).statusCode()).isEqualTo(200);
    assertThat(ground.send(post(own, CHAT, CLIENT, unheard)).statusCode()).isEqualTo(200);
  }

  private static ModelUpstream upstream(int port, Payer payer, StreamedUsage usage) {
    return new ModelUpstream(
        "vendor",
        URI.create("http://127.0.0.1:" + port + "/openai/v1/"),
        REAL,
        Optional.of("vendor/fast-v2"),
        8_192,
        Optional.empty(),
        usage,
        Duration.ofSeconds(20),
        payer,
        Reach.ANYWHERE);
  }
}
