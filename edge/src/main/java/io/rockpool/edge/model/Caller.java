package io.rockpool.edge.model;

import io.rockpool.edge.model.ModelKeys.Holder;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Who asks, and where the answer goes.
 *
 * @param api what is asked for
 * @param holder whose key was shown
 */
record Caller(Api api, Holder holder, Request request, Response response, Callback callback) {
  /** Anthropic's clients ask for page after page until one is said to be the last. */
  private static final List<String> PAGING = List.of("after_id", "before_id", "limit");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:-]{1,200}");

  /** Which page of a list is asked for, as a query; empty for the first. Nothing else passes. */
  String page() {
    if (api != Api.ANTHROPIC_MODELS) {
      return "";
    }
    var asked = Request.extractQueryParameters(request);
    var page =
        PAGING.stream()
            .filter(name ->
                PLAIN.matcher(Objects.requireNonNullElse(asked.getValue(name), "")).matches())
            .map(name -> name + "=" + asked.getValue(name))
            .collect(Collectors.joining("&"));
    return page.isEmpty() ? "" : "?" + page;
  }
}
