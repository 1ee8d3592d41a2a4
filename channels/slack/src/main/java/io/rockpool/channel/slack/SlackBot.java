package io.rockpool.channel.slack;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Calls;
import io.rockpool.channel.Calls.Answered;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** Speaks to the Web API. Its errors are answers with status 200. */
final class SlackBot implements Bot {
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,512}");
  private static final Pattern ERROR = Pattern.compile("[a-z0-9_.:-]{1,100}");

  private static final Set<String> TOKEN_ERRORS =
      Set.of(
          "invalid_auth",
          "not_authed",
          "account_inactive",
          "token_revoked",
          "token_expired",
          "not_allowed_token_type",
          "missing_scope",
          "no_permission",
          "org_login_required",
          "team_access_not_granted",
          "access_denied");

  private static final Set<String> PLACE_ERRORS =
      Set.of(
          "channel_not_found",
          "not_in_channel",
          "is_archived",
          "restricted_action",
          "restricted_action_read_only_channel",
          "restricted_action_thread_locked",
          "restricted_action_thread_only_channel",
          "user_not_found",
          "messages_tab_disabled",
          "cannot_dm_bot");

  private static final Set<String> SLOW_DOWN = Set.of("ratelimited", "rate_limited");

  /** Slack's own trouble: what came of it is not known. */
  private static final Set<String> TROUBLE =
      Set.of("internal_error", "fatal_error", "service_unavailable", "request_timeout");

  private final Secret token;
  private final Calls calls;

  SlackBot(Access access) {
    token = access.token();
    calls = new Calls(access, "Slack");
  }

  @Override
  public Outcome<Identity> check() {
    return call(
        "auth.test",
        StrictJson.write(),
        it ->
            new Identity(
                StrictJson.text(it, "user_id"),
                StrictJson.text(it, "user"),
                StrictJson.text(it, "team_id")));
  }

  @Override
  public Outcome<Posted> send(Place place, String text) {
    if (text.isBlank() || !SlackChannel.LIMITS.fits(text)) {
      return unfit();
    }
    var message = StrictJson.write().put("channel", place.chat()).put("text", escaped(text));
    if (!place.thread().isEmpty()) {
      message.put("thread_ts", place.thread());
    }
    return call("chat.postMessage", message, it -> new Posted(place, StrictJson.text(it, "ts")));
  }

  @Override
  public Outcome<Posted> edit(Posted posted, String text) {
    if (text.isBlank() || !SlackChannel.LIMITS.fits(text)) {
      return unfit();
    }
    var change =
        StrictJson.write()
            .put("channel", posted.place().chat())
            .put("ts", posted.id())
            .put("text", escaped(text));
    return call("chat.update", change, _ -> posted);
  }

  private <T> Outcome<T> unfit() {
    return new Outcome.Refused<>(
        Cause.REQUEST,
        "A text for Slack has 1 to %,d characters.".formatted(SlackChannel.LIMITS.text()));
  }

  /** All that has a meaning in a text of Slack's. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private <T> Outcome<T> call(String method, ObjectNode parameters, Function<ObjectNode, T> read) {
    var secret = token.reveal();
    if (!TOKEN.matcher(secret).matches()) {
      return new Outcome.Refused<>(Cause.TOKEN, wrongToken("invalid_auth"));
    }
    return calls.post(
        "/" + method,
        Map.of("Authorization", "Bearer " + secret),
        parameters,
        answered -> read(answered, read));
  }

  private static <T> Outcome<T> read(Answered answered, Function<ObjectNode, T> read) {
    if (answered.status() == 429) {
      return answered.tooFast();
    }
    if (answered.body().isEmpty()) {
      return answered.strange();
    }
    var body = answered.body().get();
    if (body.path("ok").booleanValue(false)) {
      return new Outcome.Done<>(read.apply(body));
    }
    var error = StrictJson.text(body, "error");
    var shown = ERROR.matcher(error).matches() ? error : "an error without a name";
    if (TOKEN_ERRORS.contains(error)) {
      return new Outcome.Refused<>(Cause.TOKEN, wrongToken(shown));
    }
    if (PLACE_ERRORS.contains(error)) {
      return new Outcome.Refused<>(
          Cause.PLACE,
          "Slack does not let the app write here (%s). Invite it to the channel.".formatted(shown));
    }
    if (SLOW_DOWN.contains(error)) {
      return answered.tooFast();
    }
    if (TROUBLE.contains(error)) {
      return new Outcome.Unknown<>("Slack has trouble of its own (%s).".formatted(shown));
    }
    return new Outcome.Refused<>(Cause.REQUEST, "Slack refuses this (%s).".formatted(shown));
  }

  private static String wrongToken(String error) {
    return "Slack does not accept this token (%s). ".formatted(error)
        + "Give the bot token (xoxb-…) that stands at api.slack.com/apps, OAuth & Permissions.";
  }
}
