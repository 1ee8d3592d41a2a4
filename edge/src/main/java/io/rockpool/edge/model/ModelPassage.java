package io.rockpool.edge.model;

import io.rockpool.edge.BoundedRequest;
import io.rockpool.edge.Places;
import io.rockpool.edge.Traffic;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.proxy.ProxyHandler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /llm/v1}: what instances ask of their model, to the provider. An instance shows its
 * virtual key, the provider sees the operator's; neither sees the other's. Answers pass chunk by
 * chunk as they come. Nothing is tried twice: OpenClaw repeats by itself.
 */
public final class ModelPassage extends ProxyHandler {
  /** Where it is mounted. */
  public static final String PATH = "/llm/v1";

  private static final Logger log = LoggerFactory.getLogger(ModelPassage.class);

  /** What may be called, and how. A provider's files, keys and bills are not for instances. */
  private static final Map<String, String> CALLS =
      Map.of(
          "/models", "GET",
          "/chat/completions", "POST",
          "/completions", "POST",
          "/responses", "POST",
          "/embeddings", "POST");

  /** {@code Expect} belongs to them: who waits for a 100 would wait for ever. */
  private static final Set<HttpHeader> UP =
      EnumSet.of(
          HttpHeader.ACCEPT, HttpHeader.CONTENT_LENGTH, HttpHeader.CONTENT_TYPE, HttpHeader.EXPECT);

  private static final Set<HttpHeader> DOWN =
      EnumSet.of(HttpHeader.CACHE_CONTROL, HttpHeader.CONTENT_LENGTH, HttpHeader.CONTENT_TYPE);

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int HELD_BYTES = 64 * 1024;

  private final ModelUpstream upstream;
  private final ModelKeys keys;
  private final Traffic traffic;
  private final Places places;

  /**
   * @param traffic is told when a call, of kind {@link Traffic.Kind#MODEL}, begins and ends; not of
   *     its bytes
   */
  public ModelPassage(ModelUpstream upstream, ModelKeys keys, Traffic traffic) {
    this.upstream = upstream;
    this.keys = keys;
    this.traffic = traffic;
    this.places = new Places(upstream.callsPerInstance());
    setUseServerThreadPool(true);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = request.getHttpURI().getPath();
    if (path == null || !(path.equals(PATH) || path.startsWith(PATH + "/"))) {
      return false;
    }
    var method = CALLS.get(path.substring(PATH.length()));
    if (method == null) {
      OpenAiError.unknownPath().write(response, callback);
    } else if (!method.equals(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, method);
      OpenAiError.wrongMethod(method).write(response, callback);
    } else {
      var instance = key(request).flatMap(keys::instanceOf);
      if (instance.isEmpty()) {
        new OpenAiError(
                HttpStatus.UNAUTHORIZED_401,
                "authentication_error",
                "invalid_api_key",
                "This is no model key of an instance. Send the instance's key as a bearer token.",
                Duration.ZERO)
            .write(response, callback);
      } else if (BoundedRequest.isTooLong(request, upstream.bodyBytes())) {
        OpenAiError.tooLong(upstream.bodyBytes()).write(response, callback);
      } else {
        pass(instance.get(), request, response, callback);
      }
    }
    return true;
  }

  private void pass(InstanceId instance, Request request, Response response, Callback callback) {
    if (!places.enter(instance)) {
      OpenAiError.unavailable(
              "This instance has too many model calls open. Try again in a few seconds.",
              Duration.ofSeconds(2))
          .write(response, callback);
      return;
    }
    traffic.began(instance, Traffic.Kind.MODEL);
    Request.addCompletionListener(
        request,
        _ -> {
          places.leave(instance);
          traffic.ended(instance, Traffic.Kind.MODEL, response.getStatus());
        });
    request.addIdleTimeoutListener(_ -> false); // the silence that counts is the provider's
    super.handle(new BoundedRequest(request, upstream.bodyBytes()), response, callback);
  }

  private static Optional<Secret> key(Request request) {
    var bearer = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    if (bearer != null && bearer.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return Optional.of(Secret.of(bearer.substring(7).strip()));
    }
    return Optional.ofNullable(request.getHeaders().get("x-api-key")).map(Secret::of);
  }

  @Override
  protected HttpURI rewriteHttpURI(Request request) {
    var call = request.getHttpURI().getPath().substring(PATH.length());
    return HttpURI.build()
        .scheme(upstream.base().getScheme())
        .host(upstream.base().getHost())
        .port(upstream.port())
        .path(upstream.path() + call); // no query: a key in it would land in a log
  }

  @Override
  protected org.eclipse.jetty.client.Request newProxyToServerRequest(Request request, HttpURI to) {
    return getHttpClient()
        .newRequest(to.getHost(), to.getPort())
        .scheme(to.getScheme())
        .method(request.getMethod())
        .idleTimeout(upstream.silence().toMillis(), TimeUnit.MILLISECONDS)
        .path(to.getPath());
  }

  @Override
  protected void copyRequestHeaders(Request request, org.eclipse.jetty.client.Request up) {
    up.headers(headers -> {
      for (var field : request.getHeaders()) {
        if (field.getHeader() != null && UP.contains(field.getHeader())) {
          headers.add(field);
        }
      }
    });
  }

  @Override
  protected void addProxyHeaders(Request request, org.eclipse.jetty.client.Request up) {
    up.headers(headers ->
        headers
            .put(HttpHeader.AUTHORIZATION, "Bearer " + upstream.key().reveal())
            .put(HttpHeader.ACCEPT_ENCODING, "identity") // errors are read below
            .put(HttpHeader.USER_AGENT, "Rockpool"));
  }

  @Override
  protected @Nullable HttpField filterServerToProxyResponseField(HttpField field) {
    return field.getHeader() != null && DOWN.contains(field.getHeader()) ? field : null;
  }

  @Override
  protected org.eclipse.jetty.client.Response.CompleteListener newServerToProxyResponseListener(
      Request request, org.eclipse.jetty.client.Request up, Response response, Callback callback) {
    return new Answer(request, up, response, callback);
  }

  @Override
  protected void onServerToProxyResponseFailure(
      Request request,
      org.eclipse.jetty.client.Request up,
      org.eclipse.jetty.client.@Nullable Response answer,
      Response response,
      Callback callback,
      Throwable failure) {
    if (response.isCommitted()) {
      callback.failed(failure); // cut, without [DONE]: OpenClaw repeats the call
      return;
    }
    response.reset();
    if (BoundedRequest.isTooLong(failure)) {
      OpenAiError.tooLong(upstream.bodyBytes()).write(response, callback);
    } else {
      log.atWarn()
          .addKeyValue("upstream", upstream.base().getHost())
          .addKeyValue("error", failure.getClass().getSimpleName())
          .log("the model provider did not answer");
      OpenAiError.unavailable(
              "The model service does not answer. Try again in a few seconds.",
              Duration.ofSeconds(2))
          .write(response, callback);
    }
  }

  @Override
  protected void configureHttpClient(HttpClient client) {
    super.configureHttpClient(client);
    client.setUserAgentField(null);
    client.setConnectTimeout(CONNECT.toMillis());
    client.setIdleTimeout(Duration.ofSeconds(30).toMillis());
    client.setMaxConnectionsPerDestination(1_024);
  }

  /** Passes a good answer as it comes, and holds any other one until it can be judged. */
  private final class Answer extends ProxyResponseListener {
    private final Response response;
    private final Callback callback;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holding;

    Answer(
        Request request,
        org.eclipse.jetty.client.Request up,
        Response response,
        Callback callback) {
      super(request, up, response, callback);
      this.response = response;
      this.callback = callback;
    }

    @Override
    public void onBegin(org.eclipse.jetty.client.Response answer) {
      holding = !HttpStatus.isSuccess(answer.getStatus());
      if (!holding) {
        super.onBegin(answer);
      }
    }

    @Override
    public void onHeaders(org.eclipse.jetty.client.Response answer) {
      if (!holding) {
        super.onHeaders(answer);
      }
    }

    @Override
    public void onContent(
        org.eclipse.jetty.client.Response answer, Content.Chunk chunk, Runnable demander) {
      if (!holding) {
        super.onContent(answer, chunk, demander);
        return;
      }
      var bytes = new byte[Math.min(chunk.remaining(), HELD_BYTES - held.size())];
      chunk.getByteBuffer().get(bytes);
      held.writeBytes(bytes);
      demander.run();
    }

    @Override
    public void onSuccess(org.eclipse.jetty.client.Response answer) {
      if (!holding) {
        super.onSuccess(answer);
      }
    }

    @Override
    public void onComplete(Result result) {
      if (!holding || result.isFailed()) {
        super.onComplete(result);
        return;
      }
      var answer = result.getResponse();
      var wait = seconds(answer.getHeaders().get(HttpHeader.RETRY_AFTER));
      switch (ModelRefusal.of(answer.getStatus(), held.toString(StandardCharsets.UTF_8), wait)) {
        case ModelRefusal.Instead(var error, var operatorMustAct) -> {
          if (operatorMustAct) {
            log.atWarn()
                .addKeyValue("upstream", upstream.base().getHost())
                .addKeyValue("status", answer.getStatus())
                .log(
                    "the model provider refuses the operator: check the key, the URL and the bill");
          }
          error.write(response, callback);
        }
        case ModelRefusal.AsItIs _ -> {
          response.setStatus(answer.getStatus());
          var type = answer.getHeaders().get(HttpHeader.CONTENT_TYPE);
          if (type != null) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
          }
          response.write(true, ByteBuffer.wrap(held.toByteArray()), callback);
        }
      }
    }

    private static Duration seconds(@Nullable String header) {
      return header != null && header.matches("[0-9]{1,6}")
          ? Duration.ofSeconds(Long.parseLong(header))
          : Duration.ZERO;
    }
  }
}
