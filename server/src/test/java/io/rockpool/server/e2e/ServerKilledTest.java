package io.rockpool.server.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.server.e2e.ProviderDouble.Answer;
import io.rockpool.server.e2e.ProviderDouble.Asked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the books hold after a server was killed in the middle of many calls under a budget. */
@Tag("openclaw")
@Timeout(240)
class ServerKilledTest {
  /** Of an answer; no call asks for more. */
  private static final int WRITTEN = 10;

  private static final int READ = 80;

  /** A thousandth of a dollar for a token read, a hundredth for one written. */
  private static final BigDecimal COST = new BigDecimal("0.18");

  private static final BigDecimal BUDGET = new BigDecimal("30");

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  private Path folder;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger written = new AtomicInteger();
  private final CountDownLatch go = new CountDownLatch(1);
  private CountDownLatch held = new CountDownLatch(0);
  private @Nullable ModelSite site;
  private String key = "";

  @BeforeAll
  static void needs() {
    Host.has("npm", "bwrap");
  }

  @BeforeEach
  void start() throws Exception {
    site = new ModelSite(folder, this::answer);
    key = site().key().path("key").asString("");
    site().price("m", "1000", "10000");
    site().budget(BUDGET.toPlainString());
    // The first call of a model goes alone, since nobody knows how it counts.
    assertThat(call(false, "now")).isTrue();
  }

  @AfterEach
  void end() {
    go.countDown();
    threads.shutdownNow();
    http.shutdownNow();
    if (site != null) {
      site.close();
    }
  }

  @Test
  void what_was_answered_is_booked_and_what_was_not_is_booked_as_if_it_had_been() throws Exception {
    int answered = 24;
    int open = 24;
    held = new CountDownLatch(open);
    var calls = new ArrayList<Future<Boolean>>();
    for (int i = 0; i < open; i++) {
      calls.add(start(i % 2 == 0, i % 3 == 0 ? "hold at once" : "hold in the middle"));
    }
    for (int i = 0; i < answered; i++) {
      calls.add(start(i % 2 == 0, "now"));
    }
    for (var call : calls.subList(open, calls.size())) {
      assertThat(call.get()).isTrue();
    }
    held.await();

    site().kill();
    for (var call : calls.subList(0, open)) {
      assertThat(call.get()).as("no call ends well that was not answered").isFalse();
    }
    site().startAgain();

    noneIsOpen();
    var totals = site().usage().path("totals");
    assertThat(totals.path("calls").asInt(0)).isEqualTo(1 + answered + open);
    assertThat(totals.path("outputTokens").asInt(0)).isEqualTo(written.get());
    assertThat(decimal(site().budget().path("spent").asString("")))
        .isGreaterThanOrEqualTo(COST.multiply(BigDecimal.valueOf(1 + answered + open)));
    theRestCanBeSpent();
  }

  @Test
  void a_death_amid_all_that_a_call_goes_through_loses_none_that_was_answered() throws Exception {
    int clients = 16;
    int open = 8;
    int enough = 60;
    var complete = new AtomicInteger(1);
    var begun = new AtomicInteger(1 + open);
    held = new CountDownLatch(open);
    var calls = new ArrayList<Future<?>>();
    for (int i = 0; i < open; i++) {
      calls.add(start(i % 2 == 0, "hold in the middle"));
    }
    held.await();
    for (int i = 0; i < clients; i++) {
      boolean stream = i % 2 == 0;
      calls.add(
          threads.submit(() -> {
            do {
              begun.incrementAndGet();
              if (!call(stream, "now")) {
                return null; // the server is gone
              }
              if (complete.incrementAndGet() == enough) {
                site().kill();
              }
            } while (true);
          }));
    }
    for (var call : calls) {
      var _ = call.get();
    }
    site().startAgain();

    noneIsOpen();
    var totals = site().usage().path("totals");
    assertThat(totals.path("calls").asInt(0)).isBetween(complete.get(), begun.get());
    assertThat(totals.path("outputTokens").asInt(0))
        .isBetween(complete.get() * WRITTEN, begun.get() * WRITTEN);
    theRestCanBeSpent();
  }

  /** What dead calls had set aside is booked; nothing is kept for them any more. */
  private void noneIsOpen() {
    Waiting.until(
        10,
        "nothing is set aside",
        () -> site().story(),
        () -> decimal(site().budget().path("reserved").asString("")).signum() == 0);
  }

  /** Until one more call would pass the budget. */
  private void theRestCanBeSpent() throws Exception {
    while (call(false, "now")) {
      assertThat(spent()).isLessThanOrEqualTo(BUDGET);
    }
    assertThat(spent()).isLessThanOrEqualTo(BUDGET);
    assertThat(BUDGET.subtract(spent())).as("what is left").isLessThan(new BigDecimal("0.30"));
    assertThat(decimal(site().usage().at("/totals/cost").asString("")))
        .isEqualByComparingTo(spent());
  }

  private BigDecimal spent() throws IOException {
    return decimal(site().budget().path("spent").asString(""));
  }

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  private Future<Boolean> start(boolean stream, String how) {
    return threads.submit(() -> call(stream, how));
  }

  /** Whether a whole answer came; not if it was refused, or broke off. */
  private boolean call(boolean stream, String how) throws InterruptedException {
    var body =
        "{\"model\":\"m\",\"stream\":%s,\"max_tokens\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(stream, WRITTEN, how);
    try {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create(site().openAi() + "/chat/completions"))
                  .timeout(Duration.ofSeconds(60))
                  .header("Authorization", "Bearer " + key)
                  .POST(BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString());
      if (answer.statusCode() == 402) {
        return false;
      }
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return answer.body().endsWith(stream ? "data: [DONE]\n\n" : "}");
    } catch (IOException e) {
      return false;
    }
  }

  private void answer(Asked asked, Answer answer) throws IOException {
    var request = asked.json();
    var how = request.at("/messages/0/content").asString("");
    boolean stream = request.path("stream").asBoolean(false);
    int most = Math.min(WRITTEN, request.path("max_tokens").asInt(WRITTEN));
    written.addAndGet(most); // whether or not anybody hears of it
    var usage = "\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}".formatted(READ, most);
    if (how.equals("hold at once")) {
      hold();
    }
    if (!stream) {
      if (how.equals("hold in the middle")) {
        hold();
      }
      answer.json(200, "{\"choices\":[{\"message\":{\"content\":\"ho\"}}],%s}".formatted(usage));
      return;
    }
    answer.stream();
    answer.part("data: {\"choices\":[{\"delta\":{\"content\":\"ho\"}}]}\n\n");
    if (how.equals("hold in the middle")) {
      hold();
    }
    answer.part("data: {\"choices\":[],%s}\n\n".formatted(usage));
    answer.part("data: [DONE]\n\n");
  }

  private void hold() {
    held.countDown();
    try {
      go.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("the test is over"));
    }
  }

  private ModelSite site() {
    return requireNonNull(site);
  }
}
