package io.rockpool.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.reconcile.Timing;
import io.rockpool.control.store.Database;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.tck.FakeDriver;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.config.Settings;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.core.ThrowingRunnable;
import tools.jackson.databind.JsonNode;

/** A whole server as it is in production, but for its runtime, which is a fake one. */
final class TestServer implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(30);

  static final Timing TIMING =
      new Timing(
          Duration.ofSeconds(5),
          Duration.ofMillis(20),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMinutes(10),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          3,
          Duration.ofMinutes(10),
          Duration.ofMillis(50));

  /** One event of a live stream. */
  record Sent(String id, String name, JsonNode data) {}

  private record FakeRuntime(Ground ground) implements RuntimeProvider {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public RuntimeDriver open(RuntimeProvider.Setting setting) {
      return new FakeDriver(ground);
    }
  }

  final Home home;
  final Wiring wiring;
  final String token;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private TestServer(Home home, Wiring wiring) {
    this.home = home;
    this.wiring = wiring;
    this.token = wiring.adminToken().reveal();
  }

  /** Starts one; again on the same folder and ground, it is the same server after a restart. */
  static TestServer on(Path folder, Ground ground) {
    return on(folder, ground, Map.of());
  }

  static TestServer on(Path folder, Ground ground, Map<Setting, String> settings) {
    try {
      var home = Home.open(folder);
      try {
        var wiring = new Wiring(home, read(home, settings), around(home, ground));
        try {
          wiring.start();
        } catch (Exception e) {
          wiring.close();
          throw e;
        }
        return new TestServer(home, wiring);
      } catch (Exception e) {
        home.close();
        throw e;
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A fake runtime whose instances are all reached at this gateway. */
  static Ground ground(GatewayDouble gateway) {
    var ground = new Ground();
    ground.gatewayAt(gateway.address());
    return ground;
  }

  static Settings read(Home home, Map<Setting, String> settings) {
    var flags = new EnumMap<Setting, String>(Setting.class);
    flags.put(Setting.PORT, "0");
    flags.put(Setting.RUNTIME, "fake");
    flags.put(Setting.POOL_MOST, "0"); // what a test sees is its own
    flags.putAll(settings);
    return Settings.read(home.folder(), Map.of(), flags);
  }

  static Wiring.Surroundings around(Home home, Ground ground) {
    return new Wiring.Surroundings(
        home.file("cache"), List.of(new FakeRuntime(ground)), TIMING, InstantSource.system());
  }

  /** The database, beside the server. */
  <T> T inDatabase(Function<Sql, T> work) {
    try (var database = Database.sqlite(home.file("rockpool.db"))) {
      return work.apply(database.sql());
    }
  }

  /** Makes an account that is no operator, and a token for it. */
  String account(String id) {
    var token = "rp_token-of-" + id + "-0123456789";
    inDatabase(sql -> {
      sql.update(
          "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, 0)", id, id);
      return sql.update(
          "INSERT INTO api_token (hash, account_id, name, created_at) VALUES (?, ?, 'test', 0)",
          sha256(token),
          id);
    });
    return token;
  }

  /** What the store holds of instances: whatever an API call changes shows here. */
  List<String> rows() {
    return inDatabase(sql ->
        sql.query(
            "SELECT id, name, plan, runtime, agents, config, goal, generation FROM instance ORDER BY id",
            row -> {
              var columns = new ArrayList<String>();
              for (int i = 1; i <= 8; i++) {
                columns.add(row.getString(i));
              }
              return String.join("|", columns);
            }));
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  URI at(String path) {
    return URI.create(wiring.address() + path);
  }

  HttpRequest.Builder request(String path) {
    return request(path, token);
  }

  HttpRequest.Builder request(String path, String bearer) {
    return HttpRequest.newBuilder(at(path))
        .timeout(Duration.ofSeconds(60))
        .header("Authorization", "Bearer " + bearer);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String body) {
    return send(withBody(request(path), "POST", body));
  }

  HttpResponse<String> patch(String path, String body) {
    return send(withBody(request(path), "PATCH", body));
  }

  HttpResponse<String> delete(String path) {
    return send(request(path).DELETE());
  }

  static HttpRequest.Builder withBody(HttpRequest.Builder request, String method, String body) {
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body));
  }

  /** Reads a live stream until an event is the last one wanted, or it ends. */
  List<Sent> stream(HttpRequest.Builder request, Predicate<Sent> last) {
    request.setHeader("Accept", "text/event-stream");
    try {
      var response = http.send(request.build(), BodyHandlers.ofLines());
      assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
      var events = new ArrayList<Sent>();
      try (var lines = response.body()) {
        String id = "";
        String name = "";
        for (var line : (Iterable<String>) lines::iterator) {
          if (line.startsWith("id:")) {
            id = line.substring(3).strip();
          } else if (line.startsWith("event:")) {
            name = line.substring(6).strip();
          } else if (line.startsWith("data:")) {
            events.add(new Sent(id, name, Json.MAPPER.readTree(line.substring(5))));
            if (last.test(events.getLast())) {
              break;
            }
          }
        }
      }
      return events;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Creates an instance and returns its id. */
  String create(String body) {
    var created = post("/api/v1/instances", body);
    assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
    return json(created).path("id").asString("");
  }

  /** Creates an instance and waits until it runs. */
  String running(String body) {
    var id = create(body);
    awaitStatus(id, "running");
    return id;
  }

  String status(String id) {
    return json(get("/api/v1/instances/" + id)).path("status").asString("");
  }

  void awaitStatus(String id, String status) {
    eventually(() -> assertThat(status(id)).isEqualTo(status));
  }

  static void eventually(ThrowingRunnable holds) {
    await()
        .atMost(SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(holds);
  }

  void awaitGone(String id) {
    eventually(() -> assertThat(get("/api/v1/instances/" + id).statusCode()).isEqualTo(404));
  }

  static InstanceId id(String text) {
    return new InstanceId(text);
  }

  static JsonNode json(HttpResponse<String> response) {
    return Json.MAPPER.readTree(response.body());
  }

  /** The last part of the problem's type. */
  static String problem(HttpResponse<String> response) {
    assertThat(response.headers().firstValue("Content-Type"))
        .as(response.body())
        .contains("application/problem+json");
    return json(response).path("type").asString("").replace("urn:rockpool:problem:", "");
  }

  @Override
  public void close() {
    http.shutdownNow();
    wiring.close();
    try {
      home.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
