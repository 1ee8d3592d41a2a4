package io.rockpool.runtime.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which homes have control groups and a filter table on this host, so that these can be removed
 * when a home is not there any more. One file for each, with the home's name of 8 hexadecimal
 * digits; it holds the home's path. The folder is gone after a boot, as the groups and tables are.
 *
 * <p>Only a home that this file system knows is judged: another container may use the same kernel
 * tables, and its homes are not here.
 */
final class HomeRegister {
  private static final Logger log = LoggerFactory.getLogger(HomeRegister.class);
  private static final Path OF_THIS_HOST = Path.of("/run/rockpool/homes");
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{8}");

  private final Optional<Path> folder;

  /**
   * @param folder need not exist; empty where nothing can be registered
   */
  HomeRegister(Optional<Path> folder) {
    this.folder = folder;
  }

  /** An ordinary user has no tables, and its groups end with its session. */
  static HomeRegister ofThisHost() {
    return new HomeRegister(
        Proc.isRoot() && Files.isWritable(Path.of("/run"))
            ? Optional.of(OF_THIS_HOST)
            : Optional.empty());
  }

  /** Has to be done before anything of the home is put into the kernel. */
  void enter(Path home) throws IOException {
    if (folder.isEmpty()) {
      return;
    }
    try (var _ = lock(folder.get())) {
      var entry = folder.get().resolve(ProcessDriver.hash(home));
      var fresh = folder.get().resolve(entry.getFileName() + ".new");
      Files.writeString(fresh, home.toString());
      Files.move(fresh, entry, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * Removes what is left of homes whose folder is gone. Where a process still runs, all stays: it
   * may be wanted, and its walls with it. What cannot be removed is tried again by whoever opens
   * next: another home's leftovers are no reason not to start.
   */
  void sweep() throws IOException, InterruptedException {
    if (folder.isEmpty() || !Files.isDirectory(folder.get())) {
      return;
    }
    try (var _ = lock(folder.get())) {
      for (var entry : entries(folder.get())) {
        try {
          sweep(entry);
        } catch (IOException | InvalidPathException e) {
          log.atWarn()
              .addKeyValue("entry", entry)
              .addKeyValue("error", e.getMessage())
              .log("What a home left could not be removed.");
        }
      }
    }
  }

  private static void sweep(Path entry) throws IOException, InterruptedException {
    var home = Path.of(Files.readString(entry, StandardCharsets.UTF_8).strip());
    var name = entry.getFileName().toString();
    if (name.equals(ProcessDriver.hash(home)) && Files.notExists(home) && removed(name)) {
      Files.delete(entry);
      log.atInfo().addKeyValue("home", home).log("Removed what a deleted home had left.");
    }
  }

  private static boolean removed(String name) throws IOException, InterruptedException {
    var groups = ControlGroups.probe(name);
    for (var id : groups.list()) {
      if (!groups.find(id).members().isEmpty()) {
        return false;
      }
    }
    for (var id : groups.list()) {
      groups.remove(id);
    }
    groups.tidy();
    LoopbackFilter.probe(name, 0, List.of()).apply(List.of());
    return true;
  }

  private static List<Path> entries(Path folder) throws IOException {
    var entries = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(folder)) {
      for (var file : files) {
        if (NAME.matcher(file.getFileName().toString()).matches()) {
          entries.add(file);
        }
      }
    }
    return entries;
  }

  private static FolderLock lock(Path folder) {
    return FolderLock.take(folder.resolve(".lock"));
  }
}
