package io.rockpool.control.openclaw;

import io.rockpool.control.provider.Protocol;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.List;

/** An instance called ada, for tests. */
final class Given {
  static final OpenClawConfig CONFIG = new OpenClawConfig(AgentTemplates.shipped());
  static final InstanceId ADA = new InstanceId("ada");
  static final ModelEndpoint MODEL =
      new ModelEndpoint(
          URI.create("http://127.0.0.1:3000/llm/v1"),
          Protocol.OPENAI,
          "demo",
          "Demo",
          200_000,
          8_192);
  static final GatewayKeys KEYS =
      new GatewayKeys(
          Secret.of("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
          Secret.of("password-0123456789abcdef"),
          Secret.of("rpk-model-key"),
          0);

  static ConfigInputs inputs(List<String> agents, String plan, String override) {
    return new ConfigInputs(
        ADA, agents, Json.object(plan), Json.object(override), MODEL, List.of());
  }

  static RenderedConfig rendered(List<String> agents, String plan, String override) {
    return switch (CONFIG.render(inputs(agents, plan, override), KEYS)) {
      case Rendering.Rendered(var config) -> config;
      case Rendering.Refused(var problems) -> throw new AssertionError(problems);
    };
  }

  private Given() {}
}
