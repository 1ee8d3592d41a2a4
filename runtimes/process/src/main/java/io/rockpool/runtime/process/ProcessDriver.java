package io.rockpool.runtime.process;

import io.rockpool.runtime.ConfigSchemaSource;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceLogs;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Listeners;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.LogPage;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider.Setting;
import io.rockpool.runtime.Shortfall;
import io.rockpool.runtime.StateSize;
import io.rockpool.runtime.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each instance as a tree of processes of this host, with its own folder below the home: shut
 * in by bubblewrap, under its own user id, held to its limits by control groups, as far as the host
 * can. What it cannot is told as {@link Shortfall}s.
 *
 * <p>The instances do not depend on this driver: they run on when the server ends, and the next one
 * adopts them.
 */
public final class ProcessDriver
    implements RuntimeDriver,
        InstanceLogs,
        LiveFiles,
        Preparation,
        ConfigSchemaSource,
        Dozing,
        Metering,
        StateSize,
        Listeners,
        AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProcessDriver.class);
  private static final long ROOM_TO_SPARE = 16L << 20;

  private final Path home;
  private final ProcessOptions options;
  private final Toolchain toolchain;
  private final ControlGroups groups;
  private final LoopbackFilter loopback;
  private final HomeLocks locks;
  private final Allotment allotment;
  private final Observer observer;
  private final Provisioning provisioning;
  private final ConsoleLogs logs;
  private final Dozer dozer = new Dozer();

  ProcessDriver(
      Path home,
      ProcessOptions options,
      Toolchain toolchain,
      Sandbox sandbox,
      ControlGroups groups,
      LoopbackFilter loopback) {
    this.home = home;
    this.options = options;
    this.toolchain = toolchain;
    this.groups = groups;
    this.loopback = loopback;
    this.locks = new HomeLocks(home);
    this.allotment = new Allotment(home, options);
    this.observer = new Observer(home, groups);
    this.provisioning = new Provisioning(toolchain, sandbox, groups, loopback, allotment, locks);
    this.logs = new ConsoleLogs(home, options, locks, observer);
  }

  static ProcessDriver open(Setting setting, Toolchain toolchain, HomeRegister register) {
    try {
      var home = setting.home().toRealPath();
      register.sweep();
      register.enter(home);
      var name = hash(home);
      // A block of ids and ports for each home, so that the instances of two servers are different
      // users, and that two that start at the same time do not both find the same port free. Below
      // 32,768, where the kernel takes ports for connections.
      var block = Integer.parseInt(name, 0, 4, 16);
      var options =
          ProcessOptions.of(
              setting.options(),
              1_000_000L + block % 2_000L * ProcessOptions.USERS,
              10_000 + block % 110 * 200);
      var driver =
          new ProcessDriver(
              home,
              options,
              toolchain,
              Sandbox.probe(),
              ControlGroups.probe(name),
              LoopbackFilter.probe(name, portOf(setting.controlPlane()), setting.reachable()));
      InstanceFolder.sweep(home);
      driver.sweepGroups();
      try (var _ = driver.locks.takeHome()) {
        // The control plane may listen on another port now, and a host forgets rules when it boots.
        driver.loopback.apply(driver.allotment.neighbours());
      }
      return driver;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the process runtime in " + setting.home(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking at what this host can do", e);
    }
  }

  /**
   * Removes the groups of what does not run, with what is in them: a server that was killed on its
   * way left them. A group of what ended by itself stays, because it tells why.
   */
  private void sweepGroups() throws IOException, InterruptedException {
    for (var id : groups.list()) {
      // Whoever starts, stops or destroys it holds the lock, and cleans up itself.
      try (var lock = locks.tryTake(id).orElse(null)) {
        if (lock != null
            && (observe(id) instanceof Observation.Absent
                || observe(id) instanceof Observation.Stopped)) {
          groups.remove(id);
        }
      } catch (IOException e) {
        log.atWarn()
            .addKeyValue("instance", id)
            .addKeyValue("error", e.getMessage())
            .log("Its control group could not be removed; the next start or stop tries again.");
      }
    }
    groups.tidy();
  }

  @Override
  public Result prepare(Consumer<Progress> progress) throws InterruptedException {
    return toolchain.prepare(progress);
  }

  @Override
  public Optional<String> configSchema() {
    return toolchain.configSchema();
  }

  @Override
  public Outcome start(InstanceSpec spec) {
    if (spec.command().isEmpty()) {
      return refused("The command of %s is empty: name a program.".formatted(spec.id()));
    }
    return guarded(
        spec.id(),
        "start",
        () -> {
          if (toolchain.prepare(_ -> {}) instanceof Result.Failed(var error)) {
            return Outcome.failed(error);
          }
          var unfit = provisioning.unfit(spec);
          if (unfit.isPresent()) {
            return refused(unfit.get());
          }
          try (var _ = locks.take(spec.id())) {
            return place(spec);
          }
        });
  }

  @Override
  public Outcome stop(InstanceId id) {
    return guarded(
        id,
        "stop",
        () -> {
          try (var _ = locks.take(id)) {
            var folder = InstanceFolder.of(home, id);
            if (!folder.exists()) {
              groups.remove(id);
              return Outcome.done(new Observation.Absent());
            }
            return end(folder, options.grace())
                .map(Outcome::failed)
                .orElseGet(() -> Outcome.done(new Observation.Stopped()));
          }
        });
  }

  @Override
  public Outcome destroy(InstanceId id) {
    return guarded(
        id,
        "destroy",
        () -> {
          try (var _ = locks.take(id)) {
            var folder = InstanceFolder.of(home, id);
            if (folder.exists()) {
              var problem = end(folder, options.grace());
              if (problem.isPresent()) {
                return Outcome.failed(problem.get());
              }
              folder.delete(home);
            }
            groups.remove(id);
            groups.tidy();
            try (var _ = locks.takeHome()) {
              loopback.apply(allotment.neighbours());
            }
            return Outcome.done(new Observation.Absent());
          }
        });
  }

  @Override
  public Observation observe(InstanceId id) {
    return observer.observe(id);
  }

  @Override
  public List<InstanceId> list() {
    return InstanceFolder.list(home).stream().map(InstanceFolder::id).toList();
  }

  @Override
  public Outcome replaceFiles(InstanceId id, InstanceFiles files) {
    return guarded(
        id,
        "replaceFiles",
        () -> {
          try (var _ = locks.take(id)) {
            var folder = InstanceFolder.of(home, id);
            if (!folder.exists()) {
              return refused("There is no instance %s on this host: start it first.".formatted(id));
            }
            var full = noRoomFor(files);
            if (full.isPresent()) {
              return Outcome.failed(full.get());
            }
            new ManagedFiles(folder, Allotment.userOf(folder)).put(files);
            return Outcome.done(observe(id));
          }
        });
  }

  @Override
  public Outcome doze(InstanceId id) {
    return guarded(
        id,
        "doze",
        () -> {
          try (var _ = locks.take(id)) {
            var tree = living(id);
            if (tree.isEmpty()) {
              return refused("%s does not run, so it cannot doze: start it first.".formatted(id));
            }
            if (!dozer.doze(InstanceFolder.of(home, id), tree.get())) {
              return Outcome.failed(
                  new DriverError.Unknown(
                      "%s does not stand still, because it waits for a device or a network file"
                              .formatted(id)
                          + " system; it runs on. Try again later."));
            }
            return Outcome.done(observe(id));
          }
        });
  }

  @Override
  public Outcome wake(InstanceId id) {
    return guarded(
        id,
        "wake",
        () -> {
          try (var _ = locks.take(id)) {
            var tree = living(id);
            if (tree.isEmpty()) {
              return refused("%s does not run, so it cannot wake: start it.".formatted(id));
            }
            dozer.wake(InstanceFolder.of(home, id), tree.get());
            return Outcome.done(observe(id));
          }
        });
  }

  @Override
  public Optional<Usage> usage(InstanceId id) {
    return living(id).flatMap(tree -> new Meter(tree).usage());
  }

  @Override
  public OptionalLong stateBytes(InstanceId id) {
    var folder = InstanceFolder.of(home, id);
    try {
      return folder.exists() ? folder.bytes() : OptionalLong.empty();
    } catch (IOException untold) {
      return OptionalLong.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OptionalLong.empty();
    }
  }

  /** Told apart by user id, so only where each has its own. */
  @Override
  public boolean isListening(InstanceId id, String host, int port) {
    var folder = InstanceFolder.of(home, id);
    return folder
        .lifemark()
        .filter(Lifemark::alive)
        .map(mark ->
            folder
                .launch(mark)
                .map(LaunchRecord::user)
                .filter(user -> user != LaunchRecord.NO_USER)
                .orElseGet(Proc::ownUser))
        .filter(user -> ListenSockets.users(host, port).equals(Set.of(user)))
        .isPresent();
  }

  @Override
  public HostMemory memory() {
    return Meter.ofThisHost();
  }

  @Override
  public LogPage read(InstanceId id, long position, int limit) {
    return logs.read(id, position, limit);
  }

  @Override
  public LogPage tail(InstanceId id, int limit) {
    return logs.tail(id, limit);
  }

  /** Stops looking after the logs. The instances run on. */
  @Override
  public void close() {
    logs.close();
  }

  private Outcome place(InstanceSpec spec) throws IOException, InterruptedException {
    var folder = InstanceFolder.of(home, spec.id());
    var seen = observe(spec.id());
    if (seen instanceof Observation.Frozen(var awake) && awake.generation() == spec.generation()) {
      var tree = living(spec.id());
      if (tree.isPresent()) {
        dozer.wake(folder, tree.get());
      }
      seen = observe(spec.id());
    }
    if (seen instanceof Observation.Running running && running.generation() == spec.generation()) {
      return Outcome.done(running);
    }
    var full = noRoomFor(spec.files());
    if (full.isPresent()) {
      return Outcome.failed(full.get());
    }
    var isNew = !folder.exists();
    if (!isNew) {
      var problem = end(folder, options.grace());
      if (problem.isPresent()) {
        return Outcome.failed(problem.get());
      }
    }
    var placed = false;
    try {
      folder.create();
      var problem = provisioning.launch(spec, folder);
      placed = problem.isEmpty();
      return problem.map(Outcome::failed).orElseGet(() -> Outcome.done(observe(spec.id())));
    } finally {
      if (isNew && !placed) {
        folder.delete(home); // it failed, so there must be nothing of it
        groups.remove(spec.id());
      }
    }
  }

  /** What runs of it, frozen or not. */
  private Optional<ProcessTree> living(InstanceId id) {
    return switch (observe(id)) {
      case Observation.Running _, Observation.Frozen _ -> {
        var folder = InstanceFolder.of(home, id);
        yield folder.lifemark().map(mark -> tree(folder, mark));
      }
      case Observation.Absent _, Observation.Stopped _, Observation.Exited _ -> Optional.empty();
    };
  }

  private ProcessTree tree(InstanceFolder folder, Lifemark mark) {
    var depth = folder.launch(mark).map(LaunchRecord::depth).orElse(1);
    return new ProcessTree(mark, depth, groups.find(folder.id()));
  }

  /** Ends what runs of it; its control group is removed. */
  private Optional<DriverError> end(InstanceFolder folder, Duration grace)
      throws IOException, InterruptedException {
    var mark = folder.lifemark();
    if (mark.isPresent()) {
      folder.askToStop(mark.get());
      var tree = tree(folder, mark.get());
      var freezer = Freezer.of(tree);
      if (freezer.frozen()) {
        freezer.thaw(); // or it could not end by itself
      }
      if (!tree.end(grace)) {
        return Optional.of(
            new DriverError.Unknown(
                "%s does not end, even when killed: it waits for a device or a network file system."
                        .formatted(folder.id())
                    + " Look at pid %d with ps.".formatted(mark.get().pid())));
      }
    }
    groups.remove(folder.id());
    return Optional.empty();
  }

  private Optional<DriverError> noRoomFor(InstanceFiles files) throws IOException {
    var free = Files.getFileStore(home).getUsableSpace();
    var needed = ManagedFiles.size(files) + ROOM_TO_SPARE;
    return free >= needed
        ? Optional.empty()
        : Optional.of(
            new DriverError.Full(
                "disk",
                "The disk of %s has %s free, and %s are needed: delete something there or add space."
                    .formatted(home, Size.text(free), Size.text(needed))));
  }

  private interface Work {
    Outcome run() throws IOException, InterruptedException;
  }

  /** What nobody can handle is an exception; what the disk and the host say no to is an outcome. */
  private Outcome guarded(InstanceId id, String verb, Work work) {
    try {
      return work.run();
    } catch (ManagedFiles.InTheWay e) {
      return refused(
          "The file %s cannot be put into %s: %s. Remove that from the instance's home."
              .formatted(e.getFile(), id, e.getReason()));
    } catch (IOException e) {
      var reason = String.valueOf(e.getMessage());
      if (reason.contains("No space left on device") || reason.contains("Disk quota exceeded")) {
        return Outcome.failed(
            new DriverError.Full(
                "disk",
                "The disk of %s is full: delete something there or add space.".formatted(home)));
      }
      log.atError()
          .addKeyValue("instance", id)
          .addKeyValue("verb", verb)
          .setCause(e)
          .log("The host refused.");
      return Outcome.failed(
          new DriverError.Unknown(
              "%s of %s met an error of this host: %s. Look at its state, then try again."
                  .formatted(verb, id, reason)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.failed(
          new DriverError.Unknown(
              "%s of %s was interrupted because the server ends: look again after its restart."
                  .formatted(verb, id)));
    }
  }

  private static Outcome refused(String advice) {
    return Outcome.failed(new DriverError.Refused(advice));
  }

  private static int portOf(URI uri) {
    if (uri.getPort() > 0) {
      return uri.getPort();
    }
    return "https".equals(uri.getScheme()) ? 443 : 80;
  }

  /** Names this home among others: 8 hexadecimal digits. */
  static String hash(Path home) {
    try {
      var digest =
          MessageDigest.getInstance("SHA-256")
              .digest(home.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
