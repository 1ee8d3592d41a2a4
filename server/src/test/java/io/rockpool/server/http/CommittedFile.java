package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is generated and committed all the same, so that a review sees how it changes. Its
 * test fails when the two differ, and says which command renews it.
 */
public final class CommittedFile {
  /**
   * @param path below the root of the repository, with slashes
   * @param current what would be generated now
   * @param command what to run at the root of the repository
   */
  public static void assertCurrent(String path, String current, String command) {
    var file = root().resolve(path);
    try {
      if (!Files.exists(file)) {
        fail("%s is missing. Make it with: %s", path, command);
      }
      assertThat(Files.readString(file))
          .as("%s is out of date. Renew it with: %s", path, command)
          .isEqualTo(current);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The root of the repository: the tests of a module run in the module's folder. */
  static Path root() {
    for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve("runtimes/api"))) {
        return folder;
      }
    }
    throw new IllegalStateException("these tests run inside the repository");
  }

  private CommittedFile() {}
}
