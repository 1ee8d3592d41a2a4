package io.rockpool.runtime;

import java.util.Optional;

/** Ability: shows the configuration schema of the OpenClaw version that this runtime runs. */
public interface ConfigSchemaSource {
  /**
   * JSON Schema (draft 7) as {@code openclaw config schema} prints it, about 2.4 MB; empty until
   * OpenClaw is there, see {@link Preparation}.
   */
  Optional<String> configSchema();
}
