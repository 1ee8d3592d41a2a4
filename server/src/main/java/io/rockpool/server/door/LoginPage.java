package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.edge.EdgeHeaders;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.FormFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * {@code /login?instance=ID}: takes a token and gives the browser a session for that one instance.
 */
public final class LoginPage extends Handler.Abstract {
  private static final String PATH = "/login";
  private static final int LONGEST_FORM = 8 << 10;
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

  private final Tokens tokens;
  private final BrowserSessions sessions;
  private final InstanceStore store;

  public LoginPage(Tokens tokens, BrowserSessions sessions, InstanceStore store) {
    this.tokens = tokens;
    this.sessions = sessions;
    this.store = store;
  }

  /** Whether a request is for this page. */
  public static boolean isAskedFor(Request request) {
    return Request.getPathInContext(request).equals(PATH);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws IOException {
    if (!isAskedFor(request)) {
      return false;
    }
    var instance = Request.extractQueryParameters(request).getValue("instance");
    if (instance == null || !InstanceId.isValid(instance)) {
      page(response, callback, 404, "", "There is no such page. Open the address of an instance.");
      return true;
    }
    var id = new InstanceId(instance);
    if (HttpMethod.GET.is(request.getMethod())) {
      page(response, callback, 200, id.value(), "");
    } else if (HttpMethod.POST.is(request.getMethod()) && sameOrigin(request)) {
      enter(request, response, callback, id);
    } else {
      page(response, callback, 403, id.value(), "Use this form to log in.");
    }
    return true;
  }

  private void enter(Request request, Response response, Callback callback, InstanceId id) {
    Fields form;
    try {
      form = FormFields.getFields(request, 8, LONGEST_FORM);
    } catch (RuntimeException tooLongOrNoForm) {
      page(response, callback, 400, id.value(), "The form could not be read. Try again.");
      return;
    }
    var token = form.getValue("token");
    var actor = token == null ? Optional.<Actor>empty() : tokens.holder(Secret.of(token.strip()));
    if (actor.isEmpty() || store.find(actor.get(), id).isEmpty()) {
      page(response, callback, 401, id.value(), "This token does not open this instance.");
      return;
    }
    var path = "/i/" + id;
    response
        .getHeaders()
        .add(
            HttpHeader.SET_COOKIE,
            "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s"
                .formatted(
                    EdgeHeaders.SESSION_COOKIE,
                    sessions.cookieFor(actor.get(), id),
                    path,
                    BrowserSessions.LIFE.toSeconds(),
                    request.isSecure() ? "; Secure" : ""));
    response.getHeaders().put(HttpHeader.LOCATION, path + "/");
    response.setStatus(303);
    response.write(true, null, callback);
  }

  /** A form of another site must not log anybody in. */
  private static boolean sameOrigin(Request request) {
    var origin = request.getHeaders().get(HttpHeader.ORIGIN);
    var host = request.getHeaders().get(HttpHeader.HOST);
    try {
      return origin == null || URI.create(origin).getAuthority().equalsIgnoreCase(host);
    } catch (IllegalArgumentException | NullPointerException noOrigin) {
      return false;
    }
  }

  private static void page(
      Response response, Callback callback, int status, String instance, String message) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/html; charset=utf-8");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put("Content-Security-Policy", POLICY);
    // Not no-referrer: with that, browsers send "Origin: null" along with the form.
    response.getHeaders().put("Referrer-Policy", "same-origin");
    var form =
        instance.isEmpty()
            ? ""
            : """
            <form method="post" action="/login?instance=%s">
              <label for="token">Token</label>
              <input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
              <button>Log in</button>
            </form>
            <p class="hint">The administrator's token is in <code>admin.token</code> in Rockpool's home folder.</p>
            """
                .formatted(instance);
    var html =
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Rockpool</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem; color: #1b2a33; }
          input, button { font: inherit; width: 100%%; box-sizing: border-box; padding: .5rem; margin: .25rem 0 .75rem; }
          button { background: #0b6e8a; color: #fff; border: 0; border-radius: 4px; cursor: pointer; }
          [role=alert] { color: #9c1c1c; } .hint { color: #5b6b75; font-size: .9rem; }
        </style></head>
        <body><h1>Rockpool</h1><p role="alert">%s</p>%s</body></html>
        """
            .formatted(message, form);
    Content.Sink.write(response, true, html, callback);
  }
}
