package io.rockpool.cli;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which Rockpool is meant, who asks, and how the answer is wanted. Part of every command. */
final class ConnectionOptions {
  private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "localhost", "[::1]");

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "where Rockpool answers; default: $$ROCKPOOL_URL, else http://127.0.0.1:$$ROCKPOOL_PORT,"
              + " else port 3000")
  @Nullable String server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "holds the access token; default: the token in $$ROCKPOOL_TOKEN, else, for a Rockpool on"
              + " this machine, $$ROCKPOOL_HOME/admin.token or ~/.rockpool/admin.token")
  @Nullable Path tokenFile;

  @Option(names = "--json", description = "print the API's answer as it is")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec command;

  Api open(Environment environment) {
    var address = address(environment);
    var http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    return new Api(http, address, token(environment, address));
  }

  private URI address(Environment environment) {
    var variables = environment.variables();
    var text = server;
    if (text == null) {
      text = variables.get("ROCKPOOL_URL");
    }
    if (text == null) {
      text = "http://127.0.0.1:" + variables.getOrDefault("ROCKPOOL_PORT", "3000");
    }
    try {
      var address = URI.create(text.replaceFirst("/+$", ""));
      if (Set.of("http", "https").contains(String.valueOf(address.getScheme()))
          && address.getHost() != null
          && address.getUserInfo() == null
          && address.getRawQuery() == null
          && address.getRawFragment() == null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw wrongUsage(
        "'%s' is no address of a Rockpool. Write it like http://127.0.0.1:3000".formatted(text));
  }

  private Optional<Secret> token(Environment environment, URI address) {
    if (tokenFile != null) {
      return Optional.of(read(tokenFile));
    }
    var variables = environment.variables();
    var given = variables.get("ROCKPOOL_TOKEN");
    if (given != null && !given.isBlank()) {
      return Optional.of(Secret.of(given.strip()));
    }
    // This machine's token is nobody else's business, whatever --server says.
    if (!THIS_MACHINE.contains(address.getHost())) {
      return Optional.empty();
    }
    var home = variables.get("ROCKPOOL_HOME");
    var file =
        (home == null || home.isBlank()
                ? environment.userHome().resolve(".rockpool")
                : Path.of(home))
            .resolve("admin.token");
    return Files.isReadable(file) ? Optional.of(read(file)) : Optional.empty();
  }

  private Secret read(Path file) {
    try {
      var text = Files.readString(file).strip();
      if (text.isEmpty() || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw wrongUsage("%s holds no token".formatted(file));
      }
      return Secret.of(text);
    } catch (IOException e) {
      throw wrongUsage("The token file %s cannot be read: is it there, and yours?".formatted(file));
    }
  }

  /** What a verb throws whose arguments make no sense; picocli prints it with the verb's usage. */
  ParameterException wrongUsage(String message) {
    if (command == null) {
      throw new IllegalStateException("these options are no part of a command");
    }
    return new ParameterException(command.commandLine(), message);
  }
}
