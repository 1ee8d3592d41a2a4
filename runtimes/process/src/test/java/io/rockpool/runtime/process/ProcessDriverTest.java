package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.tck.InstanceLogsContract;
import io.rockpool.runtime.tck.ListenersContract;
import io.rockpool.runtime.tck.LiveFilesContract;
import io.rockpool.runtime.tck.RuntimeDriverContract;
import io.rockpool.runtime.tck.StateSizeContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contracts, on this host as it is: with walls where it has bubblewrap. */
class ProcessDriverTest {
  @Nested
  class Driver extends RuntimeDriverContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return host.open();
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected List<String> exitingWith(int code) {
      return List.of("sh", "-c", "exit " + code);
    }

    @Override
    protected List<String> recording(String variable, String path) {
      return List.of(
          "sh", "-c", "printf %%s \"$%s\" >%s; exec sleep 600".formatted(variable, path));
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return host.readHome(id, path);
    }

    @Override
    protected void writeHome(InstanceId id, String path, String content) {
      host.writeHome(id, path, content);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return host.readConfig(id, path);
    }
  }

  /** The same where there is no bubblewrap: no walls, and the server's own user. */
  @Nested
  class WithoutWalls extends RuntimeDriverContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      try {
        return host.openWithoutWalls(false);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected List<String> exitingWith(int code) {
      return List.of("sh", "-c", "exit " + code);
    }

    @Override
    protected List<String> recording(String variable, String path) {
      return List.of(
          "sh", "-c", "printf %%s \"$%s\" >%s; exec sleep 600".formatted(variable, path));
    }

    @Override
    protected Optional<String> readHome(InstanceId id, String path) {
      return host.readHome(id, path);
    }

    @Override
    protected void writeHome(InstanceId id, String path, String content) {
      host.writeHome(id, path, content);
    }

    @Override
    protected Optional<String> readConfig(InstanceId id, String path) {
      return host.readConfig(id, path);
    }
  }

  @Nested
  class Logs extends InstanceLogsContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return host.open();
    }

    @Override
    protected List<String> printing(String... lines) {
      var command =
          new ArrayList<>(List.of("sh", "-c", "printf '%s\\n' \"$@\"; exec sleep 600", "sh"));
      command.addAll(List.of(lines));
      return command;
    }
  }

  @Nested
  class Files extends LiveFilesContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return host.open();
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
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

  @Nested
  class Sizes extends StateSizeContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return host.open();
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }
  }

  @Nested
  class WhoListens extends ListenersContract {
    @TempDir Path folder;
    private TestHost host;

    @BeforeEach
    void makeHost() {
      TestHost.needsRootAndBubblewrap();
      host = new TestHost(folder);
    }

    @Override
    protected RuntimeDriver open() {
      return host.open();
    }

    @Override
    protected List<String> longRunning() {
      return List.of("sleep", "600");
    }

    @Override
    protected List<String> listening(String variable, int port) {
      return List.of(
          "perl",
          "-MIO::Socket::INET",
          "-e",
          "my $s = IO::Socket::INET->new(LocalAddr => $ENV{%s}, LocalPort => %d, Listen => 5) or die; sleep 600"
              .formatted(variable, port));
    }
  }
}
