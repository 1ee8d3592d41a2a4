package io.rockpool.edge.model;

import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.eclipse.jetty.http.HttpStatus;

/**
 * Why a budget, a quota or a hold does not let a call begin, and how that is said.
 *
 * <p>What lasts is said to the user of an instance by a {@link PlainAnswer}: OpenClaw shows its
 * user an answer word by word, while any error that smells of money silences it for ten minutes,
 * whatever is paid meanwhile, and it sits out a long {@code retry-after} in silence (measured on
 * 2026.9.6). What passes in seconds is a 429, which it repeats up to ten times by itself. No
 * message of those has a word that it takes for one about money, such as quota.
 *
 * @param limit what forbids it
 * @param isSpoken whether it lasts: a user is to be told
 * @param error what other clients are told
 */
record LimitRefusal(
    CallWatch.Limit limit, boolean isSpoken, String english, String chinese, ModelError error) {
  /** Beyond it a user thinks that nobody is there. */
  private static final Duration SHORT = Duration.ofMinutes(1);

  private static final Duration SOONEST = Duration.ofSeconds(1);
  private static final Duration LATEST_FOR_OWN = Duration.ofSeconds(10);
  private static final String RATE_LIMIT = "rate_limit_exceeded";

  /** A budget is spent. */
  static LimitRefusal of(Budget budget) {
    var amount = budget.amount();
    var english =
        switch (budget.period()) {
          case DAY ->
              "This assistant has used up its budget for today (%s). It answers again from midnight UTC, or as soon as its operator raises the budget."
                  .formatted(amount);
          case MONTH ->
              "This assistant has used up its budget for this month (%s). It answers again from the first of next month, or as soon as its operator raises the budget."
                  .formatted(amount);
          case TOTAL ->
              "This assistant has used up its budget (%s). It answers again as soon as its operator raises the budget."
                  .formatted(amount);
        };
    var chinese =
        switch (budget.period()) {
          case DAY -> "今天的额度（%s）已用完，明天零点（UTC）恢复。如需继续使用，请联系管理员提高额度。".formatted(amount);
          case MONTH -> "本月的额度（%s）已用完，下月一日恢复。如需继续使用，请联系管理员提高额度。".formatted(amount);
          case TOTAL -> "额度（%s）已用完。如需继续使用，请联系管理员提高额度。".formatted(amount);
        };
    return new LimitRefusal(
        CallWatch.Limit.BUDGET,
        true,
        english,
        chinese,
        new ModelError(
            HttpStatus.PAYMENT_REQUIRED_402,
            "insufficient_quota",
            "budget_exceeded",
            english,
            Duration.ZERO));
  }

  /** Nobody can tell what the call would cost: an error would be repeated in vain. */
  static LimitRefusal unpriced(String model, Budget budget) {
    var currency = budget.amount().currency();
    var english =
        "This assistant cannot answer now: its model '%s' has no price in %s, and a budget binds it. Its operator must set the price, or an exchange rate."
            .formatted(model, currency);
    return new LimitRefusal(
        CallWatch.Limit.BUDGET,
        true,
        english,
        "暂时无法回答：模型 %s 没有设置 %s 价格，而此助手设有额度。请联系管理员设置价格或汇率。".formatted(model, currency),
        ModelError.unavailable(english, Duration.ZERO));
  }

  /** The operator serves no model without a price. */
  static LimitRefusal unpriced(String model) {
    var english =
        "The model '%s' has no price here, and models without one are not served. Its operator must set the price, or another model must be chosen."
            .formatted(model);
    return new LimitRefusal(
        CallWatch.Limit.PRICE,
        true,
        english,
        "模型 %s 没有设置价格，不能使用。请联系管理员设置价格，或换一个模型。".formatted(model),
        new ModelError(
            HttpStatus.FORBIDDEN_403,
            "permission_error",
            "model_not_priced",
            english,
            Duration.ZERO));
  }

  /**
   * The instance is kept from running.
   *
   * @param why a sentence or two for its owner
   */
  static LimitRefusal held(String why) {
    return new LimitRefusal(
        CallWatch.Limit.HOLD,
        true,
        why,
        "此助手已停用（未付款或已到期），数据仍然保留。请付款，或联系管理员续期。",
        new ModelError(
            HttpStatus.FORBIDDEN_403, "permission_error", "instance_held", why, Duration.ZERO));
  }

  /** The tokens of a day are used up. */
  static LimitRefusal of(Verdict.UsedUp usedUp, Instant now) {
    var tomorrow =
        LocalDate.ofInstant(now, ZoneOffset.UTC).plusDays(1).atStartOfDay(ZoneOffset.UTC);
    var english =
        "This assistant has used up its tokens for today (%d). It answers again from midnight UTC, or as soon as its operator allows more."
            .formatted(usedUp.tokensPerDay());
    var chinese =
        "今天的用量（%d Token）已用完，明天零点（UTC）恢复。如需继续使用，请联系管理员提高用量上限。".formatted(usedUp.tokensPerDay());
    return new LimitRefusal(
        CallWatch.Limit.QUOTA,
        true,
        english,
        chinese,
        tooMany(english, Duration.between(now, tomorrow)));
  }

  /** It is too much at once, or in a minute. */
  static LimitRefusal of(Verdict.Throttled throttled) {
    var pause = throttled.pause();
    var whose =
        throttled.owner().kind() == BudgetOwner.Kind.ACCOUNT ? "this account" : "this instance";
    var rule =
        switch (throttled.measure()) {
          case REQUESTS_PER_MINUTE ->
              "%s may make %d requests a minute".formatted(whose, throttled.limit());
          case TOKENS_PER_MINUTE ->
              "%s may use %d tokens a minute".formatted(whose, throttled.limit());
          case CALLS_AT_ONCE ->
              "%s may have %d calls under way at once".formatted(whose, throttled.limit());
          case TOKENS_PER_DAY -> "calls under way may need the rest of today's tokens";
        };
    var minutes = pause.plus(SHORT).toMinutes();
    return new LimitRefusal(
        CallWatch.Limit.QUOTA,
        pause.compareTo(SHORT) > 0,
        "This assistant has done more than its limit for a minute allows. It answers again in about %d minutes."
            .formatted(minutes),
        "用量超出了每分钟的上限，约 %d 分钟后恢复。".formatted(minutes),
        tooMany(
            "Rate limit reached: %s. Try again in %d s.".formatted(rule, seconds(pause)), pause));
  }

  private static ModelError tooMany(String message, Duration pause) {
    return new ModelError(
        HttpStatus.TOO_MANY_REQUESTS_429,
        RATE_LIMIT,
        RATE_LIMIT,
        message,
        Duration.ofSeconds(seconds(pause)));
  }

  private static long seconds(Duration pause) {
    return Math.max(SOONEST.toSeconds(), Math.ceilDiv(pause.toMillis(), 1_000));
  }

  /** Whether this kind of call can be answered in words. */
  static boolean hasWords(Api api) {
    return api != Api.EMBEDDINGS && api != Api.COUNT_TOKENS;
  }

  /** What a user reads, in Chinese or English. */
  String words(boolean inChinese) {
    return inChinese ? chinese : english;
  }

  /**
   * The error.
   *
   * @param own whether it goes to an instance, for which any word of payment would be worse than
   *     the refusal, and a long wait worse than another try
   */
  ModelError error(boolean own) {
    if (!own) {
      return error;
    }
    if (isSpoken) {
      return new ModelError(
          HttpStatus.BAD_REQUEST_400,
          "invalid_request_error",
          error.code(),
          error.message(),
          Duration.ZERO);
    }
    return tooMany(
        error.message(),
        error.retryAfter().compareTo(LATEST_FOR_OWN) < 0 ? error.retryAfter() : LATEST_FOR_OWN);
  }
}
