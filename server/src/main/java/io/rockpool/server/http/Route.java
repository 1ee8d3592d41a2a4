package io.rockpool.server.http;

import io.rockpool.control.account.Actor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API. It is served, validated and documented from this one value.
 *
 * <p>The components of the request record are, in this order of precedence: the path's variables,
 * by name; declared headers, by type ({@link Header}); and the rest, which is the query of a {@code
 * GET} or {@code DELETE} and the body's members of any other method. A component that is {@code
 * Optional} may be absent; every other one is required, and null is never accepted. A list in the
 * query is a repeated parameter. The compact constructor may refuse values with an {@link
 * IllegalArgumentException}: its message goes to the client, so it must not repeat a secret.
 *
 * <p>{@code Idempotency-Key} is not declared: every {@code POST} that needs a login understands it.
 *
 * @param path an absolute path; variables in braces take one segment each
 * @param summary one sentence, for the documentation
 * @param answer the body of a success; {@link Nothing} where there is none
 * @param problems what it may answer beside the answer, and beside what the layer itself refuses
 * @param answers the successes it may answer with, at least one
 * @param live what {@code Accept: text/event-stream} gets; null where nothing is live
 * @param files the media types of {@link Reply.File} that it may answer in place of JSON
 */
public record Route<Q extends Record, A>(
    Method method,
    String path,
    String summary,
    Class<Q> request,
    Class<A> answer,
    Set<Problem.Kind> problems,
    Scope scope,
    Work<Q, A> work,
    Set<Success> answers,
    @Nullable Live<Q, A> live,
    List<String> files) {

  /** The HTTP method. {@code HEAD} and {@code OPTIONS} are answered from these. */
  public enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE
  }

  /** Who may call. */
  public enum Scope {
    /** Anybody, without a login. The work's actor is {@link RouteHandler#NOBODY}. */
    PUBLIC,
    /** Whoever may look. */
    READ,
    /** Whoever may change things. */
    OPERATE
  }

  /** A good end, by its HTTP status. */
  public enum Success {
    OK(200),
    CREATED(201),
    ACCEPTED(202),
    NO_CONTENT(204);

    private final int status;

    Success(int status) {
      this.status = status;
    }

    public int status() {
      return status;
    }
  }

  /**
   * What the operation does. A plain function: it knows no web framework, and may block. Whatever
   * it throws is a bug, and answered with 500.
   */
  @FunctionalInterface
  public interface Work<Q, A> {
    Reply<A> apply(Actor actor, Q request);
  }

  /**
   * The live side of an operation. With an {@code Idempotency-Key} it is refused: a stream is not
   * kept.
   *
   * @param event the data of its events
   * @param work answers {@link Reply.Live} or {@link Reply.Refused}
   */
  public record Live<Q, A>(Class<?> event, Work<Q, A> work) {}

  /** The request of an operation that takes none, and the answer of one that gives none. */
  public record Nothing() {}

  private static final Pattern VARIABLE = Pattern.compile("\\{([^{}/]+)}");

  public Route {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("%s: a path begins with /".formatted(path));
    }
    problems = immutable(problems, Problem.Kind.class);
    answers = immutable(answers, Success.class);
    files = List.copyOf(files);
    if (answers.isEmpty()) {
      throw new IllegalArgumentException("%s %s: name a success".formatted(method, path));
    }
    var names =
        Arrays.stream(request.getRecordComponents())
            .map(RecordComponent::getName)
            .collect(Collectors.toSet());
    for (var variable : variables(path)) {
      if (!names.contains(variable)) {
        throw new IllegalArgumentException(
            "%s %s: %s has no component '%s'"
                .formatted(method, path, request.getSimpleName(), variable));
      }
    }
  }

  /** A route that answers with 200, or with 204 where the answer is {@link Nothing}. */
  public Route(
      Method method,
      String path,
      String summary,
      Class<Q> request,
      Class<A> answer,
      Set<Problem.Kind> problems,
      Scope scope,
      Work<Q, A> work) {
    this(
        method,
        path,
        summary,
        request,
        answer,
        problems,
        scope,
        work,
        Set.of(answer == Nothing.class ? Success.NO_CONTENT : Success.OK),
        null,
        List.of());
  }

  /** The same route with these successes in place of the default. */
  public Route<Q, A> answers(Success first, Success... more) {
    return new Route<>(
        method,
        path,
        summary,
        request,
        answer,
        problems,
        scope,
        work,
        EnumSet.of(first, more),
        live,
        files);
  }

  /** The same route with a live side. Its events' data are of this class. */
  public Route<Q, A> live(Class<?> event, Work<Q, A> work) {
    return new Route<>(
        method,
        path,
        summary,
        request,
        answer,
        problems,
        scope,
        this.work,
        answers,
        new Live<>(event, work),
        files);
  }

  /** The same route, which may also answer with files of these media types. */
  public Route<Q, A> files(String... types) {
    return new Route<>(
        method,
        path,
        summary,
        request,
        answer,
        problems,
        scope,
        work,
        answers,
        live,
        List.of(types));
  }

  /**
   * Names the operation in generated clients: the method and the path's words, without {@code api}
   * and its version. {@code POST /api/v1/instances/{id}/stop} is {@code postInstancesByIdStop}.
   */
  public String operationId() {
    var id = new StringBuilder(method.name().toLowerCase(Locale.ROOT));
    for (var segment : path.split("/", -1)) {
      if (segment.isEmpty() || segment.equals("api") || segment.matches("v[0-9]+")) {
        continue;
      }
      var variable = VARIABLE.matcher(segment);
      id.append(variable.find() ? "By" + capitalised(variable.group(1)) : capitalised(segment));
    }
    return id.toString();
  }

  /** What the layer itself may refuse such a request with, beside {@link #problems}. */
  Set<Problem.Kind> refusals() {
    var kinds = EnumSet.of(Problem.Kind.INTERNAL);
    if (request.getRecordComponents().length > 0) {
      kinds.add(Problem.Kind.INVALID_REQUEST);
    }
    if (scope != Scope.PUBLIC) {
      kinds.add(Problem.Kind.UNAUTHORIZED);
      kinds.add(Problem.Kind.FORBIDDEN);
      kinds.add(Problem.Kind.RATE_LIMITED);
    }
    if (hasBody()) {
      kinds.addAll(
          EnumSet.of(
              Problem.Kind.BAD_JSON,
              Problem.Kind.REQUEST_TIMEOUT,
              Problem.Kind.TOO_LARGE,
              Problem.Kind.UNSUPPORTED_MEDIA_TYPE));
    }
    if (method != Method.GET) {
      kinds.add(Problem.Kind.DATABASE_FULL);
    }
    if (idempotent()) {
      kinds.add(Problem.Kind.IDEMPOTENCY_KEY_IN_USE);
      kinds.add(Problem.Kind.IDEMPOTENCY_KEY_REUSED);
      kinds.add(Problem.Kind.INVALID_REQUEST);
    }
    if (live != null) {
      kinds.add(Problem.Kind.RATE_LIMITED);
      kinds.add(Problem.Kind.OVERLOADED);
    }
    return kinds;
  }

  /** Whether it takes its members from a body rather than from the query. */
  boolean hasBody() {
    return switch (method) {
      case GET, DELETE -> false;
      case POST, PUT, PATCH -> true;
    };
  }

  /** Whether {@code Idempotency-Key} counts. Not without a login: strangers would share keys. */
  boolean idempotent() {
    return method == Method.POST && scope != Scope.PUBLIC;
  }

  /** The names in braces, in order. */
  static Set<String> variables(String path) {
    return VARIABLE.matcher(path).results().map(it -> it.group(1)).collect(Collectors.toSet());
  }

  /** The components that are headers. */
  List<RecordComponent> headers() {
    return Arrays.stream(request.getRecordComponents())
        .filter(it -> Header.class.isAssignableFrom(erased(it.getGenericType())))
        .toList();
  }

  /** The components that are neither path variables nor headers. */
  List<RecordComponent> fields() {
    var variables = variables(path);
    return Arrays.stream(request.getRecordComponents())
        .filter(it -> !variables.contains(it.getName()))
        .filter(it -> !Header.class.isAssignableFrom(erased(it.getGenericType())))
        .toList();
  }

  static boolean optional(RecordComponent component) {
    return component.getType() == Optional.class;
  }

  /** The class behind a component's type; of an Optional, what it may hold. */
  static Class<?> erased(Type type) {
    return switch (type) {
      case Class<?> plain -> plain;
      case ParameterizedType it when it.getRawType() == Optional.class ->
          erased(it.getActualTypeArguments()[0]);
      case ParameterizedType it -> (Class<?>) it.getRawType();
      default -> Object.class;
    };
  }

  /** {@code If-Match} for {@link IfMatch}. */
  static String headerName(Class<?> type) {
    if (type == Accept.class) {
      return "Accept";
    }
    return type == IfMatch.class ? "If-Match" : "Last-Event-ID";
  }

  private static String capitalised(String words) {
    return Arrays.stream(words.split("[^A-Za-z0-9]+", -1))
        .filter(it -> !it.isEmpty())
        .map(it -> it.substring(0, 1).toUpperCase(Locale.ROOT) + it.substring(1))
        .collect(Collectors.joining());
  }

  private static <E extends Enum<E>> Set<E> immutable(Set<E> set, Class<E> type) {
    var copy = EnumSet.noneOf(type);
    copy.addAll(new TreeSet<>(set));
    return Collections.unmodifiableSet(copy);
  }
}
