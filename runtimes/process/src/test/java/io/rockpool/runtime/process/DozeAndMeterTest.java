package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.tck.DozingContract;
import io.rockpool.runtime.tck.MeteringContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contracts of both abilities, by every means that a host may have for them. */
class DozeAndMeterTest {
  /** Opens a driver the way that a test wants it. */
  interface Opening {
    RuntimeDriver on(TestHost host) throws InterruptedException;
  }

  /** On any host. */
  abstract static class OnHost extends DozingContract {
    private final Opening opening;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit makes it
    private Path folder;

    @SuppressWarnings("NullAway.Init") // made before each test
    private TestHost host;

    OnHost(Opening opening) {
      this.opening = opening;
    }

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return opened(opening, host);
    }

    @Override
    protected List<String> beating(String path) {
      return beats(path);
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return host.readHome(id, path);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return host.readConfig(id, path);
    }
  }

  abstract static class Metered extends MeteringContract {
    private final Opening opening;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit makes it
    private Path folder;

    @SuppressWarnings("NullAway.Init") // made before each test
    private TestHost host;

    Metered(Opening opening) {
      this.opening = opening;
    }

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return opened(opening, host);
    }

    @Override
    protected List<String> beating(String path) {
      return beats(path);
    }

    @Override
    protected List<String> holding(long bytes) {
      return List.of("perl", "-e", "my $held = 'x'; $held x= %d; sleep 600".formatted(bytes));
    }
  }

  private static RuntimeDriver opened(Opening opening, TestHost host) {
    try {
      return opening.on(host);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Beats from two processes, one of which is always new. */
  private static List<String> beats(String path) {
    return List.of("sh", "-c", "while :; do echo beat >>%s; sleep 0.01; done".formatted(path));
  }

  @Nested
  class Dozing extends OnHost {
    Dozing() {
      super(TestHost::open);
    }
  }

  @Nested
  class DozingWithoutWalls extends OnHost {
    DozingWithoutWalls() {
      super(host -> host.openWithoutWalls(false));
    }
  }

  @Nested
  class DozingWithVersion1 extends OnHost {
    DozingWithVersion1() {
      super(host -> {
        TestHost.needs(Proc.isRoot(), "root");
        TestHost.orAbort(
            Files.isDirectory(Path.of("/sys/fs/cgroup/freezer")), "control groups of version 1");
        return host.openWithVersion1();
      });
    }
  }

  @Nested
  class DozingWithoutGroups extends OnHost {
    DozingWithoutGroups() {
      super(TestHost::openWithoutGroups);
    }
  }

  @Nested
  class Metering extends Metered {
    Metering() {
      super(TestHost::open);
    }
  }

  @Nested
  class MeteringWithoutGroups extends Metered {
    MeteringWithoutGroups() {
      super(TestHost::openWithoutGroups);
    }
  }
}
