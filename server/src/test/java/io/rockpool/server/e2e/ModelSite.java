package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;

import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.store.Database;
import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * A server with a provider behind it, and an instance that has a key for other programs. The
 * instance itself is stopped all the time: nothing here needs its gateway.
 */
final class ModelSite implements AutoCloseable {
  /** The operator's, as the provider knows it. */
  static final String REAL_KEY = "sk-operator-0123456789abcdef";

  private static final String ONE = "/api/v1/instances/ada";

  final ProviderDouble provider;
  private final Ground ground;
  private Ground.Up up;

  ModelSite(Path folder, ProviderDouble.Script script) throws IOException {
    provider = new ProviderDouble(script);
    ground = new Ground(folder);
    ground.set("ROCKPOOL_MODEL_BASE_URL", provider.address() + "/v1");
    ground.set("ROCKPOOL_MODEL_API_KEY", REAL_KEY);
    ground.set("ROCKPOOL_MODEL", "tools");
    try {
      up = ground.up("--no-instance");
      try (var database = Database.sqlite(ground.home().resolve("rockpool.db"))) {
        var wanted = new Wanted(Goal.STOPPED, "free", "process", List.of(), "{}", 1, 1);
        var ada =
            Instance.fresh(
                new InstanceId("ada"), "admin", "Ada", wanted, InstantSource.system().instant());
        var _ = new SqlInstanceStore(database.sql()).insert(ada, null);
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** A new key of the instance: its id and the key itself. */
  JsonNode key() throws IOException {
    return body(
        201, ground.api().post(ONE + "/keys", Map.of("name", UUID.randomUUID().toString())));
  }

  void revoke(String id) throws IOException {
    var _ = ground.api().delete(ONE + "/keys/" + id);
  }

  /** What a million tokens of a model cost, in dollars. */
  void price(String model, String input, String output) throws IOException {
    put(
        "/api/v1/models/" + model + "/price",
        Map.of("currency", "USD", "inputPerMillion", input, "outputPerMillion", output));
  }

  /** A hard budget, in dollars, for ever. */
  void budget(String amount) throws IOException {
    put(ONE + "/budget", Map.of("currency", "USD", "amount", amount, "period", "total"));
  }

  void noBudget() throws IOException {
    var _ = ground.api().delete(ONE + "/budget");
  }

  JsonNode budget() throws IOException {
    return body(200, ground.api().get(ONE + "/budget"));
  }

  JsonNode usage() throws IOException {
    return body(200, ground.api().get(ONE + "/usage"));
  }

  private void put(String path, Object what) throws IOException {
    var _ = body(200, ground.api().put(path, what));
  }

  /** The base URL for clients of OpenAI's API. */
  String openAi() throws IOException {
    return ground.api().uri("/llm/v1").toString();
  }

  /** The base URL for clients of Anthropic's API, which add {@code /v1} themselves. */
  String anthropic() throws IOException {
    return ground.api().uri("/llm/anthropic").toString();
  }

  /** As a power cut would. */
  void kill() throws InterruptedException {
    up.kill();
  }

  /** Starts the next server on the same home. */
  void startAgain() throws IOException {
    up = ground.up("--no-instance");
  }

  String story() {
    return up.story();
  }

  @Override
  public void close() {
    ground.close();
    provider.close();
  }
}
