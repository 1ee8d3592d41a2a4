package io.rockpool.edge.model;

import io.rockpool.control.usage.Budget;

/**
 * What a user reads where a budget is spent. For the gateway of an instance it is a {@link
 * PlainAnswer}: OpenClaw shows its user an answer word by word, while any error that smells of
 * money silences it for ten minutes, whatever is paid meanwhile (measured on 2026.9.6).
 */
final class SpokenRefusal {
  private SpokenRefusal() {}

  /** What a user reads of a spent budget, in Chinese or English. */
  static String words(Budget budget, boolean chinese) {
    var amount = budget.amount();
    return switch (budget.period()) {
      case DAY ->
          chinese
              ? "今天的额度（%s）已用完，明天零点（UTC）恢复。如需继续使用，请联系管理员提高额度。".formatted(amount)
              : "This assistant has used up its budget for today (%s). It answers again from midnight UTC, or as soon as its operator raises the budget."
                  .formatted(amount);
      case MONTH ->
          chinese
              ? "本月的额度（%s）已用完，下月一日恢复。如需继续使用，请联系管理员提高额度。".formatted(amount)
              : "This assistant has used up its budget for this month (%s). It answers again from the first of next month, or as soon as its operator raises the budget."
                  .formatted(amount);
      case TOTAL ->
          chinese
              ? "额度（%s）已用完。如需继续使用，请联系管理员提高额度。".formatted(amount)
              : "This assistant has used up its budget (%s). It answers again as soon as its operator raises the budget."
                  .formatted(amount);
    };
  }

  /** Whether this kind of call can be answered in words. */
  static boolean isFor(Api api) {
    return api != Api.EMBEDDINGS;
  }
}
