package io.rockpool.control.webhook;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What events of instances are called outside. Names are dotted, and never change once released.
 */
public final class EventTypes {
  /** What a try is called. Nobody asks for it: it is sent when an operator says so. */
  public static final String TEST = "rockpool.test";

  private static final String GROUP = ".*";

  private static final Map<String, String> BY_KIND = new LinkedHashMap<>();

  static {
    typed("Created", "instance.created");
    typed("Running", "instance.ready");
    typed("Failed", "instance.failed");
    typed("Dozing", "instance.asleep");
    typed("Waking", "instance.waking");
    typed("Stopped", "instance.stopped");
    typed("Destroyed", "instance.destroyed");
    typed("Silent", "instance.silent");
    typed("Restarting", "instance.restarting");
    typed("StartFailed", "instance.start_failed");
    typed("RuntimeFailed", "instance.runtime_failed");
    typed("NoRuntime", "instance.no_runtime");
    typed("WaitingForMemory", "instance.waiting_for_memory");
    typed("ConfigApplied", "instance.config_applied");
    typed("ConfigNotApplied", "instance.config_not_applied");
    typed("ExpiresSoon", "instance.expires_soon");
    typed("Expired", "instance.expired");
    typed("Renewed", "instance.renewed");
    typed("BudgetWarning", "budget.warning");
    typed("BudgetSpent", "budget.exceeded");
    typed("TokensUsedUp", "quota.exceeded");
    typed("PaymentFailed", "payment.failed");
    typed("PaymentStopped", "payment.stopped");
    typed("Paid", "payment.paid");
    typed("DataKeptUntil", "payment.data_kept_until");
    typed("DataNoLongerKept", "payment.data_no_longer_kept");
    typed("ChannelConnected", "channel.connected");
    typed("ChannelFailing", "channel.failing");
    typed("ChannelWebhookRestored", "channel.webhook_restored");
    typed("ChannelLoggedOut", "channel.logged_out");
    typed("ChannelSendersChanged", "channel.senders_changed");
    typed("ChannelDisconnected", "channel.disconnected");
    typed("DeliveryDead", "delivery.dead");
  }

  /** Steps on the way to one of the others: for whoever watches an instance. */
  private static final Set<String> INTERNAL =
      Set.of(
          "Preparing",
          "Starting",
          "Placed",
          "BackingOff",
          "Applying",
          "Stopping",
          "ServerStopped",
          "Destroying");

  private static void typed(String kind, String type) {
    BY_KIND.put(kind, type);
  }

  /** All there are, those of a group together. */
  public static List<String> all() {
    return List.copyOf(BY_KIND.values());
  }

  /** Whether somebody has decided what an event's kind is called outside, if anything. */
  public static boolean isKnown(String kind) {
    return BY_KIND.containsKey(kind) || INTERNAL.contains(kind);
  }

  /** What an event's kind is called outside; empty where nobody outside is told. */
  static Optional<String> of(String kind) {
    return Optional.ofNullable(BY_KIND.get(kind));
  }

  /**
   * Types that somebody wants to hear of: names, or groups such as {@code budget.*}. Those of a
   * group that are new in a later version are meant, too.
   *
   * @throws IllegalArgumentException when there is no such one
   */
  public static List<String> checked(List<String> wanted) {
    for (var name : wanted) {
      if (BY_KIND.values().stream().noneMatch(type -> matches(name, type))) {
        throw new IllegalArgumentException(
            "there is no type '%s': choose of %s, or a group such as budget.*"
                .formatted(name.length() > 60 ? "…" : name, String.join(", ", BY_KIND.values())));
      }
    }
    return wanted.stream().distinct().toList();
  }

  /**
   * @param wanted empty for all
   */
  static boolean isWanted(List<String> wanted, String type) {
    return wanted.isEmpty() || wanted.stream().anyMatch(it -> matches(it, type));
  }

  private static boolean matches(String wanted, String type) {
    return wanted.endsWith(GROUP)
        ? type.startsWith(wanted.substring(0, wanted.length() - 1)) && wanted.length() > 2
        : wanted.equals(type);
  }

  private EventTypes() {}
}
