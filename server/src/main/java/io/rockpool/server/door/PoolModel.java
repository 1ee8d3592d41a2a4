package io.rockpool.server.door;

import io.rockpool.edge.model.DemoModel;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.runtime.Secret;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what instances without an owner ask of their model: the demo model does, so that warming
 * them costs nobody a token. They are configured as any other, so nothing changes in them when they
 * get an owner; from then on their calls pass.
 */
public final class PoolModel extends Handler.Abstract {
  private static final String BEARER = "Bearer ";

  private final VirtualKeys keys;
  private final DemoModel demo;

  public PoolModel(VirtualKeys keys, DemoModel demo) {
    this.keys = keys;
    this.demo = demo;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var path = request.getHttpURI().getPath();
    if (path == null || !path.startsWith(ModelGateway.PATH + "/")) {
      return false;
    }
    var bearer = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    if (bearer == null
        || !bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())
        || !keys.isOfPool(Secret.of(bearer.substring(BEARER.length()).strip()))) {
      return false;
    }
    var call = DemoModel.PATH + path.substring(ModelGateway.PATH.length());
    var there = HttpURI.build(request.getHttpURI()).path(call).asImmutable();
    return demo.handle(Request.serveAs(request, there), response, callback);
  }
}
