package io.rockpool.channel.telegram;

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
import io.rockpool.channel.Typing;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Speaks to the Bot API. The token is part of each address, so that no address is ever shown. Texts
 * go without a parse mode: there is nothing in them that Telegram could fail to parse.
 */
final class TelegramBot implements Bot, Registrar, Typing {
  /** What can stand in an address as it is. Whether it is a token, Telegram says. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9:_-]{1,256}");

  /** They have 52 significant bits. */
  private static final Pattern ID = Pattern.compile("-?[0-9]{1,18}");

  /** It shows that somebody is typing for 5 s. */
  private static final Duration TYPING_AGAIN = Duration.ofSeconds(4);

  /** What Telegram says of a chat with status 400 (tdlib/telegram-bot-api, Client.cpp). */
  private static final List<String> PLACE =
      List.of(
          "chat not found",
          "upgraded to a supergroup",
          "not enough rights",
          "have no rights",
          "message thread not found",
          "TOPIC_CLOSED",
          "PEER_ID_INVALID");

  /** To these Telegram sends (core.telegram.org/bots/webhooks). */
  private static final Set<Integer> PORTS = Set.of(443, 80, 88, 8443);

  private static final int HTTPS = 443;

  private static final String WRONG_TOKEN =
      "Telegram does not know this token. Ask @BotFather for the bot's token and give that.";

  private final Secret token;
  private final Calls calls;

  TelegramBot(Access access) {
    token = access.token();
    calls = new Calls(access, "Telegram");
  }

  @Override
  public Outcome<Identity> check() {
    return call(
        "getMe",
        StrictJson.write(),
        it ->
            new Identity(
                Long.toString(it.path("id").longValue(0)), StrictJson.text(it, "username"), ""));
  }

  @Override
  public Outcome<Posted> send(Place place, String text) {
    if (!ID.matcher(place.chat()).matches()) {
      return new Outcome.Refused<>(Cause.PLACE, "A chat of Telegram is a number.");
    }
    if (text.isEmpty() || !TelegramChannel.LIMITS.fits(text)) {
      return unfit();
    }
    var message = chat(place).put("text", text);
    return call(
        "sendMessage",
        message,
        it -> new Posted(place, Long.toString(it.path("message_id").longValue(0))));
  }

  @Override
  public Outcome<Posted> edit(Posted posted, String text) {
    if (!ID.matcher(posted.id()).matches() || !ID.matcher(posted.place().chat()).matches()) {
      return new Outcome.Refused<>(Cause.REQUEST, "A message of Telegram is a number in a chat.");
    }
    if (text.isEmpty() || !TelegramChannel.LIMITS.fits(text)) {
      return unfit();
    }
    var change =
        StrictJson.write()
            .put("chat_id", Long.parseLong(posted.place().chat()))
            .put("message_id", Long.parseLong(posted.id()))
            .put("text", text);
    return call("editMessageText", change, it -> posted, posted);
  }

  private <T> Outcome<T> unfit() {
    return new Outcome.Refused<>(
        Cause.REQUEST,
        "A text for Telegram has 1 to %,d UTF-16 units.".formatted(TelegramChannel.LIMITS.text()));
  }

  @Override
  public void typing(Place place) {
    if (ID.matcher(place.chat()).matches()) {
      var _ = call("sendChatAction", chat(place).put("action", "typing"), Function.identity());
    }
  }

  @Override
  public Duration again() {
    return TYPING_AGAIN;
  }

  private static ObjectNode chat(Place place) {
    var to = StrictJson.write().put("chat_id", Long.parseLong(place.chat()));
    if (ID.matcher(place.thread()).matches()) {
      to.put("message_thread_id", Long.parseLong(place.thread()));
    }
    return to;
  }

  @Override
  public Optional<String> objection(URI address) {
    var port = address.getPort() < 0 ? HTTPS : address.getPort();
    return "https".equals(address.getScheme()) && PORTS.contains(port)
        ? Optional.empty()
        : Optional.of(
            "Telegram sends only to https, at the ports 443, 80, 88 and 8443. Set ROCKPOOL_PUBLIC_URL to such an address of this server, e.g. https://rockpool.example.");
  }

  @Override
  public Outcome<Registration> registered() {
    return call("getWebhookInfo", StrictJson.write(), this::registration);
  }

  private Registration registration(JsonNode it) {
    var failed = it.path("last_error_date").longValue(0);
    return new Registration(
        StrictJson.text(it, "url"),
        it.path("pending_update_count").intValue(0),
        failed <= 0 ? null : Instant.ofEpochSecond(failed),
        failed <= 0 ? "" : shown(StrictJson.text(it, "last_error_message")));
  }

  /**
   * Says the secret each time: a call without it takes the earlier one away. Says nothing of kinds
   * of updates: those that were chosen before, e.g. by OpenClaw, stay.
   */
  @Override
  public Outcome<Registration> register(URI address, Secret secret) {
    var webhook =
        StrictJson.write()
            .put("url", address.toString())
            .put("secret_token", secret.reveal())
            .put("drop_pending_updates", false);
    return call("setWebhook", webhook, Function.identity()).then(_ -> registered());
  }

  @Override
  public Outcome<Registration> unregister() {
    var keep = StrictJson.write().put("drop_pending_updates", false);
    return call("deleteWebhook", keep, Function.identity()).then(_ -> registered());
  }

  private <T> Outcome<T> call(String method, ObjectNode parameters, Function<JsonNode, T> read) {
    return call(method, parameters, read, null);
  }

  /**
   * @param unchanged what it means that nothing had to be changed
   */
  private <T> Outcome<T> call(
      String method, ObjectNode parameters, Function<JsonNode, T> read, @Nullable T unchanged) {
    var secret = token.reveal();
    if (!TOKEN.matcher(secret).matches()) {
      return new Outcome.Refused<>(Cause.TOKEN, WRONG_TOKEN);
    }
    return calls.post(
        "/bot%s/%s".formatted(secret, method),
        Map.of(),
        parameters,
        answered -> read(answered, read, unchanged));
  }

  private <T> Outcome<T> read(
      Answered answered, Function<JsonNode, T> read, @Nullable T unchanged) {
    if (answered.body().isEmpty()) {
      return answered.strange();
    }
    var body = answered.body().get();
    if (body.path("ok").booleanValue(false)) {
      return new Outcome.Done<>(read.apply(body.path("result")));
    }
    var words = StrictJson.text(body, "description");
    return switch (answered.status()) {
      case 401, 404 -> new Outcome.Refused<>(Cause.TOKEN, WRONG_TOKEN);
      case 403 ->
          new Outcome.Refused<>(
              Cause.PLACE, "Telegram lets the bot no longer into this chat: " + shown(words));
      case 429 -> {
        var seconds = body.path("parameters").path("retry_after");
        yield answered.tooFast(
            seconds.canConvertToLong() ? Calls.pause(seconds.longValue()) : answered.pause());
      }
      default -> {
        if (unchanged != null && words.contains("message is not modified")) {
          yield new Outcome.Done<>(unchanged);
        }
        yield new Outcome.Refused<>(
            isAboutPlace(words) ? Cause.PLACE : Cause.REQUEST,
            "Telegram refuses this: " + shown(words));
      }
    };
  }

  private static boolean isAboutPlace(String words) {
    return PLACE.stream().anyMatch(words::contains);
  }

  /** Words of a server that an operator may have put in place of Telegram's. */
  private String shown(String words) {
    var clean = words.replace(token.reveal(), "***").replaceAll("\\p{Cntrl}", " ");
    return clean.isEmpty() ? "it does not say why." : String.format(Locale.ROOT, "%.200s", clean);
  }
}
