package io.rockpool.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rockpool's HTTP side, with one account's token; an empty token sends none. */
final class Api {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final int port;
  private final String token;

  Api(int port, String token) {
    this.port = port;
    this.token = token;
  }

  String token() {
    return token;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofMinutes(3));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  HttpResponse<String> get(String path) throws IOException {
    return send(request(path));
  }

  HttpResponse<String> post(String path, Object body) throws IOException {
    return send(json("POST", path, body));
  }

  HttpResponse<String> put(String path, Object body) throws IOException {
    return send(json("PUT", path, body));
  }

  HttpResponse<String> patch(String path, Object body) throws IOException {
    return send(json("PATCH", path, body));
  }

  HttpResponse<String> delete(String path) throws IOException {
    return send(request(path).DELETE());
  }

  HttpRequest.Builder json(String method, String path, Object body) {
    return request(path)
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(JSON.writeValueAsString(body)));
  }

  JsonNode instance(String id) throws IOException {
    return body(200, get("/api/v1/instances/" + id));
  }

  JsonNode running(String id) throws IOException {
    Waiting.until(
        180,
        id + " runs",
        () -> events(id),
        () -> instance(id).path("status").asString("").equals("running"));
    return instance(id);
  }

  /** What happened to an instance, one line each. */
  String events(String id) {
    try {
      return get("/api/v1/instances/" + id + "/events?limit=200").body().replace("},{", "},\n{");
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Creates an instance and waits until it runs. */
  String created(String name, List<String> agents) throws IOException {
    var id =
        body(202, post("/api/v1/instances", Map.of("name", name, "agents", agents)))
            .path("id")
            .asString("");
    var _ = running(id);
    return id;
  }

  /**
   * Puts it to sleep once it has nothing more to do. OpenClaw allows thirty questions of that in a
   * minute, and says nothing for the rest of it to who asks more often.
   *
   * @param level dozing or stopped
   */
  void sleep(String id, String level) {
    Waiting.seldom(
        120,
        id + " may sleep",
        () -> events(id),
        () ->
            post("/api/v1/instances/" + id + "/sleep", Map.of("level", level)).statusCode() == 202);
  }

  /** The same, and waits until it sleeps. */
  void asleep(String id, String level) {
    sleep(id, level);
    awaitAsleep(id, level);
  }

  /** Waits until it sleeps, whoever put it to sleep. */
  void awaitAsleep(String id, String level) {
    Waiting.until(
        90,
        id + " sleeps",
        () -> events(id),
        () -> {
          var instance = instance(id);
          return instance.path("status").asString("").equals(level)
              && !instance.at("/conditions/0/reason").asString("").equals("FallingAsleep");
        });
  }

  long pid(String id) throws IOException {
    return instance(id).at("/placement/pid").asLong(0);
  }

  String say(String id, String conversation, String text) throws IOException {
    var answer =
        post(
            "/api/v1/instances/" + id + "/messages",
            Map.of("text", text, "conversation", conversation));
    return body(200, answer).path("reply").asString("");
  }

  static JsonNode body(int status, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }
}
