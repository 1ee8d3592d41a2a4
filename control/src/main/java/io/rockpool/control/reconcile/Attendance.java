package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.plan.SocketPolicy.Awake;
import io.rockpool.control.plan.SocketPolicy.Looks;
import java.time.temporal.ChronoUnit;

/** What an instance does about a live connection to a chat platform that it has. Pure. */
public final class Attendance {
  /** In words for people, without a capital and a full stop. */
  public static String of(Instance instance, SleepPolicy policy) {
    if (instance.wanted().goal() != Goal.RUNNING) {
      return "off: its instance is stopped";
    }
    if (instance.level() == Level.AWAKE) {
      return policy.never()
          ? "its instance never sleeps"
          : switch (policy.sockets()) {
            case Awake _ -> "keeps the instance awake";
            case Looks(var every, var length) ->
                "awake; once idle, it looks every %d minutes for %d seconds"
                    .formatted(every.toMinutes(), length.toSeconds());
          };
    }
    if (instance.rest().reason().equals(Rest.ASKED)) {
      return "asleep, as its owner asked, until somebody needs the instance";
    }
    return policy.sockets() instanceof Looks looks && !policy.never()
        ? "asleep; next look at %s"
            .formatted(Ladder.lookAt(instance.rest(), looks).truncatedTo(ChronoUnit.SECONDS))
        : "asleep; its instance is being woken";
  }

  private Attendance() {}
}
