package io.rockpool.edge.model;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What an instance hears when its provider says no. Pure.
 *
 * <p>OpenClaw reads more into an error than its status. Anything about money (402, a 429 for want
 * of quota, the words alone under any status) silences the instance for ten minutes, even after the
 * operator has paid; 401 and 403 put it into a cooldown. None of this can the instance's user cure,
 * so these become a plain 503 and the operator's log has the cause. Measured on 2026.9.6.
 */
sealed interface ModelRefusal {
  /** The provider's own words help: a context too long, an unknown model. */
  record AsItIs() implements ModelRefusal {}

  /**
   * @param operatorMustAct whether somebody has to change a setting, or pay
   */
  record Instead(OpenAiError error, boolean operatorMustAct) implements ModelRefusal {}

  Pattern MONEY =
      Pattern.compile(
          "quota|billing|credit|balance|payment|insufficient.?funds|top.?up|recharge|arrear|exceeded.{0,30}budget|budget.{0,30}exceeded|欠费|余额|充值");

  /** A longer wait is honoured by OpenClaw in full, and its user hears nothing meanwhile. */
  Duration LONGEST_WAIT = Duration.ofSeconds(10);

  /**
   * Decides.
   *
   * @param status not 2xx
   * @param body what was read of the provider's answer
   * @param retryAfter the provider's header in seconds; zero if there was none, or no number
   */
  static ModelRefusal of(int status, String body, Duration retryAfter) {
    boolean money = MONEY.matcher(body.toLowerCase(Locale.ROOT)).find();
    if (status == 401 || status == 402 || status == 403 || money || status < 400) {
      return new Instead(
          OpenAiError.unavailable(
              "The model service of this installation needs its operator: its settings must be checked. Rockpool's log says why.",
              Duration.ZERO),
          true);
    }
    if (status == 429) {
      var wait =
          retryAfter.compareTo(Duration.ofSeconds(1)) < 0
              ? Duration.ofSeconds(1)
              : retryAfter.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : retryAfter;
      return new Instead(
          new OpenAiError(
              status,
              "rate_limit_error",
              "rate_limit_exceeded",
              "The model service has too many requests. Try again in a few seconds.",
              wait),
          false);
    }
    return new AsItIs();
  }
}
