package io.rockpool.edge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import tools.jackson.databind.json.JsonMapper;

/** Answers a request itself: a page for a browser that navigates, JSON for everybody else. */
final class Refusal {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static void write(Request request, Response response, Callback callback, Problem problem) {
    write(request, response, callback, problem, Duration.ZERO);
  }

  /**
   * As above, with {@code Retry-After}, and a page that asks again by itself.
   *
   * @param retryAfter zero: do not say when to come again
   */
  static void write(
      Request request, Response response, Callback callback, Problem problem, Duration retryAfter) {
    response.reset();
    var headers = response.getHeaders();
    headers.put(HttpHeader.CACHE_CONTROL, "no-store");
    headers.put("X-Content-Type-Options", "nosniff");
    response.setStatus(problem.status());
    long seconds = retryAfter.isZero() ? 0 : Math.max(1, retryAfter.plusMillis(999).toSeconds());
    if (seconds > 0) {
      headers.put(HttpHeader.RETRY_AFTER, seconds);
    }
    String body;
    if (isNavigation(request)) {
      headers.put(HttpHeader.CONTENT_TYPE, "text/html;charset=utf-8");
      headers.put(
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
      headers.put("Referrer-Policy", "no-referrer");
      body = page(problem, seconds);
    } else {
      headers.put(HttpHeader.CONTENT_TYPE, "application/problem+json");
      body = JSON.writeValueAsString(problem);
    }
    // Whatever is left of the body: no other request follows on this connection.
    if (problem.status() == 413) {
      headers.put(HttpHeader.CONNECTION, "close");
    }
    response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
  }

  static boolean isNavigation(Request request) {
    var headers = request.getHeaders();
    return HttpMethod.GET.is(request.getMethod())
        && !headers.contains(HttpHeader.UPGRADE)
        && headers.getCSV(HttpHeader.ACCEPT, false).stream()
            .anyMatch(it -> it.startsWith("text/html"));
  }

  private static String page(Problem problem, long seconds) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    %s<title>%s</title>
    <style>
    :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
    body { margin: 18vh auto 0; max-width: 32rem; padding: 0 1.5rem; }
    h1 { font-size: 1.4rem; font-weight: 600; margin: 0 0 .5rem; }
    p { margin: 0; opacity: .8; }
    small { display: block; margin-top: 2rem; opacity: .55; }
    </style>
    </head>
    <body>
    <main><h1>%s</h1><p>%s</p><small>Rockpool · %d</small></main>
    </body>
    </html>
    """
        .formatted(
            seconds > 0 ? "<meta http-equiv=\"refresh\" content=\"%d\">\n".formatted(seconds) : "",
            escaped(problem.title()),
            escaped(problem.title()),
            escaped(problem.detail()),
            problem.status());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private Refusal() {}
}
