package io.rockpool.server;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds everything of one server: mode 0700, one server at a time.
 *
 * <pre>
 * admin.token     the administrator's bearer token, 0600
 * home.key        the key that all secrets of instances are derived from, 0600: back it up
 * master.key      what encrypts the vault, unless the settings say otherwise, 0600: back it up
 * rockpool.db     the embedded database
 * config.yaml     settings, if there are any
 * runtimes/NAME/  what the runtimes keep
 * </pre>
 */
final class Home implements AutoCloseable {
  private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> SECRET =
      PosixFilePermissions.fromString("rw-------");

  /** For the database, the logs, and the native code that SQLite unpacks. */
  private static final long LEAST_SPACE = 32L << 20;

  /** Why a home cannot be used; the message says what to do. */
  static final class Unusable extends Exception {
    Unusable(String message) {
      super(message);
    }
  }

  private final Path folder;
  private final FileChannel lockFile;
  private final boolean isNew;

  private Home(Path folder, FileChannel lockFile, boolean isNew) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.isNew = isNew;
  }

  /** Opens it for this process alone; makes it when it is missing. */
  static Home open(Path folder) throws IOException, Unusable {
    var absolute = folder.toAbsolutePath().normalize();
    if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
      throw new Unusable(
          "%s is no folder. Move it away, or choose another with --home.".formatted(absolute));
    }
    if (!Files.exists(absolute)) {
      try {
        Files.createDirectories(absolute, PosixFilePermissions.asFileAttribute(OURS));
      } catch (FileSystemException e) {
        throw new Unusable(
            "%s cannot be made, because of %s. Change the owner there, or choose another with --home."
                .formatted(absolute, e.getFile()));
      }
    }
    if (!Files.isWritable(absolute)) {
      throw new Unusable(
          "%s cannot be written. Change its owner, or choose another with --home."
              .formatted(absolute));
    }
    long free = Files.getFileStore(absolute).getUsableSpace();
    if (free < LEAST_SPACE) {
      throw new Unusable(
          "The disk of %s has %d MiB free, and %d MiB are needed. Delete something there, or choose another folder with --home."
              .formatted(absolute, free >> 20, LEAST_SPACE >> 20));
    }
    Files.setPosixFilePermissions(absolute, OURS);
    var channel =
        FileChannel.open(
            absolute.resolve("server.lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(SECRET));
    try {
      if (tryLock(channel) == null) {
        var pid = read(channel);
        throw new Unusable(
            "Another Rockpool%s uses %s. Stop it, or choose another folder with --home."
                .formatted(pid.isBlank() ? "" : " (pid " + pid.strip() + ")", absolute));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
    } catch (IOException | Unusable e) {
      channel.close();
      throw e;
    }
    return new Home(absolute, channel, !Files.exists(absolute.resolve("rockpool.db")));
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException oursAlready) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    var buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
  }

  Path folder() {
    return folder;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** A folder inside, mode 0700; made when it is missing. */
  Path folder(String name) throws IOException {
    return Files.createDirectories(
        folder.resolve(name), PosixFilePermissions.asFileAttribute(OURS));
  }

  /** Whether no server has worked here before. */
  boolean isNew() {
    return isNew;
  }

  /** The administrator's token; drawn when there is none yet. */
  Secret adminToken() throws IOException, Unusable {
    var file = folder.resolve("admin.token");
    if (!Files.exists(file)) {
      var bytes = new byte[32];
      new SecureRandom().nextBytes(bytes);
      var token = "rp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      var beside = folder.resolve(".admin.token.new");
      Files.deleteIfExists(beside);
      try (var channel =
          FileChannel.open(
              beside,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(SECRET))) {
        channel.write(ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.US_ASCII)));
        channel.force(true);
      }
      Files.move(beside, file);
    }
    Files.setPosixFilePermissions(file, SECRET);
    var token = Files.readString(file).strip();
    if (token.length() < 20) {
      throw new Unusable(
          "%s holds no token of 20 characters or more. Delete it for a new one.".formatted(file));
    }
    return Secret.of(token);
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
