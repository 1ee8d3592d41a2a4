package io.rockpool.edge.model;

import io.rockpool.edge.model.ModelKeys.Holder;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Who asks, and where the answer goes.
 *
 * @param api what is asked for
 * @param holder whose key was shown
 */
record Caller(Api api, Holder holder, Request request, Response response, Callback callback) {}
