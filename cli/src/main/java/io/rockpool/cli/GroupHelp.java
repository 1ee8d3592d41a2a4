package io.rockpool.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the help of a command with verbs says, whatever the verbs. */
@Command(
    synopsisSubcommandLabel = "VERB",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:wrong usage",
      "3:not found",
      "4:not allowed",
      "5:not ready in time",
      "130:interrupted"
    })
final class GroupHelp {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;
}
