package io.rockpool.control.vault;

import io.rockpool.control.secret.KeyFile;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The master keys of a server: the first wraps, the others only unwrap what was wrapped before.
 *
 * @param before of a service or of the environment; they do not change while the server runs
 * @param file holds more, and is the only place where this server makes new ones
 * @param alone whether no other server works with the same database: it would not know a new one
 */
public record MasterKeys(List<KeyWrap> before, KeyFile file, boolean alone) {
  public MasterKeys {
    before = List.copyOf(before);
  }

  /**
   * All, the newest first; at least one. Where there is none yet the file gets one.
   *
   * @throws IOException when the file cannot be read, or holds anything else
   */
  public List<KeyWrap> all() throws IOException {
    return before.isEmpty() || file.exists()
        ? Stream.concat(before.stream(), MasterKey.in(file).stream()).toList()
        : before;
  }

  /** Makes a new one where that is this server's business; whoever runs a service renews there. */
  void renew() throws IOException {
    if (before.isEmpty()) {
      if (!alone) {
        throw new VaultException(
            "Other servers may use this database, and would not know a master key that is made here. Give it to all by ROCKPOOL_MASTER_KEY: the old one first, then the new one; then the new one first; then rotate.");
      }
      MasterKey.renew(file);
    }
  }

  /** Leaves only the first: nothing is wrapped by the others any more. */
  void forgetOld() throws IOException {
    if (before.isEmpty()) {
      MasterKey.forgetOld(file);
    } else {
      file.delete();
    }
  }
}
