package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Blueprints.Blueprint;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.reconcile.Decision.Files;
import io.rockpool.control.reconcile.FilesProbe.Answer;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands running gateways their files, and asks whether they took them. An adopted instance is
 * handed the files as this server renders them, too: the server's own address, or its model, may be
 * another one than when the instance was started.
 */
final class Handover {
  /**
   * A gateway that cannot tell is handed the same files so often: it watches them, and missed a
   * change once (seen in a test).
   */
  private static final int BLIND_TIMES = 3;

  private final String owner;
  private final Journal journal;
  private final Blueprints blueprints;
  private final FilesProbe probe;
  private final Timing timing;
  private final Map<InstanceId, Note> notes = new ConcurrentHashMap<>();

  /**
   * @param owner this server, as the status names it
   */
  Handover(String owner, Journal journal, Blueprints blueprints, FilesProbe probe, Timing timing) {
    this.owner = owner;
    this.journal = journal;
    this.blueprints = blueprints;
    this.probe = probe;
    this.timing = timing;
  }

  /**
   * What this server knows about the files of a gateway.
   *
   * @param generation whose files they are
   * @param since when they were handed over first
   * @param last when they were handed over last
   * @param answer the gateway's, if it was asked
   */
  private record Note(
      long generation, Instant since, Instant last, int times, @Nullable Answer answer) {
    Note answered(@Nullable Answer other) {
      return new Note(generation, since, last, times, other);
    }

    Note again(Instant now) {
      return new Note(generation, since, now, times + 1, null);
    }

    Files files(Instant now, Timing timing) {
      boolean repeat = !now.isBefore(last.plus(timing.lookEvery()));
      return switch (answer) {
        case TAKEN -> new Files.Taken();
        case UNKNOWN -> repeat && times < BLIND_TIMES ? new Files.Due() : new Files.Taken();
        case NOT_YET -> repeat ? new Files.Due() : new Files.Handed(since, true);
        case null -> new Files.Handed(since, false);
      };
    }
  }

  /** Some time has passed: an answer that was no is too old. */
  void look(InstanceId id) {
    notes.computeIfPresent(
        id, (_, note) -> note.answer() == Answer.NOT_YET ? note.answered(null) : note);
  }

  Files of(Instance instance, RuntimeDriver driver, Instant now) {
    if (!(driver instanceof LiveFiles)) {
      return new Files.Fixed();
    }
    var generation = instance.wanted().generation();
    var status = instance.status();
    var note = notes.get(instance.id());
    if ((note == null || note.generation() < generation)
        && status.appliedGeneration() == generation
        && owner.equals(status.appliedBy())) {
      return new Files.Taken(); // it slept since, or was claimed with the files that it had
    }
    return note == null || note.generation() != generation
        ? new Files.Due()
        : note.files(now, timing);
  }

  /** It reads its files when it starts. */
  void started(Instance instance, Instant now) {
    taken(instance, now);
  }

  void forget(InstanceId id) {
    notes.remove(id);
  }

  /** Hands the files over; whether that worked. */
  boolean hand(Instance instance, RuntimeDriver driver, Instant now) {
    var id = instance.id();
    if (driver instanceof LiveFiles live
        && blueprints.of(instance) instanceof Blueprint.Ready(var spec)) {
      if (live.replaceFiles(id, spec.files()) instanceof Outcome.Failed(var error)) {
        Journal.warn(instance, error);
        journal.say(id, "ConfigNotApplied", null, error.advice());
        return false;
      }
      long generation = instance.wanted().generation();
      notes.compute(
          id,
          (_, note) ->
              note == null || note.generation() != generation
                  ? new Note(generation, now, now, 1, null)
                  : note.again(now));
    } else {
      taken(instance, now); // nobody can render others than it has
    }
    return true;
  }

  /** Asks whether the files were taken. */
  void ask(Instance instance, Running running) {
    var answer =
        switch (blueprints.of(instance)) {
          case Blueprint.Ready(var spec) -> probe.ask(running.gateway(), spec);
          case Blueprint.Refused _ -> Answer.UNKNOWN;
        };
    notes.computeIfPresent(instance.id(), (_, note) -> note.answered(answer));
  }

  private void taken(Instance instance, Instant now) {
    notes.put(instance.id(), new Note(instance.wanted().generation(), now, now, 1, Answer.TAKEN));
  }
}
