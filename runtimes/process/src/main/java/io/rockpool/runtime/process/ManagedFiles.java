package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Puts an instance's files in place. The instance may run, and its user may have put links where a
 * file belongs: every step goes from an open folder to a name in it, never along a path, and no
 * link is followed. A file is written whole in a folder that the instance cannot reach, and then
 * moved.
 */
final class ManagedFiles {
  private static final String FOLDER_MODE = "rwxr-xr-x";
  private static final String CONFIG_MODE = "rw-r--r--";
  private static final String SECRET_MODE = "rw-------";
  private static final String SEED_MODE = "rw-r-----";

  private final InstanceFolder folder;
  private final long user;

  /**
   * @param user who gets secrets and seeds; {@link LaunchRecord#NO_USER} leaves them ours
   */
  ManagedFiles(InstanceFolder folder, long user) {
    this.folder = folder;
    this.user = user;
  }

  /** Bytes that {@link #put} will write at most. */
  static long size(InstanceFiles files) {
    long size = 0;
    for (var content : files.config().values()) {
      size += content.length() * 3L;
    }
    for (var content : files.secrets().values()) {
      size += content.reveal().length() * 3L;
    }
    for (var content : files.seeds().values()) {
      size += content.length() * 3L;
    }
    return size;
  }

  /**
   * Replaces config and secrets, removes other files there, and adds the seeds that are missing.
   */
  void put(InstanceFiles files) throws IOException {
    try (var config = open(folder.config());
        var home = open(folder.home());
        var stage = open(folder.stage())) {
      for (var file : files.config().entrySet()) {
        replace(config, stage, file.getKey(), file.getValue(), CONFIG_MODE, false);
      }
      for (var file : files.secrets().entrySet()) {
        replace(config, stage, file.getKey(), file.getValue().reveal(), SECRET_MODE, true);
      }
      var kept = new HashSet<>(files.config().keySet());
      kept.addAll(files.secrets().keySet());
      removeOthers(config, "", kept);
      for (var seed : files.seeds().entrySet()) {
        add(home, stage, seed.getKey(), seed.getValue());
      }
    }
  }

  private void replace(
      SecureDirectoryStream<Path> root,
      SecureDirectoryStream<Path> stage,
      String path,
      String content,
      String mode,
      boolean owned)
      throws IOException {
    within(
        root,
        stage,
        path,
        false,
        (parent, name) -> {
          if (isFolder(parent, name)) {
            removeFolder(parent, name);
          }
          var staged = stage(stage, content, mode, owned);
          stage.move(staged, parent, name);
        });
  }

  private void add(
      SecureDirectoryStream<Path> root,
      SecureDirectoryStream<Path> stage,
      String path,
      String content)
      throws IOException {
    within(
        root,
        stage,
        path,
        true,
        (parent, name) -> {
          if (!exists(parent, name)) {
            var staged = stage(stage, content, SEED_MODE, true);
            stage.move(staged, parent, name);
          }
        });
  }

  private interface Step {
    void take(SecureDirectoryStream<Path> parent, Path name) throws IOException;
  }

  /** Goes down to the folder of {@code path}, making what is missing, and takes the step there. */
  private void within(
      SecureDirectoryStream<Path> folder,
      SecureDirectoryStream<Path> stage,
      String path,
      boolean owned,
      Step step)
      throws IOException {
    var slash = path.indexOf('/');
    if (slash < 0) {
      step.take(folder, Path.of(path));
      return;
    }
    var name = Path.of(path.substring(0, slash));
    if (!owned && exists(folder, name) && !isFolder(folder, name)) {
      folder.deleteFile(name); // config is ours: an older file goes
    }
    if (!exists(folder, name)) {
      makeFolder(folder, stage, name, owned);
    }
    try (var below = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      within(below, stage, path.substring(slash + 1), owned, step);
    } catch (NotDirectoryException | NoSuchFileException e) {
      throw new InTheWay(path, e);
    } catch (FileSystemException e) {
      // ELOOP: O_NOFOLLOW met a link
      throw e instanceof InTheWay ? e : new InTheWay(path, e);
    }
  }

  /** Something that the instance's user made stands where a folder belongs. */
  static final class InTheWay extends FileSystemException {
    InTheWay(String path, IOException cause) {
      super(path, null, "something that is no folder is in the way");
      initCause(cause);
    }
  }

  /** There is no mkdirat in Java, but a move that goes from folder to folder. */
  private void makeFolder(
      SecureDirectoryStream<Path> parent,
      SecureDirectoryStream<Path> stage,
      Path name,
      boolean owned)
      throws IOException {
    var staged = Path.of(UUID.randomUUID().toString());
    Files.createDirectory(folder.stage().resolve(staged));
    dress(stage, staged, FOLDER_MODE, owned);
    try {
      stage.move(staged, parent, name);
    } catch (FileAlreadyExistsException | NotDirectoryException madeMeanwhile) {
      stage.deleteDirectory(staged);
    }
  }

  private Path stage(SecureDirectoryStream<Path> stage, String content, String mode, boolean owned)
      throws IOException {
    var staged = Path.of(UUID.randomUUID().toString());
    var options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try (var channel =
        stage.newByteChannel(
            staged,
            options,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(SECRET_MODE)))) {
      var bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      stage.deleteFile(staged);
      throw e;
    }
    dress(stage, staged, mode, owned);
    return staged;
  }

  private void dress(SecureDirectoryStream<Path> parent, Path name, String mode, boolean owned)
      throws IOException {
    var view =
        parent.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    view.setPermissions(PosixFilePermissions.fromString(mode));
    if (owned && user != LaunchRecord.NO_USER) {
      // A number that is nobody's name is taken as the id itself.
      var principals = name.getFileSystem().getUserPrincipalLookupService();
      view.setOwner(principals.lookupPrincipalByName(Long.toString(user)));
      view.setGroup(principals.lookupPrincipalByGroupName(Long.toString(user)));
    }
  }

  private static void removeFolder(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    try (var below = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      removeOthers(below, "", Set.of());
    }
    parent.deleteDirectory(name);
  }

  private static void removeOthers(
      SecureDirectoryStream<Path> folder, String prefix, Set<String> kept) throws IOException {
    for (var entry : folder) {
      var name = entry.getFileName();
      var path = prefix + name;
      if (isFolder(folder, name)) {
        try (var below = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          removeOthers(below, path + "/", kept);
        }
        if (kept.stream().noneMatch(file -> file.startsWith(path + "/"))) {
          folder.deleteDirectory(name);
        }
      } else if (!kept.contains(path)) {
        folder.deleteFile(name);
      }
    }
  }

  private static boolean isFolder(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    try {
      return view(parent, name).readAttributes().isDirectory();
    } catch (NoSuchFileException absent) {
      return false;
    }
  }

  private static boolean exists(SecureDirectoryStream<Path> parent, Path name) throws IOException {
    try {
      var _ = view(parent, name).readAttributes();
      return true;
    } catch (NoSuchFileException absent) {
      return false;
    }
  }

  private static BasicFileAttributeView view(SecureDirectoryStream<Path> parent, Path name) {
    return parent.getFileAttributeView(
        name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** The folder itself is not the instance's to replace; what is in it may be. */
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  private static SecureDirectoryStream<Path> open(Path folder) throws IOException {
    var stream = Files.newDirectoryStream(folder);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("%s is on no POSIX file system".formatted(folder));
  }
}
