package io.rockpool.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Keeps all processes of one instance from running, and lets them go on. */
sealed interface Freezer {
  /** Whether freezing was begun, and not undone since: some of them may run for a moment yet. */
  boolean frozen();

  /**
   * Freezes what is there and what it starts meanwhile.
   *
   * @return whether all stand still; when they do not in good time, some may
   */
  boolean freeze() throws IOException, InterruptedException;

  void thaw() throws IOException;

  /** By the instance's control group where it is in one that can, else by signals. */
  static Freezer of(ProcessTree tree) {
    return file(tree, "cgroup.freeze")
        .<Freezer>map(Version2::new)
        .or(() -> file(tree, "freezer.state").map(Version1::new))
        .orElseGet(() -> new Signals(tree));
  }

  private static Optional<Path> file(ProcessTree tree, String name) {
    return tree.group().folders().stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::exists)
        .findFirst();
  }

  private static boolean says(Path file, String word) {
    try {
      return Files.readString(file).strip().equals(word);
    } catch (IOException gone) {
      return false;
    }
  }

  /** Needs no controller, so that it is there on hosts with both versions, too. */
  record Version2(Path file) implements Freezer {
    @Override
    public boolean frozen() {
      return says(file, "1");
    }

    @Override
    public boolean freeze() throws IOException, InterruptedException {
      if (!frozen()) {
        Files.writeString(file, "1");
      }
      var events = file.resolveSibling("cgroup.events");
      return Waiting.atMost(
          Waiting.FOR_THE_KERNEL, () -> Files.readAllLines(events).contains("frozen 1"));
    }

    @Override
    public void thaw() throws IOException {
      Files.writeString(file, "0");
    }
  }

  /** A hierarchy of its own. SIGKILL waits here until the thaw. */
  record Version1(Path file) implements Freezer {
    @Override
    public boolean frozen() {
      return says(file, "FROZEN") || says(file, "FREEZING");
    }

    @Override
    public boolean freeze() throws IOException, InterruptedException {
      if (!frozen()) {
        Files.writeString(file, "FROZEN");
      }
      return Waiting.atMost(Waiting.FOR_THE_KERNEL, () -> says(file, "FROZEN"));
    }

    @Override
    public void thaw() throws IOException {
      Files.writeString(file, "THAWED");
    }
  }

  /**
   * SIGSTOP for each. The root is stopped first and goes on last, so that it tells for all of them.
   */
  record Signals(ProcessTree tree) implements Freezer {
    private static final Set<String> STOPPED = Set.of("T", "t", "Z", "X");

    /** Beside those: waits for a disk, or for the start of a child that was stopped meanwhile. */
    private static final String WAITING = "D";

    @Override
    public boolean frozen() {
      return Proc.state(tree.root().pid()).filter("T"::equals).isPresent();
    }

    /**
     * A process may start another one just before its signal reaches it. What stands still starts
     * nothing: so all have to, and to be the same ones as at the last look.
     */
    @Override
    public boolean freeze() throws IOException, InterruptedException {
      Kernel.signal(tree.root().pid(), Kernel.SIGSTOP);
      var before = new AtomicReference<Set<Long>>(Set.of());
      return Waiting.atMost(
          Waiting.FOR_THE_KERNEL,
          () -> {
            var now = tree.pids();
            var still = now.equals(before.getAndSet(now));
            for (var pid : now) {
              var state = Proc.state(pid).orElse("X");
              if (!STOPPED.contains(state)) {
                Kernel.signal(pid, Kernel.SIGSTOP);
                still &= state.equals(WAITING);
              }
            }
            return still;
          });
    }

    @Override
    public void thaw() throws IOException {
      for (var pid : tree.pids()) {
        if (pid != tree.root().pid()) {
          Kernel.signal(pid, Kernel.SIGCONT);
        }
      }
      Kernel.signal(tree.root().pid(), Kernel.SIGCONT);
    }
  }
}
