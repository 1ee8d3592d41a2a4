package io.rockpool.control.instance;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What accounts do with their instances. Each verb only writes down the wish; see the reconciler.
 */
public final class Instances {
  private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
  private static final int ID_LENGTH = 12;
  private static final int NAME_LENGTH = 80;

  /** How a wish was taken. */
  public sealed interface Taken {
    record Accepted(Instance instance) implements Taken {}

    /** There is none, or not for this actor, or it is being destroyed. */
    record Unknown() implements Taken {}

    /**
     * @param complaints at least one
     */
    record Refused(List<Complaint> complaints) implements Taken {}

    /** What is wanted is of another generation than the caller saw. */
    record Stale(long generation) implements Taken {}
  }

  private final InstanceStore store;
  private final Events events;
  private final Plans plans;
  private final Set<String> runtimes;
  private final String standardRuntime;
  private final Blueprints blueprints;
  private final Spares spares;
  private final Admission admission;
  private final Runnable changed;
  private final InstantSource clock;
  private final RandomGenerator random = new SecureRandom();

  /**
   * @param changed called after each change, so that somebody looks soon
   */
  public Instances(
      InstanceStore store,
      Events events,
      Plans plans,
      Set<String> runtimes,
      String standardRuntime,
      Blueprints blueprints,
      Spares spares,
      Admission admission,
      Runnable changed,
      InstantSource clock) {
    this.store = store;
    this.events = events;
    this.plans = plans;
    this.runtimes = Set.copyOf(runtimes);
    this.standardRuntime = standardRuntime;
    this.blueprints = blueprints;
    this.spares = spares;
    this.admission = admission;
    this.changed = changed;
    this.clock = clock;
  }

  /**
   * Makes an instance for an account, of one that waits for an owner if there is one.
   *
   * @return {@link Taken.Unknown} where there is no such account, or not for this actor
   */
  public Taken create(Actor actor, String accountId, NewInstance wish) {
    var id = newId();
    return create(
        actor,
        accountId,
        id,
        wish,
        (instance, most) ->
            spares.claim(
                instance, wish.name() == null ? null : instance.name(), wish.creationKey(), most));
  }

  /** The same, under an id that the control plane chose and that was never used. */
  public Taken create(Actor actor, String accountId, InstanceId id, NewInstance wish) {
    return create(actor, accountId, id, wish, (_, _) -> Optional.empty());
  }

  private Taken create(
      Actor actor,
      String accountId,
      InstanceId id,
      NewInstance wish,
      BiFunction<Instance, Integer, Optional<Instance>> spare) {
    if (!actor.maySee(accountId)) {
      return new Taken.Unknown();
    }
    var now = now();
    var name = wish.name() == null ? id.value() : wish.name().strip();
    var wanted =
        new Wanted(
            Goal.RUNNING,
            wish.plan() == null ? plans.standard().name() : wish.plan(),
            wish.runtime() == null ? standardRuntime : wish.runtime(),
            wish.agents(),
            wish.config(),
            1,
            1);
    var instance = Instance.fresh(id, accountId, name, wanted, now);
    var complaints = new ArrayList<>(complaints(instance));
    if (!isName(name)) {
      complaints.add(
          new Complaint(
              Complaint.Kind.INVALID_VALUE,
              "/name",
              "A name has 1 to %d characters, without control characters.".formatted(NAME_LENGTH)));
    }
    if (complaints.isEmpty() && actor instanceof Actor.User) {
      admission
          .objection(accountId, wanted.plan())
          .map(it -> new Complaint(Complaint.Kind.UNPAID, "/plan", it))
          .ifPresent(complaints::add);
    }
    if (!complaints.isEmpty()) {
      return new Taken.Refused(complaints);
    }
    int most =
        actor instanceof Actor.User ? admission.most(accountId, wanted.plan()) : Integer.MAX_VALUE;
    var claimed = spare.apply(instance, most);
    if (claimed.isPresent()) {
      changed.run();
      return new Taken.Accepted(claimed.get());
    }
    return switch (store.insert(instance, wish.creationKey(), most, it -> sayCreated(it, id))) {
      case InstanceStore.Inserted.New _ -> {
        changed.run();
        yield new Taken.Accepted(instance);
      }
      case InstanceStore.Inserted.Before(var first) -> new Taken.Accepted(first);
      case InstanceStore.Inserted.NoAccount _ -> new Taken.Unknown();
      case InstanceStore.Inserted.Full _ ->
          new Taken.Refused(List.of(full(accountId, wanted.plan(), most)));
    };
  }

  private void sayCreated(Sql transaction, InstanceId id) {
    events.append(
        transaction, id, "Created", 0, "The instance was created and waits for its start.");
  }

  private static Complaint full(String account, String plan, int most) {
    return new Complaint(
        Complaint.Kind.UNPAID,
        "/plan",
        "The account '%s' pays for %d of the plan '%s', and has as many. Destroy one, choose another plan, or end the subscription and begin one for more."
            .formatted(account, most, plan));
  }

  private static boolean isName(String text) {
    int length = text.codePointCount(0, text.length());
    return length >= 1
        && length <= NAME_LENGTH
        && text.codePoints()
            .map(Character::getType)
            .noneMatch(type -> type == Character.CONTROL || type == Character.SURROGATE);
  }

  /** As the store keeps it, so that an answer and a later read show the same time. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  public Optional<Instance> find(Actor actor, InstanceId id) {
    return store.find(actor, id);
  }

  public List<Instance> list(Actor actor, InstanceStore.@Nullable Position position, int limit) {
    return store.list(actor, position, limit);
  }

  /** Wants it to run. One that was given up is tried again, one that sleeps is woken. */
  public Taken start(Actor actor, InstanceId id) {
    return unlessHeld(
        actor,
        id,
        instance -> {
          var wanted = instance.wanted();
          if (instance.status().phase() == Phase.FAILED) {
            return awake(changed(instance, wanted.anew(), Phase.PROVISIONING));
          }
          if (wanted.goal() == Goal.RUNNING) {
            return instance.level() == Level.AWAKE ? instance : awake(instance);
          }
          return awake(changed(instance, wanted.towards(Goal.RUNNING), Phase.PROVISIONING));
        });
  }

  private Instance awake(Instance instance) {
    return instance.awake("Started", "Its owner started it.", now());
  }

  /** Wants it not to run. Its state is kept. */
  public Taken stop(Actor actor, InstanceId id) {
    return change(
        actor,
        id,
        null,
        instance -> stopped(instance.on(instance.term().held(notResuming(instance)))));
  }

  private static @Nullable Hold notResuming(Instance instance) {
    var hold = instance.term().hold();
    return hold == null ? null : hold.resuming(false);
  }

  private Instance stopped(Instance instance) {
    return instance.wanted().goal() == Goal.STOPPED
        ? instance
        : instance.wanting(
            instance.wanted().towards(Goal.STOPPED),
            instance.status(),
            now()); // as it is until it is seen to have stopped
  }

  /**
   * Changes how long it may run, or what keeps it from running. What is kept stops; once nothing
   * keeps it, it starts by itself if it ran, or its owner wanted that, before.
   */
  public Taken term(Actor actor, InstanceId id, UnaryOperator<Term> change) {
    return change(
        actor,
        id,
        null,
        instance -> {
          var before = instance.term().hold();
          var term = change.apply(instance.term());
          var hold = term.hold();
          if (hold != null) {
            var resumes =
                before == null ? instance.wanted().goal() == Goal.RUNNING : before.resumes();
            return stopped(instance.on(term.held(hold.resuming(resumes))));
          }
          var free = instance.on(term);
          return before != null && before.resumes()
              ? changed(free, free.wanted().towards(Goal.RUNNING), Phase.PROVISIONING)
                  .awake("Resumed", "Nothing keeps it from running any more.", now())
              : free;
        });
  }

  /** The same as {@link #change}, but refused where something keeps the instance from running. */
  private Taken unlessHeld(Actor actor, InstanceId id, UnaryOperator<Instance> change) {
    var held = new AtomicReference<@Nullable Hold>();
    var taken =
        change(
            actor,
            id,
            null,
            instance -> {
              held.set(instance.term().hold());
              return instance.term().hold() == null ? change.apply(instance) : instance;
            });
    var hold = held.get();
    return hold == null || taken instanceof Taken.Unknown
        ? taken
        : new Taken.Refused(List.of(new Complaint(Complaint.Kind.UNPAID, "", hold.message())));
  }

  /** Wants it to run in a new process. */
  public Taken restart(Actor actor, InstanceId id) {
    return unlessHeld(
        actor,
        id,
        instance -> awake(changed(instance, instance.wanted().anew(), Phase.PROVISIONING)));
  }

  /** Wants it gone, with all its state. There is no way back. */
  public Taken destroy(Actor actor, InstanceId id) {
    return change(actor, id, null, instance -> instance.leaving(now()));
  }

  /** How a new configuration was taken. */
  public record Configured(Taken taken, boolean requiresRestart) {}

  /**
   * Changes the account's part of the configuration.
   *
   * @param patch a merge patch (RFC 7396), a JSON object
   * @param generation the generation that the caller saw; null for any
   */
  public Configured configure(Actor actor, InstanceId id, String patch, @Nullable Long generation) {
    var restart = new AtomicBoolean();
    var complaints = new AtomicReference<List<Complaint>>(List.of());
    var taken =
        change(
            actor,
            id,
            generation,
            instance -> {
              var config = blueprints.patched(instance.wanted().config(), patch);
              restart.set(false);
              complaints.set(List.of());
              if (instance.wanted().config().equals(config)) {
                return instance;
              }
              var wrong = complaints(withConfig(instance, config, false));
              if (!wrong.isEmpty()) {
                complaints.set(wrong);
                return instance;
              }
              boolean needed =
                  blueprints.needsRestart(instance, withConfig(instance, config, false));
              restart.set(needed && instance.wanted().goal() == Goal.RUNNING);
              // Also where it is to stop: its process may still run when it is wanted again. And a
              // configuration that could not run is tried again once it is another one.
              return withConfig(
                  instance, config, needed || instance.status().phase() == Phase.FAILED);
            });
    return complaints.get().isEmpty()
        ? new Configured(taken, restart.get())
        : new Configured(new Taken.Refused(complaints.get()), false);
  }

  private Taken change(
      Actor actor, InstanceId id, @Nullable Long generation, UnaryOperator<Instance> change) {
    var stale = new long[1];
    var taken =
        store.change(
            actor,
            id,
            instance -> {
              stale[0] = 0;
              if (generation != null && generation != instance.wanted().generation()) {
                stale[0] = instance.wanted().generation();
                return instance;
              }
              return change.apply(instance);
            });
    if (taken.isEmpty()) {
      return new Taken.Unknown();
    }
    if (stale[0] != 0) {
      return new Taken.Stale(stale[0]);
    }
    changed.run();
    return new Taken.Accepted(taken.get());
  }

  private Instance changed(Instance instance, Wanted wanted, Phase phase) {
    var now = now();
    return instance.wanting(wanted, instance.status().towards(phase, now), now);
  }

  private Instance withConfig(Instance instance, String config, boolean restart) {
    var now = now();
    // One that sleeps gets its new process when it is woken.
    var goesDown =
        restart
            && instance.wanted().goal() == Goal.RUNNING
            && (instance.level() == Level.AWAKE || instance.status().phase() == Phase.FAILED);
    return instance.wanting(
        instance.wanted().configured(config, restart),
        goesDown ? instance.status().towards(Phase.PROVISIONING, now) : instance.status(),
        now);
  }

  private List<Complaint> complaints(Instance instance) {
    var wanted = instance.wanted();
    if (plans.named(wanted.plan()).isEmpty()) {
      return List.of(
          new Complaint(
              Complaint.Kind.UNKNOWN_PLAN,
              "/plan",
              "There is no plan '%s'. Choose one of %s."
                  .formatted(wanted.plan(), String.join(", ", plans.names()))));
    }
    if (!runtimes.contains(wanted.runtime())) {
      return List.of(
          new Complaint(
              Complaint.Kind.UNKNOWN_RUNTIME,
              "/runtime",
              "There is no runtime '%s' here. Choose one of %s."
                  .formatted(
                      wanted.runtime(), String.join(", ", runtimes.stream().sorted().toList()))));
    }
    return switch (blueprints.of(instance)) {
      case Blueprints.Blueprint.Ready _ -> List.of();
      case Blueprints.Blueprint.Refused(var complaints) -> complaints;
    };
  }

  private InstanceId newId() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    return new InstanceId(id.toString());
  }
}
