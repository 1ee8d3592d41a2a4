package io.rockpool.channel.generic;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Calls;
import io.rockpool.channel.Calls.Answered;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Pair;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * Speaks to the open platform. An app's id and secret are exchanged for a token of two hours, each
 * time anew: the same is given as long as it is good. Errors have a code in their body, whatever
 * their status is.
 */
final class FeishuBot implements Bot {
  /** Neither the app nor a token of its is known. */
  private static final Set<Integer> TOKEN_ERRORS =
      Set.of(10003, 10012, 10014, 99991543, 99991661, 99991663, 99991664, 99991671);

  /** Not in the chat; the chat is gone; the person may not see the app. */
  private static final Set<Integer> PLACE_ERRORS = Set.of(230002, 230013, 230018, 230045, 232006);

  private static final Set<Integer> SLOW_DOWN = Set.of(230020, 99991400);

  private static final String MESSAGES = "/open-apis/im/v1/messages";

  private final Secret token;
  private final Calls calls;

  /** Its token is the app's id and secret. */
  FeishuBot(Access access) {
    token = access.token();
    calls = new Calls(access, "Feishu");
  }

  @Override
  public Outcome<Identity> check() {
    return with(headers ->
        calls.get(
            "/open-apis/bot/v3/info",
            headers,
            answered ->
                read(
                    answered,
                    it ->
                        new Identity(
                            StrictJson.text(it.path("bot"), "open_id"),
                            StrictJson.text(it.path("bot"), "app_name"),
                            ""))));
  }

  @Override
  public Outcome<Posted> send(Place place, String text) {
    if (text.isBlank() || !FeishuChannel.LIMITS.fits(text)) {
      return unfit();
    }
    return with(headers ->
        calls.post(
            MESSAGES + "?receive_id_type=chat_id",
            headers,
            message(text).put("receive_id", place.chat()),
            answered ->
                read(
                    answered,
                    it -> new Posted(place, StrictJson.text(it.path("data"), "message_id")))));
  }

  @Override
  public Outcome<Posted> edit(Posted posted, String text) {
    if (text.isBlank() || !FeishuChannel.LIMITS.fits(text)) {
      return unfit();
    }
    var id = URLEncoder.encode(posted.id(), StandardCharsets.UTF_8);
    return with(headers ->
        calls.call(
            "PUT",
            MESSAGES + "/" + id,
            headers,
            message(text),
            answered -> read(answered, _ -> posted)));
  }

  private <T> Outcome<T> unfit() {
    return new Outcome.Refused<>(
        Cause.REQUEST,
        "A text for Feishu has 1 to %,d characters.".formatted(FeishuChannel.LIMITS.text()));
  }

  /** As a rich text, whose texts are shown as they are: in a plain one, tags mention people. */
  private static ObjectNode message(String text) {
    var content = StrictJson.write();
    content
        .putObject("zh_cn")
        .putArray("content")
        .addArray()
        .addObject()
        .put("tag", "text")
        .put("text", text);
    return StrictJson.write().put("msg_type", "post").put("content", content.toString());
  }

  private <T> Outcome<T> with(Function<Map<String, String>, Outcome<T>> call) {
    return access().then(access -> call.apply(Map.of("Authorization", "Bearer " + access)));
  }

  private Outcome<String> access() {
    var app = Pair.of(token);
    if (app.isEmpty()) {
      return wrongToken(10003);
    }
    return calls.post(
        "/open-apis/auth/v3/tenant_access_token/internal",
        Map.of(),
        StrictJson.write()
            .put("app_id", app.get().first().reveal())
            .put("app_secret", app.get().second().reveal()),
        answered -> read(answered, it -> StrictJson.text(it, "tenant_access_token")));
  }

  private static <T> Outcome<T> read(Answered answered, Function<ObjectNode, T> read) {
    if (answered.status() == 429) {
      return answered.tooFast();
    }
    var body = answered.body().filter(it -> it.path("code").isInt());
    if (body.isEmpty()) {
      return answered.strange();
    }
    var code = body.get().path("code").intValue();
    if (code == 0) {
      return new Outcome.Done<>(read.apply(body.get()));
    }
    if (TOKEN_ERRORS.contains(code)) {
      return wrongToken(code);
    }
    if (SLOW_DOWN.contains(code)) {
      return answered.tooFast();
    }
    if (PLACE_ERRORS.contains(code) || StrictJson.text(body.get(), "msg").contains("receive_id")) {
      return new Outcome.Refused<>(
          Cause.PLACE,
          "Feishu does not let the app write here (%d). Add the bot to the chat, or let the person use the app."
              .formatted(code));
    }
    return new Outcome.Refused<>(
        Cause.REQUEST,
        "Feishu refuses this (%d). Look at the app's permissions, and whether its bot and its newest version are published."
            .formatted(code));
  }

  private static <T> Outcome<T> wrongToken(int code) {
    return new Outcome.Refused<>(
        Cause.TOKEN,
        "Feishu gives no token for this App ID and App Secret (%d). Give those that stand at the app's console, Credentials & Basic Info."
            .formatted(code));
  }
}
