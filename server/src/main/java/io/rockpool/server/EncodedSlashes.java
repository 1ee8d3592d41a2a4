package io.rockpool.server;

import io.rockpool.edge.model.ModelGateway;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses {@code %2F} in paths, before anybody reads them: who decodes them sees another path than
 * who does not. Jetty does the same, but everywhere; official clients write the slash in a model's
 * name so, and that one passes.
 */
final class EncodedSlashes extends Handler.Wrapper {
  /** What Jetty has to let through. */
  static final UriCompliance LEFT_TO_US =
      UriCompliance.DEFAULT.with("ROCKPOOL", Violation.AMBIGUOUS_PATH_SEPARATOR);

  EncodedSlashes(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var uri = request.getHttpURI();
    var path = uri.getPath();
    if (uri.hasViolation(Violation.AMBIGUOUS_PATH_SEPARATOR)
        && (path == null || !ModelGateway.asksForOneModel(path))) {
      Response.writeError(
          request,
          response,
          callback,
          HttpStatus.BAD_REQUEST_400,
          Violation.AMBIGUOUS_PATH_SEPARATOR.getDescription());
      return true;
    }
    return super.handle(request, response, callback);
  }
}
