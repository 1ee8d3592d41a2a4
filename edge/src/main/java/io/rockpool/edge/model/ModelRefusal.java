package io.rockpool.edge.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client hears when its provider says no. Pure.
 *
 * <p>OpenClaw reads more into an error than its status. Anything about money (402, a 429 for want
 * of quota, the words alone under any status) silences the instance for ten minutes, even after the
 * operator has paid; 401 and 403 put it into a cooldown. None of this can the instance's user cure,
 * so these become a plain 503 and the operator's log has the cause. Measured on 2026.9.6.
 */
sealed interface ModelRefusal {
  /** The provider's own words help: a context too long, an unknown model. */
  @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
  record AsItIs(int status, byte[] body, @Nullable String contentType) implements ModelRefusal {}

  /**
   * @param operatorMustAct whether somebody has to change a setting, or pay
   */
  record Instead(ModelError error, boolean operatorMustAct) implements ModelRefusal {}

  /** Rockpool cannot pass what was answered: no other provider is asked. */
  record Ours(ModelError error) implements ModelRefusal {}

  Pattern MONEY =
      Pattern.compile(
          "quota|billing|credit|balance|payment|insufficient.?funds|top.?up|recharge|arrear|exceeded.{0,30}budget|budget.{0,30}exceeded|欠费|余额|充值");

  /** A longer wait is honoured by OpenClaw in full, and its user hears nothing meanwhile. */
  Duration LONGEST_WAIT = Duration.ofSeconds(10);

  /**
   * Decides.
   *
   * @param status not 2xx
   * @param body what was read of the provider's answer
   * @param retryAfter the provider's header
   */
  static ModelRefusal of(
      int status, byte[] body, @Nullable String contentType, @Nullable String retryAfter) {
    var text = new String(body, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
    boolean money = MONEY.matcher(text).find();
    if (status == 401 || status == 402 || status == 403 || money || status < 400) {
      return new Instead(
          ModelError.unavailable(
              "The model service of this installation needs its operator: its settings must be checked. Rockpool's log says why.",
              Duration.ZERO),
          true);
    }
    if (status == 429) {
      var wait = seconds(retryAfter);
      return new Instead(
          new ModelError(
              status,
              "rate_limit_error",
              "rate_limit_exceeded",
              "The model service has too many requests. Try again in a few seconds.",
              wait.compareTo(Duration.ofSeconds(1)) < 0
                  ? Duration.ofSeconds(1)
                  : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait),
          false);
    }
    return new AsItIs(status, body, contentType);
  }

  /** A user's own provider wants something of that user. */
  static ModelRefusal ofOwnProvider() {
    return new Instead(
        ModelError.unavailable(
            "Your own model provider refuses your key, or wants something of you there. Try it with: rockpool providers test NAME.",
            Duration.ZERO),
        false);
  }

  /** There was no answer. */
  static ModelRefusal silent() {
    return new Instead(
        ModelError.unavailable(
            "The model service does not answer. Try again in a few seconds.",
            Duration.ofSeconds(2)),
        false);
  }

  /** The provider said 200, and then nothing but an error. */
  static ModelRefusal inStream(JsonNode error) {
    int code = error.path("code").asInt(0);
    var body = "{\"error\":" + error + "}";
    return of(
        code >= 400 && code <= 599 ? code : 502,
        body.getBytes(StandardCharsets.UTF_8),
        "application/json",
        null);
  }

  private static Duration seconds(@Nullable String header) {
    return header != null && header.matches("[0-9]{1,6}")
        ? Duration.ofSeconds(Long.parseLong(header))
        : Duration.ZERO;
  }

  /** Whether somebody has to change a setting, or pay. */
  default boolean isForOperator() {
    return this instanceof Instead(_, var operatorMustAct) && operatorMustAct;
  }

  /** Whether another provider of the same model may answer. */
  default boolean mayAnotherHelp() {
    return switch (this) {
      case AsItIs(var status, _, _) -> status >= 500 || status == 408 || status == 409;
      case Instead _ -> true;
      case Ours _ -> false;
    };
  }

  /** Answers the client; or says by which error it is to be answered. */
  default Optional<ModelError> write(Response response, Callback callback) {
    return switch (this) {
      case Instead(var error, _) -> Optional.of(error);
      case Ours(var error) -> Optional.of(error);
      case AsItIs(var status, var body, var type) -> {
        response.setStatus(status);
        if (type != null) {
          response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        }
        response.write(true, ByteBuffer.wrap(body), callback);
        yield Optional.empty();
      }
    };
  }
}
