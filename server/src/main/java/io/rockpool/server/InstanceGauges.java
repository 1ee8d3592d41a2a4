package io.rockpool.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What each instance and each host uses, as gauges. A label is the id: the oldest thousand
 * instances are shown, so that the page stays bounded.
 */
final class InstanceGauges {
  private static final int MOST = 1_000;
  private static final Actor METRICS = new Actor.Operator(Accounts.ADMIN);

  private final InstanceStore store;
  private final Map<String, RuntimeDriver> drivers;
  private final MultiGauge phase;
  private final MultiGauge resident;
  private final MultiGauge swapped;
  private final MultiGauge cpu;
  private final MultiGauge active;
  private final MultiGauge wakes;
  private final MultiGauge host;

  InstanceGauges(MeterRegistry registry, InstanceStore store, Map<String, RuntimeDriver> drivers) {
    this.store = store;
    this.drivers = drivers;
    phase = gauge(registry, "instance.phase", "1 for the phase that an instance is in.");
    resident =
        gauge(registry, "instance.resident.bytes", "RAM of an instance, swap cache included.");
    swapped = gauge(registry, "instance.swapped.bytes", "Memory of an instance that is in swap.");
    cpu = gauge(registry, "instance.cpu.seconds", "Processor time of an instance's processes.");
    active =
        gauge(
            registry,
            "instance.last.activity.seconds",
            "When somebody last needed it, in seconds since 1970.");
    wakes = gauge(registry, "instance.wakes", "How often it was woken so far.");
    host = gauge(registry, "host.memory.bytes", "Memory that instances of a runtime share.");
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder("rockpool." + name).description(description).register(registry);
  }

  /** Looks at all of them. */
  void refresh() {
    var instances = store.list(METRICS, null, MOST);
    var usages = new ArrayList<Seen>();
    for (var instance : instances) {
      if (drivers.get(instance.wanted().runtime()) instanceof Metering metering) {
        metering.usage(instance.id()).ifPresent(it -> usages.add(new Seen(tags(instance), it)));
      }
    }
    phase.register(
        instances.stream()
            .<Row<?>>map(it ->
                Row.of(
                    tags(it).and("phase", it.status().phase().name().toLowerCase(Locale.ROOT)), 1))
            .toList(),
        true);
    active.register(
        instances.stream()
            .<Row<?>>map(it -> Row.of(tags(it), it.rest().activeAt().toEpochMilli() / 1_000.0))
            .toList(),
        true);
    wakes.register(
        instances.stream().<Row<?>>map(it -> Row.of(tags(it), it.rest().wakes())).toList(), true);
    resident.register(
        usages.stream().<Row<?>>map(it -> Row.of(it.tags, it.usage.memoryBytes())).toList(), true);
    swapped.register(
        usages.stream().<Row<?>>map(it -> Row.of(it.tags, it.usage.swapBytes())).toList(), true);
    cpu.register(
        usages.stream()
            .<Row<?>>map(it -> Row.of(it.tags, it.usage.cpu().toMillis() / 1_000.0))
            .toList(),
        true);
    host.register(
        drivers.entrySet().stream()
            .filter(it -> it.getValue() instanceof Metering)
            .flatMap(it -> rows(it.getKey(), ((Metering) it.getValue()).memory()).stream())
            .toList(),
        true);
  }

  private record Seen(Tags tags, Usage usage) {}

  private static Tags tags(Instance instance) {
    return Tags.of("instance", instance.id().value());
  }

  private static List<Row<?>> rows(String runtime, HostMemory memory) {
    return List.of(
        Row.of(Tags.of("runtime", runtime, "kind", "total"), memory.total()),
        Row.of(Tags.of("runtime", runtime, "kind", "available"), memory.available()),
        Row.of(Tags.of("runtime", runtime, "kind", "swap"), memory.swap()),
        Row.of(Tags.of("runtime", runtime, "kind", "swap-free"), memory.freeSwap()));
  }
}
