package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import java.nio.file.Path;
import java.util.Optional;

/** The locks of one home: one for each instance, and one for what its instances share. */
record HomeLocks(Path home) {
  FolderLock take(InstanceId id) {
    return FolderLock.take(file(id.value()));
  }

  /** Empty when somebody else has it. */
  Optional<FolderLock> tryTake(InstanceId id) {
    return FolderLock.tryTake(file(id.value()));
  }

  FolderLock takeHome() {
    return FolderLock.take(file(".home"));
  }

  private Path file(String name) {
    return home.resolve("locks").resolve(name);
  }
}
