package io.rockpool.server;

import io.rockpool.cli.ClientCommands;
import io.rockpool.cli.Environment;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code rockpool VERB}: the server's own verbs here, the client's from {@code cli}. */
public final class Main {
  @Command(
      name = "rockpool",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      description = "The control plane for OpenClaw fleets.",
      footer = {"", "Start with: ./rockpool up"})
  private static final class Root {}

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Product.NAME + " " + Product.VERSION};
    }
  }

  public static void main(String[] arguments) {
    var environment = Environment.ofThisProcess();
    System.exit(commands(environment).execute(arguments));
  }

  static CommandLine commands(Environment environment) {
    var root = new CommandLine(new Root());
    ServerCommands.addTo(root, environment, InstantSource.system());
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
