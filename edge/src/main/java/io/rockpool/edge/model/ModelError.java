package io.rockpool.edge.model;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An error in the words of a model's API.
 *
 * @param type as OpenAI names it; Anthropic's clients are told their own name for the status
 * @param retryAfter zero: do not say when to come again
 */
record ModelError(int status, String type, String code, String message, Duration retryAfter) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static ModelError badRequest(String message) {
    return new ModelError(
        HttpStatus.BAD_REQUEST_400,
        "invalid_request_error",
        "invalid_request",
        message,
        Duration.ZERO);
  }

  static ModelError tooLong(long most) {
    return new ModelError(
        HttpStatus.PAYLOAD_TOO_LARGE_413,
        "invalid_request_error",
        "request_too_large",
        "The request is longer than %d bytes. Send less of the conversation.".formatted(most),
        Duration.ZERO);
  }

  /**
   * @param model as asked for: 200 characters at most
   */
  static ModelError unknownModel(String model) {
    return new ModelError(
        HttpStatus.NOT_FOUND_404,
        "invalid_request_error",
        "model_not_found",
        "There is no model '%s' here. GET /v1/models lists those there are.".formatted(model),
        Duration.ZERO);
  }

  static ModelError unknownPath() {
    return new ModelError(
        HttpStatus.NOT_FOUND_404,
        "invalid_request_error",
        "unknown_url",
        "There is no such call here. The base URL ends in /v1; try POST /v1/chat/completions.",
        Duration.ZERO);
  }

  static ModelError wrongMethod(String allowed) {
    return new ModelError(
        HttpStatus.METHOD_NOT_ALLOWED_405,
        "invalid_request_error",
        "method_not_allowed",
        "Only %s is allowed here.".formatted(allowed),
        Duration.ZERO);
  }

  /** Worth another try later: the only kind of refusal that OpenClaw does not hold against us. */
  static ModelError unavailable(String message, Duration retryAfter) {
    return new ModelError(
        HttpStatus.SERVICE_UNAVAILABLE_503, "server_error", "unavailable", message, retryAfter);
  }

  /** In the shape that clients of OpenAI's API read. */
  byte[] openAi() {
    var error = new LinkedHashMap<String, @Nullable Object>();
    error.put("message", message);
    error.put("type", type);
    error.put("param", null);
    error.put("code", code);
    return JSON.writeValueAsBytes(Map.of("error", error));
  }

  /** In the shape that clients of Anthropic's API read. */
  byte[] anthropic() {
    var name =
        switch (status) {
          case 400 -> "invalid_request_error";
          case 401 -> "authentication_error";
          case 402 -> "billing_error";
          case 403 -> "permission_error";
          case 404 -> "not_found_error";
          case 413 -> "request_too_large";
          case 429 -> "rate_limit_error";
          case 503, 529 -> "overloaded_error";
          default -> "api_error";
        };
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "error");
    body.put("error", Map.of("type", name, "message", message));
    return JSON.writeValueAsBytes(body);
  }

  /** Answers with it, to a client of OpenAI's API. */
  void write(Response response, Callback callback) {
    write(Dialect.OPENAI, response, callback);
  }

  void write(Dialect dialect, Response response, Callback callback) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    if (!retryAfter.isZero()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfter.toSeconds());
    }
    if (status == HttpStatus.PAYLOAD_TOO_LARGE_413) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close"); // the rest is not worth reading
    }
    response.write(true, ByteBuffer.wrap(dialect.error(this)), callback);
  }
}
