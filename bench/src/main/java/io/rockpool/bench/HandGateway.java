package io.rockpool.bench;

import io.rockpool.control.openclaw.AgentTemplate;
import io.rockpool.control.openclaw.AgentTemplates;
import io.rockpool.control.openclaw.ConfigInputs;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.GatewayKeys;
import io.rockpool.control.openclaw.Message;
import io.rockpool.control.openclaw.ModelEndpoint;
import io.rockpool.control.openclaw.OpenClawConfig;
import io.rockpool.control.openclaw.OpenClawLaunch;
import io.rockpool.control.openclaw.Rendering;
import io.rockpool.control.openclaw.Reply;
import io.rockpool.control.plan.Plans;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A gateway as somebody runs it by hand: the files, the command and the environment that Rockpool
 * would give it, in a plain child process.
 */
final class HandGateway implements AutoCloseable {
  private final Program program;
  private final int port;
  private final Secret password;

  private HandGateway(Program program, int port, Secret password) {
    this.program = program;
    this.port = port;
    this.password = password;
  }

  /** Starts it with no state, in a folder of its own. */
  static HandGateway start(Site site, ModelEndpoint model) throws IOException {
    var folder = Files.createTempDirectory(site.temp(), "by-hand");
    var password = unguessable();
    var spec = spec(model, new GatewayKeys(unguessable(), password, unguessable(), 0));
    write(folder, spec);
    int port = Program.freePort();
    var program =
        Program.start(
            folder.resolve("log"),
            environment(folder, site.openclaw(), port, spec),
            List.of(
                "/usr/bin/env",
                "-C",
                folder.resolve("home").toString(),
                spec.command().getFirst(),
                spec.command().getLast()));
    return new HandGateway(program, port, password);
  }

  private static Secret unguessable() {
    return Secret.of(UUID.randomUUID().toString().replace("-", ""));
  }

  private static InstanceSpec spec(ModelEndpoint model, GatewayKeys keys) {
    var id = new InstanceId("by-hand");
    var none = JsonNodeFactory.instance.objectNode();
    var inputs = new ConfigInputs(id, List.of(), none, none, model, List.of());
    return switch (new OpenClawConfig(AgentTemplates.shipped()).render(inputs, keys)) {
      case Rendering.Rendered(var config) ->
          OpenClawLaunch.spec(id, 1, config, Plans.DEFAULT.standard().limits());
      case Rendering.Refused(var problems) ->
          throw new IllegalStateException("the standard configuration is refused: " + problems);
    };
  }

  private static void write(Path folder, InstanceSpec spec) throws IOException {
    var config = Files.createDirectory(folder.resolve("config"));
    var home = Files.createDirectory(folder.resolve("home"));
    Files.createDirectory(folder.resolve("tmp"));
    var files = spec.files();
    for (var file : files.config().entrySet()) {
      Files.writeString(config.resolve(file.getKey()), file.getValue());
    }
    for (var file : files.secrets().entrySet()) {
      var path =
          Files.createFile(
              config.resolve(file.getKey()),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(path, file.getValue().reveal());
    }
    for (var file : files.seeds().entrySet()) {
      var path = home.resolve(file.getKey());
      Files.createDirectories(folder.resolve(path).getParent());
      Files.writeString(path, file.getValue());
    }
  }

  private static Map<String, String> environment(
      Path folder, Path install, int port, InstanceSpec spec) {
    var environment = new TreeMap<String, String>();
    spec.environment()
        .forEach((name, value) ->
            environment.put(
                name,
                value
                    .replace("{home}", folder.resolve("home").toString())
                    .replace("{config}", folder.resolve("config").toString())
                    .replace("{port}", Integer.toString(port))
                    .replace("{listener}", "127.0.0.1")));
    environment.put("LANG", "C.UTF-8");
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("TMPDIR", folder.resolve("tmp").toString());
    environment.put("PATH", install.resolve("node_modules/.bin") + ":/usr/local/bin:/usr/bin:/bin");
    return environment;
  }

  void await(Duration every, Duration limit, Program.Condition condition)
      throws IOException, InterruptedException {
    program.await(every, limit, condition);
  }

  int port() {
    return port;
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  void say(Gateway gateway, String text, Duration limit) throws IOException, InterruptedException {
    var message = new Message(AgentTemplate.SINGLE, "main", text);
    var reply = gateway.say(address(), password, message, _ -> {}, limit);
    if (!(reply instanceof Reply.Answered)) {
      throw new IOException("The gateway gave no answer: " + reply);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
