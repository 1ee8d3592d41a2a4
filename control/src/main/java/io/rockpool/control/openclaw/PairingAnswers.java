package io.rockpool.control.openclaw;

import io.rockpool.control.openclaw.Pairings.Approval;
import io.rockpool.control.openclaw.Pairings.Request;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Reads what a gateway says about pairing (2026.9.6, {@code channels.pairing.*}). */
final class PairingAnswers {
  private static final String NO_ANSWER =
      "The instance does not answer about its chat accounts: try again in a moment.";
  private static final int LONGEST_NAME = 100;

  private PairingAnswers() {}

  /**
   * @param answer empty if none came
   */
  static Pairings list(Optional<JsonNode> answer) {
    if (answer.isEmpty()) {
      return new Pairings.Unavailable(NO_ANSWER);
    }
    if (!answer.get().path("ok").asBoolean(false)) {
      // A plugin that is not loaded yet, or just being reloaded.
      return new Pairings.Unavailable(
          "The instance is not ready for this platform yet: try again in a moment.");
    }
    var requests = new ArrayList<Request>();
    for (var each : answer.get().path("payload").path("requests")) {
      request(each).ifPresent(requests::add);
    }
    requests.sort(Comparator.comparing(Request::askedAt));
    return new Pairings.Waiting(requests);
  }

  private static Optional<Request> request(JsonNode of) {
    try {
      return Optional.of(
          new Request(
              of.path("requestId").asString(""),
              of.path("senderId").asString(""),
              name(of.path("metadata")),
              Instant.parse(of.path("createdAt").asString("")),
              Instant.parse(of.path("expiresAt").asString(""))));
    } catch (DateTimeException notOne) {
      return Optional.empty();
    }
  }

  /** A stranger chose it. */
  private static String name(JsonNode metadata) {
    var name =
        Stream.of("name", "firstName", "lastName", "username")
            .map(it -> metadata.path(it).asString(""))
            .filter(it -> !it.isBlank())
            .distinct()
            .collect(Collectors.joining(" "))
            .replaceAll("\\p{Cntrl}", " ");
    return name.codePointCount(0, name.length()) > LONGEST_NAME
        ? name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME))
        : name;
  }

  static Approval approval(Optional<JsonNode> answer) {
    if (answer.isEmpty()) {
      return new Approval.Unavailable(NO_ANSWER);
    }
    var payload = answer.get().path("payload");
    if (answer.get().path("ok").asBoolean(false)) {
      return new Approval.Done(
          payload.path("senderId").asString(""),
          payload.path("notification").asString("").equals("sent"));
    }
    return answer.get().path("error").path("code").asString("").equals("INVALID_REQUEST")
        ? new Approval.Unknown()
        : new Approval.Unavailable(NO_ANSWER);
  }
}
