package io.rockpool.server;

import io.rockpool.cli.ClientCommands;
import io.rockpool.cli.Environment;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine;

/** {@code rockpool VERB}: the server's own verbs here, the client's from {@code cli}. */
public final class Main {
  public static void main(String[] arguments) {
    System.exit(commands(Environment.ofThisProcess()).execute(arguments));
  }

  static CommandLine commands(Environment environment) {
    var root = new CommandLine(new RockpoolCommand(environment, InstantSource.system()));
    ClientCommands.addTo(root, environment);
    return root;
  }

  /** The home folder unless an option says otherwise. */
  static Path home(Environment environment) {
    var named = environment.variables().get("ROCKPOOL_HOME");
    return named == null || named.isBlank()
        ? environment.userHome().resolve(".rockpool")
        : Path.of(named);
  }

  private Main() {}
}
