package io.rockpool.server.http;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An error as the API shows it (RFC 9457).
 *
 * @param type never changes once released; docs/reference/problems.md explains the case and the
 *     cure
 * @param status the HTTP status, 400 to 599
 * @param detail what happened here and what to do; no secret, no stack, no other account's data
 * @param errors one entry for each wrong part of the request; empty where no part is to blame
 * @param retryAfter when trying again may help; sent as {@code Retry-After} in whole seconds,
 *     rounded up, and not in the body; null where waiting does not help
 */
public record Problem(
    URI type,
    String title,
    int status,
    String detail,
    List<Violation> errors,
    @Nullable Duration retryAfter) {

  /**
   * One wrong part of a request.
   *
   * @param pointer JSON Pointer (RFC 6901) into the request. Path variables, query parameters and
   *     declared headers are members of its top level, by their names in the API's description; the
   *     empty pointer is the body as a whole
   * @param message what is wrong with it; never repeats a value that was sent
   */
  public record Violation(String pointer, String message) {}

  /** Every problem there is. The name in lower case, with dashes, ends its {@code type}. */
  public enum Kind {
    MALFORMED_REQUEST(400, "The request is not well-formed HTTP"),
    BAD_JSON(400, "The body is not acceptable JSON"),
    UNAUTHORIZED(401, "Not logged in"),
    PAYMENT_REQUIRED(402, "Somebody has to pay first"),
    FORBIDDEN(403, "Not allowed"),
    NOT_FOUND(404, "Nothing here"),
    UNKNOWN_INSTANCE(404, "No such instance"),
    UNKNOWN_ACCOUNT(404, "No such account"),
    UNKNOWN_KEY(404, "No such key"),
    UNKNOWN_TOKEN(404, "No such token"),
    UNKNOWN_DELIVERY(404, "No such delivery"),
    UNKNOWN_BINDING(404, "No such binding"),
    NO_BUDGET(404, "No budget is set"),
    UNKNOWN_PROVIDER(404, "No such provider"),
    UNKNOWN_CHANNEL(404, "No such channel"),
    UNKNOWN_PAIRING(404, "Nobody asks under this id"),
    UNKNOWN_WEBHOOK(404, "No such webhook"),
    UNKNOWN_ATTEMPT(404, "No such message"),
    NO_QUOTA(404, "No quota is set"),
    NO_SUBSCRIPTION(404, "No subscription"),
    UNKNOWN_PLAN(422, "No such plan"),
    NOT_SOLD(422, "This plan is not sold here"),
    UNKNOWN_RUNTIME(422, "No such runtime"),
    UNKNOWN_AGENT(422, "No such agent"),
    UNKNOWN_PLATFORM(422, "No such chat platform"),
    TOKEN_REFUSED(422, "The platform refuses the token"),
    METHOD_NOT_ALLOWED(405, "Method not allowed"),
    REQUEST_TIMEOUT(408, "The request took too long to arrive"),
    CONFLICT(409, "In the way of another state"),
    NOT_RUNNING(409, "The instance is not running"),
    INSTANCE_STOPPED(409, "The instance was stopped by its owner"),
    INSTANCE_BUSY(409, "The instance is busy", seconds(20)),
    SUBSCRIBED(409, "There is a subscription already"),
    ALREADY_CONNECTED(409, "Already connected"),
    NO_PUBLIC_ADDRESS(409, "The platform could not reach this server"),
    TOO_MANY_INSTANCES(409, "No more instances allowed"),
    TOO_MANY_KEYS(409, "No more keys allowed"),
    TOO_MANY_TOKENS(409, "No more tokens allowed"),
    ACCOUNT_EXISTS(409, "This account's id is taken"),
    ACCOUNT_IN_USE(409, "The account has instances"),
    TOO_MANY_PROVIDERS(409, "No more providers allowed"),
    TOO_MANY_WEBHOOKS(409, "No more webhooks allowed"),
    SHOWN_ONCE(409, "It was done before, and is shown once"),
    IDEMPOTENCY_KEY_IN_USE(409, "The first request with this key is still at work", seconds(1)),
    STALE(412, "Changed by someone else"),
    TOO_LARGE(413, "The request is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "Only plain JSON is read"),
    INVALID_REQUEST(422, "The request is not valid"),
    INVALID_CONFIG(422, "The configuration is not valid"),
    LOCKED_CONFIG_KEY(422, "This setting is locked"),
    IDEMPOTENCY_KEY_REUSED(422, "This key was used for another request"),
    RATE_LIMITED(429, "Too many requests", seconds(5)),
    INTERNAL(500, "Something broke on our side"),
    DATABASE_FULL(507, "The database is full"),
    GATEWAY_REFUSED(502, "The gateway refused"),
    GATEWAY_UNREACHABLE(503, "The gateway does not answer", seconds(5)),
    PAYMENT_UNAVAILABLE(503, "The payment provider does not answer", seconds(5)),
    PLATFORM_UNAVAILABLE(503, "The chat platform does not answer", seconds(5)),
    WAKING(503, "The instance is still waking up", seconds(5)),
    VAULT_UNAVAILABLE(503, "Secrets cannot be kept or read now", seconds(5)),
    OVERLOADED(503, "Too much work right now", seconds(5));

    private final int status;
    private final String title;
    private final @Nullable Duration retryAfter;

    Kind(int status, String title) {
      this(status, title, null);
    }

    Kind(int status, String title, @Nullable Duration retryAfter) {
      this.status = status;
      this.title = title;
      this.retryAfter = retryAfter;
    }

    public int status() {
      return status;
    }

    public String title() {
      return title;
    }

    /** The last part of {@code type}, and the heading in docs/reference/problems.md. */
    public String slug() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A problem of this kind. 409 of a key in use, 429 and 503 carry a default wait. */
    public Problem detail(String detail) {
      return new Problem(
          URI.create("urn:rockpool:problem:" + slug()),
          title,
          status,
          detail,
          List.of(),
          retryAfter);
    }

    private static Duration seconds(int seconds) {
      return Duration.ofSeconds(seconds);
    }
  }

  public Problem {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("%d is no status of an error".formatted(status));
    }
    errors = List.copyOf(errors);
  }

  public static Problem unknownInstance(String id) {
    return Kind.UNKNOWN_INSTANCE.detail(
        "There is no instance '%s' that you may see. List yours with GET /api/v1/instances."
            .formatted(id));
  }

  public static Problem unknownAccount(String id) {
    return Kind.UNKNOWN_ACCOUNT.detail(
        "There is no account '%s' that you may see.".formatted(id.length() > 80 ? "…" : id));
  }

  /** A request whose parts are wrong. The detail counts them; {@code errors} names them. */
  public static Problem invalid(List<Violation> errors) {
    return Kind.INVALID_REQUEST
        .detail(
            errors.size() == 1
                ? "One part of the request is wrong: see errors."
                : "%d parts of the request are wrong: see errors.".formatted(errors.size()))
        .errors(errors);
  }

  /** A request with one wrong part. */
  public static Problem invalid(String pointer, String message) {
    return invalid(List.of(new Violation(pointer, message)));
  }

  public Problem errors(List<Violation> errors) {
    return new Problem(type, title, status, detail, errors, retryAfter);
  }

  public Problem retryAfter(Duration wait) {
    return new Problem(type, title, status, detail, errors, wait);
  }

  /** The body, {@code application/problem+json}. */
  ObjectNode json() {
    var body = Json.MAPPER.createObjectNode();
    body.put("type", type.toString()).put("title", title).put("status", status);
    body.put("detail", detail);
    if (!errors.isEmpty()) {
      var list = body.putArray("errors");
      for (var error : errors) {
        list.addObject().put("pointer", error.pointer()).put("message", error.message());
      }
    }
    return body;
  }
}
