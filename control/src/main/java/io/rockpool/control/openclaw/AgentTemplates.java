package io.rockpool.control.openclaw;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The agents that Rockpool ships, read once from its own resources. */
public final class AgentTemplates {
  private static final String ROOT = "/templates/agents/";

  private record Entry(String name, String emoji, String description, List<String> skills) {}

  private final SequencedMap<String, AgentTemplate> byId = new TreeMap<>();

  /**
   * Reads them.
   *
   * @throws UncheckedIOException when a file that {@code agents.json} names is not there: a broken
   *     build
   */
  public static AgentTemplates shipped() {
    return new AgentTemplates();
  }

  private AgentTemplates() {
    var entries =
        new JsonMapper()
            .readValue(resource("agents.json"), new TypeReference<Map<String, Entry>>() {});
    entries.forEach((id, entry) ->
        byId.put(
            id,
            new AgentTemplate(
                id, entry.name(), entry.emoji(), entry.description(), entry.skills())));
  }

  /** In order of their ids. */
  public List<AgentTemplate> all() {
    return List.copyOf(byId.values());
  }

  /** A team in the given order, the single assistant when {@code ids} is empty. */
  List<AgentTemplate> team(List<String> ids) {
    return (ids.isEmpty() ? List.of(AgentTemplate.SINGLE) : ids)
        .stream().map(id -> requireNonNull(byId.get(id))).toList();
  }

  /** Why these cannot be a team; empty when they can. */
  public List<ConfigProblem> problems(List<String> ids) {
    var problems = new ArrayList<ConfigProblem>();
    if (new LinkedHashSet<>(ids).size() < ids.size()) {
      problems.add(ConfigProblem.agents("Name every agent once."));
    }
    var unknown = ids.stream().filter(id -> !byId.containsKey(id)).count();
    if (unknown > 0) {
      var known = byId.keySet().stream().collect(Collectors.joining(", "));
      ids.stream()
          .filter(id -> !byId.containsKey(id))
          .distinct()
          .limit(10)
          .forEach(id ->
              problems.add(
                  ConfigProblem.unknownAgent(
                      "There is no agent %s. Choose from %s."
                          .formatted(ConfigPath.ROOT.child(id), known))));
    }
    return List.copyOf(problems);
  }

  /** First content of their workspaces, by path below the instance's home. */
  Map<String, String> seeds(List<AgentTemplate> team) {
    var seeds = new TreeMap<String, String>();
    for (var agent : team) {
      for (var file : agent.files()) {
        seeds.put("workspace/%s/%s".formatted(agent.id(), file), resource(agent.id() + "/" + file));
      }
    }
    return seeds;
  }

  private static String resource(String path) {
    try (var file = AgentTemplates.class.getResourceAsStream(ROOT + path)) {
      if (file == null) {
        throw new IOException("templates/agents/%s is missing from the build".formatted(path));
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
