package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import java.util.List;
import java.util.Map;

/**
 * Configurations as simple as can be: {@code COMMAND # REST}. The command needs a new process when
 * it changes, the rest is read by the running one. {@code locked} is refused.
 */
public final class TestBlueprints implements Blueprints {
  public static final String FILE = "openclaw.json";
  public static final Complaint LOCKED =
      new Complaint(Complaint.Kind.LOCKED_KEY, "/config/locked", "This is Rockpool's own.");

  @Override
  public Blueprint of(Instance instance) {
    var wanted = instance.wanted();
    if (wanted.config().equals("locked")) {
      return new Blueprint.Refused(List.of(LOCKED));
    }
    return new Blueprint.Ready(
        new InstanceSpec(
            instance.id(),
            wanted.processGeneration(),
            List.of(command(instance).split(" ", -1)),
            Map.of(),
            new InstanceFiles(Map.of(FILE, wanted.config()), Map.of(), Map.of()),
            new Limits(256L << 20, 1_000, 64)));
  }

  /** The patch is the whole. */
  @Override
  public String patched(String config, String patch) {
    return patch;
  }

  @Override
  public boolean needsRestart(Instance before, Instance after) {
    return !command(before).equals(command(after));
  }

  private static String command(Instance instance) {
    return instance.wanted().config().replaceFirst("#.*", "").strip();
  }
}
