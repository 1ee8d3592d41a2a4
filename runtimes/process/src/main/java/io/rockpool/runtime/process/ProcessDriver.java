package io.rockpool.runtime.process;

import io.rockpool.runtime.ConfigSchemaSource;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceLogs;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.LogPage;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Placement;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider.Setting;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
        AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProcessDriver.class);
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Duration LOOK_AT_LOGS_EVERY = Duration.ofSeconds(5);
  private static final Duration CHOWN_AT_MOST = Duration.ofMinutes(5);
  private static final long ROOM_TO_SPARE = 16L << 20;
  private static final String LOOPBACK = "127.0.0.1";

  private final Path home;
  private final ProcessOptions options;
  private final Toolchain toolchain;
  private final Sandbox sandbox;
  private final ControlGroups groups;
  private final LoopbackFilter loopback;
  private final Optional<byte[]> filter;
  private final CountDownLatch closed = new CountDownLatch(1);

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
    this.sandbox = sandbox;
    this.groups = groups;
    this.loopback = loopback;
    this.filter =
        sandbox.seccomp() ? Seccomp.filter(System.getProperty("os.arch")) : Optional.empty();
    Thread.ofPlatform().daemon().name("instance-logs").start(this::rotateLogs);
  }

  static ProcessDriver open(Setting setting, Toolchain toolchain, HomeRegister register) {
    try {
      var home = setting.home().toRealPath();
      register.sweep();
      register.enter(home);
      var name = hash(home);
      // A block of ids for each home, so that the instances of two servers are different users.
      var block = Integer.parseInt(name, 0, 4, 16) % 2_000;
      var options =
          ProcessOptions.of(setting.options(), 1_000_000L + (long) block * ProcessOptions.USERS);
      var driver =
          new ProcessDriver(
              home,
              options,
              toolchain,
              Sandbox.probe(),
              ControlGroups.probe(name),
              LoopbackFilter.probe(name, portOf(setting.controlPlane())));
      InstanceFolder.sweep(home);
      driver.sweepGroups();
      try (var _ = driver.lockHome()) {
        // The control plane may listen on another port now, and a host forgets rules when it boots.
        driver.loopback.apply(driver.neighbours());
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
      try (var lock = FolderLock.tryTake(lockFile(id.value())).orElse(null)) {
        if (lock != null
            && (observe(id) instanceof Observation.Absent
                || observe(id) instanceof Observation.Stopped)) {
          groups.remove(id);
        }
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
          var unfit = unfit(spec);
          if (unfit.isPresent()) {
            return refused(unfit.get());
          }
          try (var _ = lock(spec.id())) {
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
          try (var _ = lock(id)) {
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
          try (var _ = lock(id)) {
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
            try (var _ = lockHome()) {
              loopback.apply(neighbours());
            }
            return Outcome.done(new Observation.Absent());
          }
        });
  }

  @Override
  public Observation observe(InstanceId id) {
    var folder = InstanceFolder.of(home, id);
    if (!folder.exists()) {
      return new Observation.Absent();
    }
    var mark = folder.lifemark();
    if (mark.isEmpty()) {
      return new Observation.Stopped();
    }
    if (mark.get().alive()) {
      return running(folder, mark.get());
    }
    if (folder.askedToStop(mark.get())) {
      return new Observation.Stopped();
    }
    return exited(folder, mark.get());
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
          try (var _ = lock(id)) {
            var folder = InstanceFolder.of(home, id);
            if (!folder.exists()) {
              return refused("There is no instance %s on this host: start it first.".formatted(id));
            }
            var full = noRoomFor(files);
            if (full.isPresent()) {
              return Outcome.failed(full.get());
            }
            new ManagedFiles(folder, userOf(folder)).put(files);
            return Outcome.done(observe(id));
          }
        });
  }

  @Override
  public LogPage read(InstanceId id, long position, int limit) {
    return output(id)
        .read(position, checkLimit(limit), !(observe(id) instanceof Observation.Running));
  }

  @Override
  public LogPage tail(InstanceId id, int limit) {
    return output(id).tail(checkLimit(limit), !(observe(id) instanceof Observation.Running));
  }

  /** Stops looking after the logs. The instances run on. */
  @Override
  public void close() {
    closed.countDown();
  }

  private Outcome place(InstanceSpec spec) throws IOException, InterruptedException {
    var folder = InstanceFolder.of(home, spec.id());
    if (observe(spec.id()) instanceof Observation.Running running
        && running.generation() == spec.generation()) {
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
      var problem = launch(spec, folder);
      placed = problem.isEmpty();
      return problem.map(Outcome::failed).orElseGet(() -> Outcome.done(observe(spec.id())));
    } finally {
      if (isNew && !placed) {
        folder.delete(home); // it failed, so there must be nothing of it
        groups.remove(spec.id());
      }
    }
  }

  private Optional<DriverError> launch(InstanceSpec spec, InstanceFolder folder)
      throws IOException, InterruptedException {
    long port;
    long user;
    try (var _ = lockHome()) {
      user = sandbox.ownUser() ? user(folder) : LaunchRecord.NO_USER;
      port = port(folder);
      if (sandbox.ownUser()) {
        loopback.apply(neighbours());
      }
    }
    var unreachable = giveTo(folder, user);
    if (unreachable.isPresent()) {
      return unreachable;
    }
    new ManagedFiles(folder, user).put(spec.files());
    var seccomp = writeFilter(folder);
    new ConsoleLog(folder.logs()).create();

    var group = groups.create(spec.id(), spec.limits());
    var shortfalls = new ArrayList<>(sandbox.shortfalls());
    shortfalls.addAll(group.shortfalls());
    shortfalls.addAll(ownLoopback());
    shortfalls.addAll(ownFilter());
    var nonce = UUID.randomUUID().toString();
    var record =
        new LaunchRecord(
            nonce,
            spec.generation(),
            port,
            user,
            sandbox.depth(),
            spec.limits().memoryBytes(),
            shortfalls);
    folder.write("launch.json", record.json());
    var cell =
        new Sandbox.Cell(
            folder, toolchain.root(), user, environment(spec, folder, port), seccomp.isPresent());
    var problem =
        Launcher.launch(
            folder,
            spec.generation(),
            nonce,
            seccomp,
            group,
            sandbox.enclose(cell, spec.command()));
    log.atInfo()
        .addKeyValue("instance", spec.id())
        .addKeyValue("generation", spec.generation())
        .addKeyValue("placed", problem.isEmpty())
        .log("Instance launched.");
    return problem;
  }

  /** Ends what runs of it; its control group is removed. */
  private Optional<DriverError> end(InstanceFolder folder, Duration grace)
      throws IOException, InterruptedException {
    var mark = folder.lifemark();
    if (mark.isPresent()) {
      folder.askToStop(mark.get());
      var depth = folder.launch(mark.get()).map(LaunchRecord::depth).orElse(1);
      var tree = new ProcessTree(mark.get(), depth, groups.find(folder.id()));
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

  private Observation running(InstanceFolder folder, Lifemark mark) {
    var launch = folder.launch(mark);
    long port = launch.map(LaunchRecord::port).or(() -> folder.number("port")).orElse(0L);
    var details = new TreeMap<String, Object>();
    details.put("pid", mark.pid());
    details.put("port", port);
    details.put("folder", folder.path().toString());
    launch
        .map(LaunchRecord::user)
        .filter(user -> user != LaunchRecord.NO_USER)
        .ifPresent(user -> details.put("user", user));
    return new Observation.Running(
        mark.generation(),
        URI.create("http://%s:%d".formatted(LOOPBACK, port)),
        new Placement(ProcessProvider.NAME, details),
        launch.map(LaunchRecord::shortfalls).orElse(List.of()));
  }

  private Observation exited(InstanceFolder folder, Lifemark mark) {
    if (!mark.thisBoot()) {
      return new Observation.Exited(
          -1, "The host restarted while the instance ran; it can be started again.");
    }
    var code = folder.exitCode(mark);
    var group = groups.find(folder.id());
    if (group.outOfMemoryKills() > 0) {
      var limit = folder.launch(mark).map(LaunchRecord::memoryBytes).map(ProcessDriver::size);
      return new Observation.Exited(
          code.orElse(-1),
          "The instance ran out of its memory limit%s: raise its plan's memory, or let it do less at once."
              .formatted(limit.map(" of %s"::formatted).orElse("")));
    }
    if (code.isEmpty()) {
      return new Observation.Exited(
          -1, "The instance was killed from outside, together with its root process.");
    }
    return new Observation.Exited(
        code.get(),
        code.get() > 128
            ? "The instance was ended by signal %d; its output may tell why."
                .formatted(code.get() - 128)
            : "The instance ended by itself with status %d; its output may tell why."
                .formatted(code.get()));
  }

  /** Why this can never run here. */
  private Optional<String> unfit(InstanceSpec spec) {
    for (var name : spec.environment().keySet()) {
      if (!VARIABLE.matcher(name).matches()) {
        return Optional.of(
            "'%s' cannot name an environment variable: use letters, digits and _.".formatted(name));
      }
    }
    var program = spec.command().getFirst();
    if (Sandbox.program(program, toolchain.root()).isEmpty()) {
      return Optional.of(
          "There is no program '%s' for %s: it is neither OpenClaw's nor in /usr/local/bin, /usr/bin or /bin."
              .formatted(program, spec.id()));
    }
    return Optional.empty();
  }

  private Map<String, String> environment(InstanceSpec spec, InstanceFolder folder, long port) {
    var environment = new TreeMap<String, String>();
    var zone = System.getenv("TZ");
    if (zone != null) {
      environment.put("TZ", zone);
    }
    environment.put("LANG", "C.UTF-8");
    spec.environment()
        .forEach((name, value) ->
            environment.put(
                name,
                value
                    .replace("{home}", sandbox.home(folder))
                    .replace("{config}", sandbox.config(folder))
                    .replace("{port}", Long.toString(port))));
    environment.put("HOME", sandbox.home(folder));
    environment.put("PWD", sandbox.home(folder));
    environment.put("TMPDIR", sandbox.tmp(folder));
    environment.put(
        "PATH",
        sandbox.install(toolchain.root()) + "/node_modules/.bin:/usr/local/bin:/usr/bin:/bin");
    return environment;
  }

  /** Makes the folders that the instance writes its own. */
  private Optional<DriverError> giveTo(InstanceFolder folder, long user)
      throws IOException, InterruptedException {
    var owner = user == LaunchRecord.NO_USER ? Proc.ownUser() : user;
    var group = user == LaunchRecord.NO_USER ? Proc.ownGroup() : user;
    for (var account : Sandbox.accounts(owner, group).entrySet()) {
      folder.write(account.getKey(), account.getValue());
      Files.setPosixFilePermissions(
          folder.run().resolve(account.getKey()), PosixFilePermissions.fromString("rw-r--r--"));
    }
    Files.setPosixFilePermissions(folder.config(), PosixFilePermissions.fromString("rwxr-xr-x"));
    if (user == LaunchRecord.NO_USER) {
      return Optional.empty();
    }
    for (var given : List.of(folder.home(), folder.tmp())) {
      if (!Files.getAttribute(given, "unix:uid").equals((int) user)) {
        var line = List.of("chown", "-R", "-h", "-P", user + ":" + user, "--", given.toString());
        var result = Tool.run(CHOWN_AT_MOST, "", line);
        if (!result.good()) {
          throw new IOException("chown failed: " + result.complaint());
        }
      }
    }
    return sandbox instanceof Sandbox.Plain ? openTheWay(folder, user) : Optional.empty();
  }

  /** Without walls the instance walks the host's own paths, and all of them must let it pass. */
  private Optional<DriverError> openTheWay(InstanceFolder folder, long user)
      throws IOException, InterruptedException {
    var passing = PosixFilePermissions.fromString("rwx--x--x");
    Files.setPosixFilePermissions(folder.path(), passing);
    Files.setPosixFilePermissions(InstanceFolder.all(home), passing);
    for (var needed : List.of(folder.home(), toolchain.root())) {
      var line =
          List.of(
              "setpriv",
              "--reuid",
              Long.toString(user),
              "--regid",
              Long.toString(user),
              "--clear-groups",
              "test",
              "-x",
              needed.toString());
      if (!Tool.run(CHOWN_AT_MOST, "", line).good()) {
        return Optional.of(
            new DriverError.Refused(
                "%s would run as user %d, who cannot reach %s. Install bubblewrap, or use a home and a cache"
                        .formatted(folder.id(), user, needed)
                    + " below folders that everybody may pass."));
      }
    }
    return Optional.empty();
  }

  private Optional<Path> writeFilter(InstanceFolder folder) throws IOException {
    if (filter.isEmpty()) {
      return Optional.empty();
    }
    var file = folder.run().resolve("seccomp.bpf");
    Files.write(file, filter.get());
    return Optional.of(file);
  }

  private List<Shortfall> ownFilter() {
    return filter.isPresent() || sandbox instanceof Sandbox.Plain
        ? List.of()
        : List.of(
            new Shortfall(
                "SystemCallFilter",
                "The instance may make every system call, because the filter is not known for this"
                    + " machine (%s): use x86-64 or ARM64."
                        .formatted(System.getProperty("os.arch"))));
  }

  private List<Shortfall> ownLoopback() {
    return sandbox.ownUser()
        ? loopback.shortfalls()
        : List.of(
            new Shortfall(
                "LoopbackFilter",
                "The instance reaches every port that listens on this host's loopback, other"
                    + " instances' too, because only root can filter it: run Rockpool as root."));
  }

  /** Its user id: given once, unlike all others of this home. */
  private long user(InstanceFolder folder) throws IOException {
    var given = folder.number("user");
    if (given.isPresent()) {
      return given.get();
    }
    var taken =
        InstanceFolder.list(home).stream()
            .flatMap(it -> it.number("user").stream())
            .collect(Collectors.toSet());
    for (long user = options.userBase(); user < options.userBase() + ProcessOptions.USERS; user++) {
      if (!taken.contains(user)) {
        folder.write("user", Long.toString(user));
        return user;
      }
    }
    throw new IOException(
        "all %d user ids are taken: set uid-base".formatted(ProcessOptions.USERS));
  }

  private static long userOf(InstanceFolder folder) {
    return folder.number("user").orElse(LaunchRecord.NO_USER);
  }

  /** Its port: kept as long as no stranger holds it. */
  private long port(InstanceFolder folder) throws IOException {
    var given = folder.number("port");
    if (given.isPresent() && isFree(Math.toIntExact(given.get()))) {
      return given.get();
    }
    var taken =
        InstanceFolder.list(home).stream()
            .flatMap(it -> it.number("port").stream())
            .collect(Collectors.toSet());
    for (int port = options.portBase(); port <= 65_535; port++) {
      if (!taken.contains((long) port) && isFree(port)) {
        folder.write("port", Integer.toString(port));
        return port;
      }
    }
    throw new IOException(
        "no port is free from %d on: set port-base".formatted(options.portBase()));
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private List<LoopbackFilter.Neighbour> neighbours() {
    var neighbours = new ArrayList<LoopbackFilter.Neighbour>();
    for (var folder : InstanceFolder.list(home)) {
      var user = folder.number("user");
      var port = folder.number("port");
      if (user.isPresent() && port.isPresent()) {
        neighbours.add(new LoopbackFilter.Neighbour(user.get(), port.get()));
      }
    }
    return neighbours;
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
                    .formatted(home, size(free), size(needed))));
  }

  private void rotateLogs() {
    try {
      while (!closed.await(LOOK_AT_LOGS_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        rotateLogsOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void rotateLogsOnce() {
    for (var id : list()) {
      // Whoever starts, stops or destroys it holds the lock: then it is its turn next time.
      try (var lock = FolderLock.tryTake(lockFile(id.value())).orElse(null)) {
        if (lock != null && Files.exists(ConsoleLog.current(InstanceFolder.of(home, id).logs()))) {
          output(id).rotate(options.logBytes(), options.logParts());
        }
      } catch (IOException | UncheckedIOException e) {
        log.atWarn()
            .addKeyValue("instance", id)
            .addKeyValue("error", e.getMessage())
            .log("The output could not be rotated; it grows until it can.");
      }
    }
  }

  private ConsoleLog output(InstanceId id) {
    return new ConsoleLog(InstanceFolder.of(home, id).logs());
  }

  private FolderLock lock(InstanceId id) {
    return FolderLock.take(lockFile(id.value()));
  }

  private FolderLock lockHome() {
    return FolderLock.take(home.resolve("locks/.home"));
  }

  private Path lockFile(String id) {
    return home.resolve("locks").resolve(id);
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

  private static int checkLimit(int limit) {
    if (limit < 1 || limit > 10_000) {
      throw new IllegalArgumentException("limit is %d: ask for 1 to 10000 lines".formatted(limit));
    }
    return limit;
  }

  /** In the largest unit that leaves a whole number, or else with one digit. */
  static String size(long bytes) {
    if (bytes >= 1L << 30) {
      return bytes % (1L << 30) == 0
          ? (bytes >> 30) + " GiB"
          : "%.1f GiB".formatted(bytes / (double) (1L << 30));
    }
    return (bytes >> 20) + " MiB";
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
