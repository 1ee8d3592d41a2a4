package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceSpec;
import java.util.List;

/** Turns what an account wants into what a runtime is told. */
public interface Blueprints {
  /** What a runtime is told, or why there is nothing to tell. */
  sealed interface Blueprint {
    record Ready(InstanceSpec spec) implements Blueprint {}

    /**
     * @param complaints at least one
     */
    record Refused(List<Complaint> complaints) implements Blueprint {}
  }

  /** Pure but for templates and schema; equal wants give equal specs, byte for byte. */
  Blueprint of(Instance instance);

  /** The account's part of the configuration with a merge patch (RFC 7396) applied. */
  String patched(String config, String patch);

  /** Whether going from one to the other needs a new process, or the gateway reloads by itself. */
  boolean needsRestart(Instance before, Instance after);
}
