package io.rockpool.control.openclaw;

import java.util.ArrayList;
import java.util.List;

/**
 * An agent as Rockpool ships it: a folder in {@code templates/agents} and its line in {@code
 * templates/agents/agents.json}.
 *
 * @param id the folder's name, and the agent's id in OpenClaw
 * @param name for people
 * @param description one sentence: what it is for
 * @param skills names of the folders below {@code skills/}
 */
public record AgentTemplate(
    String id, String name, String emoji, String description, List<String> skills) {
  /** The assistant of an instance that asks for no team. */
  public static final String SINGLE = "main";

  public AgentTemplate {
    skills = List.copyOf(skills);
  }

  /** Paths of its files below its folder, which are those below its workspace. */
  List<String> files() {
    var files = new ArrayList<>(List.of("SOUL.md", "AGENTS.md"));
    skills.forEach(skill -> files.add("skills/" + skill + "/SKILL.md"));
    return files;
  }
}
