package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** Takes the memory of frozen instances, and lets them have it again. */
final class Dozer {
  /** What its {@code launch.sh} gave it, and what goes first when memory is short. */
  private static final String AWAKE_SCORE = "500";

  private static final String DOZING_SCORE = "900";

  /** Longer only for an instance that made its memory costly to look through. */
  private static final Duration PAGE_OUT_AT_MOST = Duration.ofSeconds(20);

  /** Compressing or writing a gigabyte keeps a core and the disk busy: one instance at a time. */
  private final ReentrantLock lane = new ReentrantLock();

  /** Who fetches the memory of what just woke. */
  private final Map<InstanceId, Thread> fetching = new ConcurrentHashMap<>();

  /**
   * Freezes a tree and gives its memory back.
   *
   * @return false when some of it does not stand still; then all of it runs on
   */
  boolean doze(InstanceFolder folder, ProcessTree tree) throws IOException, InterruptedException {
    lane.lockInterruptibly(); // those who wait are not frozen yet
    try {
      return dozeNow(folder, tree);
    } finally {
      lane.unlock();
    }
  }

  private boolean dozeNow(InstanceFolder folder, ProcessTree tree)
      throws IOException, InterruptedException {
    var mark = tree.root();
    var freezer = Freezer.of(tree);
    var before = folder.nap(mark);
    var awake = !freezer.frozen();
    var nap = before.orElse(new NapRecord(mark.nonce(), 0, List.of()));
    if (awake) {
      nap = new NapRecord(mark.nonce(), tree.group().outOfMemoryKills(), nap.shortfalls());
      if (!before.equals(Optional.of(nap))) {
        folder.keepNap(nap);
      }
    }
    if (!freezer.freeze()) {
      freezer.thaw();
      return false;
    }
    var fetches = fetching.get(folder.id());
    if (fetches != null) {
      fetches.join(); // or it would bring back what we take
    }
    var pids = tree.pids();
    if (awake) {
      // The first time it is all that the instance ever touched, which tells nothing.
      learn(folder, mark, before.isPresent() ? pids : Set.of());
    }
    score(pids, AWAKE_SCORE, DOZING_SCORE);
    var pagedOut = pageOut(pids);
    var reclaimed = tree.group().reclaim();
    var lacking = shortfall(Swap.ofThisHost(), pagedOut, reclaimed);
    var shortfalls = lacking.map(List::of).orElse(List.of());
    if (!shortfalls.equals(nap.shortfalls())) {
      folder.keepNap(new NapRecord(nap.nonce(), nap.outOfMemoryKills(), shortfalls));
    }
    return true;
  }

  /** Lets a frozen tree go on. The memory that it is likely to want is fetched meanwhile. */
  void wake(InstanceFolder folder, ProcessTree tree) throws IOException {
    var freezer = Freezer.of(tree);
    if (!freezer.frozen()) {
      return;
    }
    score(tree.pids(), DOZING_SCORE, AWAKE_SCORE);
    freezer.thaw();
    var set = folder.workingSet(tree.root());
    if (set.isPresent()) {
      var thread =
          Thread.ofPlatform()
              .daemon()
              .name("prefetch-" + folder.id())
              .unstarted(() -> {
                fetch(set.get(), tree);
                fetching.remove(folder.id(), Thread.currentThread());
              });
      fetching.put(folder.id(), thread);
      thread.start();
    }
  }

  /** Pids of the set that are no longer the instance's are somebody else's. */
  private static void fetch(WorkingSet set, ProcessTree tree) {
    try {
      var pids = tree.pids();
      set.ranges()
          .forEach((pid, ranges) -> {
            if (pids.contains(pid)) {
              var _ = Kernel.advise(pid, ranges, Kernel.MADV_WILLNEED);
            }
          });
    } catch (IOException gone) {
      // then it wants nothing any more
    }
  }

  /**
   * Faults from a disk are slow one by one; from compressed memory they are not. What was learned
   * before stays when this time it is too much to fetch: a long day touches everything.
   */
  private static void learn(InstanceFolder folder, Lifemark mark, Set<Long> pids)
      throws IOException {
    if (pids.isEmpty() || !Swap.ofThisHost().next().equals(Optional.of(Swap.Kind.DISK))) {
      folder.forgetWorkingSet();
      return;
    }
    var set = WorkingSet.of(pids);
    if (set.worthwhile()) {
      folder.keepWorkingSet(mark, set);
    }
  }

  /**
   * Writes out all that they have and that is not shared with others.
   *
   * @return whether we may
   */
  private static boolean pageOut(Set<Long> pids) throws InterruptedException {
    var allowed = new AtomicBoolean();
    long deadline = System.nanoTime() + PAGE_OUT_AT_MOST.toNanos();
    var writer =
        Thread.ofPlatform()
            .daemon()
            .name("page-out")
            .start(() -> {
              for (var pid : pids) {
                if (System.nanoTime() - deadline > 0) {
                  return; // the group's reclaim takes the rest
                }
                var ranges = Mapping.of(pid).stream().map(Mapping::range).toList();
                if (!ranges.isEmpty() && Kernel.advise(pid, ranges, Kernel.MADV_PAGEOUT)) {
                  allowed.set(true);
                }
              }
            });
    writer.join();
    return allowed.get();
  }

  /**
   * What is not saved.
   *
   * @param swap as it is afterwards
   * @param pagedOut whether memory could be written out
   * @param reclaimed whether the control group could give its memory back
   */
  static Optional<Shortfall> shortfall(Swap swap, boolean pagedOut, boolean reclaimed) {
    var name = "MemoryReclaim";
    if (swap.areas().isEmpty()) {
      return Optional.of(
          new Shortfall(
              name,
              "Dozing saves processor time but no memory, because this host has no swap: add a swap"
                  + " file or zram (./rockpool doctor says how)."));
    }
    if (swap.next().isEmpty()) {
      return Optional.of(
          new Shortfall(
              name,
              "Dozing saves processor time but little memory, because the swap of this host is"
                  + " full: add swap, or stop what dozes."));
    }
    if (!pagedOut && !reclaimed) {
      return Optional.of(
          new Shortfall(
              name,
              "Dozing saves processor time but no memory, because only root may put another"
                  + " process's memory into swap: run Rockpool as root."));
    }
    if (!reclaimed && swap.next().equals(Optional.of(Swap.Kind.DISK))) {
      return Optional.of(
          new Shortfall(
              name,
              "The memory of a dozing instance is in swap but not free before the host runs short,"
                  + " because no memory control group can give it back: run Rockpool as root on a"
                  + " kernel that has them."));
    }
    return Optional.empty();
  }

  /** Changes the score of those that have the one that we gave; others chose theirs themselves. */
  private static void score(Set<Long> pids, String from, String to) {
    for (var pid : pids) {
      var file = Path.of("/proc", Long.toString(pid), "oom_score_adj");
      try {
        if (Files.readString(file).strip().equals(from)) {
          Files.writeString(file, to);
        }
      } catch (IOException goneOrNotOurs) {
        // it keeps the score that it has
      }
    }
  }
}
