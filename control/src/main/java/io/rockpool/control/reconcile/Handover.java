package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Status;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Hands running gateways their files. */
final class Handover {
  private static final int HANDED_TIMES = 3;

  private final Holder holder;
  private final Journal journal;
  private final Blueprints blueprints;

  /** How often a gateway was given the files of this server since they last changed. */
  private final Map<InstanceId, Integer> handed = new ConcurrentHashMap<>();

  Handover(Holder holder, Journal journal, Blueprints blueprints) {
    this.holder = holder;
    this.journal = journal;
    this.blueprints = blueprints;
  }

  /** It reads its files when it starts. */
  void started(InstanceId id) {
    handed.put(id, HANDED_TIMES);
  }

  void forget(InstanceId id) {
    handed.remove(id);
  }

  /** Whether the gateway has its files. */
  boolean apply(Instance instance, RuntimeDriver driver) {
    var applied = instance.wanted().generation();
    if (driver instanceof LiveFiles live
        && blueprints.of(instance) instanceof Blueprints.Blueprint.Ready(var spec)) {
      if (live.replaceFiles(instance.id(), spec.files()) instanceof Outcome.Failed(var error)) {
        Journal.warn(instance, error);
        journal.say(instance.id(), "ConfigNotApplied", null, error.advice());
        return false;
      }
      handed.remove(instance.id());
      journal.say(
          instance.id(), "ConfigApplied", null, "The gateway was handed its new configuration.");
    }
    var status = instance.status();
    holder.save(
        instance,
        new Status(
            status.phase(),
            status.since(),
            status.progress(),
            applied,
            status.conditions(),
            status.placement(),
            status.gateway(),
            status.trial()));
    return true;
  }

  /**
   * Gives an adopted instance the files as this server renders them: the server's own address, or
   * its model, may be another one than when the instance was started. And gives a gateway whose
   * files changed the same ones again: it watches them, and missed a change once (seen in a test).
   */
  void handOver(Instance instance, RuntimeDriver driver) {
    var id = instance.id();
    int times = handed.getOrDefault(id, 0);
    if (times < HANDED_TIMES
        && driver instanceof LiveFiles live
        && blueprints.of(instance) instanceof Blueprints.Blueprint.Ready(var spec)) {
      switch (live.replaceFiles(id, spec.files())) {
        case Outcome.Done _ -> handed.put(id, times + 1);
        case Outcome.Failed(var error) -> Journal.warn(instance, error);
      }
    }
  }
}
