package io.rockpool.edge.model;

import io.rockpool.edge.model.ModelKeys.Holder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.URIUtil;

/**
 * Who asks, and where the answer goes.
 *
 * @param api what is asked for
 * @param path by which it was, below that of the dialect
 * @param holder whose key was shown
 */
record Caller(
    Api api, String path, Holder holder, Request request, Response response, Callback callback) {
  /** Anthropic's clients ask for page after page until one is said to be the last. */
  private static final List<String> PAGING = List.of("after_id", "before_id", "limit");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:-]{1,200}");

  /** The name of a model in a path; it leads nowhere else, whoever decodes it. */
  private static final Pattern MODEL =
      Pattern.compile("(?!.*(^|/)\\.{1,2}(/|$))[\\p{L}\\p{N}][\\p{L}\\p{N}._:@/+-]{0,199}");

  private static final Pattern RAW = Pattern.compile("([A-Za-z0-9._:@/+-]|%[0-9A-Fa-f]{2})+");

  /** The model that is asked for by the path; empty where it can be no model's name. */
  Optional<String> model() {
    return model(path.substring(api.path().length()));
  }

  /** The name of a model that a part of a path is; empty where it can be none. */
  static Optional<String> model(String raw) {
    if (!RAW.matcher(raw).matches()) {
      return Optional.empty();
    }
    return Optional.of(URIUtil.decodePath(raw)).filter(it -> MODEL.matcher(it).matches());
  }

  /**
   * What a provider is asked for, below its base URL. Of the query passes which page of a list is
   * asked for, and whether Anthropic's beta is; nothing else, since a key in it would land in a
   * log.
   */
  String target() {
    if (api.dialect() != Dialect.ANTHROPIC) {
      return path;
    }
    var asked = Request.extractQueryParameters(request);
    var query = new StringJoiner("&", "?", "").setEmptyValue("");
    if ("true".equals(asked.getValue("beta"))) {
      query.add("beta=true");
    }
    if (api == Api.ANTHROPIC_MODELS) {
      for (var name : PAGING) {
        var value = Objects.requireNonNullElse(asked.getValue(name), "");
        if (PLAIN.matcher(value).matches()) {
          query.add(name + "=" + value);
        }
      }
    }
    return path + query;
  }
}
