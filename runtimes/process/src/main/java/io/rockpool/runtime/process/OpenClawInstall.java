package io.rockpool.runtime.process;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.Preparation.Progress;
import io.rockpool.runtime.Preparation.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * OpenClaw and its Node.js, as the package lock in this module's resources pins them: one install
 * for all instances of all homes, in {@code CACHE/openclaw/VERSION-LOCKHASH}. No package's install
 * script is run. Installs of other versions are left alone: something may still run from them.
 *
 * <p>OpenClaw's own channel plugins that are packages apart are put among those that it brings
 * along. It trusts a channel only there, or where its state of one instance says that it was
 * installed for that instance: that would be a copy for each.
 */
final class OpenClawInstall implements Toolchain {
  private static final Duration TOOL_AT_MOST = Duration.ofMinutes(5);
  private static final Duration ASK_EVERY = Duration.ofMillis(250);
  private static final long ROOM_NEEDED = 1_800L << 20; // measured: 1,114 MB, and npm's own cache
  private static final int LOCK_FORMAT_3 = 7; // the first npm that reads it
  private static final String MARKER = "rockpool.lock-hash";
  private static final String HASHES = "rockpool.sha256";
  private static final String SCHEMA = "config-schema.json";
  private static final String PLUGINS = "@openclaw/";
  private static final List<String> PASSED_ON =
      List.of(
          "HOME", "PATH", "TMPDIR", "LANG", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR");

  private final Path folder;
  private final String version;
  private final String packageJson;
  private final String lockJson;
  private final String lockHash;
  private final List<String> plugins;
  private final int packages;
  private final Map<String, String> environment;

  private OpenClawInstall(
      Path cache, String packageJson, String lockJson, Map<String, String> environment) {
    this.packageJson = packageJson;
    this.lockJson = lockJson;
    this.environment = environment;
    this.lockHash = sha256(lockJson.getBytes(StandardCharsets.UTF_8));
    var json = JsonMapper.shared();
    var dependencies = json.readTree(packageJson).path("dependencies");
    this.version = dependencies.path("openclaw").asString();
    this.plugins =
        dependencies.propertyNames().stream()
            .filter(it -> it.startsWith(PLUGINS))
            .map(it -> it.substring(PLUGINS.length()))
            .toList();
    var count = 0;
    for (var entry : json.readTree(lockJson).path("packages")) {
      var apart = !entry.path("inBundle").asBoolean(false); // else it comes inside another one
      count += apart && !entry.path("optional").asBoolean(false) ? 1 : 0;
    }
    this.packages = count;
    this.folder = cache.resolve("openclaw").resolve(version + "-" + lockHash.substring(0, 12));
  }

  static OpenClawInstall in(Path cache) {
    return in(cache, System.getenv());
  }

  static OpenClawInstall in(Path cache, Map<String, String> environment) {
    return new OpenClawInstall(
        cache.toAbsolutePath(),
        resource("openclaw/package.json"),
        resource("openclaw/package-lock.json"),
        environment);
  }

  @Override
  public Path root() {
    return folder;
  }

  @Override
  public Optional<String> configSchema() {
    try {
      return isReady() ? Optional.of(Files.readString(folder.resolve(SCHEMA))) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read OpenClaw's configuration schema", e);
    }
  }

  @Override
  public Result prepare(Consumer<Progress> progress) throws InterruptedException {
    if (isReady()) {
      progress.accept(new Progress(100, "OpenClaw %s is here.".formatted(version)));
      return new Result.Ready();
    }
    try {
      Files.createDirectories(folder.getParent());
      try (var _ = waitForTurn(progress)) {
        if (!isReady()) { // nobody else fetched it meanwhile
          var problem = fetch(progress);
          if (problem.isPresent()) {
            return new Result.Failed(problem.get());
          }
        }
      }
      progress.accept(new Progress(100, "OpenClaw %s is here.".formatted(version)));
      return new Result.Ready();
    } catch (IOException e) {
      return new Result.Failed(
          new DriverError.Unknown(
              "OpenClaw %s could not be put into %s: %s. Check the folder's rights and the disk."
                  .formatted(version, folder, e.getMessage())));
    }
  }

  /**
   * Compares every file with what was installed; slow.
   *
   * @return the paths that are missing, changed or new; empty when all is as it was
   */
  List<String> verify() {
    try {
      var expected = new HashMap<String, String>();
      for (var line : Files.readAllLines(folder.resolve(HASHES))) {
        expected.put(line.substring(66), line.substring(0, 64)); // as sha256sum writes it
      }
      var wrong = new ArrayList<String>();
      for (var found : hashes(folder.resolve("node_modules")).entrySet()) {
        if (!found.getValue().equals(expected.remove(found.getKey()))) {
          wrong.add(found.getKey());
        }
      }
      wrong.addAll(expected.keySet());
      wrong.sort(null);
      return wrong;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot check " + folder, e);
    }
  }

  /** Quick: the marker is written last, after everything else was there. */
  private boolean isReady() {
    try {
      return Files.readString(folder.resolve(MARKER)).strip().equals(lockHash)
          && Files.isExecutable(bin(folder, "node"))
          && Files.isExecutable(bin(folder, "openclaw"))
          && installedVersion(folder).equals(version);
    } catch (IOException absent) {
      return false;
    }
  }

  private static String installedVersion(Path folder) throws IOException {
    var manifest = folder.resolve("node_modules/openclaw/package.json");
    return JsonMapper.shared().readTree(Files.readString(manifest)).path("version").asString();
  }

  private FolderLock waitForTurn(Consumer<Progress> progress) throws InterruptedException {
    var file = folder.resolveSibling(folder.getFileName() + ".lock");
    var told = false;
    while (true) {
      var lock = FolderLock.tryTake(file);
      if (lock.isPresent()) {
        return lock.get();
      }
      if (!told) {
        progress.accept(new Progress(0, "Another Rockpool is fetching OpenClaw; waiting for it."));
        told = true;
      }
      Thread.sleep(ASK_EVERY);
    }
  }

  private Optional<DriverError> fetch(Consumer<Progress> progress)
      throws IOException, InterruptedException {
    var unfit = unfit();
    if (unfit.isPresent()) {
      return unfit;
    }
    var stage = folder.resolveSibling(".stage-" + UUID.randomUUID());
    removeOldStages();
    try {
      Files.createDirectory(stage);
      Files.writeString(stage.resolve("package.json"), packageJson);
      Files.writeString(stage.resolve("package-lock.json"), lockJson);
      var problem = install(stage, progress);
      if (problem.isPresent()) {
        return problem;
      }
      run(stage, "version", "--version"); // the first run removes what it does not know
      addPlugins(stage);
      progress.accept(new Progress(92, "Asking OpenClaw for its configuration schema."));
      run(stage, SCHEMA, "config", "schema");
      progress.accept(new Progress(96, "Noting what was installed."));
      writeHashes(stage);
      Files.writeString(stage.resolve(MARKER), lockHash);
      lockUp(stage);
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        // Damaged, or it would have been ready. What runs from it goes on from the moved files.
        Files.move(folder, folder.resolveSibling(".damaged-" + UUID.randomUUID()));
      }
      Files.move(stage, folder, StandardCopyOption.ATOMIC_MOVE);
      return Optional.empty();
    } finally {
      if (Files.exists(stage)) {
        delete(stage);
      }
    }
  }

  private Optional<DriverError> unfit() throws IOException, InterruptedException {
    var machine = System.getProperty("os.arch");
    if (!List.of("amd64", "x86_64", "aarch64", "arm64").contains(machine)) {
      return Optional.of(
          new DriverError.Refused(
              "OpenClaw needs a Node.js that is not there for this machine (%s): use x86-64 or ARM64."
                  .formatted(machine)));
    }
    var free = Files.getFileStore(folder.getParent()).getUsableSpace();
    if (free < ROOM_NEEDED) {
      return Optional.of(
          new DriverError.Full(
              "disk",
              "OpenClaw needs %s below %s, and %s are free: delete something there or set another cache."
                  .formatted(Size.text(ROOM_NEEDED), folder.getParent(), Size.text(free))));
    }
    try {
      var result = Tool.run(TOOL_AT_MOST, "", List.of(npm(), "--version"), npmEnvironment());
      var major = result.output().strip().split("\\.", -1)[0];
      if (!result.good() || !major.matches("[0-9]{1,4}")) {
        return Optional.of(
            new DriverError.Refused(
                "npm does not work (%s): repair it, or name another one in ROCKPOOL_NPM."
                    .formatted(result.complaint())));
      }
      if (Integer.parseInt(major) < LOCK_FORMAT_3) {
        return Optional.of(
            new DriverError.Refused(
                "npm %s is too old: install npm %d or later, or name one in ROCKPOOL_NPM."
                    .formatted(result.output().strip(), LOCK_FORMAT_3)));
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          new DriverError.Refused(
              "There is no npm, which fetches OpenClaw: install it (apt install npm), or name one in"
                  + " ROCKPOOL_NPM."));
    }
  }

  private Optional<DriverError> install(Path stage, Consumer<Progress> progress)
      throws IOException, InterruptedException {
    var output = stage.resolve("npm.log");
    var builder =
        // What packages merely expect of their users would come twice: the plugins have it inside.
        new ProcessBuilder(
                npm(),
                "ci",
                "--ignore-scripts",
                "--legacy-peer-deps",
                "--no-audit",
                "--no-fund",
                "--loglevel=error")
            .directory(stage.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().clear();
    builder.environment().putAll(npmEnvironment());
    var npm = builder.start();
    try {
      var percent = 0;
      progress.accept(new Progress(0, "Fetching OpenClaw %s.".formatted(version)));
      while (!npm.waitFor(ASK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        var there = packagesIn(stage.resolve("node_modules"));
        var now = Math.min(90, there * 90 / packages);
        if (now > percent) {
          percent = now;
          progress.accept(
              new Progress(
                  percent, "Fetching OpenClaw %s: %d packages.".formatted(version, there)));
        }
      }
    } finally {
      npm.descendants().forEach(ProcessHandle::destroyForcibly);
      npm.destroyForcibly();
    }
    return npm.exitValue() == 0
        ? Optional.empty()
        : Optional.of(npmError(npm.exitValue(), Files.readString(output)));
  }

  private DriverError npmError(int code, String output) {
    if (output.contains("ENOSPC")) {
      return new DriverError.Full(
          "disk",
          "The disk became full while OpenClaw was fetched: free %s below %s or in npm's own cache."
              .formatted(Size.text(ROOM_NEEDED), folder.getParent()));
    }
    if (output.matches("(?s).*(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN).*")) {
      return new DriverError.Unknown(
          "npm cannot reach its registry, so OpenClaw %s cannot be fetched. Check the network, the proxy"
                  .formatted(version)
              + " and npm's registry setting (npm config get registry), then try again.");
    }
    if (output.contains("EINTEGRITY")) {
      return new DriverError.Refused(
          "A package that npm fetched is not the one that OpenClaw %s was pinned to. Do not use this"
                  .formatted(version)
              + " registry, or clear npm's cache (npm cache clean --force).");
    }
    var last =
        output
            .lines()
            .filter(line -> line.startsWith("npm error") && line.length() > 10)
            .findFirst()
            .orElse("no reason was given");
    return new DriverError.Unknown(
        "npm ended with status %d while it fetched OpenClaw %s: %s."
            .formatted(code, version, last));
  }

  /** The user's own npm settings and proxies stay; the rest of the environment does not matter. */
  private Map<String, String> npmEnvironment() {
    var kept = new TreeMap<String, String>();
    environment.forEach((name, value) -> {
      var lower = name.toLowerCase(Locale.ROOT);
      if (PASSED_ON.contains(name) || lower.startsWith("npm_config_") || lower.endsWith("_proxy")) {
        kept.put(name, value);
      }
    });
    return kept;
  }

  private String npm() {
    return environment.getOrDefault("ROCKPOOL_NPM", "npm");
  }

  private static int packagesIn(Path modules) {
    var count = 0;
    try (var entries = Files.newDirectoryStream(modules)) {
      for (var entry : entries) {
        var scope = entry.getFileName().toString().startsWith("@");
        count += scope ? packagesIn(entry) : 1;
      }
    } catch (IOException notYet) {
      return count;
    }
    return count;
  }

  /** Each has all that it needs inside; {@code openclaw} itself is found further up as before. */
  private void addPlugins(Path stage) throws IOException {
    var modules = stage.resolve("node_modules");
    for (var plugin : plugins) {
      Files.move(
          modules.resolve(PLUGINS + plugin),
          modules.resolve("openclaw/dist/extensions").resolve(plugin),
          StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void writeHashes(Path stage) throws IOException {
    var lines = new ArrayList<String>();
    hashes(stage.resolve("node_modules")).forEach((path, hash) -> lines.add(hash + "  " + path));
    Files.write(stage.resolve(HASHES), lines);
  }

  private static Map<String, String> hashes(Path modules) throws IOException {
    var hashes = new TreeMap<String, String>();
    Files.walkFileTree(
        modules,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            var content =
                attributes.isSymbolicLink()
                    ? Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8)
                    : Files.readAllBytes(file);
            hashes.put(modules.relativize(file).toString(), sha256(content));
            return FileVisitResult.CONTINUE;
          }
        });
    return hashes;
  }

  /** Has OpenClaw write something into a file of the stage. */
  private static void run(Path stage, String file, String... words)
      throws IOException, InterruptedException {
    var scratch =
        Files.createTempDirectory(
            "rockpool-openclaw",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      var complaints = stage.resolve("openclaw.log");
      var line = new ArrayList<String>();
      line.add(bin(stage, "node").toString());
      line.add(bin(stage, "openclaw").toString());
      line.addAll(List.of(words));
      var builder =
          new ProcessBuilder(line)
              .directory(scratch.toFile())
              .redirectOutput(stage.resolve(file).toFile())
              .redirectError(complaints.toFile());
      builder.environment().clear();
      builder
          .environment()
          .putAll(
              Map.of(
                  "PATH",
                  bin(stage, "") + ":/usr/bin:/bin",
                  "HOME",
                  scratch.toString(),
                  "TMPDIR",
                  scratch.toString(),
                  "OPENCLAW_OFFLINE",
                  "1"));
      var process = builder.start();
      if (!process.waitFor(TOOL_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
          || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(
            "openclaw %s failed: %s"
                .formatted(String.join(" ", words), Files.readString(complaints).strip()));
      }
    } finally {
      delete(scratch);
    }
  }

  /** Nobody but root, or nobody at all, changes it from here on. */
  private static void lockUp(Path stage) throws IOException, InterruptedException {
    var mode = Proc.isRoot() ? "a+rX,go-w" : "a+rX,a-w";
    var result = Tool.run(TOOL_AT_MOST, "", List.of("chmod", "-R", mode, "--", stage.toString()));
    if (!result.good()) {
      throw new IOException(result.complaint());
    }
    if (!Proc.isRoot()) {
      // A folder that is moved must be writable itself, because its ".." changes.
      Files.setPosixFilePermissions(stage, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void removeOldStages() throws IOException, InterruptedException {
    try (var stages = Files.newDirectoryStream(folder.getParent(), ".stage-*")) {
      for (var old : stages) {
        delete(old);
      }
    }
  }

  private static void delete(Path folder) throws IOException, InterruptedException {
    Tool.Result _ =
        Tool.run(TOOL_AT_MOST, "", List.of("chmod", "-R", "u+rwX", "--", folder.toString()));
    var result = Tool.run(TOOL_AT_MOST, "", List.of("rm", "-rf", "--", folder.toString()));
    if (!result.good()) {
      throw new IOException("cannot delete %s: %s".formatted(folder, result.complaint()));
    }
  }

  private static Path bin(Path folder, String program) {
    return folder.resolve("node_modules/.bin").resolve(program);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static String resource(String name) {
    try (var stream = OpenClawInstall.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not in this build");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
