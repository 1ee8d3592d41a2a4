package io.rockpool.control.openclaw;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads what a gateway answers about its sleep: OpenClaw's {@code docs/gateway/external-apps.md},
 * and {@code docs/plugins/admin-http-rpc.md} for the envelope.
 */
final class SleepAnswers {
  /** OpenClaw has a suspension for every request id; a repeated one prolongs it. */
  static final String REQUEST_ID = "rockpool";

  /** Of no suspension: OpenClaw's own are UUIDs. */
  static final String NO_ID = "none";

  /** Why it is busy, unless it ends or restarts. */
  static final String ACTIVE_WORK = "active-work";

  /** Rockpool's word for a gateway that does not want to be asked now. */
  static final String TOO_OFTEN = "asked-too-often";

  private static final Duration RETRY = Duration.ofSeconds(20);
  private static final int BLOCKERS = 16;

  private static final String SILENT = "The instance does not answer: look whether it runs.";
  private static final String ODD =
      "The instance gave an answer that Rockpool cannot read: its version of OpenClaw is not the"
          + " expected one.";

  static final String OTHERS_HOLD =
      "Somebody else has suspended the instance: wait two minutes, or resume it as they suspended"
          + " it.";

  /** What resuming by an id came to. */
  sealed interface Resumed {
    record Done(Resumption resumption) implements Resumed {}

    /** A suspension with another id is in force. */
    record OtherId() implements Resumed {}
  }

  /**
   * What suspending came to.
   *
   * @param id of the suspension that is in force now, for which Rockpool is to blame; null when
   *     there is none
   */
  record Prepared(Suspension suspension, @Nullable String id) {
    private static Prepared unavailable(String advice) {
      return new Prepared(new Suspension.Unavailable(advice), null);
    }
  }

  static Prepared prepared(Answer answer) {
    if (!(answer instanceof Answer.Said(var status, var body))) {
      return Prepared.unavailable(SILENT);
    }
    if (status != 200) {
      return isTooOften(body)
          ? new Prepared(tooOften(body), null)
          : Prepared.unavailable(refusal(status, body));
    }
    var payload = body.path("payload");
    var id = payload.path("suspensionId").asString("");
    return switch (payload.path("status").asString("")) {
      case "ready" -> {
        var until = payload.path("expiresAtMs");
        yield id.isEmpty() || !until.canConvertToLong()
            ? Prepared.unavailable(ODD)
            : new Prepared(new Suspension.Ready(id, Instant.ofEpochMilli(until.longValue())), id);
      }
      case "busy" -> new Prepared(busy(payload), null);
      // It was suspended before, and something began to work in spite of that.
      case "draining" -> id.isEmpty() ? Prepared.unavailable(ODD) : new Prepared(busy(payload), id);
      default -> Prepared.unavailable(ODD);
    };
  }

  /** It takes thirty such questions in a minute, whoever asks. */
  private static boolean isTooOften(JsonNode body) {
    return body.at("/error/details").has("limit");
  }

  private static Suspension.Busy tooOften(JsonNode body) {
    return new Suspension.Busy(
        TOO_OFTEN,
        retryAfter(body.at("/error/retryAfterMs")),
        List.of(
            "it was asked more often than it allows (%s)"
                .formatted(Advice.shown(body.at("/error/details/limit").asString("")))));
  }

  private static Suspension.Busy busy(JsonNode payload) {
    return new Suspension.Busy(
        Advice.shown(payload.path("reason").asString(ACTIVE_WORK)),
        retryAfter(payload.path("retryAfterMs")),
        blockers(payload.path("blockers")));
  }

  static Resumed resumed(Answer answer) {
    if (!(answer instanceof Answer.Said(var status, var body))) {
      return new Resumed.Done(new Resumption.Unavailable(SILENT));
    }
    if (status == 200) {
      var running = body.path("payload").path("status").asString("").equals("running");
      return new Resumed.Done(running ? new Resumption.Running() : new Resumption.Unavailable(ODD));
    }
    // "gateway suspension id does not match"; the same code is for parameters it cannot read, and
    // ours are constant
    return body.at("/error/code").asString("").equals("INVALID_REQUEST")
        ? new Resumed.OtherId()
        : new Resumed.Done(new Resumption.Unavailable(refusal(status, body)));
  }

  static NextWake nextWake(Answer answer) {
    if (!(answer instanceof Answer.Said(var status, var body))) {
      return new NextWake.Unknown(SILENT);
    }
    if (status != 200) {
      return new NextWake.Unknown(refusal(status, body));
    }
    var time = body.path("payload").path("nextWakeAtMs");
    if (time.isNull()) {
      return new NextWake.Never();
    }
    return time.canConvertToLong()
        ? new NextWake.At(Instant.ofEpochMilli(time.longValue()))
        : new NextWake.Unknown(ODD);
  }

  private static String refusal(int status, JsonNode body) {
    return switch (body.at("/error/details/reason").asString("")) {
      case "gateway-suspension-conflict" -> OTHERS_HOLD;
      case "scheduler-resume-failed" -> "The instance is just resuming: ask again in a second.";
      case "gateway-suspending" -> "The instance is suspended: resume it first.";
      default ->
          status == 401 || status == 403 || status == 503
              ? Advice.ofStatus(status, "")
              : "The gateway refused the question (%d): %s".formatted(status, Advice.message(body));
    };
  }

  /** Between a second and ten minutes, whatever it says. */
  private static Duration retryAfter(JsonNode millis) {
    return millis.canConvertToLong()
        ? Duration.ofMillis(Math.clamp(millis.longValue(), 1_000, 600_000))
        : RETRY;
  }

  private static List<String> blockers(JsonNode blockers) {
    return blockers
        .valueStream()
        .limit(BLOCKERS)
        .map(it ->
            it.has("task") ? "1 background task" : Advice.shown(it.path("message").asString("")))
        .filter(text -> !text.isEmpty())
        .toList();
  }

  private SleepAnswers() {}
}
