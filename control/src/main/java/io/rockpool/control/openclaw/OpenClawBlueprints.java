package io.rockpool.control.openclaw;

import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Complaint;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.plan.Plans;
import io.rockpool.runtime.InstanceId;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Instances as OpenClaw gateways. */
public final class OpenClawBlueprints implements Blueprints {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final OpenClawConfig config;
  private final ConfigSchema schema;
  private final Plans plans;
  private final Function<String, ModelEndpoint> model;
  private final Function<InstanceId, GatewayKeys> keys;
  private final Function<InstanceId, List<ChatAccount>> chats;
  private final Map<String, URI> apiRoots;

  /**
   * @param model what instances of an account are told about their model
   * @param keys of an instance; the same at every call
   * @param chats the accounts for which an instance speaks
   * @param apiRoots where platforms' APIs are, in place of their own; by platform
   */
  public OpenClawBlueprints(
      OpenClawConfig config,
      ConfigSchema schema,
      Plans plans,
      Function<String, ModelEndpoint> model,
      Function<InstanceId, GatewayKeys> keys,
      Function<InstanceId, List<ChatAccount>> chats,
      Map<String, URI> apiRoots) {
    this.config = config;
    this.schema = schema;
    this.plans = plans;
    this.model = model;
    this.keys = keys;
    this.chats = chats;
    this.apiRoots = Map.copyOf(apiRoots);
  }

  @Override
  public Blueprint of(Instance instance) {
    var wanted = instance.wanted();
    var plan = plans.named(wanted.plan());
    if (plan.isEmpty()) {
      return new Blueprint.Refused(
          List.of(
              new Complaint(
                  Complaint.Kind.UNKNOWN_PLAN,
                  "/plan",
                  "There is no plan '%s' any more. Choose another for this instance."
                      .formatted(wanted.plan()))));
    }
    return switch (UserOverride.read(wanted.config())) {
      case UserOverride.Reading.Unreadable(var problem) -> refused(List.of(problem));
      case UserOverride.Reading.Read(var override) -> {
        var inputs =
            new ConfigInputs(
                instance.id(),
                wanted.agents(),
                empty(),
                override,
                model.apply(instance.accountId()),
                chats.apply(instance.id()));
        yield switch (config.render(inputs, keys.apply(instance.id()))) {
          case Rendering.Refused(var problems) -> refused(problems);
          case Rendering.Rendered(var rendered) -> {
            // What Rockpool renders by itself is tested; only what an owner adds is asked about.
            var problems =
                override.isEmpty() ? List.<ConfigProblem>of() : schema.problems(rendered);
            yield problems.isEmpty()
                ? new Blueprint.Ready(
                    OpenClawLaunch.spec(
                        instance.id(),
                        wanted.processGeneration(),
                        rendered,
                        plan.get().limits(),
                        apiRoots))
                : refused(problems);
          }
        };
      }
    };
  }

  @Override
  public String patched(String current, String patch) {
    return MergePatch.apply((ObjectNode) JSON.readTree(current), (ObjectNode) JSON.readTree(patch))
        .toString();
  }

  @Override
  public boolean needsRestart(Instance before, Instance after) {
    return !(render(before) instanceof Rendering.Rendered(var old)
        && render(after) instanceof Rendering.Rendered(var fresh)
        && Restart.paths(old, fresh).isEmpty());
  }

  private Rendering render(Instance instance) {
    return switch (UserOverride.read(instance.wanted().config())) {
      case UserOverride.Reading.Unreadable(var problem) -> new Rendering.Refused(List.of(problem));
      case UserOverride.Reading.Read(var override) ->
          config.render(
              new ConfigInputs(
                  instance.id(),
                  instance.wanted().agents(),
                  empty(),
                  override,
                  model.apply(instance.accountId()),
                  chats.apply(instance.id())),
              keys.apply(instance.id()));
    };
  }

  private static Blueprint refused(List<ConfigProblem> problems) {
    return new Blueprint.Refused(
        problems.stream().map(it -> new Complaint(kind(it), pointer(it), it.message())).toList());
  }

  private static Complaint.Kind kind(ConfigProblem problem) {
    return switch (problem.kind()) {
      case UNKNOWN_AGENT -> Complaint.Kind.UNKNOWN_AGENT;
      case AGENTS -> Complaint.Kind.INVALID_VALUE;
      case LOCKED -> Complaint.Kind.LOCKED_KEY;
      case INVALID -> Complaint.Kind.INVALID_CONFIG;
    };
  }

  private static String pointer(ConfigProblem problem) {
    return switch (problem.kind()) {
      case UNKNOWN_AGENT, AGENTS -> "/agents";
      case LOCKED, INVALID ->
          problem.path().equals(ConfigProblem.ALL)
              ? "/config"
              : "/config/" + problem.path().replace('.', '/');
    };
  }

  private static ObjectNode empty() {
    return JsonNodeFactory.instance.objectNode();
  }
}
