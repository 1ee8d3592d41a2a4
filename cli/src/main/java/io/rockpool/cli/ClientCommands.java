package io.rockpool.cli;

import picocli.CommandLine;

/** Everything that the command line can ask of a running Rockpool. */
public final class ClientCommands {
  /**
   * Adds the commands of the client to {@code root}. What they return is an {@link ExitCode}. Help
   * and wrong usage of {@code root} and all of its commands go to the environment's writers, too.
   */
  public static void addTo(CommandLine root, Environment environment) {
    var screen = new Screen(environment.out(), environment.err());
    var instances = new CommandLine(new InstancesCommand(environment, screen));
    instances.addSubcommand(new ConfigCommand(environment, screen));
    var chat = new CommandLine(new ChatCommand(environment, screen));
    var completion = new CommandLine(new CompletionCommand(root, environment.out()));
    var top = new CommandLine(new TopCommand(environment, screen));
    root.addSubcommand(instances)
        .addSubcommand(chat)
        .addSubcommand(top)
        .addSubcommand(new InboxCommand(environment, screen))
        .addSubcommand(new UsageCommand(environment, screen))
        .addSubcommand(new StatementCommand(environment, screen))
        .addSubcommand(new BudgetCommand(environment, screen))
        .addSubcommand(new QuotaCommand(environment, screen))
        .addSubcommand(new KeysCommand(environment, screen))
        .addSubcommand(new ChannelsCommand(environment, screen))
        .addSubcommand(new SubscriptionCommand(environment, screen))
        .addSubcommand(new ExpiryCommand(environment, screen))
        .addSubcommand(new ModelsCommand(environment, screen))
        .addSubcommand(new ProvidersCommand(environment, screen))
        .addSubcommand(new ResourcesCommand(environment, screen))
        .addSubcommand(new AccountsCommand(environment, screen))
        .addSubcommand(new TokensCommand(environment, screen))
        .addSubcommand(new VaultCommand(environment, screen))
        .addSubcommand(new WebhooksCommand(environment, screen))
        .addSubcommand(completion);
    root.setOut(environment.out()).setErr(environment.err()); // of all commands, help included
  }

  private ClientCommands() {}
}
