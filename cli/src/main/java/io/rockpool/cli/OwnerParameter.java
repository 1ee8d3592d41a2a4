package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The instance or the account that a verb is about: its first parameter. */
final class OwnerParameter {
  @Parameters(
      index = "0",
      paramLabel = "INSTANCE",
      description =
          "its id, " + InstancesCommand.ID + "; with --account the id of an account instead",
      converter = Typed.Name.class)
  String id = "unset";

  @Option(
      names = "--account",
      description = "what is named is an account: all of its instances together")
  boolean account;

  /**
   * A path below the owner's own, e.g. {@code /budget}.
   *
   * @param connection is told where the id can be none
   */
  String path(ConnectionOptions connection, String below) {
    if (account) {
      return "/api/v1/accounts/" + Api.segment(id) + below;
    }
    try {
      return InstancesCommand.path(new InstanceId(id)) + below;
    } catch (IllegalArgumentException e) {
      throw connection.wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /** For people, e.g. {@code ada} or {@code The account ada}. */
  String words() {
    return account ? "The account " + id : id;
  }

  /** The same as it is typed: {@code ada} or {@code --account ada}. */
  String typed() {
    return account ? "--account " + id : id;
  }
}
