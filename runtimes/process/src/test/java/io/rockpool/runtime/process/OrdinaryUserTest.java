package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Shortfall;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is not root: all verbs work, and what it cannot give is told. */
class OrdinaryUserTest {
  private static final int NOBODY = 65534;

  @TempDir Path folder;

  @Test
  void an_ordinary_user_runs_instances_and_is_told_what_they_lack() throws Exception {
    TestHost.needs(Proc.isRoot(), "root, to become somebody else");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    var own = Files.createDirectory(folder.resolve("own"));
    Files.setAttribute(own, "unix:uid", NOBODY);
    Files.setAttribute(own, "unix:gid", NOBODY);

    var result = Tool.run(Duration.ofSeconds(60), "", asNobody(own));

    assertThat(result.output().lines().filter(it -> it.startsWith("> ")))
        .as(result.output())
        .containsExactly(
            "> started: true",
            "> lacks: OwnUser MemoryLimit CpuLimit ProcessLimit LoopbackFilter",
            "> keeps its user: true",
            "> dozing also lacks: MemoryReclaim",
            "> wake: true",
            "> stop: Done[seen=Stopped[]]",
            "> destroy: Done[seen=Absent[]]",
            "> left: []");
    assertThat(new Traces(own.resolve("rockpool")).processes()).isEmpty();
  }

  /** What the ordinary user does. */
  public static void main(String[] arguments) throws IOException {
    var host = new TestHost(Path.of(arguments[0]));
    try (var driver = host.open()) {
      var outcome = driver.start(Victims.spec(1));
      say("started", driver.observe(ADA) instanceof Running);
      if (!(driver.observe(ADA) instanceof Running running)) {
        System.out.println(outcome);
        return;
      }
      // Where user namespaces are off there are no walls either.
      say(
          "lacks",
          String.join(
              " ",
              running.shortfalls().stream()
                  .map(Shortfall::name)
                  .filter(it -> !it.equals("Sandbox"))
                  .toList()));
      say("keeps its user", !running.placement().details().containsKey("user"));
      if (driver.doze(ADA) instanceof Done(Frozen(var awake))) {
        var lacks = new ArrayList<>(awake.shortfalls());
        lacks.removeAll(running.shortfalls());
        say("dozing also lacks", lacks.getFirst().name());
      }
      say("wake", driver.wake(ADA).equals(new Done(running)));
      say("stop", driver.stop(ADA));
      say("destroy", driver.destroy(ADA));
      say("left", driver.list());
    }
  }

  private static void say(String what, Object value) {
    System.out.println("> " + what + ": " + value);
  }

  /** What only root may read, as a repository in root's home, is copied. */
  private List<String> asNobody(Path own) throws IOException, InterruptedException {
    var classPath = new ArrayList<String>();
    var origin =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (var entry : origin.split(File.pathSeparator, -1)) {
      var copy = folder.resolve(classPath.size() + "-" + Path.of(entry).getFileName());
      var copied =
          Tool.run(Duration.ofSeconds(60), "", List.of("cp", "-r", entry, copy.toString()));
      assertThat(copied.output()).isEmpty();
      classPath.add(copy.toString());
    }
    return List.of(
        "setpriv",
        "--reuid=" + NOBODY,
        "--regid=" + NOBODY,
        "--clear-groups",
        ProcessHandle.current().info().command().orElseThrow(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx64m",
        "-cp",
        String.join(File.pathSeparator, classPath),
        OrdinaryUserTest.class.getName(),
        own.toString());
  }
}
