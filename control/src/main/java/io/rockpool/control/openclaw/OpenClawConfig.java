package io.rockpool.control.openclaw;

import static java.util.Objects.requireNonNull;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The configuration of an instance, in four layers: what every instance gets, its plan, its owner's
 * settings, and the values of this instance, which always win. Each layer is a merge patch (RFC
 * 7396) on those before it. Pure: equal inputs give the same bytes.
 */
public final class OpenClawConfig {
  /** The only model provider an instance knows, and the only source of its secrets. */
  static final String PROVIDER = "rockpool";

  private static final JsonMapper READ =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();
  private static final JsonMapper WRITE =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final AgentTemplates templates;
  private final ObjectNode platform;

  public OpenClawConfig(AgentTemplates templates) {
    this.templates = templates;
    this.platform = readPlatform();
  }

  /**
   * Why these inputs cannot be rendered; empty when they can. Says nothing about what OpenClaw
   * thinks of the values: see {@link ConfigSchema}.
   */
  public List<ConfigProblem> problems(ConfigInputs inputs) {
    var team = templates.problems(inputs.agents());
    if (!team.isEmpty()) {
      return team;
    }
    return UserOverride.problems(inputs.override(), ids(templates.team(inputs.agents())));
  }

  /** The files of this instance, or why there are none. */
  public Rendering render(ConfigInputs inputs, GatewayKeys keys) {
    var problems = problems(inputs);
    if (!problems.isEmpty()) {
      return new Rendering.Refused(problems);
    }
    var team = templates.team(inputs.agents());
    var layered = MergePatch.apply(platform, agentDefaults(team));
    layered = MergePatch.apply(layered, inputs.plan());
    layered = MergePatch.apply(layered, MergePatch.effective(layered, inputs.override()));
    layered = MergePatch.apply(layered, injection(inputs, keys, team));
    // Whole, not merged: nothing else may be a source of models or of secrets.
    ((ObjectNode) layered.get("models")).set("providers", providers(inputs.model(), keys));
    if (!inputs.chats().isEmpty()) {
      layered.set("channels", ChatConfig.channels(inputs.chats()));
      ChatConfig.bind(layered, inputs.chats(), team.getFirst().id());
      var plugins = (ArrayNode) layered.at("/plugins/allow");
      inputs.chats().forEach(chat -> plugins.add(ChatConfig.platform(chat)));
    }
    layered.set("secrets", platform.get("secrets").deepCopy());
    return new Rendering.Rendered(
        new RenderedConfig(
            Secret.of(text(ordered(layered, ids(team)))),
            Secret.of(text(secrets(keys, inputs.chats()))),
            ChatConfig.files(inputs.chats()),
            templates.seeds(team)));
  }

  /** Names and manners of the team: an owner may change these. */
  private static ObjectNode agentDefaults(List<AgentTemplate> team) {
    var patch = object();
    var entries = patch.putObject("agents").putObject("entries");
    for (var agent : team) {
      var entry = entries.putObject(agent.id());
      entry.put("name", agent.name());
      entry.put("description", agent.description());
      entry.putObject("identity").put("name", agent.name()).put("emoji", agent.emoji());
    }
    return patch;
  }

  private static ObjectNode injection(
      ConfigInputs inputs, GatewayKeys keys, List<AgentTemplate> team) {
    var patch = object();
    var gateway = patch.putObject("gateway");
    gateway.putObject("controlUi").put("basePath", "/i/" + inputs.id());
    gateway
        .putObject("auth")
        .putObject("trustedProxy")
        .put("userHeader", "x-rockpool-user-" + keys.edgeProof().reveal());

    var agents = patch.putObject("agents");
    var first = team.getFirst().id();
    var defaults = agents.putObject("defaults");
    defaults.putObject("model").put("primary", PROVIDER + "/" + inputs.model().model());
    defaults.putObject("heartbeat").put("agentId", first);
    defaults.putObject("systemAgent").put("agentId", first);
    var entries = agents.putObject("entries");
    for (var agent : team) {
      var entry = entries.putObject(agent.id());
      entry.put("workspace", "${HOME}/workspace/" + agent.id());
      var others = entry.putObject("subagents").putArray("allowAgents");
      if (agent.id().equals(first)) {
        team.stream().skip(1).forEach(other -> others.add(other.id()));
        if (team.size() > 1) {
          ((ObjectNode) entry.get("subagents")).put("delegationMode", "prefer");
        }
      }
    }
    return patch;
  }

  private static ObjectNode providers(ModelEndpoint model, GatewayKeys keys) {
    var providers = object();
    var provider = providers.putObject(PROVIDER);
    provider.put("baseUrl", model.baseUrl().toString());
    provider.put(
        "api",
        switch (model.protocol()) {
          case OPENAI -> "openai-completions";
          case ANTHROPIC -> "anthropic-messages";
        });
    provider
        .putObject("apiKey")
        .put("source", "file")
        .put("provider", PROVIDER)
        .put("id", "/model/" + keyName(keys));
    var entry = provider.putArray("models").addObject();
    entry.put("id", model.model());
    entry.put("name", model.displayName());
    entry.put("reasoning", false);
    entry.putArray("input").add("text");
    // The model gateway counts and prices; OpenClaw's own estimate would only disagree.
    var cost = entry.putObject("cost");
    List.of("input", "output", "cacheRead", "cacheWrite").forEach(kind -> cost.put(kind, 0));
    entry.put("contextWindow", model.contextWindow());
    entry.put("maxTokens", model.maxTokens());
    return providers;
  }

  private static ObjectNode secrets(GatewayKeys keys, List<ChatAccount> chats) {
    var secrets = object();
    secrets.putObject("gateway").put("password", keys.password().reveal());
    secrets.putObject("model").put(keyName(keys), keys.modelKey().reveal());
    ChatConfig.addSecrets(secrets, chats);
    return secrets;
  }

  private static String keyName(GatewayKeys keys) {
    return keys.modelKeySerial() == 0 ? "key" : "key" + keys.modelKeySerial();
  }

  /** Keys by name, but agents as in the team: the first entry is OpenClaw's default agent. */
  private static ObjectNode ordered(ObjectNode config, SequencedSet<String> team) {
    var sorted = (ObjectNode) sorted(config);
    var agents = (ObjectNode) requireNonNull(sorted.get("agents"));
    var entries = (ObjectNode) requireNonNull(agents.get("entries"));
    var inOrder = object();
    team.forEach(id -> inOrder.set(id, requireNonNull(entries.get(id))));
    entries.forEachEntry(inOrder::putIfAbsent); // a plan's own agents come last
    agents.set("entries", inOrder);
    return sorted;
  }

  private static JsonNode sorted(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var sorted = object();
        for (var key : new TreeSet<>(object.propertyNames())) {
          sorted.set(key, sorted(requireNonNull(object.get(key))));
        }
        yield sorted;
      }
      case ArrayNode list -> {
        var items = new ArrayList<JsonNode>();
        list.forEach(item -> items.add(sorted(item)));
        yield JsonNodeFactory.instance.arrayNode().addAll(items);
      }
      case JsonNode value -> value;
    };
  }

  private static SequencedSet<String> ids(List<AgentTemplate> team) {
    var ids = new LinkedHashSet<String>();
    team.forEach(agent -> ids.add(agent.id()));
    return ids;
  }

  static ObjectNode parse(RenderedConfig config) {
    return parse(config.openclawJson());
  }

  /** What was rendered, as a tree: not to be shown. */
  static ObjectNode parse(Secret openclawJson) {
    return (ObjectNode) READ.readTree(openclawJson.reveal());
  }

  private static String text(JsonNode node) {
    return WRITE.writeValueAsString(node) + "\n";
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode readPlatform() {
    try (var file = OpenClawConfig.class.getResourceAsStream("platform.json")) {
      if (file == null) {
        throw new IOException("platform.json is missing from the build");
      }
      return (ObjectNode) READ.readTree(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
