package io.rockpool.channel.discord;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Calls;
import io.rockpool.channel.Calls.Answered;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.PublicKey;
import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Speaks to the REST API. Ten thousand refusals in ten minutes shut out the address from which they
 * were asked for, and with it everybody here: after the first refused token nothing is asked.
 *
 * <p>Markdown in a text is shown as such. Nobody is notified by a mention in it.
 */
final class DiscordBot implements Bot, PublicKey {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._=-]{1,256}");
  private static final Pattern ID = Pattern.compile("[0-9]{1,20}");

  /** Others are shut out (Discord, "API Reference", User Agent). */
  private static final String USER_AGENT = "DiscordBot (rockpool, 1.0)";

  private static final String POST = "POST";
  private static final String PATCH = "PATCH";

  /** What a code says with status 404 ("Opcodes and Status Codes"). */
  private static final int UNKNOWN_CHANNEL = 10_003;

  /** That an interaction cannot be answered any more, in this way. */
  private static final Set<Integer> OVER = Set.of(10_015, 10_062, 50_027);

  /** A promise may be answered sooner than Discord has read it. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private static final String WRONG_TOKEN =
      "Discord does not accept this token. Give the bot's token of discord.com/developers, Bot, Reset Token.";

  private final Secret token;
  private final Calls calls;
  private volatile boolean isRefused;

  DiscordBot(Access access) {
    token = access.token();
    calls = new Calls(access, "Discord");
  }

  @Override
  public Outcome<Identity> check() {
    return get(
        "/users/@me",
        it -> new Identity(StrictJson.text(it, "id"), StrictJson.text(it, "username"), ""));
  }

  @Override
  public Outcome<Secret> publicKey() {
    return get("/applications/@me", it -> Secret.of(StrictJson.text(it, "verify_key")));
  }

  @Override
  public Outcome<Posted> send(Place place, String text) {
    if (isUnfit(text)) {
      return unfit();
    }
    var promised = Original.path(place);
    if (promised.isPresent()) {
      var answered = said(POST, promised.get(), text, it -> posted(place, it));
      if (answered.isPresent()) {
        return answered.get();
      }
    }
    if (!ID.matcher(place.chat()).matches()) {
      return new Outcome.Refused<>(Cause.PLACE, "A chat of Discord is a number.");
    }
    return call(
        POST,
        "/channels/%s/messages".formatted(place.chat()),
        message(text),
        it -> posted(place, it));
  }

  @Override
  public Outcome<Posted> edit(Posted posted, String text) {
    if (isUnfit(text)) {
      return unfit();
    }
    boolean isOriginal = posted.id().equals(Original.ID);
    if (!isOriginal && !ID.matcher(posted.id()).matches()) {
      return new Outcome.Refused<>(Cause.REQUEST, "A message of Discord is a number.");
    }
    var promised = Original.path(posted.place());
    if (promised.isPresent()) {
      var path = "%s/messages/%s".formatted(promised.get(), posted.id());
      var answered = said(PATCH, path, text, _ -> posted);
      if (answered.isEmpty() && isOriginal && waited()) {
        answered = said(PATCH, path, text, _ -> posted);
      }
      if (answered.isPresent()) {
        return answered.get();
      }
    }
    if (isOriginal) {
      return new Outcome.Refused<>(
          Cause.REQUEST, "Discord takes an answer to a command for a quarter of an hour.");
    }
    if (!ID.matcher(posted.place().chat()).matches()) {
      return new Outcome.Refused<>(Cause.PLACE, "A chat of Discord is a number.");
    }
    return call(
        PATCH,
        "/channels/%s/messages/%s".formatted(posted.place().chat(), posted.id()),
        message(text),
        _ -> posted);
  }

  private static boolean waited() {
    try {
      Thread.sleep(MOMENT);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Posted posted(Place place, ObjectNode it) {
    return new Posted(place, StrictJson.text(it, "id"));
  }

  private boolean isUnfit(String text) {
    return text.isBlank() || !DiscordChannel.LIMITS.fits(text);
  }

  private <T> Outcome<T> unfit() {
    return new Outcome.Refused<>(
        Cause.REQUEST,
        "A text for Discord has 1 to %,d UTF-16 units.".formatted(DiscordChannel.LIMITS.text()));
  }

  private static ObjectNode message(String text) {
    var message = StrictJson.write().put("content", text);
    message.putObject("allowed_mentions").putArray("parse");
    return message;
  }

  /** By the token of a command, which is no secret of ours; empty when that has ended. */
  private Optional<Outcome<Posted>> said(
      String method, String path, String text, Function<ObjectNode, Posted> read) {
    var outcome =
        calls.<Optional<Posted>>call(
            method,
            path,
            Map.of("User-Agent", USER_AGENT),
            message(text),
            answered ->
                isOver(answered)
                    ? new Outcome.Done<>(Optional.empty())
                    : read(answered, it -> Optional.of(read.apply(it))));
    return switch (outcome) {
      case Outcome.Done<Optional<Posted>>(var posted) -> posted.map(Outcome.Done::new);
      case Outcome.Refused<Optional<Posted>>(_, var advice) ->
          Optional.of(new Outcome.Refused<>(Cause.REQUEST, advice));
      case Outcome.Later<Optional<Posted>>(var pause, var advice) ->
          Optional.of(new Outcome.Later<>(pause, advice));
      case Outcome.Unknown<Optional<Posted>>(var advice) ->
          Optional.of(new Outcome.Unknown<>(advice));
    };
  }

  private static boolean isOver(Answered answered) {
    return (answered.status() == 401 || answered.status() == 404)
        && answered.body().map(DiscordBot::code).filter(OVER::contains).isPresent();
  }

  private <T> Outcome<T> get(String path, Function<ObjectNode, T> read) {
    return allowed()
        .<Outcome<T>>map(secret -> calls.get(path, headers(secret), it -> own(it, read)))
        .orElseGet(() -> new Outcome.Refused<>(Cause.TOKEN, WRONG_TOKEN));
  }

  private <T> Outcome<T> call(
      String method, String path, ObjectNode body, Function<ObjectNode, T> read) {
    return allowed()
        .<Outcome<T>>map(
            secret -> calls.call(method, path, headers(secret), body, it -> own(it, read)))
        .orElseGet(() -> new Outcome.Refused<>(Cause.TOKEN, WRONG_TOKEN));
  }

  /** The token, unless asking with it is useless. */
  private Optional<String> allowed() {
    return Optional.of(token.reveal()).filter(it -> !isRefused && TOKEN.matcher(it).matches());
  }

  private static Map<String, String> headers(String secret) {
    return Map.of("Authorization", "Bot " + secret, "User-Agent", USER_AGENT);
  }

  private <T> Outcome<T> own(Answered answered, Function<ObjectNode, T> read) {
    if (answered.status() == 401) {
      isRefused = true;
      return new Outcome.Refused<>(Cause.TOKEN, WRONG_TOKEN);
    }
    return read(answered, read);
  }

  private static <T> Outcome<T> read(Answered answered, Function<ObjectNode, T> read) {
    var status = answered.status();
    if (status == 429) {
      return answered.tooFast(
          answered
              .body()
              .map(it -> it.path("retry_after"))
              .filter(it -> it.isNumber())
              .map(it -> Calls.pause((long) Math.ceil(it.doubleValue())))
              .orElseGet(answered::pause));
    }
    if (answered.body().isEmpty()) {
      return answered.strange();
    }
    var body = answered.body().get();
    if (status / 100 == 2) {
      return new Outcome.Done<>(read.apply(body));
    }
    var code = code(body);
    return status == 403 || code == UNKNOWN_CHANNEL
        ? new Outcome.Refused<>(
            Cause.PLACE, "Discord does not let the bot write here (%d).".formatted(code))
        : new Outcome.Refused<>(
            Cause.REQUEST, "Discord refuses this (%d, code %d).".formatted(status, code));
  }

  private static int code(ObjectNode body) {
    return body.path("code").asInt(0);
  }
}
