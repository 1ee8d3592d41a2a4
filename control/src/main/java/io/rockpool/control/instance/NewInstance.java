package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wish for an instance; what is null is chosen for it.
 *
 * @param id for the control plane itself, and not in use; accounts do not choose it
 * @param config the account's part of the OpenClaw configuration, a JSON object
 * @param creationKey the same key within a day means the same instance
 */
public record NewInstance(
    @Nullable InstanceId id,
    @Nullable String name,
    @Nullable String plan,
    @Nullable String runtime,
    List<String> agents,
    String config,
    @Nullable String creationKey) {
  public NewInstance {
    agents = List.copyOf(agents);
  }
}
