package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** The API of one Rockpool, over HTTP. Redirects are not followed: they would carry the token. */
final class Api {
  static final JsonMapper JSON = new JsonMapper();

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  // A sleeping instance wakes first, and an agent may work for minutes before its first word.
  private static final Duration PATIENCE_FOR_AN_AGENT = Duration.ofMinutes(15);
  private static final String EVENTS = "text/event-stream";

  /** What came of asking for a stream: the server may answer in one piece instead. */
  sealed interface Opened {
    record Stream(EventStream events) implements Opened {}

    record Whole(Answer answer) implements Opened {}
  }

  /** What came of asking for a file. */
  sealed interface Fetched {
    record File(ByteBuffer content) implements Fetched {}

    /** It was refused, or nobody answered. */
    record Not(Answer answer) implements Fetched {}
  }

  private final HttpClient http;
  private final URI server;
  private final Optional<Secret> token;

  /**
   * @param server scheme, host and port, without a slash at the end
   */
  Api(HttpClient http, URI server, Optional<Secret> token) {
    this.http = http;
    this.server = server;
    this.token = token;
  }

  /** The address of a path of this Rockpool. */
  String url(String path) {
    return server + path;
  }

  /** Any text as one part of a path. */
  static String segment(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20"); // the plus means a blank in queries
  }

  Answer get(String path) throws InterruptedException {
    return exchange(request(path, PATIENCE).GET().build());
  }

  /** Whatever the answer is made of. */
  Fetched fetch(String path) throws InterruptedException {
    var request = request(path, PATIENCE).GET().setHeader("Accept", "*/*").build();
    try {
      var response = http.send(request, BodyHandlers.ofByteArray());
      return response.statusCode() == 200
          ? new Fetched.File(ByteBuffer.wrap(response.body()))
          : new Fetched.Not(read(response.statusCode(), new String(response.body(), UTF_8)));
    } catch (IOException e) {
      return new Fetched.Not(lost(e));
    }
  }

  Answer delete(String path) throws InterruptedException {
    return exchange(request(path, PATIENCE).DELETE().build());
  }

  Answer patch(String path, JsonNode body) throws InterruptedException {
    return exchange(withBody(request(path, PATIENCE), "PATCH", body).build());
  }

  Answer put(String path, JsonNode body) throws InterruptedException {
    return exchange(withBody(request(path, PATIENCE), "PUT", body).build());
  }

  /** Posts once, even when the connection breaks and it is sent twice: the key sees to that. */
  Answer post(String path, JsonNode body) throws InterruptedException {
    var request =
        withBody(request(path, PATIENCE), "POST", body)
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .build();
    try {
      return read(http.send(request, BodyHandlers.ofString(UTF_8)));
    } catch (ConnectException | HttpTimeoutException e) {
      return lost(e);
    } catch (IOException brokenOnTheWay) {
      return exchange(request);
    }
  }

  /** Posts for an answer that takes an agent's time. */
  Answer ask(String path, JsonNode body) throws InterruptedException {
    return exchange(
        withBody(request(path, PATIENCE_FOR_AN_AGENT), "POST", body)
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .build());
  }

  /** The same, word by word. */
  Opened askForStream(String path, JsonNode body) throws InterruptedException {
    return open(
        withBody(request(path, PATIENCE_FOR_AN_AGENT), "POST", body)
            .setHeader("Accept", EVENTS)
            .build());
  }

  /**
   * Follows what happens at {@code path}.
   *
   * @param lastEventId where an earlier stream ended; empty to begin
   */
  Opened follow(String path, String lastEventId) throws InterruptedException {
    var request = request(path, PATIENCE).GET().setHeader("Accept", EVENTS);
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    return open(request.build());
  }

  private HttpRequest.Builder request(String path, Duration patience) {
    var request =
        HttpRequest.newBuilder(URI.create(url(path)))
            .timeout(patience)
            .header("Accept", "application/json");
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
    return request;
  }

  private static HttpRequest.Builder withBody(
      HttpRequest.Builder request, String method, JsonNode body) {
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body.toString(), UTF_8));
  }

  private Answer exchange(HttpRequest request) throws InterruptedException {
    try {
      return read(http.send(request, BodyHandlers.ofString(UTF_8)));
    } catch (IOException e) {
      return lost(e);
    }
  }

  private Opened open(HttpRequest request) throws InterruptedException {
    try {
      var response = http.send(request, BodyHandlers.ofInputStream());
      var type = response.headers().firstValue("Content-Type").orElse("");
      if (response.statusCode() == 200 && type.startsWith(EVENTS)) {
        return new Opened.Stream(new EventStream(response.body()));
      }
      try (InputStream body = response.body()) {
        return new Opened.Whole(
            read(response.statusCode(), new String(body.readAllBytes(), UTF_8)));
      }
    } catch (IOException e) {
      return new Opened.Whole(lost(e));
    }
  }

  private Answer read(HttpResponse<String> response) {
    return read(response.statusCode(), response.body());
  }

  private Answer read(int status, String body) {
    var json = parse(body);
    if (status >= 400) {
      return new Answer.Refused(
          withAdvice(Problem.of(status, json.orElse(MissingNode.getInstance()))), body);
    }
    if (status >= 300 || json.isEmpty()) {
      return new Answer.Lost(
          "What answers at %s is no Rockpool (HTTP status %d). Check --server."
              .formatted(server, status));
    }
    return new Answer.Done(json.get(), body);
  }

  private static Optional<JsonNode> parse(String body) {
    if (body.isBlank()) {
      return Optional.of(MissingNode.getInstance());
    }
    try {
      return Optional.of(JSON.readTree(body));
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  private Problem withAdvice(Problem problem) {
    if (problem.status() != 401 || token.isPresent()) {
      return problem;
    }
    return new Problem(
        problem.type(),
        problem.title(),
        problem.status(),
        "No token was found. Name its file with --token-file, or set ROCKPOOL_TOKEN.",
        problem.errors());
  }

  private Answer lost(IOException e) {
    return new Answer.Lost(
        switch (e) {
          case ConnectException _, HttpConnectTimeoutException _ ->
              "No Rockpool answers at %s. Start one with ./rockpool up.".formatted(server);
          case HttpTimeoutException _ ->
              "Rockpool at %s took the request and did not answer in time. Try again."
                  .formatted(server);
          default -> "The connection to %s broke: %s. Try again.".formatted(server, e.getMessage());
        });
  }
}
