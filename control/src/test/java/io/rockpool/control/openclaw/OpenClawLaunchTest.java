package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Limits;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenClawLaunchTest {
  @Test
  void no_secret_is_in_the_command_or_the_environment() {
    var spec =
        OpenClawLaunch.spec(
            Given.ADA,
            3,
            Given.rendered(List.of("lingxi", "coder"), "{}", "{}"),
            new Limits(1L << 30, 1_000, 256));

    assertThat(spec.command()).containsExactly("openclaw", "gateway");
    assertThat(spec.environment())
        .containsEntry("OPENCLAW_CONFIG_PATH", "{config}/openclaw.json")
        .containsEntry("ROCKPOOL_CONFIG", "{config}")
        .containsEntry("OPENCLAW_GATEWAY_PORT", "{port}");
    assertThat(spec.toString()).doesNotContain("0123456789abcdef", "rpk-model-key");
    assertThat(spec.generation()).isEqualTo(3);
  }

  @Test
  void no_instance_keeps_compiled_code_of_its_own() {
    assertThat(OpenClawLaunch.environment(new Limits(1L << 30, 1_000, 256)))
        .containsEntry("NODE_DISABLE_COMPILE_CACHE", "1")
        .doesNotContainKey("NODE_COMPILE_CACHE");
  }

  @Test
  void timers_that_come_late_are_looked_after_before_anything_else_is_loaded() {
    var spec =
        OpenClawLaunch.spec(
            Given.ADA, 3, Given.rendered(List.of(), "{}", "{}"), new Limits(1L << 30, 1_000, 256));

    assertThat(spec.environment().get("NODE_OPTIONS"))
        .endsWith(" --require \"{config}/sleep.cjs\"");
    assertThat(spec.files().config()).containsOnlyKeys("sleep.cjs");
  }

  @Test
  void another_place_of_a_platforms_api_is_told_to_openclaw() {
    var limits = new Limits(1L << 30, 1_000, 256);
    var roots =
        Map.of(
            "slack", URI.create("https://slack.proxy.example/api"),
            "discord", URI.create("https://discord.proxy.example/api/v10"),
            "telegram", URI.create("https://telegram.proxy.example"));

    assertThat(OpenClawLaunch.environment(limits, roots))
        .containsEntry("SLACK_API_URL", "https://slack.proxy.example/api")
        .containsEntry("DISCORD_API_URL", "https://discord.proxy.example/api/v10")
        .containsAllEntriesOf(OpenClawLaunch.environment(limits))
        .hasSize(OpenClawLaunch.environment(limits).size() + 2);
  }

  @ParameterizedTest
  @CsvSource({"512, 384, 4", "1024, 384, 4", "2048, 768, 4", "4096, 1536, 16", "65536, 4096, 16"})
  void javascript_gets_three_eighths_of_the_memory_within_bounds(
      long mebibytes, int heap, int semiSpace) {
    assertThat(OpenClawLaunch.nodeOptions(new Limits(mebibytes << 20, 1_000, 256)))
        .startsWith("--max-old-space-size=%d --max-semi-space-size=%d ".formatted(heap, semiSpace));
  }
}
