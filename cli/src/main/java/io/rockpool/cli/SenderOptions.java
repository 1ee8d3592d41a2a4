package io.rockpool.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Who may write to a bot. */
final class SenderOptions {
  @Option(
      names = "--dm-policy",
      paramLabel = "POLICY",
      description =
          "who may write: pairing (what a new one has; who asks and is approved), allowlist, or"
              + " open to everybody")
  @Nullable String policy;

  @Option(
      names = "--allow",
      paramLabel = "SENDER",
      description = "a sender's id at the platform, for the allowlist; again for each")
  @Nullable List<String> allowed;

  boolean isNamed() {
    return policy != null || allowed != null;
  }

  /** Says it in a request, as far as it was named. */
  void put(ObjectNode body) {
    if (policy != null) {
      body.put("dmPolicy", policy);
    }
    if (allowed != null) {
      var list = body.putArray("allowFrom");
      allowed.forEach(list::add);
    }
  }
}
