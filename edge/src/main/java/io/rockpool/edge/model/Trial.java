package io.rockpool.edge.model;

import io.rockpool.control.net.ForbiddenUrlException;
import io.rockpool.control.provider.Protocol;
import io.rockpool.edge.model.ProviderClient.Unreachable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a provider took a try.
 *
 * @param words for people, what to do included; nothing that the provider said
 * @param models that it says it has; empty where it does not say
 */
public record Trial(Result result, String words, List<String> models) {
  /** What came of it. */
  public enum Result {
    WORKS,
    /** It cannot tell: it has no list of models. */
    REACHED,
    KEY_REFUSED,
    FORBIDDEN,
    UNREACHABLE,
    BROKEN
  }

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int LONGEST = 1 << 20;
  private static final int MOST_MODELS = 500;
  private static final int LONGEST_NAME = 200;

  static Trial of(ProviderClient client, ModelUpstream upstream, Protocol protocol)
      throws InterruptedException {
    var api =
        switch (protocol) {
          case OPENAI -> Api.MODELS;
          case ANTHROPIC -> Api.ANTHROPIC_MODELS;
        };
    try (var answer =
        client.ask(upstream.silentFor(PATIENCE), api, api.path(), HttpFields.EMPTY, new byte[0])) {
      var status = answer.status();
      return answer.isGood()
          ? new Trial(
              Result.WORKS,
              "It answers, and takes the key.",
              models(answer.body().readNBytes(LONGEST)))
          : refused(status);
    } catch (Unreachable e) {
      return e.getCause() instanceof ForbiddenUrlException forbidden
          ? new Trial(Result.FORBIDDEN, String.valueOf(forbidden.getMessage()), List.of())
          : new Trial(Result.UNREACHABLE, "It does not answer: check the base URL.", List.of());
    } catch (IOException e) {
      return new Trial(Result.BROKEN, "It broke off its answer.", List.of());
    }
  }

  private static Trial refused(int status) {
    return switch (status) {
      case 401, 403 ->
          new Trial(Result.KEY_REFUSED, "It refuses the key: set another one.", List.of());
      case 404, 405 ->
          new Trial(
              Result.REACHED,
              "Something answers, but has no list of models: check that the base URL ends as the provider says, often in /v1.",
              List.of());
      default ->
          new Trial(Result.BROKEN, "It answers with status %d.".formatted(status), List.of());
    };
  }

  private static List<String> models(byte[] body) {
    var names = new ArrayList<String>();
    try {
      for (var each : JSON.readTree(body).path("data")) {
        var name = each.path("id").asString("");
        if (!name.isBlank() && name.length() <= LONGEST_NAME && names.size() < MOST_MODELS) {
          names.add(name);
        }
      }
    } catch (JacksonException noJson) {
      return List.of();
    }
    return List.copyOf(names);
  }
}
