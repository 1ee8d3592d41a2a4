package io.rockpool.server.http;

import io.rockpool.control.account.Actor;
import io.rockpool.control.store.StoreFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.Graceful;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a route table on Jetty. Every answer of it is JSON, a problem (RFC 9457) or a stream of
 * server-sent events, is never cached, and carries {@code X-Request-Id}. Blocks: give the server
 * virtual threads. There is no CORS: the dashboard comes from the same origin.
 *
 * <p>When the server stops gracefully, live streams are ended first.
 */
public final class RouteHandler extends Handler.Abstract implements Graceful {
  /** Who acts on a public route: a user that owns nothing. */
  public static final Actor NOBODY = new Actor.User("");

  private static final Logger log = LoggerFactory.getLogger(RouteHandler.class);
  private static final String REQUEST_ID = "X-Request-Id";

  private final RouteTable table;
  private final Login login;
  private final IdempotentCalls calls;
  private final LiveStreams streams;
  private final HttpLimits limits;
  private volatile boolean stopping;

  /**
   * @param keys where answers to {@code POST} are remembered
   * @param clock for the age of those
   */
  public RouteHandler(
      List<Route<?, ?>> routes,
      Login login,
      IdempotencyStore keys,
      InstantSource clock,
      HttpLimits limits) {
    this.table = new RouteTable(routes, limits.prefixes());
    this.login = login;
    this.calls = new IdempotentCalls(keys, clock, limits);
    this.streams = new LiveStreams(limits);
    this.limits = limits;
  }

  /** How many live streams are open. */
  public int openStreams() {
    return streams.open();
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    stopping = true;
    streams.stop();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public boolean isShutdown() {
    return stopping;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var match = table.find(request.getMethod(), Request.getPathInContext(request));
    if (match instanceof RouteTable.NotOurs) {
      return false;
    }
    var id = RequestId.of(request.getHeaders().get(REQUEST_ID));
    ScopedValue.where(RequestId.CURRENT, id)
        .run(() -> {
          switch (outcome(match, request)) {
            case Sent(var answer) -> send(answer, request, response, callback);
            case Kept(var file) -> send(file, request, response, callback);
            case Streaming(var live, var actor) -> stream(live, actor, request, response, callback);
            case Lost(var failure) -> callback.failed(failure);
          }
        });
    return true;
  }

  /** How a request ends. */
  private sealed interface Ending {}

  private record Sent(Answer answer) implements Ending {}

  private record Kept(Reply.File<?> file) implements Ending {}

  private record Streaming(Reply.Live<?> live, Actor actor) implements Ending {}

  /** The client is gone, or Jetty knows better than we do what to answer. */
  private record Lost(Throwable failure) implements Ending {}

  private Ending outcome(RouteTable.Match match, Request request) {
    try {
      return switch (match) {
        case RouteTable.Found(var endpoint, var variables) ->
            loggedIn(endpoint, variables, request);
        case RouteTable.OtherMethods(var allow) -> otherMethod(request, allow);
        case RouteTable.Nowhere _, RouteTable.NotOurs _ ->
            refused(
                Problem.Kind.NOT_FOUND.detail(
                    "There is nothing at this path. GET /openapi.json lists all there is."));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refused(Problem.Kind.OVERLOADED.detail("This server is stopping. Send it again."));
    } catch (IOException e) {
      return new Lost(e);
    } catch (RuntimeException | StackOverflowError e) {
      return e instanceof HttpException ? new Lost(e) : refused(broken(e));
    }
  }

  private static Ending otherMethod(Request request, String allow) {
    return request.getMethod().equals("OPTIONS")
        ? new Sent(new Answer(204, Map.of("Allow", allow), ""))
        : new Sent(
            Answer.of(
                    Problem.Kind.METHOD_NOT_ALLOWED.detail(
                        "This path does not take this method. It takes: %s.".formatted(allow)))
                .header("Allow", allow));
  }

  private Ending loggedIn(Endpoint<?, ?> endpoint, Map<String, String> variables, Request request)
      throws IOException, InterruptedException {
    var scope = endpoint.route().scope();
    if (scope == Route.Scope.PUBLIC) {
      return acting(NOBODY, endpoint, variables, request);
    }
    var attempt =
        new Login.Attempt(
            request.getMethod(),
            Request.getPathInContext(request),
            scope,
            Request.getRemoteAddr(request),
            headers(request));
    return switch (login.login(attempt)) {
      case Login.In(var actor) -> acting(actor, endpoint, variables, request);
      case Login.Out(var problem) -> refused(problem);
    };
  }

  private Ending acting(
      Actor actor, Endpoint<?, ?> endpoint, Map<String, String> variables, Request request)
      throws IOException, InterruptedException {
    var body = ByteBuffer.allocate(0);
    if (endpoint.route().hasBody()) {
      switch (body(request)) {
        case Bytes(var bytes) -> body = bytes;
        case Unread(var problem) -> {
          return refused(problem);
        }
      }
    }
    // From here on only our own work is slow, and that is no reason to cut the client off. A write
    // that the client does not read still is.
    request.addIdleTimeoutListener(_ -> false);
    var received = new RequestReader.Received(variables, query(request), headers(request), body);
    var events = endpoint.route().live() != null && wantsEvents(request);
    return switch (endpoint.prepare(actor, received, events)) {
      case Endpoint.Invalid(var problem) -> refused(problem);
      case Endpoint.Call(var work) -> {
        var key = request.getHeaders().get(IdempotentCalls.HEADER);
        if (key == null || !endpoint.route().idempotent()) {
          yield ending(endpoint.route(), bound(actor, work), actor, events);
        }
        if (!IdempotentCalls.acceptable(key)) {
          yield refused(
              Problem.invalid(
                  "/idempotencyKey",
                  "the header Idempotency-Key has 1 to 255 visible ASCII characters"));
        }
        if (events) {
          yield refused(
              Problem.invalid(
                  "/idempotencyKey",
                  "a stream is not kept: send no Idempotency-Key, or ask for JSON"));
        }
        var hash = IdempotentCalls.hash(request.getHttpURI().getPathQuery(), body);
        yield new Sent(
            calls.answer(
                account(actor),
                key,
                hash,
                () -> {
                  try {
                    return answer(endpoint.route(), bound(actor, work));
                  } catch (RuntimeException | StackOverflowError e) {
                    return Answer.of(broken(e));
                  }
                }));
      }
    };
  }

  private static Reply<?> bound(Actor actor, Supplier<Reply<?>> work) {
    return ScopedValue.where(Actor.CURRENT, actor).call(work::get);
  }

  private static Ending ending(Route<?, ?> route, Reply<?> reply, Actor actor, boolean events) {
    if (reply instanceof Reply.File<?> file) {
      return new Kept(file);
    }
    return events && reply instanceof Reply.Live<?> live
        ? new Streaming(live, actor)
        : new Sent(answer(route, reply));
  }

  private static Answer answer(Route<?, ?> route, Reply<?> reply) {
    return switch (reply) {
      case Reply.Ok<?>(var body, var headers) ->
          Answer.json(declared(route, Route.Success.OK), body, headers);
      case Reply.Created<?>(var body, var location, var headers) ->
          Answer.json(declared(route, Route.Success.CREATED), body, headers)
              .header("Location", location.toString());
      case Reply.Accepted<?>(var body, var watch, var headers) ->
          Answer.json(declared(route, Route.Success.ACCEPTED), body, headers)
              .header("Location", watch.toString());
      case Reply.NoContent<?>(var headers) ->
          new Answer(declared(route, Route.Success.NO_CONTENT), headers, "");
      case Reply.Refused<?>(var problem, var headers) -> {
        var answer = Answer.of(problem);
        for (var header : headers.entrySet()) {
          answer = answer.header(header.getKey(), header.getValue());
        }
        yield answer;
      }
      case Reply.File<?> _ -> throw new IllegalStateException("a file is not kept by a key");
      case Reply.Live<?> live -> {
        live.source().close();
        throw new IllegalStateException("only the live side of a route may answer with a stream");
      }
    };
  }

  /** The status; an undocumented one is sent all the same, because the work is done. */
  private static int declared(Route<?, ?> route, Route.Success success) {
    if (!route.answers().contains(success)) {
      log.atWarn()
          .addKeyValue("operation", route.operationId())
          .addKeyValue("status", success.status())
          .log("A route answered with a status that it does not declare");
    }
    return success.status();
  }

  private static Ending refused(Problem problem) {
    return new Sent(Answer.of(problem));
  }

  /** What the operator alone can mend is said as it is; all else is an incident. */
  private static Problem broken(Throwable failure) {
    if (failure instanceof StoreFullException full) {
      log.atError()
          .addKeyValue("request", RequestId.CURRENT.orElse("none"))
          .log(String.valueOf(full.getMessage()));
      return Problem.Kind.DATABASE_FULL.detail("It was not done. " + full.getMessage());
    }
    return incident(failure);
  }

  /** What broke goes to the log; the client gets a name to ask for it. */
  private static Problem incident(Throwable failure) {
    var incident = RequestId.fresh(8);
    log.atError()
        .addKeyValue("incident", incident)
        .addKeyValue("request", RequestId.CURRENT.orElse("none"))
        .setCause(failure)
        .log("A request broke");
    return Problem.Kind.INTERNAL.detail(
        "Something broke while serving this request. Tell the operator incident %s; the log has it."
            .formatted(incident));
  }

  private void send(Answer answer, Request request, Response response, Callback callback) {
    var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    head(answer.status(), answer.headers(), response);
    if (answer.status() != 204) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
    }
    var headOnly = request.getMethod().equals("HEAD");
    response.write(true, headOnly ? null : ByteBuffer.wrap(bytes), callback);
  }

  private static void send(
      Reply.File<?> file, Request request, Response response, Callback callback) {
    head(200, file.headers(), response);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, file.type());
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_DISPOSITION, "attachment; filename=\"%s\"".formatted(file.name()));
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, file.content().remaining());
    var headOnly = request.getMethod().equals("HEAD");
    response.write(true, headOnly ? null : file.content().duplicate(), callback);
  }

  private static void head(int status, Map<String, String> headers, Response response) {
    response.setStatus(status);
    response.getHeaders().put(REQUEST_ID, RequestId.CURRENT.get());
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
  }

  private void stream(
      Reply.Live<?> live, Actor actor, Request request, Response response, Callback callback) {
    switch (streams.take(account(actor))) {
      case LiveStreams.Full(var problem) -> {
        live.source().close();
        send(Answer.of(problem), request, response, callback);
      }
      case LiveStreams.Taken(var place) -> {
        request.addFailureListener(_ -> place.end());
        stream(live, actor, place, response, callback);
      }
    }
  }

  private void stream(
      Reply.Live<?> live,
      Actor actor,
      LiveStreams.Place place,
      Response response,
      Callback callback) {
    try (place;
        var out = Content.Sink.asOutputStream(response)) {
      try (var source = live.source()) {
        head(200, live.headers(), response);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put("X-Accel-Buffering", "no"); // nginx would collect events
        ScopedValue.where(Actor.CURRENT, actor)
            .call(() -> {
              streams.write(source, out);
              return true;
            });
      } catch (InterruptedException e) {
        // ended by the client or by us: nothing more to say
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        streams.write(incident(e), out);
      }
    } catch (IOException e) {
      callback.failed(e); // the client is gone
      return;
    }
    callback.succeeded();
  }

  /** What reading the body came to. */
  private sealed interface Body {}

  private record Bytes(ByteBuffer bytes) implements Body {}

  private record Unread(Problem problem) implements Body {}

  private Body body(Request request) throws IOException {
    var headers = request.getHeaders();
    var encoding = headers.get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      return new Unread(
          Problem.Kind.UNSUPPORTED_MEDIA_TYPE.detail(
              "The body is compressed. Send it plain, without Content-Encoding."));
    }
    if (headers.getLongField(HttpHeader.CONTENT_LENGTH) > limits.bodyBytes()) {
      return tooLarge();
    }
    byte[] bytes;
    try {
      bytes = Content.Source.asInputStream(request).readNBytes(limits.bodyBytes() + 1);
    } catch (IOException e) {
      if (late(e)) {
        return new Unread(
            Problem.Kind.REQUEST_TIMEOUT.detail(
                "The body stopped arriving. Send the whole request without pauses."));
      }
      throw e;
    }
    if (bytes.length > limits.bodyBytes()) {
      return tooLarge();
    }
    return bytes.length == 0 || json(headers.get(HttpHeader.CONTENT_TYPE))
        ? new Bytes(ByteBuffer.wrap(bytes).asReadOnlyBuffer())
        : new Unread(
            Problem.Kind.UNSUPPORTED_MEDIA_TYPE.detail(
                "The body must be JSON in UTF-8. Send it with Content-Type: application/json."));
  }

  private static boolean late(Throwable failure) {
    return failure instanceof TimeoutException
        || (failure.getCause() != null && late(failure.getCause()));
  }

  private Unread tooLarge() {
    return new Unread(
        Problem.Kind.TOO_LARGE.detail(
            "The body is longer than %d bytes, which is the limit. Send less."
                .formatted(limits.bodyBytes())));
  }

  private static boolean json(@Nullable String type) {
    if (type == null) {
      return false;
    }
    var parts = type.toLowerCase(Locale.ROOT).replace("\"", "").split(";", -1);
    return parts[0].strip().equals("application/json")
        && Arrays.stream(parts)
            .skip(1)
            .map(String::strip)
            .allMatch(it -> !it.startsWith("charset=") || it.equals("charset=utf-8"));
  }

  private static boolean wantsEvents(Request request) {
    return !request.getMethod().equals("HEAD")
        && request.getHeaders().getCSV(HttpHeader.ACCEPT, false).stream()
            .map(it -> it.split(";", 2)[0].strip())
            .anyMatch("text/event-stream"::equalsIgnoreCase);
  }

  private static Map<String, List<String>> query(Request request) {
    var query = new LinkedHashMap<String, List<String>>();
    for (var parameter : Request.extractQueryParameters(request)) {
      query.put(parameter.getName(), parameter.getValues());
    }
    return query;
  }

  private static Login.Headers headers(Request request) {
    return name -> Optional.ofNullable(request.getHeaders().get(name));
  }

  /** Whose keys and streams these are. */
  private static String account(Actor actor) {
    return switch (actor) {
      case Actor.User(var id) -> "account:" + id;
      case Actor.Operator(var id) -> "account:" + id;
      case Actor.Rockpool(var task) -> "task:" + task;
    };
  }
}
