package io.rockpool.control.openclaw;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What an owner may change in the configuration of their instance, and why not the rest. A path is
 * judged by the longest rule that covers it; what no rule covers is locked, so that a setting which
 * a later OpenClaw brings is closed until somebody has thought about it.
 */
final class LockedKeys {
  /**
   * One row.
   *
   * @param pattern covers itself and all below; {@code *} stands for one key
   * @param open whether an owner may set it
   * @param values the only values an open setting may have, which then cannot be deleted; empty
   *     means any
   * @param reason for a person: why it is locked, or what it does
   */
  record Rule(ConfigPath pattern, boolean open, Set<String> values, String reason) {}

  private static final Set<String> PROFILES = Set.of("minimal", "messaging", "coding");
  private static final String CHANNELS =
      "Connect chat accounts through Rockpool: it keeps their tokens and receives their messages.";
  private static final String MODELS =
      "Rockpool sets the model, so that spending is metered and provider keys stay outside.";
  private static final String PROGRAM = "It can name a program to run, or a file outside.";

  static final List<Rule> RULES =
      List.of(
          locked("$schema", "Rockpool validates with the schema of the version that runs."),
          locked("accessGroups", "It decides who may talk to the assistant; channels set it."),
          locked("acp", PROGRAM),
          locked("agents", "Only the settings of agents listed here are open."),
          open("agents.defaults.blockStreamingBreak", "Where a long answer is cut."),
          open("agents.defaults.blockStreamingChunk", "How large the parts of an answer are."),
          open("agents.defaults.blockStreamingCoalesce", "How small parts are joined."),
          open("agents.defaults.blockStreamingDefault", "Whether answers come in parts."),
          locked("agents.defaults.cwd", "A workspace is where the agent's files are kept."),
          open("agents.defaults.contextPruning", "How old tool results leave the prompt."),
          open("agents.defaults.fastModeDefault", "Fast mode at the start."),
          locked(
              "agents.defaults.heartbeat",
              "A heartbeat wakes a sleeping instance and spends its budget: the plan decides."),
          open("agents.defaults.humanDelay", "Pauses between messages."),
          open("agents.defaults.imageMaxDimensionPx", "How large an image the model gets."),
          open("agents.defaults.imageQuality", "How good an image the model gets."),
          locked("agents.defaults.model", MODELS),
          open("agents.defaults.reasoningDefault", "Whether reasoning is shown."),
          locked("agents.defaults.sandbox", "It names container images and mounts of the host."),
          open("agents.defaults.silentReply", "When saying nothing is fine."),
          locked(
              "agents.defaults.skipBootstrap", "The agents' files come from Rockpool's templates."),
          open("agents.defaults.startupContext", "What a new conversation is told."),
          locked("agents.defaults.subagents", "Who may delegate to whom follows from the team."),
          locked("agents.defaults.systemAgent", "It follows from the team."),
          open("agents.defaults.thinkingDefault", "How hard to think."),
          open("agents.defaults.toolProgressDetail", "How much of the work is told."),
          open("agents.defaults.typingIntervalSeconds", "How often \"typing\" is shown."),
          open("agents.defaults.typingMode", "When \"typing\" is shown."),
          open("agents.defaults.userTimezone", "The owner's time zone."),
          open("agents.defaults.verboseDefault", "How much is told."),
          locked("agents.defaults.workspace", "A workspace is where the agent's files are kept."),
          open("agents.entries.*.description", "What the agent is for."),
          open("agents.entries.*.fastModeDefault", "Fast mode of this agent."),
          open("agents.entries.*.groupChat", "How the agent behaves in groups."),
          open("agents.entries.*.humanDelay", "Pauses between messages."),
          open("agents.entries.*.identity.emoji", "The agent's sign."),
          open("agents.entries.*.identity.name", "The agent's name in chats."),
          open("agents.entries.*.identity.theme", "The agent's theme."),
          locked("agents.entries.*.identity.avatar", "It can be a file outside the workspace."),
          open("agents.entries.*.name", "The agent's name."),
          open("agents.entries.*.reasoningDefault", "Whether this agent shows its reasoning."),
          locked("agents.entries.*.runtime", PROGRAM),
          open("agents.entries.*.skills", "Which of its skills the agent uses."),
          open("agents.entries.*.thinkingDefault", "How hard this agent thinks."),
          open("agents.entries.*.toolProgressDetail", "How much of the work is told."),
          locked("agents.entries.*.tools", "Only taking tools away is open."),
          open("agents.entries.*.tools.deny", "Tools that this agent does without."),
          new Rule(
              ConfigPath.of("agents.entries.*.tools.profile"),
              true,
              PROFILES,
              "Which tools this agent has."),
          open("agents.entries.*.typingMode", "When \"typing\" is shown."),
          open("agents.entries.*.verboseDefault", "How much this agent tells."),
          locked("approvals", "They can send questions and their answers elsewhere."),
          locked("attachments", "The plan decides how long files are kept."),
          locked("auth", MODELS),
          locked("bindings", CHANNELS),
          locked("broadcast", CHANNELS),
          locked("browser", "A browser reaches the host's network and can start a program."),
          locked("channels", CHANNELS),
          locked("cloudWorkers", "Rockpool decides where work runs."),
          locked("commands", "Commands from a chat must not reach the host or the configuration."),
          open("commands.native", "Whether a chat's own command menu is used."),
          open("commands.nativeSkills", "Whether skills are in that menu."),
          open("commands.text", "Whether commands can be typed."),
          locked("cron", "Its results can be sent to any address."),
          open("cron.enabled", "Whether scheduled work runs."),
          locked("desktop", "It shows a screen of the host."),
          locked("diagnostics", "It can send conversations elsewhere, or write them to any file."),
          locked("discovery", "An instance announces itself to nobody."),
          locked("env", "Variables can change what programs are started and what they trust."),
          locked(
              "gateway",
              "It decides who gets in and where it listens; the edge relies on every part of it."),
          locked("hooks", "They let others in, and load code from files."),
          locked("logging", "Where logs go and how much they hold is the operator's choice."),
          locked("mcp", "An MCP server is a program to run, or an address to reach inside."),
          locked("memory", "It can read any file and send its text elsewhere."),
          open("memory.citations", "Whether memory names its source."),
          open("memory.search.enabled", "Whether notes and conversations are searched."),
          open("messages.ackReaction", "The sign that a message arrived."),
          open("messages.ackReactionScope", "Where that sign is used."),
          open("messages.groupChat", "How groups are followed."),
          open("messages.inbound", "How quick messages are joined."),
          open("messages.queue", "What happens with messages that arrive during work."),
          open("messages.responsePrefix", "What every answer begins with."),
          open("messages.responseUsage", "Whether the cost of an answer is shown."),
          open("messages.statusReactions", "Signs while it works."),
          locked("messages.usageTemplate", "It can be a file outside the workspace."),
          open("messages.visibleReplies", "Which answers are shown."),
          locked("meta", "OpenClaw keeps its own notes there."),
          locked("models", MODELS),
          locked("nodeHost", PROGRAM),
          locked("plugins", "A plugin is code that runs with all rights of the gateway."),
          locked("proxy", "It would see all traffic of the instance."),
          locked("secrets", "It names files and programs that hold secrets."),
          locked("security", "It can switch off the checks of what is installed."),
          locked("session", "It keeps people apart, and says where conversations are stored."),
          open("session.identityLinks", "Which chat accounts are one person."),
          open("session.reset", "When a conversation begins anew."),
          open("session.resetByChannel", "The same, for one channel."),
          open("session.resetByType", "The same, for one kind of chat."),
          open("session.resetTriggers", "Words that begin a conversation anew."),
          locked("skills", "Skills can come from any folder, with programs and keys of their own."),
          locked("surfaces", CHANNELS),
          locked("talk", MODELS),
          locked("telemetry", "Instances report to nobody."),
          locked("tools", "Tools reach the host and the network; only parts are open."),
          open("tools.loopDetection", "When repeated tool calls are stopped."),
          new Rule(
              ConfigPath.of("tools.profile"), true, PROFILES, "Which tools the assistant has."),
          open("tools.updatePlan", "Whether it keeps a plan of its work."),
          open("tools.web.fetch.enabled", "Whether it may read web pages."),
          open("tools.web.search.enabled", "Whether it may search the web."),
          locked("transcripts", "It records meetings on the host."),
          locked("tts", MODELS),
          open("ui.prefs", "How the web page looks."),
          open("ui.seamColor", "A colour of the web page."),
          locked("update", "Rockpool decides which version runs."),
          locked("wizard", "OpenClaw keeps its own notes there."),
          locked("worktreeAcceleration", "It changes how the host's disk is used."),
          locked("worktreeRoot", "It names a folder outside the workspace."));

  private static final Rule UNKNOWN =
      new Rule(
          ConfigPath.ROOT, false, Set.of(), "It is not on the list of settings that owners have.");

  static Rule rule(ConfigPath path) {
    return RULES.stream()
        .filter(rule -> rule.pattern().covers(path))
        .max(Comparator.comparingInt(rule -> rule.pattern().weight()))
        .orElse(UNKNOWN);
  }

  private static Rule locked(String pattern, String reason) {
    return new Rule(ConfigPath.of(pattern), false, Set.of(), reason);
  }

  private static Rule open(String pattern, String meaning) {
    return new Rule(ConfigPath.of(pattern), true, Set.of(), meaning);
  }

  private LockedKeys() {}
}
