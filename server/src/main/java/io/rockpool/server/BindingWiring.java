package io.rockpool.server;

import io.rockpool.control.binding.Answers;
import io.rockpool.control.binding.Bindings;
import io.rockpool.control.binding.Places;
import io.rockpool.control.binding.SharedBots;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.channel.SharedMessages;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.outbox.Bots;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.outbox.OutboxRules;
import io.rockpool.control.outbox.Sender;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.edge.Turns;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.binding.BindingRoutes;
import io.rockpool.server.http.Route;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;

/** Bots that many users share: who is bound, how they are answered, and what is said to them. */
final class BindingWiring implements AutoCloseable {
  /** A call to a platform ends within that time. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Foundation foundation;
  private final Bots bots;
  private final Outbox outbox;
  private final Bindings bindings;
  private final SharedBots shared;
  private final Answers answers;

  /**
   * @param bots our ends at platforms
   */
  BindingWiring(
      Foundation foundation,
      Inbox inbox,
      Directory directory,
      Bots bots,
      OpenClawWiring openclaw,
      Waking waking) {
    this.foundation = foundation;
    this.bots = bots;
    var clock = foundation.clock();
    var random = new SecureRandom();
    outbox = new Outbox(foundation.sql(), foundation.vault(), OutboxRules.DEFAULT, clock);
    bindings = new Bindings(foundation.sql(), foundation.store(), clock, random);
    shared = new SharedBots(bindings, foundation.store(), inbox, outbox, clock, random);
    answers =
        new Answers(
            directory,
            bots,
            outbox,
            bindings,
            new Answers.Ground(
                waking.waker(),
                waking.activity(),
                places(waking.turns()),
                openclaw.gateway(),
                openclaw::password),
            Answers.Patience.DEFAULT,
            clock);
  }

  /** What instances are woken by, and how much they are given to do. */
  record Waking(Waker waker, Activity activity, Turns turns) {}

  private static Places places(Turns turns) {
    return new Places() {
      @Override
      public boolean enter(InstanceId id) throws InterruptedException {
        return turns.enter(id);
      }

      @Override
      public void leave(InstanceId id) {
        turns.leave(id);
      }
    };
  }

  /** Who takes what people write to shared bots. */
  SharedMessages messages() {
    return shared;
  }

  /** Where the inbox brings it. */
  Destination destination() {
    return answers;
  }

  Outbox outbox() {
    return outbox;
  }

  List<Route<?, ?>> routes(Instances instances) {
    return new BindingRoutes(instances, bindings, outbox).routes();
  }

  /** Begins to say what there is to say, until what it returns is closed. */
  AutoCloseable start() {
    return new Sender(outbox, bots, foundation.isAlone(), GRACE, new SecureRandom());
  }

  @Override
  public void close() {
    outbox.close();
  }
}
