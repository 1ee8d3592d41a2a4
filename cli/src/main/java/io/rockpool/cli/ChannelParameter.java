package io.rockpool.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The channel of an instance's own that a verb is about: its first two parameters. */
final class ChannelParameter {
  @Mixin InstanceParameter instance = new InstanceParameter();

  @Parameters(
      index = "1",
      paramLabel = "CHANNEL",
      description = "as shown by `rockpool channels list`",
      converter = Typed.Name.class)
  String id = "unset";

  /** Its path, or one below it, e.g. {@code /pairings}. */
  String path(String below) {
    return instance.path("/channels/%s%s".formatted(Api.segment(id), below));
  }
}
