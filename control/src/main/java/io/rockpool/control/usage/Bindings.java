package io.rockpool.control.usage;

import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.BudgetOwner.Kind;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What binds an instance's calls: its own budget and quota, or else its plan's, and its account's.
 * Every call asks, so the answer is remembered for a second; most are bound by nothing, and that
 * costs them no more than this.
 */
public final class Bindings {
  /** Another server's change is seen after this. */
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  private static final int MOST_REMEMBERED = 10_000;

  /**
   * @param hard whether a hard budget does
   * @param ofPlan the budget that does unless the instance has one of its own
   * @param quotas that do
   */
  record Bound(boolean hard, Optional<Budget> ofPlan, List<Quotas.Owned> quotas) {
    /** Whether a call has to be decided on before it begins. */
    boolean binds() {
      return hard || !quotas.isEmpty();
    }

    Optional<Quotas.Owned> quotaOf(BudgetOwner owner) {
      return quotas.stream().filter(it -> it.owner().equals(owner)).findFirst();
    }
  }

  private record Who(String account, InstanceId instance) {}

  private record Known(Instant until, Bound bound) {}

  private final Sql sql;
  private final Function<String, Allowance> plans;
  private final InstantSource clock;
  private final Map<Who, Known> known = new ConcurrentHashMap<>();

  /**
   * @param plans what the plan of a name grants
   */
  public Bindings(Sql sql, Function<String, Allowance> plans, InstantSource clock) {
    this.sql = sql;
    this.plans = plans;
    this.clock = clock;
  }

  /** What binds an instance of an account; by what was true a second ago. */
  Bound of(String account, InstanceId instance) {
    var who = new Who(account, instance);
    var before = known.get(who);
    var now = clock.instant();
    if (before != null && now.isBefore(before.until())) {
      return before.bound();
    }
    if (known.size() >= MOST_REMEMBERED) {
      known.clear();
    }
    // One asks the database; whoever comes meanwhile waits for its answer.
    return known
        .compute(
            who,
            (_, latest) ->
                latest != null && now.isBefore(latest.until())
                    ? latest
                    : new Known(now.plus(REMEMBERED), read(who)))
        .bound();
  }

  /** Instances whose plan has none of these names, by its name. */
  public Map<String, List<InstanceId>> ofOtherPlans(Collection<String> names) {
    return sql
        .query(
            "SELECT plan, id FROM instance WHERE plan NOT IN (%s) ORDER BY plan, id"
                .formatted(String.join(", ", Collections.nCopies(names.size(), "?"))),
            row -> Map.entry(row.getString(1), new InstanceId(row.getString(2))),
            names.toArray())
        .stream()
        .collect(
            Collectors.groupingBy(
                Map.Entry::getKey,
                TreeMap::new,
                Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
  }

  /** What is remembered may have changed. */
  void forget() {
    known.clear();
  }

  private Bound read(Who who) {
    var instance = BudgetOwner.of(who.instance());
    var account = BudgetOwner.account(who.account());
    var plan =
        sql
            .query(
                "SELECT plan FROM instance WHERE id = ? AND account_id = ?",
                row -> plans.apply(row.getString(1)),
                instance.id(),
                account.id())
            .stream()
            .findFirst()
            .orElse(Allowance.UNBOUND);
    var budgets =
        sql.query(
            "SELECT * FROM budget WHERE owner IN (?, ?)",
            Budgets::read,
            account.key(),
            instance.key());
    var quotas =
        new ArrayList<>(
            sql.query(
                "SELECT * FROM quota WHERE owner IN (?, ?) ORDER BY owner",
                Quotas::read,
                account.key(),
                instance.key()));
    if (quotas.stream().noneMatch(it -> it.owner().kind() == Kind.INSTANCE)) {
      quotas.add(new Quotas.Owned(instance, plan.quota(), true));
    }
    var ofPlan =
        budgets.stream().anyMatch(it -> it.owner().kind() == Kind.INSTANCE)
            ? Optional.<Budget>empty()
            : plan.budget();
    return new Bound(
        Stream.concat(budgets.stream().map(Budgets.Owned::budget), ofPlan.stream())
            .anyMatch(Budget::hard),
        plan.budget(),
        quotas.stream().filter(it -> !it.quota().isNone()).toList());
  }
}
