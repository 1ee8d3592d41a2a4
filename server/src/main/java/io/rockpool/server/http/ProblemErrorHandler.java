package io.rockpool.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Says in problems (RFC 9457), rather than in HTML pages, what Jetty itself refuses: bytes that are
 * no HTTP, impossible paths, headers that are too long. Never shows a stack or a cause. Set it with
 * {@code Server.setErrorHandler}.
 */
public final class ProblemErrorHandler extends ErrorHandler {
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int status,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    var answer = Answer.of(problem(status));
    response.setStatus(answer.status());
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    response.write(true, ByteBuffer.wrap(answer.body().getBytes(StandardCharsets.UTF_8)), callback);
  }

  private static Problem problem(int status) {
    return switch (status) {
      case 404 -> Problem.Kind.NOT_FOUND.detail("There is nothing at this path.");
      case 408 -> Problem.Kind.REQUEST_TIMEOUT.detail("Send the whole request without pauses.");
      case 413 -> Problem.Kind.TOO_LARGE.detail("The body is too long. Send less.");
      case 503 -> Problem.Kind.OVERLOADED.detail("The server is stopping or busy. Try again.");
      default ->
          status < 500
              ? Problem.Kind.MALFORMED_REQUEST.detail(
                  "The request breaks the rules of HTTP (%d). Check its path, headers and length."
                      .formatted(status))
              : Problem.Kind.INTERNAL.detail(
                  "Something broke while serving this request. The server's log tells what.");
    };
  }
}
