package io.rockpool.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.rockpool.control.channel.DeliveryWatch;
import io.rockpool.control.channel.Intake;
import io.rockpool.control.inbox.Counts;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.edge.webhook.WebhookWatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Counts messages on their way in. Labels come from closed sets. */
final class InboxMeters implements WebhookWatch, DeliveryWatch {
  private static final String OTHER = "other";
  private static final Counts NOTHING = new Counts(0, 0, 0, Duration.ZERO);

  /** Around what is promised: 20 ms; and what platforms wait for: 3 s. */
  private static final Duration[] ACKNOWLEDGED = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(200),
    Duration.ofSeconds(1),
    Duration.ofSeconds(3)
  };

  private static final Duration[] DELIVERED = {
    Duration.ofMillis(20),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(3),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(2)
  };

  private final MeterRegistry registry;
  private final Set<String> platforms;
  private final InstantSource clock;
  private final MeterProvider<Counter> requests;
  private final MeterProvider<Timer> acknowledgement;
  private final MeterProvider<Counter> attempts;
  private final MeterProvider<Timer> wake;
  private final MeterProvider<Timer> delivery;
  private volatile @Nullable Supplier<Counts> looks;
  private volatile Counts counts = NOTHING;
  private volatile @Nullable Supplier<Outbox.Counts> saying;
  private volatile Outbox.Counts said = new Outbox.Counts(0, 0, Duration.ZERO);

  /**
   * @param platforms those of this build
   */
  InboxMeters(MeterRegistry registry, Set<String> platforms, InstantSource clock) {
    this.registry = registry;
    this.platforms = Set.copyOf(platforms);
    this.clock = clock;
    this.requests =
        Counter.builder("rockpool.inbox.requests")
            .description("Requests to webhooks, by what became of them.")
            .withRegistry(registry);
    this.acknowledgement =
        Timer.builder("rockpool.inbox.acknowledgement")
            .description("From the end of a request's headers to its acknowledgement.")
            .serviceLevelObjectives(ACKNOWLEDGED)
            .withRegistry(registry);
    this.attempts =
        Counter.builder("rockpool.inbox.attempts")
            .description("Attempts to deliver a message, by how they ended.")
            .withRegistry(registry);
    this.wake =
        Timer.builder("rockpool.inbox.wake")
            .description("How long attempts waited for their instance to be awake.")
            .serviceLevelObjectives(DELIVERED)
            .withRegistry(registry);
    this.delivery =
        Timer.builder("rockpool.inbox.delivery")
            .description("From a message's acceptance to its delivery.")
            .serviceLevelObjectives(DELIVERED)
            .withRegistry(registry);
    gauge("received", Counts::received);
    gauge("delivering", Counts::delivering);
    gauge("dead", Counts::dead);
    Gauge.builder("rockpool.inbox.oldest.seconds", () -> counts.oldest().toMillis() / 1_000.0)
        .description("How long the oldest message is there that is not settled.")
        .register(registry);
    outboxGauge("pending", Outbox.Counts::pending);
    outboxGauge("sending", Outbox.Counts::sending);
    Gauge.builder("rockpool.outbox.oldest.seconds", () -> said.oldest().toMillis() / 1_000.0)
        .description("How long the oldest message is there that is still to be said.")
        .register(registry);
  }

  private void outboxGauge(String state, ToLongFunction<Outbox.Counts> number) {
    Gauge.builder("rockpool.outbox.messages", () -> number.applyAsLong(said))
        .description("Messages to chat platforms that are still to be said, by their state.")
        .tags("state", state)
        .register(registry);
  }

  private void gauge(String state, ToLongFunction<Counts> number) {
    Gauge.builder("rockpool.inbox.messages", () -> number.applyAsLong(counts))
        .description("Messages of chat apps, by their state.")
        .tags("state", state)
        .register(registry);
  }

  /** From now on somebody knows. */
  void counting(Supplier<Counts> counted) {
    looks = counted;
  }

  /** The same for what is to be said at platforms. */
  void saying(Supplier<Outbox.Counts> counted) {
    saying = counted;
  }

  /** Looks at how much there is, before the gauges are read. */
  void refresh() {
    var looking = looks;
    if (looking != null) {
      counts = looking.get();
    }
    var listening = saying;
    if (listening != null) {
      said = listening.get();
    }
  }

  @Override
  public void answered(String platform, Intake.Outcome outcome, Duration took) {
    var channel = platforms.contains(platform) ? platform : OTHER;
    requests.withTags("channel", channel, "outcome", word(outcome.name())).increment();
    if (outcome == Intake.Outcome.ACCEPTED || outcome == Intake.Outcome.DUPLICATE) {
      acknowledgement.withTag("channel", channel).record(took);
    }
  }

  @Override
  public void tried(InboxMessage message, Outcome outcome, Duration waited) {
    var channel = platforms.contains(message.platform()) ? message.platform() : OTHER;
    attempts
        .withTags("channel", channel, "outcome", word(outcome.getClass().getSimpleName()))
        .increment();
    wake.withTag("channel", channel).record(waited);
    if (outcome instanceof Outcome.Delivered) {
      delivery
          .withTag("channel", channel)
          .record(Duration.between(message.receivedAt(), clock.instant()));
    }
  }

  private static String word(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
