package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rockpool quota …}: how much of its models an instance or an account may use. */
@Command(
    name = "quota",
    description = {
      "Limit how much of its models an instance, or an account, may use.",
      "Budgets limit money; quotas limit tokens and requests, whatever these cost."
    },
    footer = {"", "Example: rockpool quota set ada --tokens-per-day 200000 --calls-at-once 4"})
final class QuotaCommand {
  private static final String NO_QUOTA = "urn:rockpool:problem:no-quota";

  /** A limit as the API names it, and as people read it. */
  private record Limit(String field, String words) {}

  private static final List<Limit> LIMITS =
      List.of(
          new Limit("tokensPerDay", "tokens a day"),
          new Limit("requestsPerMinute", "requests a minute"),
          new Limit("tokensPerMinute", "tokens a minute"),
          new Limit("callsAtOnce", "calls at once"));

  @Mixin GroupHelp help = new GroupHelp();

  private final Environment environment;
  private final Screen screen;

  QuotaCommand(Environment environment, Screen screen) {
    this.environment = environment;
    this.screen = screen;
  }

  @Command(
      name = "show",
      description = {
        "Show the quota of an instance, its own or its plan's, or of an account, and what is used of"
            + " it now.",
        "Reserved is what calls that have not ended may still use of the day."
      },
      footer = {
        "",
        "Example: rockpool quota show ada",
        "         rockpool quota show --account bob"
      })
  int show(@Mixin ConnectionOptions connection, @Mixin OwnerParameter owner)
      throws InterruptedException {
    var answer = connection.open(environment).get(owner.path(connection, "/quota"));
    var code = screen.show(answer, connection.json, QuotaCommand::words);
    if (!connection.json
        && answer instanceof Answer.Refused(var problem, _)
        && problem.type().equals(NO_QUOTA)) {
      screen.note("To set one: rockpool quota set %s --tokens-per-day N".formatted(owner.typed()));
    }
    return code;
  }

  @Command(
      name = "set",
      description = {
        "Set how much an instance, or all of an account together, may use, and show it.",
        "What is not named has no limit. An instance's quota takes the place of its plan's, as a"
            + " whole. It counts from the next call on."
      },
      footer = {
        "",
        "Example: rockpool quota set ada --tokens-per-day 200000 --requests-per-minute 60"
      })
  int set(
      @Mixin ConnectionOptions connection,
      @Mixin OwnerParameter owner,
      @Option(
              names = "--tokens-per-day",
              paramLabel = "N",
              converter = Typed.Count.class,
              description = "read and written, in a day of UTC; 0 stops all calls")
          @Nullable Long tokensPerDay,
      @Option(
              names = "--requests-per-minute",
              paramLabel = "N",
              converter = Typed.Count.class,
              description = "so many at once after a minute's silence, and so many a minute")
          @Nullable Long requestsPerMinute,
      @Option(
              names = "--tokens-per-minute",
              paramLabel = "N",
              converter = Typed.Count.class,
              description = "the same, read and written")
          @Nullable Long tokensPerMinute,
      @Option(
              names = "--calls-at-once",
              paramLabel = "N",
              converter = Typed.Count.class,
              description = "calls that have begun and not ended")
          @Nullable Long callsAtOnce)
      throws InterruptedException {
    var body = Api.JSON.createObjectNode();
    var values =
        new @Nullable Long[] {tokensPerDay, requestsPerMinute, tokensPerMinute, callsAtOnce};
    for (int i = 0; i < values.length; i++) {
      var value = values[i];
      if (value != null) {
        body.put(LIMITS.get(i).field(), value);
      }
    }
    if (body.isEmpty()) {
      throw connection.wrongUsage(
          "Name a limit, e.g. --tokens-per-day 200000; `rockpool quota remove` takes all away");
    }
    return screen.show(
        connection.open(environment).put(owner.path(connection, "/quota"), body),
        connection.json,
        QuotaCommand::words);
  }

  @Command(
      name = "remove",
      description = {
        "Take the quota of an instance or an account away.",
        "An instance is bound by that of its plan then, if this has one."
      },
      footer = {"", "Example: rockpool quota remove ada"})
  int remove(@Mixin ConnectionOptions connection, @Mixin OwnerParameter owner)
      throws InterruptedException {
    return screen.show(
        connection.open(environment).delete(owner.path(connection, "/quota")),
        connection.json,
        _ -> "%s has no quota of its own any more.".formatted(owner.words()));
  }

  private static String words(JsonNode quota) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("LIMIT", "ALLOWED", "USED", "RESERVED"));
    for (var limit : LIMITS) {
      if (quota.has(limit.field())) {
        rows.add(
            List.of(
                limit.words(),
                InstanceWords.text(quota, limit.field()),
                InstanceWords.text(quota.path("used"), limit.field()),
                limit.field().equals("tokensPerDay")
                    ? InstanceWords.text(quota.path("used"), "tokensReserved")
                    : ""));
      }
    }
    return Screen.table(rows, 1, 2, 3)
        + (quota.path("ofPlan").asBoolean(false)
            ? "\nIt is that of its plan: it has none of its own."
            : "");
  }
}
