package io.rockpool.control.instance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wish for an instance; what is null is chosen for it.
 *
 * @param config the account's part of the OpenClaw configuration, a JSON object
 * @param creationKey the same key within a day means the same instance
 */
public record NewInstance(
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
