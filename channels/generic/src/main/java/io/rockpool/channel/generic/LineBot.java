package io.rockpool.channel.generic;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Calls;
import io.rockpool.channel.Calls.Answered;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Registration;
import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** Speaks to the Messaging API. */
final class LineBot implements Bot, Registrar {
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,1024}");
  private static final String ENDPOINT = "/v2/bot/channel/webhook/endpoint";

  private final URI root;
  private final Secret token;
  private final Calls calls;
  private final Limits limits;

  LineBot(URI root, Secret token, Calls calls, Limits limits) {
    this.root = root;
    this.token = token;
    this.calls = calls;
    this.limits = limits;
  }

  @Override
  public Outcome<Identity> check() {
    return with(headers ->
        calls.get(
            at("/v2/bot/info"),
            headers,
            answered ->
                read(
                    answered,
                    it ->
                        new Identity(
                            StrictJson.text(it, "userId"),
                            StrictJson.text(it, "displayName"),
                            ""))));
  }

  @Override
  public Outcome<Posted> send(Place place, String text) {
    if (text.isBlank() || !limits.fits(text)) {
      return new Outcome.Refused<>(
          Cause.REQUEST, "A text for LINE has 1 to %,d characters.".formatted(limits.text()));
    }
    var push = StrictJson.write().put("to", place.chat());
    push.putArray("messages").addObject().put("type", "text").put("text", text);
    return with(headers ->
        calls.post(
            at("/v2/bot/message/push"),
            headers,
            push,
            answered ->
                read(
                    answered,
                    it -> new Posted(place, StrictJson.text(it.at("/sentMessages/0"), "id")))));
  }

  /** There is no such thing at LINE. */
  @Override
  public Outcome<Posted> edit(Posted posted, String text) {
    return new Outcome.Refused<>(Cause.REQUEST, "LINE cannot change what was said.");
  }

  // The webhook

  /** It proves itself by the channel's secret. */
  @Override
  public boolean takesSecret() {
    return false;
  }

  @Override
  public Optional<String> objection(URI address) {
    return "https".equals(address.getScheme())
        ? Optional.empty()
        : Optional.of(
            "LINE sends messages to https addresses only. Set ROCKPOOL_PUBLIC_URL to the https address under which the internet reaches this server.");
  }

  @Override
  public Outcome<Registration> registered() {
    return with(headers -> calls.get(at(ENDPOINT), headers, this::endpoint));
  }

  private Outcome<Registration> endpoint(Answered answered) {
    if (answered.status() == 404) {
      return new Outcome.Done<>(new Registration("", 0, null, "")); // none was ever set
    }
    return switch (read(answered, Function.identity())) {
      case Outcome.Done<ObjectNode>(var it) when !it.path("active").booleanValue(false) ->
          new Outcome.Refused<>(
              Cause.REQUEST,
              "LINE sends nothing while \"Use webhook\" is off. Switch it on at the LINE Developers Console, Messaging API.");
      case Outcome.Done<ObjectNode>(var it) ->
          new Outcome.Done<>(new Registration(StrictJson.text(it, "endpoint"), 0, null, ""));
      case Outcome.Refused<ObjectNode>(var cause, var advice) ->
          new Outcome.Refused<>(cause, advice);
      case Outcome.Later<ObjectNode>(var pause, var advice) -> new Outcome.Later<>(pause, advice);
      case Outcome.Unknown<ObjectNode>(var advice) -> new Outcome.Unknown<>(advice);
    };
  }

  @Override
  public Outcome<Registration> register(URI address, Secret secret) {
    var set =
        with(headers ->
            calls.call(
                "PUT",
                at(ENDPOINT),
                headers,
                StrictJson.write().put("endpoint", address.toString()),
                answered -> read(answered, Function.identity())));
    return switch (set) {
      case Outcome.Done<ObjectNode> _ -> registered();
      case Outcome.Refused<ObjectNode>(var cause, var advice) ->
          new Outcome.Refused<>(cause, advice);
      case Outcome.Later<ObjectNode>(var pause, var advice) -> new Outcome.Later<>(pause, advice);
      case Outcome.Unknown<ObjectNode>(var advice) -> new Outcome.Unknown<>(advice);
    };
  }

  /**
   * LINE forgets no address. It goes on to post there, and is told that nobody is there, until a
   * person switches the webhook off.
   */
  @Override
  public Outcome<Registration> unregister() {
    return new Outcome.Done<>(new Registration("", 0, null, ""));
  }

  // The API

  private URI at(String path) {
    return URI.create(root + path);
  }

  private <T> Outcome<T> with(Function<Map<String, String>, Outcome<T>> call) {
    var secret = token.reveal();
    return TOKEN.matcher(secret).matches()
        ? call.apply(Map.of("Authorization", "Bearer " + secret))
        : wrongToken();
  }

  private static <T> Outcome<T> wrongToken() {
    return new Outcome.Refused<>(
        Cause.TOKEN,
        "LINE does not accept this token. Issue a channel access token at the LINE Developers Console, Messaging API, and give that.");
  }

  private static <T> Outcome<T> read(Answered answered, Function<ObjectNode, T> read) {
    return switch (answered.status()) {
      case 200 ->
          answered
              .body()
              .<Outcome<T>>map(it -> new Outcome.Done<>(read.apply(it)))
              .orElseGet(() -> notLine(answered));
      case 401, 403 -> wrongToken();
      case 429 -> new Outcome.Later<>(answered.pause(), "LINE wants a pause.");
      default ->
          answered
              .body()
              .map(it -> LineBot.<T>refused(StrictJson.text(it, "message")))
              .orElseGet(() -> notLine(answered));
    };
  }

  /** The words are LINE's own. */
  private static <T> Outcome<T> refused(String message) {
    return message.startsWith("Failed to send messages") || message.contains("'to'")
        ? new Outcome.Refused<>(
            Cause.PLACE, "LINE does not let the bot write to this conversation (any more).")
        : new Outcome.Refused<>(Cause.REQUEST, "LINE refuses this.");
  }

  private static <T> Outcome<T> notLine(Answered answered) {
    return new Outcome.Unknown<>(
        "What answered %d is not LINE's API. Look at the address of its API."
            .formatted(answered.status()));
  }
}
