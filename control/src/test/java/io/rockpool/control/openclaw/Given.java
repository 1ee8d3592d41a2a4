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
  static final ModelEndpoint MODEL = at(URI.create("http://127.0.0.1:3000/llm/v1"));
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
    return rendered(inputs(agents, plan, override), KEYS);
  }

  /** With these chat accounts, and a model that answers. */
  static RenderedConfig rendered(EchoModel model, ChatAccount... chats) {
    return rendered(
        new ConfigInputs(
            ADA,
            List.of(),
            Json.object("{}"),
            Json.object("{}"),
            at(model.baseUrl()),
            List.of(chats)),
        KEYS);
  }

  static RenderedConfig rendered(ConfigInputs inputs, GatewayKeys keys) {
    return switch (CONFIG.render(inputs, keys)) {
      case Rendering.Rendered(var config) -> config;
      case Rendering.Refused(var problems) -> throw new AssertionError(problems);
    };
  }

  /** A model that answers there. */
  static ModelEndpoint at(URI address) {
    return new ModelEndpoint(address, Protocol.OPENAI, "demo", "Demo", 200_000, 8_192);
  }

  private Given() {}
}
