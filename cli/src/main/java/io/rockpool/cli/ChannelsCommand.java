package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool channels …}: chat accounts, and who may write to them. */
@Command(
    name = "channels",
    description = {
      "Connect chat accounts: your own bot to an instance, or an operator's one bot to many users.",
      "A token is encrypted where it is kept, and never shown."
    },
    footer = {"", "Example: rockpool channels connect ada telegram < token"})
final class ChannelsCommand {
  /** Those that prove themselves by a secret of their own. */
  private static final Set<String> PROVING = Set.of("slack", "feishu", "line");

  private static final String CHANNEL = "the channel";

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  ChannelsCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List the chat accounts of an instance, or those that many users share.",
      footer = {"", "Example: rockpool channels list ada"})
  int list(@Mixin ConnectionOptions connection, @Mixin ChannelPlace place)
      throws InterruptedException {
    var named = place.named(connection);
    return screen.show(
        connection.open(environment).get(named.all()),
        connection.json,
        answer -> table(place, answer));
  }

  @Command(
      name = "connect",
      description = {
        "Connect a bot: rockpool channels connect INSTANCE PLATFORM.",
        "Its token is read from standard input; for Slack and LINE, a second line is the signing or"
            + " channel secret. Of a Feishu app: App Secret, Encrypt Key, Verification Token.",
        "WhatsApp has no token: the code that is shown is scanned with the phone."
      },
      footer = {
        "",
        "Example: rockpool channels connect ada telegram --dm-policy allowlist --allow 12345 < token",
        "Example: rockpool channels connect ada whatsapp --dm-policy allowlist --allow +4915112345678"
      })
  int connect(
      @Mixin ConnectionOptions connection,
      @Mixin ChannelPlace place,
      @Mixin SenderOptions senders,
      @Option(
              names = "--signing-secret",
              description =
                  "read the platform's signing secret from a second line; for Slack, LINE and Feishu"
                      + " that is so anyhow")
          boolean signingSecret,
      @Option(
              names = "--app-id",
              paramLabel = "ID",
              description = "of a Feishu app, e.g. cli_a1b2c3")
          @Nullable String appId)
      throws InterruptedException {
    var named = place.named(connection, "the platform");
    if (place.shared && senders.isNamed()) {
      throw connection.wrongUsage(
          "Who may write to a shared bot is decided by who is bound to it.");
    }
    var platform = named.rest().getFirst();
    var body = Api.JSON.createObjectNode().put("platform", platform);
    if (platform.equals("feishu") && appId == null) {
      throw connection.wrongUsage("A Feishu app has an id: give it with --app-id cli_….");
    }
    if (appId != null) {
      body.put("appId", appId);
    }
    var isLinked = platform.equals("whatsapp") && !place.shared;
    if (!isLinked) {
      var token = environment.secret("Token: ");
      if (token.isEmpty()) {
        screen.note("There is no token on standard input. Give it: … < token");
        return ExitCode.WRONG_USAGE;
      }
      body.put("token", token);
    }
    if (signingSecret || PROVING.contains(platform)) {
      var secret = environment.secret("Signing secret: ");
      if (secret.isEmpty()) {
        screen.note("The second line of standard input must be the signing secret.");
        return ExitCode.WRONG_USAGE;
      }
      body.put("signingSecret", secret);
    }
    if (platform.equals("feishu")) {
      var verification = environment.secret("Verification token: ");
      if (verification.isEmpty()) {
        screen.note("The third line of standard input must be the Verification Token.");
        return ExitCode.WRONG_USAGE;
      }
      body.put("verificationToken", verification);
    }
    if (place.shared) {
      body.put("mode", "shared");
    }
    senders.put(body);
    var api = connection.open(environment);
    var answer = api.post(named.all(), body);
    var code = screen.show(answer, connection.json, ChannelsCommand::connected);
    if (isLinked && !connection.json && answer instanceof Answer.Done(var channel, _)) {
      return login(api, place, named.all(), InstanceWords.text(channel, "id"));
    }
    return code;
  }

  @Command(
      name = "set",
      description = {
        "Change who may write to a bot of an instance's: rockpool channels set INSTANCE CHANNEL.",
        "What is not named stays as it is. The instance takes it while it runs."
      },
      footer = {
        "",
        "Example: rockpool channels set ada 5d0c2b9a41f07e36 --dm-policy allowlist --allow 12345",
        "         rockpool channels set ada 5d0c2b9a41f07e36 --dm-policy open"
      })
  int set(
      @Mixin ConnectionOptions connection,
      @Mixin ChannelParameter channel,
      @Mixin SenderOptions senders,
      @Option(
              names = "--allow-nobody",
              description = "take all off the list, e.g. to let in nobody who was not approved")
          boolean nobody)
      throws InterruptedException {
    if (nobody && senders.allowed != null) {
      throw connection.wrongUsage("Say --allow or --allow-nobody.");
    }
    var body = Api.JSON.createObjectNode();
    senders.put(body);
    if (nobody) {
      body.putArray("allowFrom");
    }
    if (body.isEmpty()) {
      throw connection.wrongUsage("Say who may write: --dm-policy, --allow, or both.");
    }
    return screen.show(
        connection.open(environment).patch(channel.path(""), body),
        connection.json,
        ChannelsCommand::letIn);
  }

  private static String letIn(JsonNode channel) {
    var named = channel.path("allowFrom").valueStream().map(JsonNode::asString).toList();
    return "Who may write to %s: %s%s"
        .formatted(
            channel.path("identity").path("name").asString(""),
            InstanceWords.text(channel, "dmPolicy"),
            named.isEmpty() ? "" : ": " + String.join(", ", named));
  }

  @Command(
      name = "login",
      description = {
        "Link the account of a channel, or link it again: WhatsApp. Wakes the instance.",
        "rockpool channels login INSTANCE CHANNEL. The code that is shown is scanned with the phone."
      },
      footer = {"", "Example: rockpool channels login ada 5d0c2b9a41f07e36"})
  int login(@Mixin ConnectionOptions connection, @Mixin ChannelPlace place)
      throws InterruptedException {
    var named = place.named(connection, CHANNEL);
    var api = connection.open(environment);
    return connection.json
        ? screen.show(api.ask(named.path() + "/login", Api.JSON.createObjectNode()), true, _ -> "")
        : login(api, place, named.all(), named.rest().getFirst());
  }

  private int login(Api api, ChannelPlace place, String all, String channel)
      throws InterruptedException {
    return new LoginFollower(screen)
        .follow(
            api,
            "%s/%s".formatted(all, Api.segment(channel)),
            "rockpool channels login %s %s".formatted(place.typed(), channel));
  }

  @Command(
      name = "test",
      description = {
        "Ask the platform, and the own public address, whether messages can come.",
        "rockpool channels test INSTANCE CHANNEL. Exit code 1 if not."
      },
      footer = {"", "Example: rockpool channels test ada 5d0c2b9a41f07e36"})
  int test(@Mixin ConnectionOptions connection, @Mixin ChannelPlace place)
      throws InterruptedException {
    var answer =
        connection
            .open(environment)
            .post(place.named(connection, CHANNEL).path() + "/test", Api.JSON.createObjectNode());
    var code = screen.show(answer, connection.json, ChannelsCommand::steps);
    return code == ExitCode.DONE
            && answer instanceof Answer.Done(var test, _)
            && !test.path("ok").asBoolean(false)
        ? ExitCode.FAILED
        : code;
  }

  @Command(
      name = "disconnect",
      description = {
        "Disconnect a bot: the platform is told, and its token is forgotten. A linked account is logged out.",
        "rockpool channels disconnect INSTANCE CHANNEL"
      },
      footer = {"", "Example: rockpool channels disconnect ada 5d0c2b9a41f07e36"})
  int disconnect(@Mixin ConnectionOptions connection, @Mixin ChannelPlace place)
      throws InterruptedException {
    var named = place.named(connection, CHANNEL);
    return screen.show(
        connection.open(environment).delete(named.path()),
        connection.json,
        _ -> "Disconnected %s.".formatted(named.rest().getFirst()));
  }

  @Command(
      name = "pairings",
      description = {
        "List who asks an instance to be let in by direct messages. Wakes it.",
        "rockpool channels pairings INSTANCE CHANNEL"
      },
      footer = {"", "Example: rockpool channels pairings ada 5d0c2b9a41f07e36"})
  int pairings(@Mixin ConnectionOptions connection, @Mixin ChannelParameter channel)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(channel.path("/pairings")),
        connection.json,
        answer -> waiting(channel, answer));
  }

  @Command(
      name = "approve",
      description = {
        "Let somebody in who asked. They are told, and may write from now on.",
        "rockpool channels approve INSTANCE CHANNEL REQUEST"
      },
      footer = {"", "Example: rockpool channels approve ada 5d0c2b9a41f07e36 REQUEST"})
  int approve(
      @Mixin ConnectionOptions connection,
      @Mixin ChannelParameter channel,
      @Parameters(
              index = "2",
              paramLabel = "REQUEST",
              description = "as shown by `rockpool channels pairings`",
              converter = Typed.Name.class)
          String request)
      throws InterruptedException {
    return screen.show(
        connection
            .open(environment)
            .post(
                channel.path("/pairings/%s/approve".formatted(Api.segment(request))),
                Api.JSON.createObjectNode()),
        connection.json,
        done ->
            "%s may write from now on.%s"
                .formatted(
                    InstanceWords.text(done, "senderId"),
                    done.path("notified").asBoolean(false) ? "" : " They could not be told so."));
  }

  @Command(
      name = "bind-code",
      description = {
        "Make a code: whoever sends it to a shared bot speaks to the instance.",
        "Good once, for ten minutes: the user writes to the bot: bind CODE"
      },
      footer = {"", "Example: rockpool channels bind-code ada"})
  int bindCode(@Mixin ConnectionOptions connection, @Mixin InstanceParameter instance)
      throws InterruptedException {
    var answer =
        connection
            .open(environment)
            .post(instance.path("/bind-codes"), Api.JSON.createObjectNode());
    var code = screen.show(answer, connection.json, made -> InstanceWords.text(made, "code"));
    if (!connection.json && answer instanceof Answer.Done(var made, _)) {
      screen.note(
          "Good once, until %s. Write to the bot: bind %s"
              .formatted(InstanceWords.text(made, "expiresAt"), InstanceWords.text(made, "code")));
    }
    return code;
  }

  @Command(
      name = "bindings",
      description = "List who speaks to an instance through shared bots.",
      footer = {"", "Example: rockpool channels bindings ada"})
  int bindings(@Mixin ConnectionOptions connection, @Mixin InstanceParameter instance)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).get(instance.path("/bindings")),
        connection.json,
        answer -> bound(instance, answer));
  }

  @Command(
      name = "unbind",
      description = "End that somebody speaks to an instance: rockpool channels unbind INSTANCE ID",
      footer = {"", "Example: rockpool channels unbind ada 5d0c2b9a41f07e36"})
  int unbind(
      @Mixin ConnectionOptions connection,
      @Mixin InstanceParameter instance,
      @Parameters(
              index = "1",
              paramLabel = "BINDING",
              description = "as shown by `rockpool channels bindings`",
              converter = Typed.Name.class)
          String binding)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(instance.path("/bindings/" + Api.segment(binding))),
        connection.json,
        _ -> "Unbound %s.".formatted(binding));
  }

  private static String bound(InstanceParameter instance, JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "PLATFORM", "BOT", "SENDER", "SINCE"));
    for (var binding : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(binding, "id"),
              InstanceWords.text(binding, "platform"),
              InstanceWords.text(binding, "bot"),
              InstanceWords.text(binding, "sender"),
              InstanceWords.text(binding, "createdAt")));
    }
    return rows.size() == 1
        ? "Nobody speaks to %s through a shared bot. Let somebody: rockpool channels bind-code %s"
            .formatted(instance.id, instance.id)
        : Screen.table(rows);
  }

  private static String connected(JsonNode channel) {
    if (InstanceWords.text(channel, "state").equals("login")) {
      return "%s waits to be linked. Its id here: %s"
          .formatted(InstanceWords.text(channel, "platform"), InstanceWords.text(channel, "id"));
    }
    var words =
        new StringBuilder(
            "%s is %s at %s. Its id here: %s"
                .formatted(
                    channel.path("identity").path("name").asString(""),
                    InstanceWords.text(channel, "state"),
                    InstanceWords.text(channel, "platform"),
                    InstanceWords.text(channel, "id")));
    var problem = InstanceWords.text(channel, "problem");
    for (var text : List.of(InstanceWords.text(channel, "presence"), problem)) {
      if (!text.isEmpty()) {
        words.append(System.lineSeparator()).append(text);
      }
    }
    var webhook = InstanceWords.text(channel, "webhook");
    if (!webhook.isEmpty()) {
      words.append(System.lineSeparator());
      words.append(problem.isEmpty() ? "Nothing needs to be sent here, but may: " : "");
      words.append(webhook);
    }
    return words.toString();
  }

  private static String steps(JsonNode test) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("STEP", "OK", "FOUND"));
    for (var step : test.path("steps")) {
      rows.add(
          List.of(
              InstanceWords.text(step, "name"),
              step.path("ok").asBoolean(false) ? "yes" : "no",
              InstanceWords.text(step, "message")));
    }
    return Screen.table(rows);
  }

  private static String table(ChannelPlace place, JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "PLATFORM", "NAME", "STATE", "WHO MAY WRITE", "LIVE", "PROBLEM"));
    for (var channel : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(channel, "id"),
              InstanceWords.text(channel, "platform"),
              channel.path("identity").path("name").asString(""),
              InstanceWords.text(channel, "state"),
              place.shared ? "who is bound" : InstanceWords.text(channel, "dmPolicy"),
              InstanceWords.text(channel, "presence"),
              InstanceWords.text(channel, "problem")));
    }
    return rows.size() == 1
        ? "No chat account is connected. Connect one: rockpool channels connect %s telegram < token"
            .formatted(place.typed())
        : Screen.table(rows);
  }

  private static String waiting(ChannelParameter channel, JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("REQUEST", "SENDER", "CALLED", "UNTIL"));
    for (var each : answer.path("items")) {
      rows.add(
          List.of(
              InstanceWords.text(each, "requestId"),
              InstanceWords.text(each, "senderId"),
              InstanceWords.text(each, "name"),
              InstanceWords.text(each, "expiresAt")));
    }
    return rows.size() == 1
        ? "Nobody asks to be let in."
        : "%s%nTo let one in: rockpool channels approve %s %s REQUEST"
            .formatted(Screen.table(rows), channel.instance.id, channel.id);
  }
}
