package io.rockpool.runtime.process;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives an instance all that it needs on this host, and launches it. */
final class Provisioning {
  private static final Logger log = LoggerFactory.getLogger(Provisioning.class);
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Duration CHOWN_AT_MOST = Duration.ofMinutes(5);

  private final Path home;
  private final Toolchain toolchain;
  private final Sandbox sandbox;
  private final ControlGroups groups;
  private final LoopbackFilter loopback;
  private final Allotment allotment;
  private final HomeLocks locks;
  private final Optional<byte[]> filter;

  Provisioning(
      Toolchain toolchain,
      Sandbox sandbox,
      ControlGroups groups,
      LoopbackFilter loopback,
      Allotment allotment,
      HomeLocks locks) {
    this.home = allotment.home();
    this.toolchain = toolchain;
    this.sandbox = sandbox;
    this.groups = groups;
    this.loopback = loopback;
    this.allotment = allotment;
    this.locks = locks;
    this.filter =
        sandbox.seccomp() ? Seccomp.filter(System.getProperty("os.arch")) : Optional.empty();
  }

  /** Why this can never run here. */
  Optional<String> unfit(InstanceSpec spec) {
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

  /** Starts it in a folder that exists; nothing of it runs. */
  Optional<DriverError> launch(InstanceSpec spec, InstanceFolder folder)
      throws IOException, InterruptedException {
    long port;
    long user;
    try (var _ = locks.takeHome()) {
      user = sandbox.ownUser() ? allotment.user(folder) : LaunchRecord.NO_USER;
      port = allotment.port(folder);
      if (sandbox.ownUser()) {
        loopback.apply(allotment.neighbours());
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
                    .replace("{port}", Long.toString(port))
                    .replace("{listener}", Allotment.listenerHost(port))));
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
}
