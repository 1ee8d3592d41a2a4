package io.rockpool.runtime.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One at a time, over all threads and all processes of this host. */
final class FolderLock implements AutoCloseable {
  // A file lock belongs to the whole JVM, and asking for it twice throws: so threads queue here.
  private static final ConcurrentHashMap<Path, ReentrantLock> IN_THIS_JVM =
      new ConcurrentHashMap<>();

  private final ReentrantLock thread;
  private final FileChannel channel;
  private final FileLock lock;

  private FolderLock(ReentrantLock thread, FileChannel channel, FileLock lock) {
    this.thread = thread;
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for its turn. */
  static FolderLock take(Path file) {
    var thread = threadLock(file);
    thread.lock();
    try {
      var channel = open(file);
      return new FolderLock(thread, channel, channel.lock());
    } catch (IOException e) {
      thread.unlock();
      throw new UncheckedIOException("cannot lock " + file, e);
    }
  }

  /** Empty when somebody else has it. */
  static Optional<FolderLock> tryTake(Path file) {
    var thread = threadLock(file);
    if (!thread.tryLock()) {
      return Optional.empty();
    }
    try {
      var channel = open(file);
      var lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new FolderLock(thread, channel, lock));
      }
      channel.close();
      thread.unlock();
      return Optional.empty();
    } catch (IOException e) {
      thread.unlock();
      throw new UncheckedIOException("cannot lock " + file, e);
    }
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      thread.unlock();
    }
  }

  private static ReentrantLock threadLock(Path file) {
    return IN_THIS_JVM.computeIfAbsent(file.toAbsolutePath().normalize(), _ -> new ReentrantLock());
  }

  private static FileChannel open(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }
}
