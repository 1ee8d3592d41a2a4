package io.rockpool.server.billing;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Where a buyer's browser comes back to. It proves nothing, so it changes nothing. */
public final class PaymentPages extends Handler.Abstract {
  static final String PAID = "/payments/paid";
  static final String LEFT = "/payments/left";

  private static final String PAGE =
      """
      <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>Rockpool</title><style>body{font:16px/1.5 system-ui;max-width:36em;margin:4em auto;padding:0 1em}</style>
      <p>%s</p><p lang="zh">%s</p></html>
      """;

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var text =
        switch (Request.getPathInContext(request)) {
          case PAID ->
              PAGE.formatted(
                  "Thank you. As soon as the payment is confirmed, your instances run. You may close this page.",
                  "谢谢！付款确认后，您的实例会自动运行。可以关闭此页面。");
          case LEFT ->
              PAGE.formatted(
                  "Nothing was paid, and nothing has changed. You may close this page.",
                  "没有付款，一切保持不变。可以关闭此页面。");
          default -> "";
        };
    if (text.isEmpty() || !HttpMethod.GET.is(request.getMethod())) {
      return false;
    }
    var headers = response.getHeaders();
    headers.put(HttpHeader.CONTENT_TYPE, "text/html; charset=utf-8");
    headers.put("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    headers.put("Referrer-Policy", "no-referrer");
    Content.Sink.write(response, true, text, callback);
    return true;
  }
}
