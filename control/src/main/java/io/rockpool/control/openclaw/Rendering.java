package io.rockpool.control.openclaw;

import java.util.List;

/** What came of rendering a configuration. */
public sealed interface Rendering {
  /** It can be written and started. */
  record Rendered(RenderedConfig config) implements Rendering {}

  /** The owner's settings or the list of agents cannot be taken; nothing was rendered. */
  record Refused(List<ConfigProblem> problems) implements Rendering {
    public Refused {
      problems = List.copyOf(problems);
    }
  }
}
