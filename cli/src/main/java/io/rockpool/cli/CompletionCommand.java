package io.rockpool.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code rockpool completion}: what a shell needs to complete commands and options. */
@Command(
    name = "completion",
    description = "Print a completion script for bash or zsh.",
    footer = {"", "Example: source <(./rockpool completion bash)"})
final class CompletionCommand implements Callable<Integer> {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  private final CommandLine root;
  private final PrintWriter out;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh")
  String shell = "";

  CompletionCommand(CommandLine root, PrintWriter out) {
    this.root = root;
    this.out = out;
  }

  @Override
  public Integer call() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw new ParameterException(
          root, "There is no completion for '%s': name bash or zsh".formatted(shell));
    }
    out.print(AutoComplete.bash("rockpool", root)); // one script serves both
    out.flush();
    return ExitCode.DONE;
  }
}
