package io.rockpool.control.openclaw;

import io.rockpool.runtime.InstanceId;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that decides an instance's configuration, except its own keys.
 *
 * @param agents names of agent templates, the first one answers by default; empty means the single
 *     assistant {@code main}
 * @param plan the operator's merge patch (RFC 7396) for this plan; trusted
 * @param override the owner's merge patch; not trusted, see {@link OpenClawConfig#problems}
 * @param chats accounts for which it speaks, with their secrets; at most one of each platform
 */
public record ConfigInputs(
    InstanceId id,
    List<String> agents,
    ObjectNode plan,
    ObjectNode override,
    ModelEndpoint model,
    List<ChatAccount> chats) {
  public ConfigInputs {
    agents = List.copyOf(agents);
    chats = List.copyOf(chats);
    plan = plan.deepCopy();
    override = override.deepCopy();
  }
}
