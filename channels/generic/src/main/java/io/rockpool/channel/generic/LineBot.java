package io.rockpool.channel.generic;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Calls;
import io.rockpool.channel.Calls.Answered;
import io.rockpool.channel.Identity;
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

  private final Secret token;
  private final Calls calls;

  LineBot(Access access) {
    token = access.token();
    calls = new Calls(access, "LINE");
  }

  @Override
  public Outcome<Identity> check() {
    return with(headers ->
        calls.get(
            "/v2/bot/info",
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
    if (text.isBlank() || !LineChannel.LIMITS.fits(text)) {
      return new Outcome.Refused<>(
          Cause.REQUEST,
          "A text for LINE has 1 to %,d characters.".formatted(LineChannel.LIMITS.text()));
    }
    var push = StrictJson.write().put("to", place.chat());
    push.putArray("messages").addObject().put("type", "text").put("text", text);
    return with(headers ->
        calls.post(
            "/v2/bot/message/push",
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
    return with(headers -> calls.get(ENDPOINT, headers, this::endpoint));
  }

  private Outcome<Registration> endpoint(Answered answered) {
    if (answered.status() == 404) {
      return new Outcome.Done<>(new Registration("", 0, null, "")); // none was ever set
    }
    return read(answered, Function.identity())
        .then(it ->
            it.path("active").booleanValue(false)
                ? new Outcome.Done<>(new Registration(StrictJson.text(it, "endpoint"), 0, null, ""))
                : new Outcome.Refused<>(
                    Cause.REQUEST,
                    "LINE sends nothing while \"Use webhook\" is off. Switch it on at the LINE Developers Console, Messaging API."));
  }

  @Override
  public Outcome<Registration> register(URI address, Secret secret) {
    var endpoint = StrictJson.write().put("endpoint", address.toString());
    return with(headers ->
            calls.call(
                "PUT",
                ENDPOINT,
                headers,
                endpoint,
                answered -> read(answered, Function.identity())))
        .then(_ -> registered());
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
              .orElseGet(answered::strange);
      case 401, 403 -> wrongToken();
      case 429 -> answered.tooFast();
      default ->
          answered
              .body()
              .map(it -> LineBot.<T>refused(StrictJson.text(it, "message")))
              .orElseGet(answered::strange);
    };
  }

  /** The words are LINE's own. */
  private static <T> Outcome<T> refused(String message) {
    return message.startsWith("Failed to send messages") || message.contains("'to'")
        ? new Outcome.Refused<>(
            Cause.PLACE, "LINE does not let the bot write to this conversation (any more).")
        : new Outcome.Refused<>(Cause.REQUEST, "LINE refuses this.");
  }
}
