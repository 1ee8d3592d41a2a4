package io.rockpool.runtime.process;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All processes of one instance: below its root, and in its control group. */
record ProcessTree(Lifemark root, int depth, ControlGroup group) {
  /**
   * Asks the command to end, waits for all to be gone, and kills what is left.
   *
   * @param grace how long they may take; {@link Duration#ZERO} kills at once
   * @return whether all are gone
   * @throws InterruptedException when the caller no longer waits; nothing is killed early for it
   */
  boolean end(Duration grace) throws IOException, InterruptedException {
    var known = new LinkedHashSet<ProcessHandle>();
    if (!grace.isZero() && root.alive()) {
      var asked = new LinkedHashSet<Long>();
      var gone =
          Waiting.atMost(
              grace,
              () -> {
                known.addAll(descendants());
                if (asked.isEmpty()) {
                  ask(asked);
                }
                return gone(known);
              });
      if (gone) {
        return true;
      }
    }
    return Waiting.atMost(
        Waiting.FOR_THE_KERNEL,
        () -> {
          known.addAll(descendants());
          group.kill();
          if (root.alive()) {
            ProcessHandle.of(root.pid()).ifPresent(ProcessHandle::destroyForcibly);
          }
          known.forEach(ProcessHandle::destroyForcibly);
          return gone(known);
        });
  }

  /** All there are now, the root among them. */
  Set<Long> pids() throws IOException {
    var pids = new LinkedHashSet<Long>();
    if (root.alive()) {
      pids.add(root.pid());
    }
    descendants().forEach(it -> pids.add(it.pid()));
    pids.addAll(group.members());
    return pids;
  }

  /**
   * Sends SIGTERM to the command itself: bubblewrap would die of it and take the instance along at
   * once. Just after a start the command may not be there yet.
   */
  private void ask(Set<Long> asked) throws IOException {
    var level = List.of(root.pid());
    for (int i = 0; i < depth && !level.isEmpty(); i++) {
      level = Proc.childrenOf(level);
    }
    for (var pid : level) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
      asked.add(pid);
    }
  }

  private List<ProcessHandle> descendants() {
    if (!root.alive()) {
      return List.of();
    }
    return ProcessHandle.of(root.pid())
        .map(handle -> handle.descendants().toList())
        .orElse(List.of());
  }

  private boolean gone(Set<ProcessHandle> known) throws IOException {
    return !root.alive()
        && group.members().isEmpty()
        && known.stream()
            .noneMatch(handle -> Proc.startTicks(handle.pid()).isPresent() && handle.isAlive());
  }
}
