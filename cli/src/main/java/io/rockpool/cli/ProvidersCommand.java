package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rockpool providers …}: who answers for models, and by which keys. */
@Command(
    name = "providers",
    description = {
      "Set, try and forget model providers. An operator's serve everybody, a user's own that user.",
      "A key is encrypted where it is kept, and never shown. Instances never get one."
    },
    footer = {
      "",
      "Example: rockpool providers set deepseek --url https://api.example.com/v1 --model chat < key"
    })
final class ProvidersCommand {
  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  ProvidersCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "list",
      description = "List your model providers, without their keys.",
      footer = {"", "Example: rockpool providers list"})
  int list(@Mixin ConnectionOptions connection) throws InterruptedException {
    return screen.show(
        connection.open(environment).get("/api/v1/providers"),
        connection.json,
        answer -> words(answer.path("items")));
  }

  @Command(
      name = "set",
      description = {
        "Set a provider, or change it. Its key is read from standard input.",
        "Running instances use it within a second, without a restart."
      },
      footer = {
        "",
        "Example: rockpool providers set deepseek --url https://api.example.com/v1"
            + " --model chat --model think=deepseek-reasoner < key"
      })
  int set(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "NAME", description = "as you like", converter = Typed.Name.class)
          String name,
      @Option(
              names = "--url",
              paramLabel = "URL",
              required = true,
              description = "the provider's base URL, often ending in /v1")
          String url,
      @Option(
              names = "--model",
              paramLabel = "NAME[=THEIRS]",
              required = true,
              description =
                  "a model as clients ask for it, and as the provider calls it if that differs;"
                      + " again for each, the preferred one first")
          List<String> models,
      @Option(
              names = "--protocol",
              paramLabel = "PROTOCOL",
              defaultValue = "openai",
              description = "openai (the default) or anthropic")
          String protocol,
      @Option(
              names = "--keep-key",
              description = "read no key: keep the one that is there, or use none")
          boolean keepKey,
      @Option(
              names = "--priority",
              paramLabel = "N",
              description = "of several that serve a model the lowest is asked first; default: 100")
          @Nullable Integer priority,
      @Option(
              names = "--usage",
              paramLabel = "HOW",
              description = "how it tells what a stream used: asked (the default), always or never")
          @Nullable String usage,
      @Option(
              names = "--context-window",
              paramLabel = "TOKENS",
              description = "what each of the models takes in; default: 128000")
          @Nullable Integer contextWindow,
      @Option(
              names = "--max-tokens",
              paramLabel = "TOKENS",
              description = "what each gives out at most; default: 8192")
          @Nullable Integer maxTokens,
      @Option(
              names = "--limit",
              paramLabel = "NAME",
              description =
                  "by which each limits the answer of a chat completion: max_tokens or"
                      + " max_completion_tokens; default: by the model's name")
          @Nullable String limit,
      @Option(
              names = "--inside",
              description = "the URL may be in a private network, and plain http: for operators")
          boolean inside)
      throws InterruptedException {
    var body =
        Api.JSON
            .createObjectNode()
            .put("protocol", protocol)
            .put("baseUrl", url)
            .put("inside", inside);
    if (!keepKey) {
      var key = environment.secret("Key: ");
      if (key.isEmpty()) {
        screen.note("There is no key on standard input. Give one: … < key, or say --keep-key.");
        return ExitCode.WRONG_USAGE;
      }
      body.put("key", key);
    }
    if (priority != null) {
      body.put("priority", priority);
    }
    if (usage != null) {
      body.put("usage", usage);
    }
    var list = body.putArray("models");
    for (var model : models) {
      var parts = model.split("=", 2);
      var each = list.addObject().put("name", parts[0]);
      if (parts.length == 2) {
        each.put("upstream", parts[1]);
      }
      if (contextWindow != null) {
        each.put("contextWindow", contextWindow);
      }
      if (maxTokens != null) {
        each.put("maxTokens", maxTokens);
      }
      if (limit != null) {
        each.put("limit", limit);
      }
    }
    return screen.show(
        connection.open(environment).put(path(name), body),
        connection.json,
        provider -> words(List.of(provider)));
  }

  @Command(
      name = "test",
      description = "Ask a provider for its models: whether it can be reached, and takes its key.",
      footer = {"", "Example: rockpool providers test deepseek"})
  int test(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "NAME",
              description = "as shown by `rockpool providers list`",
              converter = Typed.Name.class)
          String name)
      throws InterruptedException {
    var answer =
        connection.open(environment).post(path(name) + "/test", Api.JSON.createObjectNode());
    var code =
        screen.show(
            answer,
            connection.json,
            trial -> {
              var words = new StringBuilder(InstanceWords.text(trial, "message"));
              trial
                  .path("unknownModels")
                  .forEach(it ->
                      words.append("%nIt does not list the model '%s'.".formatted(it.asString())));
              return words.toString();
            });
    return code == ExitCode.DONE
            && answer instanceof Answer.Done(var trial, _)
            && !List.of("works", "reached").contains(InstanceWords.text(trial, "result"))
        ? ExitCode.FAILED
        : code;
  }

  @Command(
      name = "delete",
      description = "Forget a provider and its key.",
      footer = {"", "Example: rockpool providers delete deepseek"})
  int delete(
      @Mixin ConnectionOptions connection,
      @Parameters(
              paramLabel = "NAME",
              description = "as shown by `rockpool providers list`",
              converter = Typed.Name.class)
          String name)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(path(name)),
        connection.json,
        _ -> "Deleted %s.".formatted(name));
  }

  private static String path(String name) {
    return "/api/v1/providers/" + Api.segment(name);
  }

  private static String words(Iterable<JsonNode> providers) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("NAME", "PROTOCOL", "BASE URL", "MODELS", "PRIORITY", "KEY", "SERVES"));
    for (var provider : providers) {
      var models = new ArrayList<String>();
      provider.path("models").forEach(it -> models.add(InstanceWords.text(it, "name")));
      rows.add(
          List.of(
              InstanceWords.text(provider, "name"),
              InstanceWords.text(provider, "protocol"),
              InstanceWords.text(provider, "baseUrl"),
              String.join(" ", models),
              InstanceWords.text(provider, "priority"),
              provider.path("hasKey").asBoolean() ? "yes" : "none",
              provider.path("shared").asBoolean() ? "everybody" : "you"));
    }
    return rows.size() == 1
        ? "There is no provider. Set one: rockpool providers set NAME --url URL --model MODEL < key"
        : Screen.table(rows, 4);
  }
}
