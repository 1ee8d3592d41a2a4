package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What one instance has on disk: {@code HOME/instances/ID}.
 *
 * <ul>
 *   <li>{@code home/} the instance's own home folder; its user may put anything there
 *   <li>{@code config/} managed files, which it only reads
 *   <li>{@code tmp/} its temporary files
 *   <li>{@code logs/} its output; {@code run/} lifemark, port, user id and the like
 *   <li>{@code stage/} files that are not in their place yet
 * </ul>
 */
record InstanceFolder(InstanceId id, Path path) {
  private static final String WORKING_SET = "workingset";
  private static final Duration DELETE_AT_MOST = Duration.ofMinutes(10);
  private static final Duration COUNT_AT_MOST = Duration.ofSeconds(10);

  static Path all(Path home) {
    return home.resolve("instances");
  }

  static InstanceFolder of(Path home, InstanceId id) {
    return new InstanceFolder(id, all(home).resolve(id.value()));
  }

  /** Every instance there is, ordered. */
  static List<InstanceFolder> list(Path home) {
    if (!Files.isDirectory(all(home))) {
      return List.of();
    }
    var found = new ArrayList<InstanceFolder>();
    try (var entries = Files.newDirectoryStream(all(home))) {
      for (var entry : entries) {
        var name = entry.getFileName().toString();
        if (InstanceId.isValid(name) && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          found.add(new InstanceFolder(new InstanceId(name), entry));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + all(home), e);
    }
    found.sort((a, b) -> a.id().compareTo(b.id()));
    return found;
  }

  boolean exists() {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Makes what is missing; mode 0700 throughout. */
  void create() throws IOException {
    var ours = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(path.getParent(), ours);
    for (var folder : List.of(path, home(), config(), tmp(), logs(), run(), stage())) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(folder, ours);
      }
    }
  }

  /**
   * Deletes it with all that is in it. It gets another name first, so that a crash half way leaves
   * no half instance: {@link #sweep} deletes the rest.
   */
  void delete(Path home) throws IOException, InterruptedException {
    var trash = trash(home);
    Files.createDirectories(trash);
    var doomed = trash.resolve(id.value() + "." + UUID.randomUUID());
    try {
      Files.move(path, doomed, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException already) {
      return;
    }
    deleteTree(doomed);
  }

  /** Deletes what a crashed {@link #delete} left. */
  static void sweep(Path home) throws IOException, InterruptedException {
    if (!Files.isDirectory(trash(home))) {
      return;
    }
    try (var entries = Files.newDirectoryStream(trash(home))) {
      for (var entry : entries) {
        deleteTree(entry);
      }
    }
  }

  /**
   * The room that it takes on its disk. GNU du counts what is linked twice once, and of a file with
   * holes only what is there.
   */
  OptionalLong bytes() throws IOException, InterruptedException {
    var result =
        Tool.run(
            COUNT_AT_MOST, "", List.of("du", "-s", "-x", "--block-size=1", "--", path.toString()));
    // What vanished while it counted is a complaint, and the sum comes all the same, last.
    return result
        .output()
        .lines()
        .filter(line -> line.matches("[0-9]{1,18}\\t.*"))
        .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf('\t'))))
        .reduce((_, last) -> last);
  }

  private static Path trash(Path home) {
    return home.resolve("trash");
  }

  /**
   * The instance's user may have planted links, folders that nobody may enter, and trees of any
   * depth. GNU rm is made for that; it never follows a link.
   */
  private static void deleteTree(Path folder) throws IOException, InterruptedException {
    var remove = List.of("rm", "-rf", "--one-file-system", "--", folder.toString());
    var result = Tool.run(DELETE_AT_MOST, "", remove);
    if (!result.good()) {
      Tool.Result _ =
          Tool.run(DELETE_AT_MOST, "", List.of("chmod", "-R", "u+rwX", "--", folder.toString()));
      result = Tool.run(DELETE_AT_MOST, "", remove);
    }
    if (!result.good()) {
      throw new IOException("cannot delete %s: %s".formatted(folder, result.complaint()));
    }
  }

  Path home() {
    return path.resolve("home");
  }

  Path config() {
    return path.resolve("config");
  }

  Path tmp() {
    return path.resolve("tmp");
  }

  Path logs() {
    return path.resolve("logs");
  }

  Path run() {
    return path.resolve("run");
  }

  Path stage() {
    return path.resolve("stage");
  }

  Optional<Lifemark> lifemark() {
    return Lifemark.read(run().resolve("lifemark"));
  }

  /** The launch that the lifemark belongs to. */
  Optional<LaunchRecord> launch(Lifemark mark) {
    return LaunchRecord.read(run().resolve("launch.json"))
        .filter(launch -> launch.nonce().equals(mark.nonce()));
  }

  /** The exit status that the marked process left; empty when it could leave none. */
  Optional<Integer> exitCode(Lifemark mark) {
    return text("exit")
        .filter(text -> text.startsWith(mark.nonce() + " "))
        .map(text -> Integer.parseInt(text.substring(mark.nonce().length() + 1)));
  }

  boolean askedToStop(Lifemark mark) {
    return text("stopped").filter(mark.nonce()::equals).isPresent();
  }

  void askToStop(Lifemark mark) throws IOException {
    write("stopped", mark.nonce());
  }

  /** The last doze of the marked process; empty when it never dozed. */
  Optional<NapRecord> nap(Lifemark mark) {
    return NapRecord.read(run().resolve("nap.json"))
        .filter(nap -> nap.nonce().equals(mark.nonce()));
  }

  void keepNap(NapRecord nap) throws IOException {
    write("nap.json", nap.json());
  }

  /** What the marked process will want when it wakes, if that is known. */
  Optional<WorkingSet> workingSet(Lifemark mark) {
    return text(WORKING_SET).flatMap(text -> WorkingSet.parse(mark.nonce(), text));
  }

  void keepWorkingSet(Lifemark mark, WorkingSet set) throws IOException {
    write(WORKING_SET, set.text(mark.nonce()));
  }

  void forgetWorkingSet() throws IOException {
    Files.deleteIfExists(run().resolve(WORKING_SET));
  }

  Optional<Long> number(String name) {
    return text(name).filter(text -> text.matches("[0-9]{1,10}")).map(Long::parseLong);
  }

  private Optional<String> text(String name) {
    try {
      return Optional.of(Files.readString(run().resolve(name)).strip());
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /** Replaces a file of {@code run/} at once. */
  void write(String name, String content) throws IOException {
    var fresh = run().resolve(name + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, content);
    Files.move(fresh, run().resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }
}
