package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeProvider.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A home folder with drivers on it, whose instances need no OpenClaw. */
final class TestHost implements AutoCloseable {
  private final Path home;
  private final Map<String, String> options = new HashMap<>();
  private final List<ProcessDriver> drivers = new ArrayList<>();
  private int controlPlane = 3000;
  private List<URI> reachable = List.of();
  private Optional<Path> register;

  TestHost(Path folder) {
    try {
      home = Files.createDirectories(folder.resolve("rockpool")).toRealPath();
      Files.createDirectories(folder.resolve("toolchain/node_modules/.bin"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    options.put("stop-grace", "PT5S");
    register = Optional.of(folder.resolve("register")); // not the host's, which others use
  }

  TestHost with(String option, String value) {
    options.put(option, value);
    return this;
  }

  TestHost reachable(URI service) {
    reachable = List.of(service);
    return this;
  }

  TestHost controlPlane(int port) {
    controlPlane = port;
    return this;
  }

  /** Shares the register of another home. */
  TestHost register(Path folder) {
    register = Optional.of(folder);
    return this;
  }

  Path home() {
    return home;
  }

  ProcessDriver open() {
    var setting =
        new Setting(
            home,
            home.resolveSibling("cache"),
            URI.create("http://127.0.0.1:" + controlPlane),
            reachable,
            options,
            InstantSource.system());
    var driver =
        ProcessDriver.open(
            setting, new NoToolchain(home.resolveSibling("toolchain")), new HomeRegister(register));
    drivers.add(driver);
    return driver;
  }

  /** A driver on the same home whose host has no bubblewrap. */
  ProcessDriver openWithoutWalls(boolean ownUser) throws InterruptedException {
    return open(
        new Sandbox.Plain(ownUser, "the test says so"),
        ControlGroups.probe(ProcessDriver.hash(home)));
  }

  /** A driver on the same home whose host has no control groups. */
  ProcessDriver openWithoutGroups() throws InterruptedException {
    return open(Sandbox.probe(), new ControlGroups(List.of()));
  }

  /** A driver on the same home whose host has only control groups of version 1. */
  ProcessDriver openWithVersion1() throws InterruptedException {
    try {
      var mounts =
          Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
              .filter(line -> !line.contains(" - cgroup2 "))
              .toList();
      var groups = ControlGroups.probe(ProcessDriver.hash(home), mounts, List.of(), 1);
      return open(Sandbox.probe(), groups);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ProcessDriver open(Sandbox sandbox, ControlGroups groups) throws InterruptedException {
    var driver =
        new ProcessDriver(
            home,
            ProcessOptions.of(options, 900_000, 19_100),
            new NoToolchain(home.resolveSibling("toolchain")),
            sandbox,
            groups,
            LoopbackFilter.probe(ProcessDriver.hash(home), controlPlane, reachable));
    drivers.add(driver);
    return driver;
  }

  InstanceFolder folder(InstanceId id) {
    return InstanceFolder.of(home, id);
  }

  Optional<String> readHome(InstanceId id, String path) {
    return text(folder(id).home().resolve(path));
  }

  void writeHome(InstanceId id, String path, String content) {
    try {
      Files.writeString(folder(id).home().resolve(path), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Optional<String> readConfig(InstanceId id, String path) {
    return text(folder(id).config().resolve(path));
  }

  @Override
  public void close() {
    for (var driver : drivers) {
      driver.list().forEach(driver::destroy);
      driver.close();
    }
    assertThat(InstanceFolder.list(home)).isEmpty();
    assertThat(groupsOf(home)).as("control groups left behind").isEmpty();
  }

  static List<Path> groupsOf(Path home) {
    var name = ProcessDriver.hash(home);
    return List.of("", "memory", "cpu", "pids", "freezer", "unified").stream()
        .map(hierarchy -> Path.of("/sys/fs/cgroup", hierarchy, "rockpool", name))
        .filter(Files::exists)
        .toList();
  }

  /** Skips the test, with a reason, on a host that cannot do this; CI has to be able to. */
  static void needs(boolean able, String what) {
    if (!able) {
      assertThat(System.getenv("CI")).as("CI must have " + what).isNotEqualTo("true");
      abort("this host has no " + what);
    }
  }

  /** Skips the test where the host's kernel is made otherwise: CI cannot help that. */
  static void orAbort(boolean able, String what) {
    if (!able) {
      abort("this host has no " + what);
    }
  }

  static void needsRootAndBubblewrap() {
    needs(Proc.isRoot(), "root");
    needs(Tool.find("bwrap").isPresent(), "bubblewrap");
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  private record NoToolchain(Path root) implements Toolchain {
    @Override
    public Preparation.Result prepare(Consumer<Preparation.Progress> progress) {
      return new Preparation.Result.Ready();
    }

    @Override
    public Optional<String> configSchema() {
      return Optional.empty();
    }
  }
}
