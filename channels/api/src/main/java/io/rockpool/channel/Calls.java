package io.rockpool.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls a platform's API, which speaks JSON. What goes wrong on the way is a value, and nothing of
 * the address is in it, for some platforms want their token there.
 */
public final class Calls {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** A platform that cannot be reached is not asked again at once. */
  private static final Duration UNREACHABLE = Duration.ofSeconds(5);

  /** What a platform that says "later" and no time means. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final Duration LONGEST_PAUSE = Duration.ofDays(1);
  private static final int LARGEST_ANSWER = 1 << 20;

  private final Access access;
  private final String platform;

  /**
   * @param platform its name, for people
   */
  public Calls(Access access, String platform) {
    this.access = access;
    this.platform = platform;
  }

  /**
   * What was answered.
   *
   * @param platform by whom, for people
   * @param body empty if it was no JSON object
   * @param pause by the header {@code Retry-After}; a few seconds without
   */
  public record Answered(String platform, int status, Optional<ObjectNode> body, Duration pause) {
    /** The platform wants us to wait. */
    public <T> Outcome<T> tooFast() {
      return tooFast(pause);
    }

    /** The same, where the body says how long. */
    public <T> Outcome<T> tooFast(Duration pause) {
      return new Outcome.Later<>(pause, "%s wants a pause.".formatted(platform));
    }

    /** It is nothing that the platform would say. */
    public <T> Outcome<T> strange() {
      return new Outcome.Unknown<>(
          "What answered %d is not %s's API. Look at the address of its API."
              .formatted(status, platform));
    }
  }

  /**
   * Posts, and waits for the answer.
   *
   * @param path below the API's root, with a slash before it
   * @param read what an answer means. Server errors never come to it: they are {@link
   *     Outcome.Unknown}
   */
  public <T> Outcome<T> post(
      String path,
      Map<String, String> headers,
      ObjectNode body,
      Function<Answered, Outcome<T>> read) {
    return call("POST", path, headers, body, read);
  }

  /** As {@link #post}, by another method that has a body. */
  public <T> Outcome<T> call(
      String method,
      String path,
      Map<String, String> headers,
      ObjectNode body,
      Function<Answered, Outcome<T>> read) {
    var request =
        request(path)
            .method(method, HttpRequest.BodyPublishers.ofString(body.toString(), UTF_8))
            .setHeader("Content-Type", "application/json; charset=utf-8");
    return send(request, headers, read);
  }

  /** As {@link #post}, and nothing is changed there. */
  public <T> Outcome<T> get(
      String path, Map<String, String> headers, Function<Answered, Outcome<T>> read) {
    return send(request(path).GET(), headers, read);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(access.root() + path));
  }

  private <T> Outcome<T> send(
      HttpRequest.Builder request,
      Map<String, String> headers,
      Function<Answered, Outcome<T>> read) {
    request.timeout(PATIENCE);
    headers.forEach(request::setHeader);
    try {
      var response =
          access
              .http()
              .send(
                  request.build(),
                  BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
      if (response.statusCode() >= 500) {
        return new Outcome.Unknown<>(
            "%s answered %d: it may have been done all the same."
                .formatted(platform, response.statusCode()));
      }
      var pause = response.headers().firstValue("Retry-After").map(Calls::pause).orElse(SOON);
      return read.apply(
          new Answered(platform, response.statusCode(), StrictJson.object(response.body()), pause));
    } catch (ConnectException | HttpConnectTimeoutException nobody) {
      return new Outcome.Later<>(
          UNREACHABLE,
          "%s cannot be reached from here. Look at the network and at the address of its API."
              .formatted(platform));
    } catch (IOException broken) {
      return new Outcome.Unknown<>(
          "%s did not answer to the end (%s)."
              .formatted(platform, broken.getClass().getSimpleName()));
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return new Outcome.Unknown<>("Interrupted while %s was asked.".formatted(platform));
    }
  }

  /** A pause in seconds, as platforms write it. Never negative, never over a day. */
  public static Duration pause(String seconds) {
    var text = seconds.strip();
    if (!text.matches("[0-9]{1,9}")) {
      return SOON;
    }
    return pause(Long.parseLong(text));
  }

  /** The same, for who has a number. */
  public static Duration pause(long seconds) {
    var pause = Duration.ofSeconds(Math.max(0, seconds));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }
}
