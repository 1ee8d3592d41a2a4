package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagedFilesTest {
  private static final long USER = 912_345;

  @TempDir Path home;
  private InstanceFolder folder;
  private ManagedFiles files;

  @BeforeEach
  void create() throws IOException {
    folder = InstanceFolder.of(home, new InstanceId("ada"));
    folder.create();
    files = new ManagedFiles(folder, Proc.isRoot() ? USER : LaunchRecord.NO_USER);
  }

  @Test
  void secrets_are_readable_by_the_instances_user_alone() throws IOException {
    files.put(new InstanceFiles(Map.of("a.json", "{}"), Map.of("k/key", Secret.of("x")), Map.of()));

    assertThat(mode(folder.config().resolve("k/key"))).isEqualTo("rw-------");
    assertThat(mode(folder.config().resolve("a.json"))).isEqualTo("rw-r--r--");
    if (Proc.isRoot()) {
      assertThat(owner(folder.config().resolve("k/key"))).isEqualTo((int) USER);
      assertThat(owner(folder.config().resolve("a.json"))).isZero();
    }
    assertThat(folder.stage()).isEmptyDirectory();
  }

  @Test
  void a_link_where_a_seeds_folder_belongs_is_not_followed() throws IOException {
    var outside = Files.createDirectories(home.resolve("outside"));
    Files.createSymbolicLink(folder.home().resolve("notes"), outside);

    assertThatThrownBy(() -> files.put(seeds("notes/mind.md")))
        .isInstanceOf(ManagedFiles.InTheWay.class);

    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void a_link_where_a_seed_belongs_counts_as_there() throws IOException {
    var outside = home.resolve("outside.txt");
    Files.createSymbolicLink(folder.home().resolve("mind.md"), outside);

    files.put(seeds("mind.md"));

    assertThat(outside).doesNotExist();
    assertThat(folder.home().resolve("mind.md")).isSymbolicLink();
  }

  @Test
  void a_link_in_the_config_is_replaced_and_not_followed() throws IOException {
    var outside = Files.writeString(home.resolve("outside.txt"), "precious");
    Files.createSymbolicLink(folder.config().resolve("app.json"), outside);
    Files.createSymbolicLink(folder.config().resolve("other"), home);

    files.put(new InstanceFiles(Map.of("app.json", "{}"), Map.of(), Map.of()));

    assertThat(outside).hasContent("precious");
    assertThat(folder.config().resolve("app.json")).isRegularFile().hasContent("{}");
    assertThat(folder.config().resolve("other")).doesNotExist();
    assertThat(home.resolve("instances")).exists();
  }

  @Test
  void a_folder_becomes_a_file_and_a_file_a_folder() throws IOException {
    files.put(new InstanceFiles(Map.of("a/b", "1", "c", "2"), Map.of(), Map.of()));

    files.put(new InstanceFiles(Map.of("a", "3"), Map.of(), Map.of()));
    assertThat(folder.config().resolve("a")).hasContent("3");
    assertThat(folder.config().resolve("c")).doesNotExist();

    files.put(new InstanceFiles(Map.of("a/b", "4"), Map.of(), Map.of()));
    assertThat(folder.config().resolve("a/b")).hasContent("4");
  }

  @Test
  void seeds_and_their_folders_belong_to_the_instances_user() throws IOException {
    files.put(seeds("notes/deep/mind.md"));

    var seed = folder.home().resolve("notes/deep/mind.md");
    assertThat(seed).hasContent("seed");
    if (Proc.isRoot()) {
      assertThat(owner(seed)).isEqualTo((int) USER);
      assertThat(owner(folder.home().resolve("notes"))).isEqualTo((int) USER);
    }
  }

  private static InstanceFiles seeds(String path) {
    return new InstanceFiles(Map.of(), Map.of(), Map.of(path, "seed"));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static int owner(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }
}
