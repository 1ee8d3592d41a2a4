package io.rockpool.server.door;

import io.rockpool.edge.model.DemoModel;
import io.rockpool.edge.model.ModelGateway;
import java.util.Optional;
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
  private final VirtualKeys keys;
  private final DemoModel demo;

  public PoolModel(VirtualKeys keys, DemoModel demo) {
    this.keys = keys;
    this.demo = demo;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var path = request.getHttpURI().getPath();
    var call = path == null ? Optional.<String>empty() : ModelGateway.call(path);
    if (call.isEmpty() || ModelGateway.shownKey(request).filter(keys::isOfPool).isEmpty()) {
      return false;
    }
    var there = HttpURI.build(request.getHttpURI()).path(DemoModel.PATH + call.get()).asImmutable();
    return demo.handle(Request.serveAs(request, there), response, callback);
  }
}
