package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Usage;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** {@code GET /api/v1/top}: what instances use of their hosts now. */
public final class TopRoutes {
  public record Top(Optional<Limit> limit, Optional<Cursor> cursor) {}

  /**
   * What one instance uses.
   *
   * @param status where it is
   * @param residentBytes of RAM, swap cache included; absent where nothing runs or nobody can tell
   * @param swappedBytes of its memory that are in swap
   * @param cpuSeconds of all its processes since they were started
   * @param lastActivity when somebody last needed it
   * @param idleSeconds since then, by the server's clock
   * @param wakes how often it was woken so far
   */
  public record Row(
      String id,
      String name,
      Phase status,
      Optional<Long> residentBytes,
      Optional<Long> swappedBytes,
      Optional<Double> cpuSeconds,
      Instant lastActivity,
      long idleSeconds,
      long wakes) {}

  /** A host's memory, in bytes. */
  public record Host(
      String runtime, long totalBytes, long availableBytes, long swapBytes, long freeSwapBytes) {}

  /**
   * @param hosts for operators only: whose memory instances share
   * @param next the cursor of the next page; absent on the last one
   */
  public record Page(List<Row> items, List<Host> hosts, Optional<String> next) {}

  private final Instances instances;
  private final Map<String, RuntimeDriver> drivers;
  private final InstantSource clock;

  /**
   * @param drivers by the name of the runtime
   */
  public TopRoutes(Instances instances, Map<String, RuntimeDriver> drivers, InstantSource clock) {
    this.instances = instances;
    this.drivers = new TreeMap<>(drivers);
    this.clock = clock;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/top",
            "Show what your instances use of their hosts now, oldest instance first.",
            Top.class,
            Page.class,
            Set.of(),
            READ,
            this::top));
  }

  private Reply<Page> top(Actor actor, Top top) {
    var page = InstancePage.of(instances, actor, top.limit(), top.cursor());
    return new Reply.Ok<>(
        new Page(
            page.instances().stream().map(this::row).toList(),
            actor instanceof Actor.Operator ? hosts() : List.of(),
            page.next()));
  }

  private Row row(Instance instance) {
    var usage =
        drivers.get(instance.wanted().runtime()) instanceof Metering metering
            ? metering.usage(instance.id())
            : Optional.<Usage>empty();
    return new Row(
        instance.id().value(),
        instance.name(),
        instance.status().phase(),
        usage.map(Usage::memoryBytes),
        usage.map(Usage::swapBytes),
        usage.map(it -> it.cpu().toMillis() / 1_000.0),
        instance.rest().activeAt(),
        Math.max(0, Duration.between(instance.rest().activeAt(), clock.instant()).toSeconds()),
        instance.rest().wakes());
  }

  private List<Host> hosts() {
    return drivers.entrySet().stream()
        .filter(it -> it.getValue() instanceof Metering)
        .map(it -> host(it.getKey(), ((Metering) it.getValue()).memory()))
        .toList();
  }

  private static Host host(String runtime, HostMemory memory) {
    return new Host(runtime, memory.total(), memory.available(), memory.swap(), memory.freeSwap());
  }
}
