package io.rockpool.runtime.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Preparation.Result;
import io.rockpool.runtime.RuntimeProvider.Setting;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Fetches OpenClaw, or takes it from the cache, and runs a gateway. */
@Tag("openclaw")
class RealOpenClawTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final String CONFIG =
      """
      {
        "gateway": {
          "mode": "local",
          "bind": "loopback",
          "trustedProxies": ["127.0.0.1"],
          "auth": { "mode": "token",
            "token": { "source": "file", "provider": "rockpool", "id": "/gatewayToken" } },
          "controlUi": { "enabled": false },
          "terminal": { "enabled": false }
        },
        "secrets": { "providers": { "rockpool": {
          "source": "file", "path": "/config/secrets.json", "mode": "json" } } },
        "discovery": { "mdns": { "mode": "off" } },
        "update": { "checkOnStart": false, "auto": { "enabled": false } },
        "telemetry": { "enabled": false },
        "browser": { "enabled": false },
        "models": { "mode": "replace", "catalogRefresh": { "enabled": false } },
        "plugins": { "allow": ["memory-core"] },
        "agents": { "defaults": { "skipBootstrap": true, "heartbeat": { "every": "0m" } } }
      }
      """;

  private static final long DOZING_AT_MOST = 30L << 20;

  /** What a test does with a gateway that is ready. */
  private interface Work {
    void with(ProcessDriver driver, Running running) throws Exception;
  }

  @TempDir Path home;

  @Test
  void a_gateway_comes_up_in_its_sandbox_answers_and_stops_gently() throws Exception {
    withGateway((driver, running) -> {
      assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
      assertThat(status(running.gateway().resolve("/readyz"))).isEqualTo(-1);
    });
  }

  @Nested
  class WithSwapOnDisk {
    @RegisterExtension static final SwapSpace SWAP = SwapSpace.onDisk();

    @Test
    void a_dozing_gateway_holds_little_memory_and_answers_when_it_woke() throws Exception {
      withGateway((driver, running) -> {
        assertThat(held(driver)).isGreaterThan(DOZING_AT_MOST * 5);

        // From the second time on it is known what a gateway wants first.
        for (int i = 0; i < 3; i++) {
          assertThat(driver.doze(ADA)).isEqualTo(new Done(new Frozen(running)));
          assertThat(held(driver)).isLessThan(DOZING_AT_MOST);

          assertThat(driver.wake(ADA)).isEqualTo(new Done(running));
          assertThat(status(running.gateway().resolve("/readyz"))).isEqualTo(200);
        }

        driver.doze(ADA);
        assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
      });
    }

    private static long held(ProcessDriver driver) {
      return driver.usage(ADA).orElseThrow().memoryBytes();
    }
  }

  private void withGateway(Work work) throws Exception {
    TestHost.needs(Tool.find("bwrap").isPresent(), "bubblewrap");
    var cache =
        Optional.ofNullable(System.getenv("ROCKPOOL_CACHE"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache/rockpool"));
    var setting =
        new Setting(
            home,
            Files.createDirectories(cache),
            URI.create("http://127.0.0.1:3000"),
            Map.of("stop-grace", "PT30S"),
            InstantSource.system());
    try (var driver = (ProcessDriver) new ProcessProvider().open(setting)) {
      assertThat(driver.prepare(step -> System.out.println(step.percent() + "% " + step.text())))
          .isEqualTo(new Result.Ready());
      assertThat(driver.configSchema())
          .hasValueSatisfying(it -> assertThat(it).contains("gateway"));
      var extensions =
          OpenClawInstall.in(cache).root().resolve("node_modules/openclaw/dist/extensions");
      for (var plugin : List.of("discord", "feishu", "line", "slack", "telegram", "whatsapp")) {
        assertThat(extensions.resolve(plugin).resolve("openclaw.plugin.json")).exists();
      }
      try {
        var outcome = driver.start(spec());

        assertThat(outcome).isInstanceOf(Done.class);
        var running = (Running) ((Done) outcome).seen();
        await()
            .atMost(120, SECONDS)
            .failFast(() -> !(driver.observe(ADA) instanceof Running))
            .until(() -> status(running.gateway().resolve("/readyz")) == 200);
        driver.tail(ADA, 20).lines().forEach(System.out::println);

        work.with(driver, running);
      } finally {
        driver.tail(ADA, 10).lines().forEach(System.out::println);
        assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Observation.Absent()));
      }
    }
  }

  private static InstanceSpec spec() {
    return new InstanceSpec(
        ADA,
        1,
        List.of("openclaw", "gateway"),
        Map.of(
            "OPENCLAW_STATE_DIR", "{home}/.openclaw",
            "OPENCLAW_CONFIG_PATH", "{config}/openclaw.json",
            "OPENCLAW_GATEWAY_PORT", "{port}",
            "OPENCLAW_CONFIG_READONLY", "1",
            "OPENCLAW_DISABLE_BONJOUR", "1",
            "OPENCLAW_NO_RESPAWN", "1",
            "OPENCLAW_EXEC_SHELL_SNAPSHOT", "0",
            "OPENCLAW_OFFLINE", "1",
            "NODE_OPTIONS", "--max-old-space-size=384 --max-semi-space-size=4"),
        new InstanceFiles(
            Map.of("openclaw.json", CONFIG),
            Map.of(
                "secrets.json",
                Secret.of("{\"gatewayToken\":\"0123456789abcdef0123456789abcdef\"}")),
            Map.of("workspace/SOUL.md", "You are kind.")),
        new Limits(1536L << 20, 2000, 256));
  }

  private static int status(URI uri) throws InterruptedException {
    try (var client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build()) {
      var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException notThere) {
      return -1;
    }
  }
}
