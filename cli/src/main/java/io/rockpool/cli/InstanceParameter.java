package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import picocli.CommandLine.Parameters;

/** The instance that a verb is about: its first parameter. */
final class InstanceParameter {
  @Parameters(
      index = "0",
      paramLabel = "INSTANCE",
      description = "its id, " + InstancesCommand.ID,
      converter = Id.class)
  InstanceId id = new InstanceId("unset");

  /** A path below the instance's own, e.g. {@code /keys}. */
  String path(String below) {
    return InstancesCommand.path(id) + below;
  }
}
