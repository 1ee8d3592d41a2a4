package io.rockpool.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.rockpool.control.usage.Settlement;
import io.rockpool.edge.model.CallWatch;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls of models. Names of models come from clients and accounts are many, so only the
 * first of each have labels of their own; the rest are called other.
 */
final class ModelMeters implements CallWatch {
  private static final int MOST = 200;
  private static final String OTHER = "other";

  private final MeterRegistry registry;
  private final Set<String> models = ConcurrentHashMap.newKeySet();
  private final Set<String> accounts = ConcurrentHashMap.newKeySet();

  ModelMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void ended(String model, String account, Settlement settlement, Duration took) {
    var provider = bounded(settlement.provider());
    var user = bounded(accounts, account);
    count(provider, model, user, status(settlement.outcome()), settlement.outcome());
    tokens("input", user, settlement.tokens().read());
    tokens("output", user, settlement.tokens().output());
    Timer.builder("rockpool.llm.api.latency")
        .description("From a call's beginning to the end of its answer.")
        .tags("provider", provider)
        .serviceLevelObjectives(
            Duration.ofMillis(250),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2))
        .register(registry)
        .record(took);
  }

  @Override
  public void refused(String model, String account, Limit limit) {
    count("none", model, bounded(accounts, account), status(limit), limit);
  }

  /** An account's own, {@code ACCOUNT/NAME}, are as many as users like. */
  private static String bounded(@Nullable String provider) {
    return provider == null ? "none" : provider.contains("/") ? "own" : provider;
  }

  /** As HTTP has it, so that all but 200 is trouble; 499 is nginx's, for clients that left. */
  private static String status(Settlement.Outcome outcome) {
    return switch (outcome) {
      case ANSWERED -> "200";
      case ABORTED -> "499";
      case BROKEN -> "502";
      case REFUSED -> "503";
      case LOST -> "500";
    };
  }

  /** As clients of other programs are told; an instance is told in words. */
  private static String status(Limit limit) {
    return switch (limit) {
      case BUDGET, HOLD, PRICE -> "402";
      case QUOTA -> "429";
    };
  }

  private void count(String provider, String model, String user, String status, Enum<?> outcome) {
    Counter.builder("rockpool.llm.api.calls")
        .description("Calls of models that have ended.")
        .tags(
            "provider",
            provider,
            "model",
            provider.equals("own") ? OTHER : bounded(models, model),
            "user_id",
            user,
            "status",
            status,
            "outcome",
            outcome.name().toLowerCase(Locale.ROOT))
        .register(registry)
        .increment();
  }

  private void tokens(String type, String user, long count) {
    Counter.builder("rockpool.llm.tokens")
        .description("Tokens that were read and written.")
        .tags("type", type, "user_id", user)
        .register(registry)
        .increment((double) count);
  }

  private static String bounded(Set<String> known, String name) {
    if (known.contains(name) || known.size() < MOST) {
      known.add(name);
      return name;
    }
    return OTHER;
  }
}
