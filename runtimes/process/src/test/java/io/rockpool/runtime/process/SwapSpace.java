package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Swap of a test class, which the host takes before any other that it has. Swap is the whole
 * host's: so the classes that need some take turns.
 */
final class SwapSpace implements BeforeAllCallback, AfterAllCallback {
  private static final Path TURN = Path.of("/tmp/rockpool-test-swap.lock");
  private static final Path ZRAM = Path.of("/sys/block/zram0");

  private final boolean zram;
  private @Nullable FileLock turn;
  private @Nullable Path area;

  private SwapSpace(boolean zram) {
    this.zram = zram;
  }

  static SwapSpace onDisk() {
    return new SwapSpace(false);
  }

  static SwapSpace inZram() {
    return new SwapSpace(true);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    TestHost.needs(Proc.isRoot(), "root");
    TestHost.orAbort(!zram || Files.isDirectory(ZRAM), "zram");
    var options = List.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    turn = FileChannel.open(TURN, options.toArray(StandardOpenOption[]::new)).lock();
    area = zram ? makeZram() : makeFile();
    run("mkswap", area.toString());
    run("swapon", "-p", "32000", area.toString());
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (area != null) {
      run("swapoff", area.toString());
      if (zram) {
        Files.writeString(ZRAM.resolve("reset"), "1");
      } else {
        Files.delete(area);
      }
    }
    if (turn != null) {
      turn.acquiredBy().close();
    }
  }

  private static Path makeFile() throws IOException, InterruptedException {
    // Not in memory, as /tmp may be.
    var file = Files.createTempFile(Path.of("/var/tmp"), "rockpool-test-", ".swap"); // mode 0600
    run("fallocate", "-l", "2G", file.toString());
    return file;
  }

  private static Path makeZram() throws IOException {
    TestHost.orAbort(
        Files.readString(ZRAM.resolve("disksize")).strip().equals("0"), "zram that nobody uses");
    Files.writeString(ZRAM.resolve("comp_algorithm"), "lz4");
    Files.writeString(ZRAM.resolve("disksize"), "2G");
    return Path.of("/dev/zram0");
  }

  private static void run(String... command) throws IOException, InterruptedException {
    var result = Tool.run(Duration.ofSeconds(60), "", List.of(command));
    assertThat(result.good()).as("%s: %s", List.of(command), result.output()).isTrue();
  }
}
