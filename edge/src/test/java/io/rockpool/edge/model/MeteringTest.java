package io.rockpool.edge.model;

import static io.rockpool.edge.model.ModelGround.CHAT;
import static io.rockpool.edge.model.ModelGround.CLIENT;
import static io.rockpool.edge.model.ModelGround.CLIENT_HELD;
import static io.rockpool.edge.model.ModelGround.MESSAGES;
import static io.rockpool.edge.model.ModelGround.OWN;
import static io.rockpool.edge.model.ModelGround.OWN_HELD;
import static io.rockpool.edge.model.ModelGround.events;
import static io.rockpool.edge.model.ModelGround.json;
import static io.rockpool.edge.model.ModelGround.post;
import static io.rockpool.edge.model.ModelGround.upstream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.money.Money;
import io.rockpool.control.provider.AnswerLimit;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.Period;
import io.rockpool.control.usage.Price;
import io.rockpool.control.usage.Quota;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Usage;
import io.rockpool.edge.EdgeGround;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What calls use is booked, and held by budgets. */
@Timeout(120)
class MeteringTest {
  private static final Currency USD = Money.currency("USD");

  /** A dollar for a million tokens in, ten for a million out. */
  private static final Price PRICE =
      new Price(USD, 1_000_000_000L, 10_000_000_000L, 100_000_000L, 1_250_000_000L, 2_000_000_000L);

  private static final String ASKED =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String STREAMED = ASKED.replace("{\"model\"", "{\"stream\":true,\"model\"");

  /** A tenth of a cent. */
  private static final String ANSWER =
      "{\"model\":\"m-2026\",\"choices\":[{\"message\":{\"content\":\"ho\"}}],"
          + "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":90}}";

  private static final String TEXT =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello there\"}}],\"usage\":null}\n\n";

  /** The same for who did not ask for the usage. */
  private static final String SHOWN = TEXT.replace(",\"usage\":null", "");

  private static final String USAGE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":90}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  @TempDir Path folder;
  private ModelGround ground;

  @BeforeEach
  void open() {
    ground = new ModelGround(folder);
    ground.price("m", PRICE);
  }

  @AfterEach
  void close() {
    ground.close();
  }

  @Test
  void what_an_answer_says_that_it_used_is_booked_at_the_models_price() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var answer = ground.send(post(gateway, CHAT, OWN, ASKED));

    assertThat(answer.body()).isEqualTo(ANSWER);
    assertThat(booked()).isEqualTo(Tokens.of(100, 90));
    assertThat(cost()).isEqualTo("0.001");
  }

  @Test
  void the_usage_of_a_stream_is_asked_for_and_not_shown() throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> events(response, callback, TEXT, USAGE, DONE));

    var answer = ground.send(post(gateway, CHAT, OWN, STREAMED));

    assertThat(answer.body()).isEqualTo(SHOWN + DONE);
    assertThat(ground.seen.getFirst().body())
        .isEqualTo("{\"stream_options\":{\"include_usage\":true}," + STREAMED.substring(1));
    assertThat(booked()).isEqualTo(Tokens.of(100, 90));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"include_usage\":false}", "null", "{}"})
  void a_client_that_wants_no_usage_is_shown_none(String options) throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> events(response, callback, TEXT, USAGE, DONE));
    var body = STREAMED.replace("}]}", "}],\"stream_options\":" + options + "}");

    var answer = ground.send(post(gateway, CHAT, OWN, body));

    assertThat(answer.body()).isEqualTo(SHOWN + DONE);
    assertThat(ground.seen.getFirst().body())
        .isEqualTo(body.replace(options, "{\"include_usage\":true}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"id\":\"é,\",\"usage\":null} | {\"id\":\"é,\"}",
        "{\"usage\" : null, \"id\":1} | { \"id\":1}",
        "{\"id\":1, \"usage\": null, \"a\":2} | {\"id\":1, \"a\":2}",
        "{\"id\":\",\\\"usage\\\":null\",\"usage\":null} | {\"id\":\",\\\"usage\\\":null\"}",
        "{\"id\":{\"a\":1,\"usage\":null}} | {\"id\":{\"a\":1,\"usage\":null}}",
        "{\"id\":{\"a\":1,\"usage\":null},\"usage\":null} | {\"id\":{\"a\":1,\"usage\":null},\"usage\":null}"
      })
  void the_word_that_there_is_no_usage_yet_is_not_shown_either(String said, String shown)
      throws Exception {
    var event = "data: %s\r\n\r\n";
    var gateway =
        ground.gateway(
            (_, response, callback) -> events(response, callback, event.formatted(said), DONE));

    var answer = ground.send(post(gateway, CHAT, OWN, STREAMED));

    assertThat(answer.body()).isEqualTo(event.formatted(shown) + DONE);
  }

  @Test
  void a_client_that_asks_for_the_usage_is_shown_it() throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> events(response, callback, TEXT, USAGE, DONE));
    var body = STREAMED.replace("}]}", "}],\"stream_options\":{\"include_usage\":true,\"x\":1}}");

    var answer = ground.send(post(gateway, CHAT, OWN, body));

    assertThat(answer.body()).isEqualTo(TEXT + USAGE + DONE);
    assertThat(ground.seen.getFirst().body()).isEqualTo(body);
  }

  @Test
  void it_is_booked_before_the_client_sees_the_end() throws Exception {
    var gateway =
        ground.gateway((_, response, callback) -> events(response, callback, TEXT, USAGE, DONE));
    var answer =
        ground.http.send(post(gateway, CHAT, OWN, STREAMED).build(), BodyHandlers.ofInputStream());

    var read = new StringBuilder();
    while (read.indexOf("[DONE]") < 0) {
      read.append((char) answer.body().read());
    }

    assertThat(booked()).isEqualTo(Tokens.of(100, 90));
  }

  @Test
  void a_client_that_leaves_pays_what_the_provider_says_in_the_end() throws Exception {
    var left = new CountDownLatch(1);
    var gateway =
        ground.gateway((_, response, callback) -> {
          response.getHeaders().put("Content-Type", "text/event-stream");
          Content.Sink.write(response, false, TEXT, Callback.NOOP);
          left.await();
          for (int i = 0; i < 100; i++) {
            Content.Sink.write(response, false, TEXT, Callback.NOOP);
          }
          Content.Sink.write(response, true, USAGE + DONE, callback);
        });

    leave(gateway, CHAT, STREAMED);
    left.countDown();

    await().untilAsserted(() -> assertThat(booked()).isEqualTo(Tokens.of(100, 90)));
    assertThat(outcome()).isEqualTo("ABORTED");
  }

  @Test
  void what_nobody_says_is_estimated_and_marked() throws Exception {
    var gateway =
        ground.gateway((_, response, callback) ->
            events(
                response,
                callback,
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n",
                "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\""
                    + "word ".repeat(60)
                    + "\"}}\n\n"));

    ground.send(post(gateway, MESSAGES, OWN, STREAMED));

    // not the placeholder of the beginning, one token, but as a tokenizer counts the words
    assertThat(booked()).isEqualTo(Tokens.of(25, 61));
    assertThat(outcome()).isEqualTo("BROKEN");
    assertThat(ground.sql.query("SELECT estimated FROM model_call", row -> row.getLong(1)))
        .containsExactly(1L);
  }

  @Test
  void a_client_that_leaves_does_not_pay_what_was_set_aside_to_be_sure() throws Exception {
    var gateway =
        ground.gateway((request, response, callback) -> {
          response.getHeaders().put("Content-Type", "text/event-stream");
          Content.Sink.write(response, false, TEXT, Callback.NOOP);
          request.getConnectionMetaData().getConnection().getEndPoint().close();
          callback.succeeded();
        });

    var english = "word ".repeat(20_000); // as many tokens, and a blank
    leave(gateway, CHAT, STREAMED.replace("hi", english));

    await().untilAsserted(() -> assertThat(booked().input()).isBetween(20_000L, 26_000L));
    assertThat(estimated()).isEqualTo(1);
  }

  @Test
  void the_first_failure_costs_nothing_and_the_call_counts_once() throws Exception {
    var broken =
        ground.provider((_, response, callback) -> {
          response.setStatus(500);
          json(response, callback, "{}");
        });
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(broken), upstream(good));

    ground.send(post(gateway, CHAT, OWN, ASKED));

    assertThat(ground.usage().getFirst().calls()).isEqualTo(1);
    assertThat(ground.sql.query("SELECT attempts FROM model_call", row -> row.getLong(1)))
        .containsExactly(2L);
    assertThat(cost()).isEqualTo("0.001");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503, 504})
  void a_refusal_costs_nothing_even_where_it_breaks_off(int status) throws Exception {
    var broken =
        ground.provider((request, response, _) -> {
          response.setStatus(status);
          response.getHeaders().put("Content-Length", 1_000);
          Content.Sink.write(response, false, "{", Callback.NOOP);
          request.getConnectionMetaData().getConnection().getEndPoint().close();
        });
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(broken), upstream(good));

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);

    assertThat(booked()).isEqualTo(Tokens.of(100, 90));
    assertThat(estimated()).isZero();
  }

  @Test
  void what_a_silent_provider_may_charge_for_is_estimated_and_booked_with_the_answer()
      throws Exception {
    var go = new CountDownLatch(1);
    var silent =
        ground.provider((_, _, callback) -> {
          go.await();
          callback.succeeded();
        });
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(silent, Duration.ofSeconds(1)), upstream(good));

    var answer = ground.send(post(gateway, CHAT, OWN, ASKED));
    go.countDown();

    assertThat(answer.body()).isEqualTo(ANSWER);
    assertThat(ground.usage().getFirst().calls()).isEqualTo(1);
    assertThat(booked().output()).as("what is likely, and what was said").isEqualTo(256 + 90);
    assertThat(booked().input()).as("read twice").isBetween(103L, 200L);
    assertThat(estimated()).isEqualTo(1);
    assertThat(outcome()).isEqualTo("ANSWERED");
  }

  @Test
  void what_was_sent_whole_and_never_answered_is_booked_for_each_that_read_it() throws Exception {
    int speechless = ground.speechless();
    var gateway = ground.gateway(upstream(speechless), upstream(speechless));

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).statusCode()).isEqualTo(503);

    assertThat(ground.seen).hasSize(2);
    assertThat(booked().output()).isEqualTo(2 * 256);
    assertThat(estimated()).isEqualTo(1);
    assertThat(outcome()).isEqualTo("BROKEN");
  }

  @Test
  void an_answer_that_breaks_off_before_its_client_saw_any_is_booked_beside_the_next()
      throws Exception {
    var broken =
        ground.provider((request, response, _) -> {
          response.getHeaders().put("Content-Length", 1_000);
          Content.Sink.write(response, false, "{", Callback.NOOP);
          request.getConnectionMetaData().getConnection().getEndPoint().close();
        });
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(broken), upstream(good));

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);

    assertThat(booked().output()).isEqualTo(256 + 90);
  }

  @Test
  void a_file_by_its_address_is_not_passed_where_a_limit_binds_the_call() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    var file =
        ASKED.replace(
            "\"hi\"",
            "[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}},{\"type\":\"text\",\"text\":\"hi\"}]");

    assertThat(ground.send(post(gateway, CHAT, CLIENT, file)).body()).isEqualTo(ANSWER);
    budget("1000");
    var refused = ground.send(post(gateway, CHAT, CLIENT, file));

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("Send the file itself");
    assertThat(ground.seen).hasSize(1);
    assertThat(ground.sql.query("SELECT 1 FROM reservation", _ -> true)).isEmpty();
    assertThat(ground.send(post(gateway, CHAT, CLIENT, ASKED)).body()).isEqualTo(ANSWER);
  }

  @Test
  void a_call_on_a_connection_that_its_provider_has_just_closed_is_answered_and_booked_once()
      throws Exception {
    var gateway = ground.gateway(upstream(ground.forgetful(ANSWER, Duration.ZERO)));

    for (int i = 0; i < 3; i++) {
      assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);
    }

    assertThat(ground.seen).as("the second was sent on the first's connection, too").hasSize(4);
    assertThat(booked()).isEqualTo(Tokens.of(300, 270));
    assertThat(
            ground.sql.query(
                "SELECT attempts, estimated FROM model_call",
                row -> row.getLong(1) + row.getLong(2)))
        .containsExactly(1L, 1L, 1L);
  }

  @Test
  void a_call_that_a_provider_had_time_to_work_at_is_not_sent_again() throws Exception {
    var gateway = ground.gateway(upstream(ground.forgetful(ANSWER, Duration.ofMillis(1_200))));

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);
    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).statusCode()).isEqualTo(503);

    assertThat(ground.seen).hasSize(2);
    assertThat(booked().output()).as("an answer, and what may have been").isEqualTo(90 + 90);
  }

  @Test
  void what_was_not_sent_to_its_end_costs_nothing() throws Exception {
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(ground.hangingUp(1_000)), upstream(good));
    var longOne = ASKED.replace("hi", "word ".repeat(4_000_000));

    assertThat(ground.send(post(gateway, CHAT, OWN, longOne)).body()).isEqualTo(ANSWER);

    assertThat(booked()).isEqualTo(Tokens.of(100, 90));
    assertThat(estimated()).isZero();
  }

  @Test
  void another_provider_is_asked_only_where_the_budget_covers_two_charges() throws Exception {
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    ground.send(post(ground.gateway(upstream(good)), CHAT, OWN, ASKED)); // 0.001
    var gateway = ground.gateway(upstream(ground.speechless()), upstream(good));
    ground.send(post(gateway, CHAT, OWN, ASKED)); // tells this gateway how the model counts
    var spent = new BigDecimal(cost());

    budget(spent.add(new BigDecimal("0.0015")).toPlainString());
    var first = ground.send(post(gateway, CHAT, OWN, ASKED));
    assertThat(first.statusCode()).as(first.body()).isEqualTo(503);
    assertThat(ground.seen).hasSize(4);
    var next = ground.send(post(gateway, CHAT, OWN, ASKED));

    assertThat(next.body()).contains("has used up its budget");
    assertThat(new BigDecimal(cost()).subtract(spent))
        .isBetween(new BigDecimal("0.00099"), new BigDecimal("0.0015"));
  }

  @Test
  void many_at_once_pass_no_budget_though_each_is_charged_twice() throws Exception {
    var good = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(ground.speechless()), upstream(good));
    budget("0.10");
    var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 200; i++) {
      calls.add(
          ground.http.sendAsync(
              post(gateway, CHAT, CLIENT, ASKED).build(), BodyHandlers.ofString()));
    }

    assertThat(calls.stream().map(it -> it.join().statusCode()).distinct())
        .contains(200, 402)
        .isSubsetOf(200, 402, 503);
    assertThat(new BigDecimal(cost())).isBetween(new BigDecimal("0.09"), new BigDecimal("0.10"));
  }

  @Test
  void counting_tokens_costs_nothing_and_is_counted_as_a_request() throws Exception {
    budget("0");
    ground.quota(
        new Quota(
            OptionalLong.of(0), OptionalLong.of(2), OptionalLong.empty(), OptionalLong.empty()));
    var count = MESSAGES + "/count_tokens";
    var gateway =
        ground.gateway(
            (_, response, callback) -> json(response, callback, "{\"input_tokens\":14}"));

    var first = ground.send(post(gateway, count, CLIENT, ASKED));
    var second = ground.send(post(gateway, count + "?beta=true", CLIENT, ASKED));
    var third = ground.send(post(gateway, count, CLIENT, ASKED));
    var stranger = ground.send(post(gateway, count, "nobody", ASKED));

    assertThat(first.body()).isEqualTo(second.body()).isEqualTo("{\"input_tokens\":14}");
    assertThat(List.of(third.statusCode(), stranger.statusCode())).containsExactly(429, 401);
    assertThat(ground.seen)
        .extracting(ModelGround.Seen::target)
        .containsExactly(
            "/openai/v1/messages/count_tokens", "/openai/v1/messages/count_tokens?beta=true");
    assertThat(ground.seen.getFirst().body()).isEqualTo(ASKED);
    assertThat(booked()).isEqualTo(Tokens.NONE);
    assertThat(ground.usage().getFirst().calls()).isEqualTo(2);
    assertThat(estimated()).isZero();
  }

  @Test
  void an_instance_is_told_in_words_that_its_budget_is_spent() throws Exception {
    budget("0");
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var whole = ground.send(post(gateway, CHAT, OWN, ASKED));
    var stream = ground.send(post(gateway, CHAT, OWN, STREAMED));
    var chinese = ground.send(post(gateway, CHAT, OWN, ASKED.replace("hi", "你好")));

    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.headers().firstValue("x-rockpool-refusal")).contains("budget");
    assertThat(whole.body())
        .contains(
            "\"content\":\"This assistant has used up its budget for this month (USD 0.00)",
            "\"total_tokens\":0");
    assertThat(stream.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(stream.body()).contains("has used up its budget").endsWith(DONE);
    assertThat(chinese.body()).contains("本月的额度（USD 0.00）已用完");
    assertThat(ground.seen).isEmpty();
    assertThat(ground.usage()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/llm/v1/chat/completions",
        "/llm/v1/completions",
        "/llm/v1/responses",
        "/llm/anthropic/v1/messages"
      })
  void every_dialect_has_words_for_it(String path) throws Exception {
    budget("0");
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    for (var body : List.of(ASKED, STREAMED)) {
      var answer = ground.send(post(gateway, path, OWN, body));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("used up its budget").doesNotContain("@");
    }
  }

  @Test
  void another_client_gets_an_error_that_it_understands() throws Exception {
    budget("0");
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var openAi = ground.send(post(gateway, CHAT, CLIENT, STREAMED));
    var anthropic = ground.send(post(gateway, MESSAGES, CLIENT, ASKED));

    assertThat(openAi.statusCode()).isEqualTo(402);
    assertThat(openAi.body()).contains("\"insufficient_quota\"", "\"budget_exceeded\"");
    assertThat(openAi.headers().firstValue("x-should-retry")).contains("false");
    assertThat(anthropic.statusCode()).isEqualTo(402);
    assertThat(anthropic.body()).contains("\"billing_error\"");
    assertThat(ground.seen).isEmpty();
  }

  @Test
  void who_is_held_calls_no_model_and_is_told_why() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var own = ground.send(post(gateway, CHAT, OWN_HELD, ASKED));
    var chinese = ground.send(post(gateway, CHAT, OWN_HELD, ASKED.replace("hi", "你好")));
    var client = ground.send(post(gateway, CHAT, CLIENT_HELD, STREAMED));
    var anthropic = ground.send(post(gateway, MESSAGES, CLIENT_HELD, ASKED));
    var counting = ground.send(post(gateway, MESSAGES + "/count_tokens", CLIENT_HELD, ASKED));

    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(own.headers().firstValue("x-rockpool-refusal")).contains("hold");
    assertThat(own.body()).contains("Nobody pays. Pay for it.");
    assertThat(chinese.body()).contains("已停用");
    assertThat(client.statusCode()).isEqualTo(403);
    assertThat(client.headers().firstValue("x-should-retry")).contains("false");
    assertThat(client.body()).contains("\"code\":\"instance_held\"", "Nobody pays. Pay for it.");
    assertThat(anthropic.body()).contains("permission_error", "Nobody pays. Pay for it.");
    assertThat(counting.statusCode()).isEqualTo(403);
    assertThat(ground.seen).isEmpty();
    assertThat(ground.usage()).isEmpty();
  }

  @Test
  void the_first_call_after_a_top_up_passes() throws Exception {
    budget("0");
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    ground.send(post(gateway, CHAT, OWN, ASKED));

    budget("1");

    assertThat(ground.send(post(gateway, CHAT, OWN, ASKED)).body()).isEqualTo(ANSWER);
  }

  @Test
  void a_model_without_a_price_is_not_called_under_a_hard_budget() throws Exception {
    budget("1");
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));

    var asked = ASKED.replace("\"m\"", "\"unheard-of\"");

    var own = ground.send(post(gateway, CHAT, OWN, asked));
    var client = ground.send(post(gateway, CHAT, CLIENT, asked));

    assertThat(own.statusCode())
        .isEqualTo(200); // its user reads it, instead of a minute of retries
    assertThat(own.body()).contains("'unheard-of' has no price in USD");
    assertThat(client.statusCode()).isEqualTo(503);
    assertThat(client.body()).contains("has no price in USD");
    assertThat(ground.seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"max_tokens\":90,",
        "\"max_completion_tokens\":400,",
        "\"max_output_tokens\":1,"
      })
  void five_hundred_at_once_spend_a_budget_for_a_hundred_and_no_more(String limit)
      throws Exception {
    var passed = new AtomicInteger();
    var gateway =
        ground.gateway((_, response, callback) -> {
          passed.incrementAndGet();
          json(response, callback, ANSWER);
        });
    budget("0.10");
    var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 500; i++) {
      var body = ASKED.replaceFirst("\\{", "{" + limit);
      calls.add(
          ground.http.sendAsync(
              post(gateway, CHAT, CLIENT, body).build(), BodyHandlers.ofString()));
    }
    var statuses = calls.stream().map(it -> it.join().statusCode()).toList();

    assertThat(statuses).containsOnly(200, 402);
    assertThat(passed.get()).isBetween(99, 100);
    assertThat(statuses.stream().filter(it -> it == 200)).hasSize(passed.get());
    assertThat(cost()).isEqualTo(passed.get() == 100 ? "0.10" : "0.099");
  }

  @Test
  void the_limit_of_an_answer_is_what_is_left_of_the_budget() throws Exception {
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    ground.send(post(gateway, CHAT, OWN, ASKED)); // tells how the model counts
    budget("0.010");

    ground.send(post(gateway, CHAT, OWN, ASKED));

    var sent = ground.seen.getLast().body();
    assertThat(sent).startsWith("{\"max_tokens\":").endsWith(ASKED.substring(1));
    var limit = Long.parseLong(sent.replaceAll("\\D*(\\d+).*", "$1"));
    assertThat(limit).isBetween(850L, 900L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        // what is asked for | the limits that the provider is sent
        "chat/completions | m       |                                                | max_tokens=L",
        "chat/completions | m       | \"max_output_tokens\":1,                         | max_tokens=L max_output_tokens=1",
        "chat/completions | m       | \"max_completion_tokens\":100,\"max_tokens\":5000, | max_completion_tokens=100 max_tokens=L",
        "chat/completions | m       | \"max_completion_tokens\":5000,\"max_tokens\":100, | max_completion_tokens=L max_tokens=100",
        "chat/completions | m       | \"max_completion_tokens\":100,                   | max_tokens=100",
        "chat/completions | m       | \"max_tokens\":null,                             | max_tokens=L",
        "chat/completions | o3-mini | \"max_tokens\":100,                              | max_completion_tokens=100",
        "chat/completions | gpt-5   |                                                | max_completion_tokens=L",
        "completions      | m       | \"max_completion_tokens\":1,                     | max_tokens=L max_completion_tokens=1",
        "responses        | m       | \"max_tokens\":1,                                | max_output_tokens=L max_tokens=1",
        "responses        | m       | \"max_output_tokens\":5000,                      | max_output_tokens=L",
        "embeddings       | m       |                                                |",
      })
  void a_budget_limits_an_answer_by_what_the_provider_obeys(
      String path, String model, @Nullable String given, @Nullable String sent) throws Exception {
    ground.price(model, PRICE);
    var gateway = ground.gateway((_, response, callback) -> json(response, callback, ANSWER));
    var body = ASKED.replace("\"m\"", "\"" + model + "\"").replaceFirst("\\{", "{" + orNone(given));
    ground.send(post(gateway, "/llm/v1/" + path, OWN, body)); // tells how the model counts
    budget(new BigDecimal(cost()).add(new BigDecimal("0.009")).toPlainString());

    ground.send(post(gateway, "/llm/v1/" + path, OWN, body));

    var limits =
        Pattern.compile("\"(max_[a-z_]+)\":([0-9]+)")
            .matcher(ground.seen.getLast().body())
            .results()
            .map(it -> it.group(1) + "=" + (it.group(2).matches("8..") ? "L" : it.group(2)))
            .toList();
    assertThat(limits).containsExactlyInAnyOrder(sent == null ? new String[0] : sent.split(" "));
  }

  @Test
  void a_provider_that_is_said_to_obey_another_limit_is_sent_that() throws Exception {
    budget("0.009");
    int port = ground.provider((_, response, callback) -> json(response, callback, ANSWER));
    var gateway = ground.gateway(upstream(port, Optional.of(AnswerLimit.MAX_COMPLETION_TOKENS)));

    ground.send(post(gateway, CHAT, OWN, ASKED.replaceFirst("\\{", "{ \"max_tokens\" : 100,")));

    assertThat(ground.seen.getLast().body())
        .isEqualTo(ASKED.replaceFirst("\\{", "{ \"max_completion_tokens\":100,"));
  }

  private static String orNone(@Nullable String text) {
    return text == null ? "" : text;
  }

  private void leave(int gateway, String path, String body)
      throws IOException, InterruptedException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway)) {
      socket
          .getOutputStream()
          .write(
              "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(path, OWN, body.length(), body)
                  .getBytes(StandardCharsets.UTF_8));
      EdgeGround.readUntil(socket.getInputStream(), "Hello there");
      socket.setSoLinger(true, 0); // gone, without a word
    }
  }

  private void budget(String amount) {
    ground.budget(new Budget(Money.parse(USD, amount), Period.MONTH, true));
  }

  private Tokens booked() {
    return ground.usage().stream().map(Usage.Day::tokens).reduce(Tokens.NONE, Tokens::plus);
  }

  private String cost() {
    return ground.usage().stream()
        .map(Usage.Day::cost)
        .flatMap(Optional::stream)
        .reduce(Money.zero(USD), Money::plus)
        .text();
  }

  private long estimated() {
    return ground.sql.query("SELECT estimated FROM model_call", row -> row.getLong(1)).getFirst();
  }

  private String outcome() {
    return ground.sql.query("SELECT outcome FROM model_call", row -> row.getString(1)).getFirst();
  }
}
