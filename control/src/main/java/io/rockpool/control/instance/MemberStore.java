package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The instances that nobody owns yet: members of the pool. */
public interface MemberStore {
  /**
   * One of them.
   *
   * @param warmedAt when it was warmed last; null for never
   */
  record Member(Instance instance, @Nullable Instant warmedAt) {
    /** Whether the process that runs was warmed. */
    public boolean isWarm() {
      var trial = instance.status().trial();
      var startedAt = trial.startedAt();
      return warmedAt != null
          && startedAt != null
          && trial.generation() == instance.wanted().processGeneration()
          && !warmedAt.isBefore(startedAt)
          && switch (instance.status().phase()) {
            case RUNNING, DOZING -> instance.level() != Level.STOPPED;
            case PROVISIONING, STOPPED, ARCHIVED, FAILED, DELETING -> false;
          };
    }
  }

  /** How a claim ended. */
  sealed interface Claimed {
    /**
     * @param instance as it is now
     */
    record Won(Instance instance) implements Claimed {}

    /** The same account used the same creation key before. */
    record Before(Instance instance) implements Claimed {}

    /** It is not as it was seen: somebody else was faster, or it has changed. */
    record Lost() implements Claimed {}

    /** There is no such account, or it was deleted. */
    record NoAccount() implements Claimed {}

    /** The account has as many of this plan as it may. */
    record Full() implements Claimed {}
  }

  /**
   * What owners asked for lately.
   *
   * @param created instances that were made for owners since a time, and are still there
   * @param newest when the newest of all was made; {@link Instant#EPOCH} if there is none
   * @param agents its agent team; empty if there is none
   * @param starting instances of owners that are on their way to running
   */
  record Demand(int created, Instant newest, List<String> agents, int starting) {
    public Demand {
      agents = List.copyOf(agents);
    }
  }

  /** All that are not to be gone, oldest first. */
  List<Member> members();

  /**
   * Gives a member to an account, if it is still as it was seen, and makes it due at once. What is
   * known of its time before is forgotten.
   *
   * @param owned the same instance as its owner has it
   * @param creationKey one instance per account and key within a day; null for none
   * @param most how many of this plan the account may have with it
   */
  Claimed claim(Member member, Instance owned, @Nullable String creationKey, int most);

  /** The same, to any number. */
  default Claimed claim(Member member, Instance owned, @Nullable String creationKey) {
    return claim(member, owned, creationKey, Integer.MAX_VALUE);
  }

  /** Whether the caller, and nobody else until {@code until}, may warm this member. */
  boolean beginWarming(InstanceId id, Instant now, Instant until);

  /** Notes that a member was warmed. */
  void warmed(InstanceId id, Instant now);

  /**
   * What owners asked for.
   *
   * @param since counts what was made after that
   */
  Demand demand(String plan, String runtime, Instant since);
}
