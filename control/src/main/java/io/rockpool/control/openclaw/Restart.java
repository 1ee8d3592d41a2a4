package io.rockpool.control.openclaw;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which changes of a configuration a running gateway takes, and which need a new process. The table
 * is OpenClaw's (gateway/configuration/hot-reload.md and the reload plan in the source of 2026.9.6)
 * with the plugins that instances have: the longest prefix decides, and what it does not name
 * restarts. A gateway would restart itself in place, 19 s without a listener; Rockpool rather
 * replaces it.
 */
public final class Restart {
  private record Rule(ConfigPath prefix, boolean hot) {}

  private static final String TAKEN =
      """
      accessGroups acp agents approvals.exec approvals.plugin attachments.ttlHours audio auth.order auth.profiles
      bindings broadcast channels cloudWorkers commands cron desktop.host diagnostics.cacheTrace.enabled
      diagnostics.enabled diagnostics.flags discovery.mdns.mode gateway.allowRealIpFallback
      gateway.auth.allowTailscale gateway.auth.identityScopes gateway.auth.password gateway.auth.rateLimit
      gateway.auth.token gateway.auth.trustedProxy gateway.cliAgents gateway.controlUi.allowExternalEmbedUrls
      gateway.controlUi.allowedOrigins gateway.controlUi.automaticallyFetchFavicons
      gateway.controlUi.communityInvite gateway.controlUi.embedSandbox gateway.controlUi.enabled
      gateway.controlUi.environment gateway.controlUi.experimental.customPlugins gateway.controlUi.github
      gateway.controlUi.sessionObserver gateway.http.endpoints
      gateway.http.securityHeaders.strictTransportSecurity gateway.nodes.allowSkills gateway.nodes.browser
      gateway.nodes.commands gateway.nodes.pairing gateway.nodes.pluginTools.enabled gateway.publicOrigin
      gateway.push.apns.relay gateway.reload gateway.remote gateway.roles gateway.terminal gateway.tools
      gateway.trustedProxies hooks logging mcp mcp.apps.sandboxOrigin memory.citations messages meta models plugins
      secrets security.audit.suppressions security.installPolicy session skills surfaces talk telemetry.consentedAt
      telemetry.enabled tools transcripts tts ui update.auto.enabled update.channel update.checkOnStart wizard
      worktreeAcceleration worktreeRoot
      """;

  /** Below something that is taken. */
  private static final String NOT_TAKEN = "mcp.apps secrets.egressProxy";

  private static final List<Rule> RULES =
      Stream.concat(rules(TAKEN, true), rules(NOT_TAKEN, false)).toList();

  /**
   * The changed paths that a running gateway cannot take, sorted; empty when it takes all of them
   * from the file while it runs. Secrets in {@code secrets.json} are not looked at.
   */
  public static List<String> paths(RenderedConfig before, RenderedConfig after) {
    return paths(OpenClawConfig.parse(before), OpenClawConfig.parse(after)).stream()
        .map(ConfigPath::toString)
        .toList();
  }

  static List<ConfigPath> paths(ObjectNode before, ObjectNode after) {
    return ChangedPaths.between(before, after).stream().filter(path -> !hot(path)).toList();
  }

  static boolean hot(ConfigPath path) {
    return RULES.stream()
        .filter(rule -> rule.prefix().covers(path))
        .max(Comparator.comparingInt(rule -> rule.prefix().weight()))
        .map(Rule::hot)
        .orElse(false);
  }

  private static Stream<Rule> rules(String prefixes, boolean hot) {
    return Stream.of(prefixes.strip().split("\\s+", -1))
        .map(prefix -> new Rule(ConfigPath.of(prefix), hot));
  }

  private Restart() {}
}
