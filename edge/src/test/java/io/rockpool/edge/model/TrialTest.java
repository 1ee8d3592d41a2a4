package io.rockpool.edge.model;

import static io.rockpool.edge.model.ModelGround.json;
import static io.rockpool.edge.model.ModelGround.upstream;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.net.Internet;
import io.rockpool.control.provider.Protocol;
import io.rockpool.edge.model.Trial.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class TrialTest {
  @TempDir Path folder;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ProviderClient client = new ProviderClient(new Internet(List.of(), Set.of()));
  private ModelGround ground;

  @BeforeEach
  void open() throws Exception {
    ground = new ModelGround(folder);
    client.start(threads);
  }

  @AfterEach
  void close() throws Exception {
    client.stop();
    ground.close();
    threads.close();
  }

  @Test
  void a_provider_that_lists_its_models_works() throws Exception {
    int provider =
        ground.provider((_, response, callback) ->
            json(
                response,
                callback,
                "{\"data\":[{\"id\":\"large\"},{\"id\":\"small\"},{\"id\":7},{}]}"));

    var trial = Trial.of(client, upstream(provider), Protocol.OPENAI);

    assertThat(trial.result()).isEqualTo(Result.WORKS);
    assertThat(trial.models()).contains("large", "small");
    assertThat(ground.seen)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.target()).isEqualTo("/openai/v1/models");
          assertThat(it.headers().get(HttpHeader.AUTHORIZATION)).startsWith("Bearer ");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "200,WORKS",
    "301,BROKEN",
    "401,KEY_REFUSED",
    "403,KEY_REFUSED",
    "404,REACHED",
    "500,BROKEN"
  })
  void what_a_provider_answers_is_told_by_its_status_alone(int status, Result expected)
      throws Exception {
    int provider =
        ground.provider((_, response, callback) -> {
          response.setStatus(status);
          json(response, callback, "internal details");
        });

    var trial = Trial.of(client, upstream(provider), Protocol.ANTHROPIC);

    assertThat(trial.result()).isEqualTo(expected);
    assertThat(trial.words()).doesNotContain("internal");
    assertThat(trial.models()).isEmpty();
  }

  @Test
  void a_provider_that_is_silent_is_unreachable() throws Exception {
    int provider = ground.provider((_, _, _) -> {});

    assertThat(
            Trial.of(client, upstream(provider, Duration.ofSeconds(1)), Protocol.OPENAI).result())
        .isEqualTo(Result.UNREACHABLE);
  }
}
