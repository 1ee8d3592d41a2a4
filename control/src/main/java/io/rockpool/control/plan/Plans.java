package io.rockpool.control.plan;

import io.rockpool.control.usage.Allowance;
import io.rockpool.runtime.Limits;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The plans an operator offers, in their order. */
public final class Plans {
  private static final long GIB = 1L << 30;

  /**
   * Free, pro and enterprise. A serving gateway needs about a gigabyte, and its start two cores for
   * some seconds: less would make every start slow without saving anything.
   */
  public static final Plans DEFAULT =
      new Plans(
          List.of(
              new Plan("free", new Limits(GIB * 3 / 2, 2_000, 256), SleepPolicy.DEFAULT),
              new Plan("pro", new Limits(4 * GIB, 2_000, 512), SleepPolicy.DEFAULT),
              new Plan("enterprise", new Limits(8 * GIB, 4_000, 1_024), SleepPolicy.DEFAULT)));

  private final Map<String, Plan> byName = new LinkedHashMap<>();

  public Plans(List<Plan> plans) {
    plans.forEach(plan -> byName.put(plan.name(), plan));
    if (byName.isEmpty()) {
      throw new IllegalArgumentException("plans is empty: offer at least one");
    }
  }

  public Optional<Plan> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * What binds an instance of a plan; where it is offered no more, what binds one of the standard
   * plan.
   */
  public Allowance allowance(String name) {
    return named(name).orElseGet(this::standard).allowance();
  }

  /** The plan of an instance whose account named none: the first. */
  public Plan standard() {
    return byName.values().iterator().next();
  }

  public Collection<String> names() {
    return byName.keySet();
  }
}
