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
 * An error in the shape that clients of OpenAI's API read.
 *
 * @param retryAfter zero: do not say when to come again
 */
record OpenAiError(int status, String type, String code, String message, Duration retryAfter) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static OpenAiError badRequest(String message) {
    return new OpenAiError(
        HttpStatus.BAD_REQUEST_400,
        "invalid_request_error",
        "invalid_request",
        message,
        Duration.ZERO);
  }

  static OpenAiError tooLong(long most) {
    return new OpenAiError(
        HttpStatus.PAYLOAD_TOO_LARGE_413,
        "invalid_request_error",
        "request_too_large",
        "The request is longer than %d bytes. Send less of the conversation.".formatted(most),
        Duration.ZERO);
  }

  static OpenAiError unknownPath() {
    return new OpenAiError(
        HttpStatus.NOT_FOUND_404,
        "invalid_request_error",
        "unknown_url",
        "There is no such call here. The base URL ends in /v1; try POST /v1/chat/completions.",
        Duration.ZERO);
  }

  static OpenAiError wrongMethod(String allowed) {
    return new OpenAiError(
        HttpStatus.METHOD_NOT_ALLOWED_405,
        "invalid_request_error",
        "method_not_allowed",
        "Only %s is allowed here.".formatted(allowed),
        Duration.ZERO);
  }

  /** Worth another try later: the only kind of refusal that OpenClaw does not hold against us. */
  static OpenAiError unavailable(String message, Duration retryAfter) {
    return new OpenAiError(
        HttpStatus.SERVICE_UNAVAILABLE_503, "server_error", "unavailable", message, retryAfter);
  }

  void write(Response response, Callback callback) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    if (!retryAfter.isZero()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfter.toSeconds());
    }
    if (status == HttpStatus.PAYLOAD_TOO_LARGE_413) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close"); // the rest is not worth reading
    }
    var error = new LinkedHashMap<String, @Nullable Object>();
    error.put("message", message);
    error.put("type", type);
    error.put("param", null);
    error.put("code", code);
    response.write(true, ByteBuffer.wrap(JSON.writeValueAsBytes(Map.of("error", error))), callback);
  }
}
